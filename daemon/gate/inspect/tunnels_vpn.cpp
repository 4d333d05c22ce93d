#include "gate/inspect/tunnels_vpn.h"

#include <algorithm>
#include <bit>

namespace gatehouse::inspect {
namespace {

constexpr std::uint16_t kIkePort = 500;
constexpr std::uint16_t kNatTraversalPort = 4500;
constexpr std::uint16_t kL2tpPort = 1701;
constexpr std::uint16_t kWireGuardPort = 51820;
constexpr std::uint16_t kOpenVpnPort = 1194;

bool uses(const DatagramFacts& facts, std::uint16_t port) noexcept {
  return facts.server_port == port || facts.client_port == port;
}

// WireGuard white paper section 5.4: a type byte, three zero bytes, fixed lengths.
std::optional<TunnelVerdict> wireguard(Bytes datagram, const DatagramFacts& facts) noexcept {
  ByteReader reader(datagram);
  const std::uint32_t type = reader.u32_le();
  if (!reader.ok()) return std::nullopt;
  const TunnelVerdict sure{AppProtocol::WireGuard, "wireguard", 95,
                           "a handshake message of WireGuard's type and length"};
  if (type == 1 && datagram.size() == 148) return sure;
  if (type == 2 && datagram.size() == 92) return sure;
  if (type == 3 && datagram.size() == 64) {
    return TunnelVerdict{AppProtocol::WireGuard, "wireguard", 70, "a cookie reply of WireGuard's length"};
  }
  if (type == 4 && datagram.size() >= 32 && datagram.size() % 16 == 0) {
    reader.skip(4);
    const std::uint64_t counter = reader.u64_le();
    if (counter < (std::uint64_t{1} << 40)) {
      return TunnelVerdict{AppProtocol::WireGuard, "wireguard",
                           static_cast<std::uint8_t>(uses(facts, kWireGuardPort) ? 85 : 65),
                           "data messages of WireGuard's shape; its handshake was not seen"};
    }
  }
  return std::nullopt;
}

// OpenVPN's control channel (openvpn-rfc, section 2): opcode and key id in one byte, then a session id.
constexpr std::uint8_t kClientReset2 = 7 << 3;
constexpr std::uint8_t kServerReset2 = 8 << 3;
constexpr std::uint8_t kClientReset3 = 10 << 3;

// Digest sizes that tls-auth is used with: MD5 or none are gone; SHA1, SHA256, SHA512 remain.
constexpr std::size_t kDigests[] = {20, 32, 64, 16};

std::optional<TunnelVerdict> openvpn(Bytes packet, std::uint8_t certainty) noexcept {
  ByteReader reader(packet);
  const std::uint8_t opcode = reader.u8();
  if (opcode != kClientReset2 && opcode != kServerReset2 && opcode != kClientReset3) return std::nullopt;
  const std::uint64_t session = reader.u64();
  if (!reader.ok() || session == 0) return std::nullopt;
  const auto verdict = [&](int less, std::string_view reason) {
    return TunnelVerdict{AppProtocol::OpenVpn, "openvpn", static_cast<std::uint8_t>(certainty - less),
                         reason};
  };
  // Plain: acknowledgements, then packet id 0 and nothing after it.
  const auto reset_ends = [&](ByteReader rest) {
    const std::uint8_t acknowledged = rest.u8();
    if (acknowledged > 8) return false;
    if (acknowledged > 0) rest.skip(std::size_t{4} * acknowledged + 8);
    const std::uint32_t id = rest.u32();
    return rest.ok() && id == 0 && rest.empty();
  };
  if (opcode != kClientReset3 && reset_ends(reader)) return verdict(0, "an OpenVPN reset without extra keys");
  for (const std::size_t digest : kDigests) {
    ByteReader rest = reader;
    rest.skip(digest);
    const std::uint32_t replay = rest.u32();
    const std::uint32_t time = rest.u32();
    if (rest.ok() && replay > 0 && replay < 16 && time > 0x38000000 && reset_ends(rest)) {
      return verdict(2, "an OpenVPN reset signed with tls-auth");
    }
  }
  // tls-crypt: a replay id of one, a time, a 32-byte tag, five to 53 sealed bytes; version 2 adds the
  // client's key.
  const std::uint32_t replay = reader.u32();
  const std::uint32_t time = reader.u32();
  const bool replay_good = (replay & 0x00ffffff) > 0 && (replay & 0x00ffffff) < 16 && time > 0x38000000;
  if (reader.ok() && replay_good && reader.remaining() >= 37 &&
      (opcode == kClientReset3 || reader.remaining() <= 96)) {
    return verdict(8, "an OpenVPN reset sealed with tls-crypt");
  }
  return std::nullopt;
}

// IKE header (RFC 7296 section 3.1; RFC 2408 section 3.1), whose length field is that of the datagram.
bool is_ike(Bytes message) noexcept {
  ByteReader reader(message);
  const std::uint64_t initiator = reader.u64();
  reader.skip(9);
  const std::uint8_t version = reader.u8();
  const std::uint8_t exchange = reader.u8();
  reader.skip(5);
  const std::uint32_t length = reader.u32();
  if (!reader.ok() || initiator == 0 || length != message.size()) return false;
  if (version == 0x20) return exchange >= 34 && exchange <= 44;
  return version == 0x10 && ((exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33);
}

std::optional<TunnelVerdict> ipsec(Bytes datagram, const DatagramFacts& facts) noexcept {
  if (is_ike(datagram)) {
    return TunnelVerdict{AppProtocol::Ike, "ike", static_cast<std::uint8_t>(uses(facts, kIkePort) ? 95 : 80),
                         "an IKE message: an IPsec tunnel is being set up"};
  }
  if (!uses(facts, kNatTraversalPort)) return std::nullopt;
  ByteReader reader(datagram);
  const std::uint32_t spi = reader.u32();
  if (reader.ok() && spi == 0 && is_ike(reader.rest())) {
    return TunnelVerdict{AppProtocol::Ike, "ike", 95, "an IKE message after a non-ESP marker (RFC 3948)"};
  }
  const std::uint32_t sequence = reader.u32();
  // RFC 3948 section 2.1; values below 256 are reserved (RFC 4303 section 2.1)
  if (reader.ok() && spi > 255 && sequence > 0 && sequence < 0x01000000 && reader.remaining() >= 16) {
    return TunnelVerdict{AppProtocol::EspInUdp, "esp-in-udp", 70,
                         "ESP's shape on the port of IPsec through NAT"};
  }
  return std::nullopt;
}

// L2TP control message (RFC 2661 section 3.1): T, L and S set, version 2, the length that of the datagram.
std::optional<TunnelVerdict> l2tp(Bytes datagram, const DatagramFacts& facts) noexcept {
  ByteReader reader(datagram);
  const std::uint16_t flags = reader.u16();
  const std::uint16_t length = reader.u16();
  if (!reader.ok() || (flags & 0xcb0f) != 0xc802 || length != datagram.size() || length < 12)
    return std::nullopt;
  return TunnelVerdict{AppProtocol::L2tp, "l2tp", static_cast<std::uint8_t>(uses(facts, kL2tpPort) ? 95 : 75),
                       "an L2TP control message"};
}

bool printable(std::uint8_t byte) noexcept { return byte >= 0x20 && byte < 0x7f; }

}  // namespace

std::optional<TunnelVerdict> vpn_in_datagram(Bytes datagram, const DatagramFacts& facts) noexcept {
  if (auto found = wireguard(datagram, facts)) return found;
  if (auto found = openvpn(datagram, uses(facts, kOpenVpnPort) ? 98 : 90)) return found;
  if (auto found = ipsec(datagram, facts)) return found;
  return l2tp(datagram, facts);
}

std::optional<TunnelVerdict> vpn_in_stream(Bytes first) noexcept {
  ByteReader reader(first);
  const std::uint16_t length = reader.u16();
  if (!reader.ok() || length < 14 || length > 1500 || reader.remaining() < length) return std::nullopt;
  return openvpn(reader.bytes(length), 95);
}

std::optional<TunnelVerdict> fully_encrypted(Bytes first) noexcept {
  // Too short a packet looks random by chance.
  constexpr std::size_t kMinimum = 48;
  constexpr std::size_t kLookedAt = 1024;
  if (first.size() < kMinimum) return std::nullopt;
  first = first.first(std::min(first.size(), kLookedAt));
  std::size_t ones = 0;
  std::size_t text = 0;
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const std::uint8_t byte : first) {
    ones += static_cast<std::size_t>(std::popcount(byte));
    run = printable(byte) ? run + 1 : 0;
    text += printable(byte) ? 1 : 0;
    longest = std::max(longest, run);
  }
  // Set bits a byte between 3.4 and 4.6, and no sign of text at the start, in a run or in all.
  if (ones * 10 <= 34 * first.size() || ones * 10 >= 46 * first.size()) return std::nullopt;
  if (std::all_of(first.begin(), first.begin() + 6, printable)) return std::nullopt;
  if (text * 2 > first.size() || longest > 20) return std::nullopt;
  // Ordinary binary protocols have zero bytes and small numbers in their headers; random ones have few.
  const auto zeros = static_cast<std::size_t>(std::count(first.begin(), first.end(), std::uint8_t{0}));
  const auto early_zeros = std::count(first.begin(), first.begin() + 16, std::uint8_t{0});
  if (early_zeros > 0 || zeros * 64 > first.size() + 64) return std::nullopt;
  return TunnelVerdict{
      AppProtocol::Unknown, "fully-encrypted", 35,
      "random from the first byte, as obfuscated proxies are; some games and peer-to-peer programs too", true};
}

}  // namespace gatehouse::inspect
