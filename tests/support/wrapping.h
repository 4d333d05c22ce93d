// The ways in which a network or a capture may carry one IP packet: link headers, tunnels, fragments. For tests that
// say the same bytes give the same observation whatever they travel in.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "support/packets.h"

namespace gatehouse::test {

struct Frame {
  std::uint16_t link = 1;  // LINKTYPE_ number
  Buffer bytes;
};

using Random = std::mt19937_64;
inline std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

inline unsigned ethertype_of(Bytes ip) { return ip[0] >> 4 == 4 ? 0x0800 : 0x86dd; }

namespace wrapping {

inline Buffer start(std::initializer_list<unsigned> bytes) {
  Buffer out;
  for (const unsigned byte : bytes) put8(out, byte);
  return out;
}
inline Buffer behind(Buffer header, Bytes ip) { return joined(std::move(header), ip); }

inline Buffer macs() {
  Buffer out;
  put(out, kServerMac);
  put(out, kClientMac);
  return out;
}
inline Buffer pppoe_session(Bytes ip) {
  Buffer out = macs();
  put16(out, 0x8864);
  put16(out, 0x1100);
  put16(out, 0x0007);
  put16(out, static_cast<unsigned>(ip.size() + 2));
  put16(out, ip[0] >> 4 == 4 ? 0x0021 : 0x0057);
  return behind(out, ip);
}
inline Buffer mpls(Bytes ip, int labels) {
  Buffer out = macs();
  put16(out, 0x8847);
  for (int i = 0; i < labels; ++i) put32(out, (16u + static_cast<unsigned>(i)) << 12 | (i + 1 == labels ? 0x100u : 0u) | 64);
  return behind(out, ip);
}
inline Buffer sll(Bytes ip) {
  Buffer out = start({0, 0, 0, 1, 0, 6});
  put(out, kClientMac);
  put16(out, 0);
  put16(out, ethertype_of(ip));
  return behind(out, ip);
}
inline Buffer sll2(Bytes ip) {
  Buffer out;
  put16(out, ethertype_of(ip));
  put(out, start({0, 0, 0, 0, 0, 2, 0, 1, 0, 6}));
  put(out, kClientMac);
  put16(out, 0);
  return behind(out, ip);
}
inline Buffer wireless(Bytes ip, bool radiotap) {
  Buffer out = radiotap ? start({0, 0, 9, 0, 2, 0, 0, 0, 0}) : Buffer{};  // flags present, none set
  put(out, start({0x88, 0x01, 0, 0}));                                     // QoS data, to the distribution system
  put(out, kServerMac);
  put(out, kClientMac);
  put(out, kServerMac);
  put(out, start({0x10, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0}));
  put16(out, ethertype_of(ip));
  return behind(out, ip);
}
inline Buffer ppp(Bytes ip) {
  Buffer out = start({0xff, 3});
  put16(out, ip[0] >> 4 == 4 ? 0x0021 : 0x0057);
  return behind(out, ip);
}
inline Buffer cisco_hdlc(Bytes ip) {
  Buffer out = start({0x0f, 0});
  put16(out, ethertype_of(ip));
  return behind(out, ip);
}
inline Buffer frame_relay(Bytes ip) {
  Buffer out = start({0x04, 0x01, 0x03});
  put8(out, ip[0] >> 4 == 4 ? 0xcc : 0x8e);
  return behind(out, ip);
}
inline Buffer nflog(Bytes ip) {
  Buffer out = start({ip[0] >> 4 == 4 ? 2u : 10u, 0, 0, 1, 8, 0, 1, 0, 8, 0, 1, 0});
  const std::size_t length = ip.size() + 4;
  put(out, start({static_cast<unsigned>(length & 0xff), static_cast<unsigned>(length >> 8), 9, 0}));
  return behind(out, ip);
}

}  // namespace wrapping

// What a link type puts before the packet. Every index below kLinks is one.
inline constexpr std::size_t kLinks = 18;
inline Frame on_link(std::size_t which, Bytes ip) {
  using namespace wrapping;
  switch (which) {
    case 1: return {1, ethernet(ip, {7})};
    case 2: return {1, ethernet(ip, {100, 7})};
    case 3: return {1, pppoe_session(ip)};
    case 4: return {1, mpls(ip, 1)};
    case 5: return {1, mpls(ip, 3)};
    case 6: return {113, sll(ip)};
    case 7: return {276, sll2(ip)};
    case 8: return {105, wireless(ip, false)};
    case 9: return {127, wireless(ip, true)};
    case 10: return {9, ppp(ip)};
    case 11: return {104, cisco_hdlc(ip)};
    case 12: return {107, frame_relay(ip)};
    case 13: return {239, nflog(ip)};
    case 14: return {101, Buffer(ip.begin(), ip.end())};
    case 15: return {0, behind(start({ip[0] >> 4 == 4 ? 2u : 24u, 0, 0, 0}), ip)};
    case 16: return {108, behind(start({0, 0, 0, ip[0] >> 4 == 4 ? 2u : 24u}), ip)};
    case 17: {  // 802.3 with LLC and SNAP
      Buffer out = macs();
      put16(out, static_cast<unsigned>(ip.size() + 8));
      put(out, start({0xaa, 0xaa, 3, 0, 0, 0}));
      put16(out, ethertype_of(ip));
      return {1, behind(out, ip)};
    }
    default: return {1, ethernet(ip)};
  }
}

// One IP packet inside another; `outer` may be of either version. Every index below kTunnels is a way.
inline constexpr std::size_t kTunnels = 11;
inline Buffer in_tunnel(std::size_t which, Bytes ip, Ends outer) {
  using namespace wrapping;
  Ip carrier;
  carrier.protocol = 47;
  const auto over_udp = [&](std::uint16_t port, const Buffer& payload) {
    outer.dst_port = port;
    carrier.protocol = 17;
    return ip_packet(outer, carrier, udp_datagram(outer, payload));
  };
  Buffer gre;
  switch (which) {
    case 0:
      carrier.protocol = ip[0] >> 4 == 4 ? 4 : 41;
      return ip_packet(outer, carrier, ip);
    case 1:
      put16(gre, 0);
      put16(gre, ethertype_of(ip));
      return ip_packet(outer, carrier, behind(gre, ip));
    case 2:  // with a checksum's place, a key and a number
      put16(gre, 0xb000);
      put16(gre, ethertype_of(ip));
      put(gre, Buffer(12, 0));
      return ip_packet(outer, carrier, behind(gre, ip));
    case 3:  // an Ethernet frame
      put16(gre, 0);
      put16(gre, 0x6558);
      return ip_packet(outer, carrier, behind(gre, ethernet(ip)));
    case 4:  // ERSPAN type II
      put16(gre, 0x1000);
      put16(gre, 0x88be);
      put(gre, start({0, 0, 0, 1, 0x10, 0x07, 0, 1, 0, 0, 0, 3}));
      return ip_packet(outer, carrier, behind(gre, ethernet(ip)));
    case 5: return over_udp(4789, behind(start({8, 0, 0, 0, 0, 0, 42, 0}), ethernet(ip)));
    case 6: return over_udp(6081, behind(start({0, 0, 0x65, 0x58, 0, 0, 42, 0}), ethernet(ip)));
    case 7: {
      Buffer gtp = start({0x32, 0xff});
      put16(gtp, static_cast<unsigned>(ip.size() + 4));
      put(gtp, start({0, 0, 0, 9, 0, 1, 0, 0}));
      return over_udp(2152, behind(gtp, ip));
    }
    case 8:  // Teredo carries IPv6 alone
      return ip[0] >> 4 == 6 ? over_udp(3544, behind({}, ip)) : in_tunnel(0, ip, outer);
    case 9: {  // EtherIP
      carrier.protocol = 97;
      return ip_packet(outer, carrier, behind(start({0x30, 0}), ethernet(ip)));
    }
    default:  // CAPWAP, with Ethernet frames
      return over_udp(5247, behind(start({0, 0x10, 0, 0, 0, 0, 0, 0}), ethernet(ip)));
  }
}

// The packet in fragments of at most `size` bytes of payload (rounded to eight); as it is when one would do.
inline std::vector<Buffer> fragmented(Bytes ip, std::size_t size, std::uint32_t id) {
  const bool v4 = ip[0] >> 4 == 4;
  const std::size_t header = v4 ? std::size_t{4} * (ip[0] & 0x0f) : 40;
  size = std::max<std::size_t>(size / 8, 1) * 8;
  const Bytes body = ip.subspan(header);
  const bool already = v4 && ((ip[6] & 0x3f) != 0 || ip[7] != 0);
  if (body.size() <= size || already) return {Buffer(ip.begin(), ip.end())};
  std::vector<Buffer> out;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const Bytes piece = body.subspan(at, std::min(size, body.size() - at));
    const bool more = at + piece.size() < body.size();
    Buffer one(ip.begin(), ip.begin() + static_cast<std::ptrdiff_t>(header));
    if (v4) {
      set16(one, 2, static_cast<unsigned>(header + piece.size()));
      set16(one, 4, id & 0xffff);
      set16(one, 6, static_cast<unsigned>(at / 8) | (more ? 0x2000u : 0u));
      set16(one, 10, 0);
      set16(one, 10, internet_checksum(one));
    } else {
      set16(one, 4, static_cast<unsigned>(8 + piece.size()));
      const unsigned next = one[6];
      one[6] = 44;
      put8(one, next);
      put8(one, 0);
      put16(one, static_cast<unsigned>(at) | (more ? 1u : 0u));
      put32(one, id);
    }
    put(one, piece);
    out.push_back(std::move(one));
  }
  return out;
}

