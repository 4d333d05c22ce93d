#include "gate/packet/encapsulation.h"

#include "gate/packet/checksum.h"

namespace gatehouse::packet {
namespace {

constexpr std::uint16_t kVxlanPort = 4789, kVxlanOldPort = 8472, kGtpPort = 2152, kTeredoPort = 3544,
                        kVxlanGpePort = 4790, kMplsPort = 6635, kL2tpPort = 1701, kGenevePort = 6081, kAyiyaPort = 5072, kCapwapDataPort = 5247;

bool either_port(const PacketView& view, std::uint16_t port) noexcept {
  return view.src_port == port || view.dst_port == port;
}

bool inner_ip(Bytes bytes, LinkView& inner) noexcept {
  DropReason why{};
  return strip_link(link::kRaw, bytes, inner, why);
}

// RFC 7348 section 5: the I flag; reserved fields are ignored on receipt.
bool open_vxlan(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint32_t flags = reader.u32();
  reader.skip(4);
  DropReason why{};
  return reader.ok() && (flags & 0x08000000) != 0 && strip_ethernet(reader.rest(), inner, why);
}

// draft-ietf-nvo3-vxlan-gpe section 3: with the P flag the fourth byte says what follows.
bool open_vxlan_gpe(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint32_t flags = reader.u32();
  reader.skip(4);
  if (!reader.ok() || (flags & 0x0c000000) != 0x0c000000) return open_vxlan(payload, inner);
  DropReason why{};
  switch (flags & 0xff) {
    case 1:
    case 2: return inner_ip(reader.rest(), inner);
    case 3: return strip_ethernet(reader.rest(), inner, why);
    case 4: return strip_ethertype(0x894f, reader.rest(), inner, why);
    default: return false;
  }
}

// RFC 2661 section 3.1, data messages: flags say which fields there are; then PPP.
bool open_l2tp(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint16_t flags = reader.u16();
  if ((flags & 0x8000) != 0 || (flags & 0x000f) != 2) return false;
  if ((flags & 0x4000) != 0) reader.skip(2);                  // length
  reader.skip(4);                                             // tunnel and session
  if ((flags & 0x0800) != 0) reader.skip(4);                  // sequence numbers
  if ((flags & 0x0200) != 0) reader.skip(reader.u16());       // offset
  DropReason why{};
  return reader.ok() && strip_ppp(reader.rest(), inner, why);
}

// RFC 8926 section 3.4: version 0, options in units of four bytes, then an EtherType and its payload.
bool open_geneve(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint8_t version_length = reader.u8();
  reader.skip(1);
  const std::uint16_t type = reader.u16();
  reader.skip(4 + std::size_t{4} * (version_length & 0x3f));
  DropReason why{};
  return reader.ok() && version_length >> 6 == 0 && strip_ethertype(type, reader.rest(), inner, why);
}

// 3GPP TS 29.281 section 5: version 1, protocol type GTP, message 255 (a user's packet).
bool open_gtp(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint8_t flags = reader.u8();
  const std::uint8_t type = reader.u8();
  const std::size_t length = reader.u16();
  reader.skip(4);
  if (!reader.ok() || (flags & 0xf0) != 0x30 || type != 255 || length > reader.remaining()) return false;
  if ((flags & 0x07) != 0) {
    reader.skip(3);  // sequence number, N-PDU number
    std::uint8_t next = reader.u8();
    for (int headers = 0; (flags & 0x04) != 0 && next != 0 && headers < 4 && reader.ok(); ++headers) {
      const std::size_t size = std::size_t{4} * reader.u8();
      if (size < 4) return false;
      reader.skip(size - 2);
      next = reader.u8();
    }
  }
  return reader.ok() && inner_ip(reader.rest(), inner);
}

// RFC 4380 section 5.1: authentication and origin indications, then an IPv6 packet that fills the datagram.
bool open_teredo(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  if (reader.peek() == 0 && reader.peek(1) == 1) {
    reader.skip(2);
    const std::size_t client = reader.u8();
    const std::size_t value = reader.u8();
    reader.skip(client + value + 9);
  }
  if (reader.peek() == 0 && reader.peek(1) == 0) reader.skip(8);
  const Bytes packet = reader.rest();
  if (packet.size() < 40 || packet[0] >> 4 != 6) return false;
  ByteReader header(packet.subspan(4));
  const std::size_t length = header.u16();
  return length + 40 == packet.size() && inner_ip(packet, inner);
}

// Linux' foo-over-udp, and whoever writes a tunnel in an afternoon: the packet itself on any port, and nothing else. It
// must fill the datagram; its header's checksum must hold, or for IPv6 its next header be one that tunnels carry.
bool open_bare(Bytes payload, LinkView& inner) noexcept {
  if (payload.size() < 20) return false;
  const int version = payload[0] >> 4;
  if (version == 4) {
    const std::size_t header = std::size_t{4} * (payload[0] & 0x0f);
    ByteReader length(payload.subspan(2));
    if (header < 20 || header > payload.size() || length.u16() != payload.size()) return false;
    return fold16(sum16(payload.first(header))) == 0xffff && inner_ip(payload, inner);
  }
  if (version != 6 || payload.size() < 40) return false;
  ByteReader header(payload.subspan(4));
  const std::size_t length = header.u16();
  const std::uint8_t next = header.u8();
  return length + 40 == payload.size() && (next == 6 || next == 17 || next == 58) && inner_ip(payload, inner);
}

// draft-massar-v6ops-ayiya-02 section 4: identity and signature of stated length, then an IPv6 packet.
bool open_ayiya(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::size_t identity = std::size_t{1} << (reader.u8() >> 4);
  const std::size_t signature = std::size_t{4} * (reader.u8() >> 4);
  const std::uint8_t operation = reader.u8() & 0x0f;
  const std::uint8_t next = reader.u8();
  reader.skip(4 + identity + signature);  // epoch
  constexpr std::uint8_t kForward = 1, kIpv6 = 41;
  return reader.ok() && operation == kForward && next == kIpv6 && reader.peek() >> 4 == 6 &&
         inner_ip(reader.rest(), inner);
}

// RFC 5415 section 4.3: header type 0, its length in units of four bytes, flags T (native frames) and F (fragment).
bool open_capwap(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint32_t head = reader.u32();
  constexpr std::uint32_t kNative = 0x100, kFragment = 0x80, kKeepAlive = 0x08;
  constexpr std::uint32_t kBinding80211 = 1;
  const std::size_t header = std::size_t{4} * (head >> 19 & 0x1f);
  if (!reader.ok() || head >> 24 != 0 || header < 8 || header > payload.size()) return false;
  if ((head & (kFragment | kKeepAlive)) != 0) return false;
  DropReason why{};
  const Bytes frame = payload.subspan(header);
  if ((head & kNative) == 0) return strip_ethernet(frame, inner, why);
  return (head >> 9 & 0x1f) == kBinding80211 && strip_80211_either_order(frame, inner, why);
}

// Cisco's ERSPAN: type I has no header, II has eight bytes, III twelve and perhaps eight more.
bool open_erspan(std::uint16_t protocol, bool sequenced, Bytes payload, LinkView& inner) noexcept {
  std::size_t header = protocol == 0x22eb ? 12 : (sequenced ? 8 : 0);
  if (payload.size() < header) return false;
  if (header == 12 && (payload[11] & 1) != 0) header += 8;
  DropReason why{};
  return payload.size() >= header && strip_ethernet(payload.subspan(header), inner, why);
}

}  // namespace

bool open_gre(Bytes payload, LinkView& inner) noexcept {
  ByteReader reader(payload);
  const std::uint16_t flags = reader.u16();
  const std::uint16_t protocol = reader.u16();
  const int version = flags & 7;
  if (!reader.ok() || version > 1) return false;
  if (version == 0 && (flags & 0xc000) != 0) reader.skip(4);  // checksum and offset
  if ((flags & 0x2000) != 0) reader.skip(4);                  // key
  if ((flags & 0x1000) != 0) reader.skip(4);                  // sequence number
  if (version == 1 && (flags & 0x0080) != 0) reader.skip(4);  // acknowledgement
  if (!reader.ok()) return false;
  DropReason why{};
  if (protocol == 0x88be || protocol == 0x22eb) {
    return open_erspan(protocol, (flags & 0x1000) != 0, reader.rest(), inner);
  }
  if (version == 1) return protocol == 0x880b && strip_ppp(reader.rest(), inner, why);
  return strip_ethertype(protocol, reader.rest(), inner, why);
}

Encapsulation open_udp(const PacketView& outer, LinkView& inner) noexcept {
  if ((either_port(outer, kVxlanPort) || either_port(outer, kVxlanOldPort)) && open_vxlan(outer.payload, inner)) {
    return Encapsulation::Vxlan;
  }
  if (either_port(outer, kVxlanGpePort) && open_vxlan_gpe(outer.payload, inner)) return Encapsulation::Vxlan;
  DropReason why{};
  if (outer.dst_port == kMplsPort && strip_ethertype(0x8847, outer.payload, inner, why)) return Encapsulation::Mpls;
  if (either_port(outer, kL2tpPort) && open_l2tp(outer.payload, inner)) return Encapsulation::L2tp;
  if (either_port(outer, kGenevePort) && open_geneve(outer.payload, inner)) return Encapsulation::Geneve;
  if (either_port(outer, kGtpPort) && open_gtp(outer.payload, inner)) return Encapsulation::GtpU;
  if (either_port(outer, kTeredoPort) && open_teredo(outer.payload, inner)) return Encapsulation::Teredo;
  if (either_port(outer, kAyiyaPort) && open_ayiya(outer.payload, inner)) return Encapsulation::Ayiya;
  if (either_port(outer, kCapwapDataPort) && open_capwap(outer.payload, inner)) return Encapsulation::Capwap;
  if (open_bare(outer.payload, inner)) return Encapsulation::Bare;
  return Encapsulation::None;
}

}  // namespace gatehouse::packet
