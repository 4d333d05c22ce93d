// A capture file as a packet source, from a path or standard input ("-"): plain pcap files through PcapStream, for
// speed; pcapng files through PcapngStream, for those of several interfaces; old formats and pipes through libpcap.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/capture/pcap_stream.h"
#include "gate/capture/pcapng_stream.h"
#include "gate/capture/source.h"

struct pcap;

namespace gatehouse::capture {

class FileSource final : public PacketSource {
 public:
  // Throws SetupError for what is no capture, with what to do about it.
  explicit FileSource(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::span<const packet::RawPacket> poll(Milliseconds wait) override;
  void verdict(std::uint32_t, const Answer&) override {}  // what is past cannot be stopped
  [[nodiscard]] bool finished() const override { return finished_; }

  // Set when the capture ended before its last packet did: all packets before that place were given.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  // For a progress bar, in bytes; size is 0 where it cannot be known (standard input).
  [[nodiscard]] std::uint64_t position() const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  void open_with_libpcap(int file);
  std::size_t poll_libpcap();
  std::size_t poll_stream();
  void fail(std::string_view why);

  std::string path_;
  std::unique_ptr<PcapStream> stream_;    // one of the two, or libpcap reads
  std::unique_ptr<PcapngStream> blocks_;
  pcap* capture_ = nullptr;
  std::uint16_t link_ = 1;
  bool finished_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t packets_ = 0;
  std::optional<Error> error_;
  std::vector<char> buffer_;         // of the file
  std::vector<std::uint8_t> arena_;  // the burst's bytes: libpcap's own buffer holds one packet only
  std::array<packet::RawPacket, kBurst> burst_;
};

}  // namespace gatehouse::capture
