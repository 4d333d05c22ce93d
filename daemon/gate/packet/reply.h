// Whole IP packets in answer to one in hand: TCP segments, UDP datagrams and ICMP errors, IPv4 and IPv6, with their
// checksums, written into the caller's buffer. Used by gate/respond. Pure functions: no state, no allocation.
#pragma once

#include <cstdint>
#include <span>

#include "gate/packet/packet.h"

namespace gatehouse::packet {

using WritableBytes = std::span<std::uint8_t>;

// From whom to whom a packet is to seem to go.
struct Ends {
  IpAddress src;
  IpAddress dst;
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
};
// As the packet in hand goes, and back to its sender.
Ends onward(const PacketView& view) noexcept;
Ends back(const PacketView& view) noexcept;

// Hops that a reply of ours may make; what most systems begin with.
inline constexpr std::uint8_t kReplyTtl = 64;
// A segment of this payload fits every path that IPv6's least MTU of 1280 allows, with all headers.
inline constexpr std::size_t kMostSegment = 1200;

struct TcpReply {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;  // tcp_flag
  std::uint16_t window = 0;
};

// Each answers the packet's length in `out`, or 0 when it does not fit or the ends are of two families.
std::size_t write_tcp(WritableBytes out, const Ends& ends, const TcpReply& tcp, Bytes payload) noexcept;
std::size_t write_udp(WritableBytes out, const Ends& ends, Bytes payload, std::uint8_t ttl = kReplyTtl) noexcept;

enum class Unreachable : std::uint8_t {
  Prohibited,  // ICMP type 3 code 13 (RFC 1812 section 5.2.7.1); ICMPv6 type 1 code 1 (RFC 4443 section 3.1)
  Port,        // ICMP type 3 code 3; ICMPv6 type 1 code 4
};
// To the sender of `original`, as if from whom it was sent to, citing as much of it as RFC 1812 section 4.3.2.3 and
// RFC 4443 section 2.4 allow. Its IP header is cited as far as the view knows it, without options and extensions.
std::size_t write_unreachable(WritableBytes out, const PacketView& original, Unreachable why) noexcept;

// Sequence space that a segment takes: its bytes, SYN and FIN (RFC 9293 section 3.4).
std::uint32_t sequence_length(const PacketView& view) noexcept;
// The reset that the receiver of `view` would believe had its sender sent it: at `view`'s own sequence number, for
// the packet itself goes no further (RFC 5961 section 3.2 takes no other).
TcpReply reset_onward(const PacketView& view) noexcept;
// The reset that the sender of `view` believes: at the number it says that it expects next, or, of a segment without
// ACK, acknowledging what it sent (RFC 9293 section 3.10.7.1).
TcpReply reset_back(const PacketView& view) noexcept;

}  // namespace gatehouse::packet
