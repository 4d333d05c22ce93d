// Why a packet was not taken further: counted by reason, never guessed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::packet {

enum class DropReason : std::uint8_t {
  UnknownLink,         // a link type without a decoder
  TruncatedLink,
  ProtectedWireless,   // 802.11 with encryption
  Arp,
  NotIp,               // LLDP, spanning tree, wireless management ...
  TruncatedIp,
  BadIpHeader,         // version, length or header length that cannot be
  TooManyHeaders,      // tags, labels or IPv6 extension headers beyond the bound
  TruncatedTransport,
  BadTransportHeader,  // lengths that cannot be: the far end drops it
  FragmentBound,       // the fragment store is full: the oldest datagram made room
  FragmentTimeout,     // the rest never came
  FragmentMalformed,
};
inline constexpr int kDropReasons = 13;
constexpr std::string_view name_of(DropReason reason) noexcept {
  constexpr std::array<std::string_view, kDropReasons> kNames = {
      "unknown-link",   "truncated-link",   "protected-wireless",  "arp",
      "not-ip",         "truncated-ip",     "bad-ip-header",       "too-many-headers",
      "truncated-transport", "bad-transport-header", "fragment-bound", "fragment-timeout", "fragment-malformed"};
  return kNames[static_cast<std::size_t>(reason)];
}

struct DecodeStats {
  std::uint64_t packets = 0;
  std::uint64_t decoded = 0;
  std::uint64_t held = 0;                // fragments waiting for the rest
  std::uint64_t reassembled = 0;
  std::uint64_t fragment_overlaps = 0;
  std::uint64_t nested_too_deep = 0;     // the outer packet was given instead
  std::array<std::uint64_t, kDropReasons> dropped{};
  void drop(DropReason reason) noexcept { ++dropped[static_cast<std::size_t>(reason)]; }
};

}  // namespace gatehouse::packet
