#include "gate/packet/reply.h"

#include <algorithm>

#include "gate/packet/byte_writer.h"
#include "gate/packet/checksum.h"

namespace gatehouse::packet {
namespace {

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58;
constexpr std::size_t kIpv4Header = 20, kIpv6Header = 40;
constexpr std::size_t kMostPacket = 65'535;
// An ICMP error holds at most this much, headers included.
constexpr std::size_t kMostIcmp = 576;
constexpr std::size_t kMostIcmp6 = 1280;

struct IpFields {
  std::uint8_t protocol = 0;
  std::uint8_t ttl = kReplyTtl;
  std::uint16_t id = 0;
  bool dont_fragment = false;
};

void put_ip(ByteWriter& out, const Ends& ends, const IpFields& ip, std::size_t length) noexcept {
  if (!ends.src.is_v4()) {
    out.u32(0x60000000);
    out.u16(static_cast<unsigned>(length));
    out.u8(ip.protocol);
    out.u8(ip.ttl);
    out.bytes(ends.src.wire());
    out.bytes(ends.dst.wire());
    return;
  }
  const std::size_t start = out.size();
  out.u16(0x4500);
  out.u16(static_cast<unsigned>(kIpv4Header + length));
  out.u16(ip.id);
  out.u16(ip.dont_fragment ? 0x4000 : 0);
  out.u8(ip.ttl);
  out.u8(ip.protocol);
  out.u16(0);
  out.bytes(ends.src.wire());
  out.bytes(ends.dst.wire());
  const Bytes written = out.written();
  if (!written.empty()) out.set16(start + 10, static_cast<std::uint16_t>(~fold16(sum16(written.subspan(start)))));
}

std::uint16_t transport_checksum(const Ends& ends, std::uint8_t protocol, Bytes segment) noexcept {
  const std::uint64_t pseudo = sum16(ends.src.wire()) + sum16(ends.dst.wire()) + protocol + segment.size();
  return static_cast<std::uint16_t>(~fold16(pseudo + sum16(segment)));
}

// Writes the header for `length` bytes to come; where they start, or 0 when they cannot be sent.
std::size_t begin(ByteWriter& out, const Ends& ends, const IpFields& ip, std::size_t length) noexcept {
  const std::size_t header = ends.src.is_v4() ? kIpv4Header : kIpv6Header;
  if (ends.src.is_v4() != ends.dst.is_v4() || header + length > kMostPacket || out.room() < header + length) return 0;
  put_ip(out, ends, ip, length);
  return header;
}

}  // namespace

Ends onward(const PacketView& view) noexcept { return {view.src, view.dst, view.src_port, view.dst_port}; }
Ends back(const PacketView& view) noexcept { return {view.dst, view.src, view.dst_port, view.src_port}; }

std::size_t write_tcp(WritableBytes out, const Ends& ends, const TcpReply& tcp, Bytes payload) noexcept {
  constexpr std::size_t kHeader = 20;
  ByteWriter writer(out);
  const IpFields ip{.protocol = kTcp, .dont_fragment = true};
  const std::size_t start = begin(writer, ends, ip, kHeader + payload.size());
  if (start == 0) return 0;
  writer.u16(ends.src_port);
  writer.u16(ends.dst_port);
  writer.u32(tcp.seq);
  writer.u32((tcp.flags & tcp_flag::kAck) != 0 ? tcp.ack : 0);
  writer.u8(kHeader / 4 << 4);
  writer.u8(tcp.flags);
  writer.u16(tcp.window);
  writer.u32(0);  // checksum and urgent pointer
  writer.bytes(payload);
  writer.set16(start + 16, transport_checksum(ends, kTcp, writer.written().subspan(start)));
  return writer.written().size();
}

std::size_t write_udp(WritableBytes out, const Ends& ends, Bytes payload, std::uint8_t ttl) noexcept {
  constexpr std::size_t kHeader = 8;
  ByteWriter writer(out);
  // It may be cut into fragments on its way, which their identification keeps together: any number that differs from
  // packet to packet serves, and the message begins with one (the DNS id).
  const std::uint16_t id = payload.size() < 2 ? std::uint16_t{0} : ByteReader(payload).u16();
  const std::size_t start = begin(writer, ends, {.protocol = kUdp, .ttl = ttl, .id = id}, kHeader + payload.size());
  if (start == 0) return 0;
  writer.u16(ends.src_port);
  writer.u16(ends.dst_port);
  writer.u16(static_cast<unsigned>(kHeader + payload.size()));
  writer.u16(0);
  writer.bytes(payload);
  const std::uint16_t checksum = transport_checksum(ends, kUdp, writer.written().subspan(start));
  writer.set16(start + 6, checksum == 0 ? 0xffffu : checksum);  // zero would mean none (RFC 768)
  return writer.written().size();
}

std::size_t write_unreachable(WritableBytes out, const PacketView& original, Unreachable why) noexcept {
  constexpr std::size_t kHeader = 8;
  const bool v4 = original.src.is_v4();
  const std::size_t ip_header = v4 ? kIpv4Header : kIpv6Header;
  const Bytes carried = original.segment.empty() ? original.payload : original.segment;
  if (original.src.is_v4() != original.dst.is_v4() || ip_header + carried.size() > kMostPacket) return 0;
  const std::size_t cited = std::min(carried.size(), (v4 ? kMostIcmp : kMostIcmp6) - 2 * ip_header - kHeader);
  const std::uint8_t protocol = v4 ? kIcmp : kIcmp6;

  ByteWriter writer(out);
  const Ends ends = back(original);
  const std::size_t start = begin(writer, ends, {.protocol = protocol}, kHeader + ip_header + cited);
  if (start == 0) return 0;
  const bool port = why == Unreachable::Port;
  writer.u8(v4 ? 3 : 1);
  writer.u8(v4 ? (port ? 3 : 13) : (port ? 4 : 1));
  writer.u16(0);
  writer.u32(0);
  put_ip(writer, onward(original), {.protocol = original.ip_protocol, .ttl = original.ttl}, carried.size());
  writer.bytes(carried.first(cited));
  const Bytes message = writer.written().subspan(start);
  writer.set16(start + 2, v4 ? static_cast<std::uint16_t>(~fold16(sum16(message)))
                             : transport_checksum(ends, kIcmp6, message));
  return writer.written().size();
}

std::uint32_t sequence_length(const PacketView& view) noexcept {
  const auto bytes = static_cast<std::uint32_t>(view.payload.size());
  return bytes + ((view.tcp.flags & tcp_flag::kSyn) != 0 ? 1 : 0) + ((view.tcp.flags & tcp_flag::kFin) != 0 ? 1 : 0);
}

TcpReply reset_onward(const PacketView& view) noexcept {
  return {.seq = view.tcp.seq,
          .ack = view.tcp.ack,
          .flags = static_cast<std::uint8_t>(tcp_flag::kRst | (view.tcp.flags & tcp_flag::kAck)),
          .window = 0};
}

TcpReply reset_back(const PacketView& view) noexcept {
  const bool has_ack = (view.tcp.flags & tcp_flag::kAck) != 0;
  return {.seq = has_ack ? view.tcp.ack : 0,
          .ack = view.tcp.seq + sequence_length(view),
          .flags = tcp_flag::kRst | tcp_flag::kAck,
          .window = 0};
}

}  // namespace gatehouse::packet
