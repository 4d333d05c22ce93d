// Packets for tests, byte by byte and with right checksums: what goes in is what a wire would carry.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace gatehouse::test {

using Buffer = std::vector<std::uint8_t>;

inline Buffer bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
inline void put8(Buffer& out, unsigned value) { out.push_back(static_cast<std::uint8_t>(value)); }
inline void put16(Buffer& out, unsigned value) {
  put8(out, value >> 8);
  put8(out, value);
}
inline void put32(Buffer& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
inline void put(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
inline Buffer joined(Buffer front, Bytes back) {
  put(front, back);
  return front;
}

// RFC 1071, complemented.
inline std::uint16_t internet_checksum(Bytes bytes, std::uint32_t start = 0) {
  std::uint32_t sum = start;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}
inline std::uint32_t pseudo_sum(const IpAddress& src, const IpAddress& dst, unsigned protocol, std::size_t length) {
  std::uint32_t sum = protocol + static_cast<std::uint32_t>(length);
  for (const IpAddress* address : {&src, &dst}) {
    const Bytes wire = address->wire();
    for (std::size_t i = 0; i < wire.size(); ++i) sum += static_cast<std::uint32_t>(wire[i]) << (i % 2 == 0 ? 8 : 0);
  }
  return sum;
}
inline void set16(Buffer& out, std::size_t at, unsigned value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

struct Ends {
  IpAddress src = *IpAddress::parse("10.10.1.14");
  IpAddress dst = *IpAddress::parse("198.18.0.7");
  std::uint16_t src_port = 50000;
  std::uint16_t dst_port = 443;
  [[nodiscard]] Ends reversed() const { return {dst, src, dst_port, src_port}; }
};
inline Ends ends_v6() {
  return {*IpAddress::parse("2001:db8:a::14"), *IpAddress::parse("2001:db8:ffff::7"), 50000, 443};
}

struct Tcp {
  std::uint32_t seq = 1000;
  std::uint32_t ack = 2000;
  unsigned flags = 0x18;  // PSH and ACK
  unsigned window = 64240;
  unsigned urgent = 0;
  Buffer options;         // padded to a multiple of four here
  bool bad_checksum = false;
  bool offloaded = false; // only the pseudo-header's sum, as before a network card fills it in
};

inline Buffer tcp_segment(const Ends& ends, Tcp tcp, Bytes payload) {
  while (tcp.options.size() % 4 != 0) put8(tcp.options, 1);
  Buffer out;
  put16(out, ends.src_port);
  put16(out, ends.dst_port);
  put32(out, tcp.seq);
  put32(out, (tcp.flags & 0x10) != 0 ? tcp.ack : 0);
  put8(out, static_cast<unsigned>((20 + tcp.options.size()) / 4) << 4);
  put8(out, tcp.flags);
  put16(out, tcp.window);
  put16(out, 0);
  put16(out, tcp.urgent);
  put(out, tcp.options);
  put(out, payload);
  const std::uint32_t pseudo = pseudo_sum(ends.src, ends.dst, 6, out.size());
  unsigned checksum = internet_checksum(out, pseudo);
  if (tcp.offloaded) checksum = static_cast<std::uint16_t>(~internet_checksum({}, pseudo));
  if (tcp.bad_checksum) checksum ^= 0x5aa5;
  set16(out, 16, checksum);
  return out;
}

inline Buffer udp_datagram(const Ends& ends, Bytes payload) {
  Buffer out;
  put16(out, ends.src_port);
  put16(out, ends.dst_port);
  put16(out, static_cast<unsigned>(8 + payload.size()));
  put16(out, 0);
  put(out, payload);
  const unsigned checksum = internet_checksum(out, pseudo_sum(ends.src, ends.dst, 17, out.size()));
  set16(out, 6, checksum == 0 ? 0xffff : checksum);
  return out;
}

struct Ip {
  unsigned protocol = 6;
  unsigned ttl = 64;
  unsigned id = 1;
  std::size_t fragment_offset = 0;  // bytes
  bool more_fragments = false;
  Buffer options;                   // IPv4, a multiple of four
};

inline Buffer ipv4(const Ends& ends, const Ip& ip, Bytes payload) {
  Buffer out;
  put8(out, 0x40 | static_cast<unsigned>(5 + ip.options.size() / 4));
  put8(out, 0);
  put16(out, static_cast<unsigned>(20 + ip.options.size() + payload.size()));
  put16(out, ip.id);
  put16(out, (ip.more_fragments ? 0x2000u : 0u) | static_cast<unsigned>(ip.fragment_offset / 8));
  put8(out, ip.ttl);
  put8(out, ip.protocol);
  put16(out, 0);
  put(out, ends.src.wire());
  put(out, ends.dst.wire());
  put(out, ip.options);
  set16(out, 10, internet_checksum(out));
  put(out, payload);
  return out;
}

// With a fragment header when the options ask for one.
inline Buffer ipv6(const Ends& ends, const Ip& ip, Bytes payload) {
  Buffer body;
  const bool fragment = ip.more_fragments || ip.fragment_offset != 0;
  if (fragment) {
    put8(body, ip.protocol);
    put8(body, 0);
    put16(body, static_cast<unsigned>(ip.fragment_offset) | (ip.more_fragments ? 1u : 0u));
    put32(body, ip.id);
  }
  put(body, payload);
  Buffer out;
  put32(out, 0x60000000);
  put16(out, static_cast<unsigned>(body.size()));
  put8(out, fragment ? 44 : ip.protocol);
  put8(out, ip.ttl);
  put(out, ends.src.wire());
  put(out, ends.dst.wire());
  put(out, body);
  return out;
}
inline Buffer ip_packet(const Ends& ends, const Ip& ip, Bytes payload) {
  return ends.src.is_v4() ? ipv4(ends, ip, payload) : ipv6(ends, ip, payload);
}

inline constexpr std::uint8_t kClientMac[6] = {0x02, 0, 0x5e, 0x10, 0, 1};
inline constexpr std::uint8_t kServerMac[6] = {0x02, 0, 0x5e, 0x10, 0, 2};

// An Ethernet frame with any number of VLAN tags, outermost first.
inline Buffer ethernet(Bytes ip, const std::vector<unsigned>& vlans = {}) {
  Buffer out;
  put(out, kServerMac);
  put(out, kClientMac);
  for (std::size_t i = 0; i < vlans.size(); ++i) {
    put16(out, i + 1 < vlans.size() ? 0x88a8 : 0x8100);
    put16(out, vlans[i]);
  }
  put16(out, ip[0] >> 4 == 4 ? 0x0800 : 0x86dd);
  put(out, ip);
  return out;
}

// The usual ones, whole.
inline Buffer tcp_frame(const Ends& ends, const Tcp& tcp, Bytes payload, unsigned ttl = 64) {
  Ip ip;
  ip.ttl = ttl;
  return ethernet(ip_packet(ends, ip, tcp_segment(ends, tcp, payload)));
}
inline Buffer udp_frame(const Ends& ends, Bytes payload) {
  Ip ip;
  ip.protocol = 17;
  return ethernet(ip_packet(ends, ip, udp_datagram(ends, payload)));
}

}  // namespace gatehouse::test
