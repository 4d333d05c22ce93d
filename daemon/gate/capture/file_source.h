// A capture file as a packet source: pcap and pcapng through libpcap, from a path or standard input ("-").
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
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
  void verdict(const packet::RawPacket&, Verdict) override {}  // what is past cannot be stopped
  [[nodiscard]] bool finished() const override { return finished_; }

  // Set when the capture ended before its last packet did: all packets before that place were given.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  // For a progress bar, in bytes; size is 0 where it cannot be known (standard input).
  [[nodiscard]] std::uint64_t position() const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  std::string path_;
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
