// What makes packets one flow: both ends, the transport and the VLAN, the same for both directions. Hashed with
// a key of the worker's own, so that nobody outside can choose flows that collide.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>

#include "base/hash.h"
#include "gate/packet/packet.h"

namespace gatehouse::packet {

struct FlowKey {
  IpAddress low;   // the lesser of the two ends (address, then port)
  IpAddress high;
  std::uint16_t low_port = 0;
  std::uint16_t high_port = 0;
  std::uint16_t vlan = 0;
  std::uint8_t protocol = 0;

  bool operator==(const FlowKey& other) const noexcept {
    const auto mine = words(), its = other.words();
    std::uint64_t differs = 0;
    for (std::size_t i = 0; i < mine.size(); ++i) differs |= mine[i] ^ its[i];
    return differs == 0;
  }
  // All of it as five words, so that comparing and hashing it are a few instructions.
  [[nodiscard]] std::array<std::uint64_t, 5> words() const noexcept {
    std::array<std::uint64_t, 5> out;
    std::memcpy(out.data(), low.bytes().data(), 16);
    std::memcpy(out.data() + 2, high.bytes().data(), 16);
    out[4] = std::uint64_t{low_port} | std::uint64_t{high_port} << 16 | std::uint64_t{vlan} << 32 |
             std::uint64_t{protocol} << 48;
    return out;
  }
};

struct KeyedPacket {
  FlowKey key;
  bool from_low = false;  // the packet's sender is the low end
};

inline KeyedPacket key_of(const PacketView& view) noexcept {
  KeyedPacket out;
  const auto order = view.src <=> view.dst;
  out.from_low = order < 0 || (order == 0 && view.src_port <= view.dst_port);
  out.key.low = out.from_low ? view.src : view.dst;
  out.key.high = out.from_low ? view.dst : view.src;
  out.key.low_port = out.from_low ? view.src_port : view.dst_port;
  out.key.high_port = out.from_low ? view.dst_port : view.src_port;
  out.key.vlan = view.vlan;
  out.key.protocol = view.ip_protocol;
  return out;
}

inline std::uint64_t hash_of(const FlowKey& key, const HashKey& secret) noexcept {
  return siphash13(secret, key.words());
}

}  // namespace gatehouse::packet
