#include "gate/packet/transport.h"

#include <algorithm>

namespace gatehouse::packet {
namespace {

bool refuse(DropReason& why, DropReason reason) noexcept {
  why = reason;
  return false;
}

// RFC 9293 section 3.2. A malformed option ends the walk: what was read before it counts, as hosts do it.
void parse_tcp_options(Bytes options, TcpFields& tcp) noexcept {
  ByteReader reader(options);
  while (!reader.empty()) {
    const std::uint8_t kind = reader.u8();
    if (kind == 0) return;
    if (kind == 1) continue;
    const std::uint8_t length = reader.u8();
    if (length < 2) return;
    ByteReader value = reader.sub(length - 2u);
    if (!reader.ok()) return;
    switch (kind) {
      case 3: tcp.window_scale = std::min<std::uint8_t>(value.u8(), 14); break;  // RFC 7323 section 2.3
      case 8:
        tcp.ts_value = value.u32();
        tcp.ts_echo = value.u32();
        tcp.has_timestamp = value.ok();
        break;
      case 19:  // RFC 2385; with another length hosts pass it over like any option they do not know
        tcp.md5_option |= length == 18;
        break;
      case 29:  // RFC 5925, which a server without keys drops all the same
        tcp.md5_option |= length >= 4;
        break;
      default: break;
    }
  }
}

}  // namespace

bool parse_tcp(Bytes segment, PacketView& view, DropReason& why) noexcept {
  ByteReader reader(segment);
  view.src_port = reader.u16();
  view.dst_port = reader.u16();
  view.tcp.seq = reader.u32();
  view.tcp.ack = reader.u32();
  const std::size_t header = std::size_t{4} * (reader.u8() >> 4);
  view.tcp.flags = reader.u8();
  view.tcp.window = reader.u16();
  view.stored_checksum = reader.u16();
  view.tcp.urgent = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedTransport);
  if (header < 20) return refuse(why, DropReason::BadTransportHeader);
  if (header > segment.size()) {
    return refuse(why, view.cut ? DropReason::TruncatedTransport : DropReason::BadTransportHeader);
  }
  if (header > 20) parse_tcp_options(segment.subspan(20, header - 20), view.tcp);
  view.transport = Transport::Tcp;
  view.segment = segment;
  view.payload = segment.subspan(header);
  return true;
}

bool parse_udp(Bytes segment, PacketView& view, DropReason& why) noexcept {
  ByteReader reader(segment);
  view.src_port = reader.u16();
  view.dst_port = reader.u16();
  const std::size_t length = reader.u16();
  view.stored_checksum = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedTransport);
  if (length != 0 && length < 8) return refuse(why, DropReason::BadTransportHeader);
  // Zero is a jumbogram's (RFC 2675) or left to the network card.
  const std::size_t claimed = length == 0 ? segment.size() : length;
  if (claimed > segment.size() && !view.cut) return refuse(why, DropReason::BadTransportHeader);  // hosts drop it
  view.transport = Transport::Udp;
  view.segment = segment.first(std::min(claimed, segment.size()));
  view.payload = view.segment.subspan(8);
  return true;
}

}  // namespace gatehouse::packet
