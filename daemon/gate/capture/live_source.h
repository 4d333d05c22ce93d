// A mirror port, read through libpcap. Several workers share one interface: the kernel gives each connection, in both
// directions, to one of them. It can only watch: verdicts change nothing.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "gate/capture/source.h"

struct pcap;

namespace gatehouse::capture {

struct LiveStats {
  std::uint64_t packets = 0;
  std::uint64_t dropped = 0;  // for which the kernel's buffer had no room
};

class LiveSource final : public PacketSource {
 public:
  // `group`: the same number for all workers of this interface; `buffer` in bytes. Throws SetupError.
  LiveSource(const std::string& interface, std::uint16_t group, std::size_t buffer);
  ~LiveSource() override;
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  std::span<const packet::RawPacket> poll(Milliseconds wait) override;
  void verdict(std::uint32_t, const Answer&) override {}
  [[nodiscard]] bool finished() const override { return false; }
  [[nodiscard]] LiveStats stats() const noexcept;

 private:
  std::string interface_;
  pcap* capture_ = nullptr;
  std::uint16_t link_ = 1;
  std::uint64_t packets_ = 0;
  std::vector<std::uint8_t> arena_;
  std::array<packet::RawPacket, kBurst> burst_;
};

}  // namespace gatehouse::capture
