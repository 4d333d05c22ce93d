// What a packet is on its way through the gate: RawPacket as a source hands it over, PacketView as decode
// leaves it. A view borrows: its spans point into the raw bytes (or a reassembled fragment's buffer) and live
// no longer than they do.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::packet {

struct RawPacket {
  Bytes bytes;                  // what was captured
  std::uint32_t wire_length = 0;  // what was on the wire; more than bytes.size() when the capture cut it
  Timestamp at{};
  std::uint16_t link = 1;       // LINKTYPE_ number of tcpdump.org: 1 Ethernet, 101 raw IP, 113 SLL, 276 SLL2 ...
  std::uint32_t handle = 0;     // the source's own name for it, to give a verdict with
  MacAddress src_mac;           // where the link layer is not in `bytes` and the source knows it
  std::uint16_t vlan = 0;       // likewise
  bool checksum_good = false;   // the transport's: the card has seen to it, or will
  bool out_of_state = false;    // the kernel's connection tracking says that the far end would ignore it
  bool blocked_before = false;  // of a connection that the kernel knows to be blocked
};

enum class Transport : std::uint8_t { Other = 0, Icmp = 1, Tcp = 6, Udp = 17, Gre = 47, Esp = 50, Icmp6 = 58 };

// What the checksums of IP header and transport together say. A captured packet that its own machine was about
// to send may hold only the pseudo-header sum (the network card does the rest): that is Offloaded, not Bad.
enum class Checksum : std::uint8_t { Unknown, Good, Offloaded, Bad };

namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20;
}

struct TcpFields {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 0;
  std::uint16_t urgent = 0;
  std::uint8_t flags = 0;
  std::uint8_t window_scale = 0xff;  // 0xff: option absent
  bool md5_option = false;           // RFC 2385: a server that did not ask for it drops the segment
  bool has_timestamp = false;        // RFC 7323
  std::uint32_t ts_value = 0;
  std::uint32_t ts_echo = 0;
};

// Which outer headers were taken off, for the journal and for evasion.
enum class Encapsulation : std::uint8_t {
  None, Gre, IpInIp, SixInFour, Vxlan, Geneve, GtpU, Teredo, Ayiya, Capwap, L2tp, Mpls, Bare
};

struct PacketView {
  Timestamp at{};
  IpAddress src;
  IpAddress dst;
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  Transport transport = Transport::Other;
  std::uint8_t ip_protocol = 0;  // the number as sent
  std::uint8_t ttl = 0;          // hop limit for IPv6
  std::uint16_t vlan = 0;        // outermost 802.1Q tag; 0 for none
  MacAddress src_mac;            // zero where the link has none
  MacAddress dst_mac;
  Checksum checksum = Checksum::Unknown;  // Bad from decode for IP; the transport's: see verify_checksum
  std::uint16_t stored_checksum = 0;      // TCP's or UDP's, as sent
  Encapsulation encapsulation = Encapsulation::None;
  bool wrapped = false;          // in Ethernet by PPPoE, MPLS, LLC, more than one tag ...: a switch may not see IP in it
  bool cut = false;              // the capture or the sender left out part of the payload
  bool from_fragments = false;
  bool fragments_overlapped = false;
  bool odd_headers = false;      // IPv4 options, or IPv6 extension headers beside a fragment's: many drop such packets
  bool out_of_state = false;     // RawPacket's
  TcpFields tcp;                 // when transport is Tcp
  Bytes segment;                 // TCP or UDP with its header: what the checksum covers
  Bytes payload;                 // above TCP or UDP (or above IP for the others)
  std::uint32_t handle = 0;
};

}  // namespace gatehouse::packet
