// Packets out of a pcapng file (draft-ietf-opsawg-pcapng), block by block, without a copy. Wireshark writes these, and
// one that watched several interfaces at once has several link types and snapshot lengths in it, which libpcap refuses
// to read: here each packet says its own link. Sections of either byte order, enhanced, simple and the obsolete packet
// blocks; other blocks are passed over. FileSource chooses. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "gate/capture/pcap_stream.h"
#include "gate/packet/packet.h"

namespace gatehouse::capture {

class PcapngStream {
 public:
  using State = PcapStream::State;
  using Filled = PcapStream::Filled;

  // As PcapStream's: takes the descriptor over, or answers nullptr and leaves it at its beginning.
  static std::unique_ptr<PcapngStream> adopt(int file);

  Filled next(std::span<packet::RawPacket> out) noexcept;
  [[nodiscard]] std::uint64_t position() const noexcept { return window_.position(); }

 private:
  struct Interface {
    std::uint16_t link = 1;
    std::uint32_t snapshot = 0;          // 0: no limit
    std::uint64_t ticks = 1'000'000;     // a second
    std::int64_t offset = 0;             // seconds
  };
  enum class Step : std::uint8_t { Packet, Other, Damaged };

  explicit PcapngStream(int file);
  Step block(std::uint32_t type, Bytes body, packet::RawPacket& raw);
  bool section(Bytes body) noexcept;
  void add_interface(Bytes body);
  Step packet_block(std::uint32_t type, Bytes body, packet::RawPacket& raw) const noexcept;
  Step simple_block(Bytes body, packet::RawPacket& raw) const noexcept;
  [[nodiscard]] std::uint16_t half(ByteReader& reader) const noexcept;
  [[nodiscard]] std::uint32_t word(ByteReader& reader) const noexcept;
  [[nodiscard]] static Timestamp time_of(const Interface& interface, std::uint64_t ticks) noexcept;
  bool pass_over(std::uint64_t bytes) noexcept;

  FileWindow window_;
  bool little_ = true;
  std::vector<Interface> interfaces_;  // of this section
  Timestamp last_{};                   // simple packets have no time: the one before them stands in
};

}  // namespace gatehouse::capture