// How one conversation travels: its link, the tunnels from the inside out, and how large its fragments are.
struct Route {
  std::size_t link = 0;
  std::vector<std::size_t> tunnels;
  std::size_t fragment = 0;  // bytes; 0 for none
  bool outer_fragments = false;
  bool outer_v6 = false;
};

inline Route random_route(Random& random) {
  Route route;
  route.link = below(random, kLinks);
  for (std::size_t depth = below(random, 3); depth > 0; --depth) route.tunnels.push_back(below(random, kTunnels));
  if (below(random, 3) == 0) route.fragment = 8 + below(random, 600);
  route.outer_fragments = below(random, 2) == 0;
  route.outer_v6 = below(random, 3) == 0;
  return route;
}

// The frames of one IP packet on its route; fragments come in any order.
inline std::vector<Frame> travel(Bytes ip, const Route& route, Random& random) {
  Ends outer = route.outer_v6 ? ends_v6() : Ends{};
  outer.src_port = 61000;
  std::vector<Buffer> packets{Buffer(ip.begin(), ip.end())};
  const auto cut = [&] {
    packets = fragmented(packets[0], route.fragment, static_cast<std::uint32_t>(random()));
    std::shuffle(packets.begin(), packets.end(), random);
  };
  if (route.fragment > 0 && !route.outer_fragments) cut();
  for (const std::size_t tunnel : route.tunnels) {
    for (Buffer& one : packets) one = in_tunnel(tunnel, one, outer);
  }
  if (route.fragment > 0 && route.outer_fragments) cut();
  std::vector<Frame> frames;
  for (const Buffer& one : packets) frames.push_back(on_link(route.link, one));
  return frames;
}

}  // namespace gatehouse::test
