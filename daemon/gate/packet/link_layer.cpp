#include "gate/packet/link_layer.h"

#include <algorithm>

namespace gatehouse::packet {
namespace {

constexpr std::uint16_t kIpv4Type = 0x0800, kIpv6Type = 0x86dd, kPppoeSession = 0x8864, kMacInMac = 0x88e7,
                        kServiceHeader = 0x894f, kFabricPath = 0x8903;
constexpr int kMostLabels = 8;  // MPLS labels and VLAN tags; more is no network's
// Frames inside frames. Where MPLS leaves two readings open both are tried, so this also bounds the tries.
constexpr std::uint8_t kMostFrames = 6;

bool refuse(DropReason& why, DropReason reason) noexcept {
  why = reason;
  return false;
}

bool is_vlan_tag(std::uint16_t type) noexcept {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

// Tags that are no VLAN's, by what they hold before the next EtherType: Cisco's VN-Tag, 802.1BR's E-Tag, Cisco's
// metadata (a security group). Zero for none of these.
std::size_t other_tag(std::uint16_t type) noexcept {
  switch (type) {
    case 0x8926: return 4;
    case 0x893f: return 6;
    case 0x8909: return 6;
    default: return 0;
  }
}

// Raw IP: the version nibble says which.
bool by_version(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  if (bytes.empty()) return refuse(why, DropReason::TruncatedLink);
  const int version = bytes[0] >> 4;
  if (version != 4 && version != 6) return refuse(why, DropReason::NotIp);
  out.ethertype = version == 4 ? kIpv4Type : kIpv6Type;
  out.network = bytes;
  return true;
}

// An IP header, and not an Ethernet address that begins with the same four bits.
bool looks_like_ip(Bytes bytes) noexcept {
  ByteReader reader(bytes);
  const std::uint8_t first = reader.u8();
  reader.skip(1);
  const std::size_t total = reader.u16();
  if (first >> 4 == 4) return reader.ok() && (first & 0x0f) >= 5 && total >= 20;
  return first >> 4 == 6 && bytes.size() >= 40;
}

// Label stack (RFC 3032), then IP or an Ethernet pseudo-wire, with a control word before it or not (RFC 4448). Nothing
// says which it is but the bytes themselves, so what is tried must lead to IP.
bool strip_mpls(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  for (int label = 0; label < kMostLabels; ++label) {
    const std::uint32_t entry = reader.u32();
    if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
    if ((entry & 0x100) == 0) continue;
    const Bytes inner = reader.rest();
    if (inner.empty()) return refuse(why, DropReason::TruncatedLink);
    if (looks_like_ip(inner)) return by_version(inner, out, why);
    const LinkView before = out;
    if (inner[0] >> 4 == 0 && inner.size() > 4 && strip_ethernet(inner.subspan(4), out, why)) return true;
    out = before;
    return strip_ethernet(inner, out, why);
  }
  return refuse(why, DropReason::TooManyHeaders);
}

bool strip_pppoe(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint8_t version_type = reader.u8();
  const std::uint8_t code = reader.u8();
  reader.skip(2);
  const std::size_t length = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (version_type != 0x11 || code != 0) return refuse(why, DropReason::NotIp);
  const Bytes rest = reader.rest();
  return strip_ppp(rest.first(std::min(rest.size(), length)), out, why);
}

// The family in front has a number and a byte order of the machine that captured; IP's own version tells as much.
bool strip_null(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(4);
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  return by_version(reader.rest(), out, why);
}

bool strip_sll(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(2);
  const std::uint16_t hardware = reader.u16();
  const std::uint16_t length = reader.u16();
  const Bytes address = reader.bytes(8);
  const std::uint16_t type = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (length == 6) out.src = MacAddress::from(address.first(6));
  if (hardware == 778) return by_version(reader.rest(), out, why);  // a GRE tunnel's own end
  return strip_ethertype(type, reader.rest(), out, why);
}

bool strip_sll2(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint16_t type = reader.u16();
  reader.skip(9);
  const std::uint8_t length = reader.u8();
  const Bytes address = reader.bytes(8);
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (length == 6) out.src = MacAddress::from(address.first(6));
  return strip_ethertype(type, reader.rest(), out, why);
}

// Cisco HDLC: address, control, then an EtherType.
bool strip_chdlc(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(2);
  const std::uint16_t type = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  return strip_ethertype(type, reader.rest(), out, why);
}

bool strip_ppp_hdlc(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  // Cisco HDLC shares this link type: 0x0f or 0x8f, then zero.
  const bool cisco = bytes.size() >= 4 && (bytes[0] == 0x0f || bytes[0] == 0x8f) && bytes[1] == 0;
  return cisco ? strip_chdlc(bytes, out, why) : strip_ppp(bytes, out, why);
}

// Frame Relay with two address bytes: RFC 2427, or Cisco's with an EtherType in place of control and NLPID.
bool strip_frame_relay(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint16_t address = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if ((address & 0x0101) != 0x0001) return refuse(why, DropReason::UnknownLink);  // three or four bytes
  if (reader.peek() != 0x03) {
    const std::uint16_t type = reader.u16();
    if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
    return type < 0x0600 ? refuse(why, DropReason::NotIp) : strip_ethertype(type, reader.rest(), out, why);
  }
  reader.skip(1);
  if (reader.peek() == 0) reader.skip(1);  // padding
  const std::uint8_t protocol = reader.u8();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (protocol == 0xcc || protocol == 0x8e) return by_version(reader.rest(), out, why);
  return protocol == 0x80 ? strip_snap(reader.rest(), out, why) : refuse(why, DropReason::NotIp);
}

// Linux netfilter's log: family, version, group, then values with a length and a type; the packet is type 9.
bool strip_nflog(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  constexpr std::uint16_t kPayload = 9, kPayloadSwapped = 0x0900;
  ByteReader reader(bytes);
  reader.skip(4);
  while (!reader.empty()) {
    // Both numbers are in the byte order of the machine that captured; every type is below 256.
    ByteReader big(reader.rest());
    const std::uint16_t big_length = big.u16();
    const std::uint16_t big_type = big.u16();
    const std::uint16_t little_length = reader.u16_le();
    const std::uint16_t little_type = reader.u16_le();
    const std::size_t length = little_type < 256 ? little_length : big_length;
    if (!reader.ok() || length < 4) break;
    if (little_type == kPayload || (little_type == kPayloadSwapped && big_type == kPayload)) {
      const Bytes rest = reader.rest();
      return by_version(rest.first(std::min(rest.size(), length - 4)), out, why);
    }
    reader.skip((length - 4 + 3) / 4 * 4);
  }
  return refuse(why, DropReason::TruncatedLink);
}

// Per-packet information: a header whose length and inner link type are little-endian.
bool strip_ppi(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(2);
  const std::size_t length = reader.u16_le();
  const std::uint32_t inner = reader.u32_le();
  if (!reader.ok() || length < 8 || length > bytes.size()) return refuse(why, DropReason::TruncatedLink);
  if (inner == link::kPpi || inner == link::kPacketTap || inner > 0xffff) return refuse(why, DropReason::UnknownLink);
  return strip_link(static_cast<std::uint16_t>(inner), bytes.subspan(length), out, why);
}

// Network service header (RFC 8300 section 2.2): its length in units of four bytes, and what follows.
bool strip_service_header(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint16_t head = reader.u16();
  reader.skip(1);
  const std::uint8_t next = reader.u8();
  const std::size_t length = std::size_t{4} * (head & 0x3f);
  if (!reader.ok() || length < 8 || length > bytes.size()) return refuse(why, DropReason::TruncatedLink);
  const Bytes inner = bytes.subspan(length);
  switch (next) {
    case 1:
    case 2: return by_version(inner, out, why);
    case 3: return strip_ethernet(inner, out, why);
    case 5: return strip_mpls(inner, out, why);
    default: return refuse(why, DropReason::NotIp);
  }
}

// Apple's packet tap: a header of stated length, then the link type that it had (both little-endian).
bool strip_packet_tap(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  constexpr std::uint32_t kPacket = 1;
  ByteReader reader(bytes);
  const std::size_t length = reader.u32_le();
  const std::uint32_t kind = reader.u32_le();
  const std::uint32_t inner = reader.u32_le();
  if (!reader.ok() || length < 12 || length > bytes.size()) return refuse(why, DropReason::TruncatedLink);
  if (kind != kPacket) return refuse(why, DropReason::NotIp);
  if (inner == link::kPpi || inner == link::kPacketTap || inner > 0xffff) return refuse(why, DropReason::UnknownLink);
  return strip_link(static_cast<std::uint16_t>(inner), bytes.subspan(length), out, why);
}

// What AVS cards put before an 802.11 frame: a magic number, then the header's length, big-endian.
bool strip_avs(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(4);
  const std::size_t length = reader.u32();
  if (!reader.ok() || length < 8 || length > bytes.size()) return refuse(why, DropReason::TruncatedLink);
  return strip_80211(bytes.subspan(length), out, why);
}

bool strip_skipping(std::size_t header, Bytes bytes, LinkView& out, DropReason& why,
                    bool (*next)(Bytes, LinkView&, DropReason&) noexcept) noexcept {
  if (bytes.size() < header) return refuse(why, DropReason::TruncatedLink);
  return next(bytes.subspan(header), out, why);
}

}  // namespace

bool strip_llc(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint8_t dsap = reader.u8();
  const std::uint8_t ssap = reader.u8();
  reader.skip(1);
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (dsap == 0x06 && ssap == 0x06) return by_version(reader.rest(), out, why);  // IP straight on LLC
  if (dsap != 0xaa || ssap != 0xaa) return refuse(why, DropReason::NotIp);
  return strip_snap(reader.rest(), out, why);
}

bool strip_snap(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  if (++out.nested > kMostFrames) return refuse(why, DropReason::TooManyHeaders);
  ByteReader reader(bytes);
  const std::uint32_t organisation = reader.u24();
  const std::uint16_t type = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  // 0 and 0x0000f8 have an EtherType behind them, 0x0080c2 (IEEE 802.1, bridged) an Ethernet frame.
  if (organisation == 0x0080c2 && (type == 1 || type == 7)) return strip_ethernet(reader.rest(), out, why);
  if (organisation != 0 && organisation != 0x0000f8) return refuse(why, DropReason::NotIp);
  return type < 0x0600 ? refuse(why, DropReason::NotIp) : strip_ethertype(type, reader.rest(), out, why);
}

bool strip_ethertype(std::uint16_t ethertype, Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  for (int tags = 0; is_vlan_tag(ethertype) || other_tag(ethertype) > 0; ++tags) {
    const std::size_t size = other_tag(ethertype);
    reader.skip(size);
    const std::uint16_t tag = size > 0 ? std::uint16_t{0} : reader.u16();
    ethertype = reader.u16();
    if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
    if (tags == kMostLabels) return refuse(why, DropReason::TooManyHeaders);
    out.wrapped = out.wrapped || size > 0 || tags > 0;
    if (out.vlan == 0) out.vlan = tag & 0x0fff;
  }
  if (ethertype == kIpv4Type || ethertype == kIpv6Type) {
    out.ethertype = ethertype;
    out.network = reader.rest();
    return true;
  }
  out.wrapped = true;
  switch (ethertype) {
    case kPppoeSession: return strip_pppoe(reader.rest(), out, why);
    case 0x8847:
    case 0x8848: return strip_mpls(reader.rest(), out, why);
    case 0x6558: return strip_ethernet(reader.rest(), out, why);  // transparent Ethernet bridging
    case 0x880b: return strip_ppp(reader.rest(), out, why);
    case kMacInMac:    // 802.1ah: an instance tag, then the customer's frame
    case kFabricPath:  // Cisco's: two bytes of tag, then the frame
      return strip_skipping(ethertype == kMacInMac ? 4 : 2, reader.rest(), out, why, strip_ethernet);
    case kServiceHeader: return strip_service_header(reader.rest(), out, why);
    case 0x0806: return refuse(why, DropReason::Arp);
    default: break;
  }
  return ethertype < 0x0600 ? strip_llc(reader.rest(), out, why) : refuse(why, DropReason::NotIp);
}

bool strip_ethernet(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  if (++out.nested > kMostFrames) return refuse(why, DropReason::TooManyHeaders);
  ByteReader reader(bytes);
  out.dst = MacAddress::from(reader.bytes(6));
  out.src = MacAddress::from(reader.bytes(6));
  const std::uint16_t type = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  return strip_ethertype(type, reader.rest(), out, why);
}

bool strip_ppp(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  if (reader.peek() == 0xff && reader.peek(1) == 0x03) reader.skip(2);  // address and control (RFC 1662)
  // A compressed protocol field is one odd byte (RFC 1661 section 6.5).
  const std::uint16_t protocol = (reader.peek() & 1) != 0 ? reader.u8() : reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  switch (protocol) {
    case 0x0021: return strip_ethertype(kIpv4Type, reader.rest(), out, why);
    case 0x0057: return strip_ethertype(kIpv6Type, reader.rest(), out, why);
    case 0x0281:
    case 0x0283: return strip_mpls(reader.rest(), out, why);
    default: return refuse(why, DropReason::NotIp);
  }
}

bool strip_link(std::uint16_t link_type, Bytes bytes, LinkView& out, DropReason& why) noexcept {
  switch (link_type) {
    case link::kEthernet: return strip_ethernet(bytes, out, why);
    case link::kNull:
    case link::kLoop: return strip_null(bytes, out, why);
    case link::kRaw:
    case link::kRawLinux:
    case link::kRawOpenBsd:
    case link::kIpv4:
    case link::kIpv6: return by_version(bytes, out, why);
    case link::kSll: return strip_sll(bytes, out, why);
    case link::kSll2: return strip_sll2(bytes, out, why);
    case link::kPpp: return strip_ppp(bytes, out, why);
    case link::kPppHdlc: return strip_ppp_hdlc(bytes, out, why);
    case link::kPppDirection: return strip_skipping(1, bytes, out, why, strip_ppp);
    case link::kCHdlc: return strip_chdlc(bytes, out, why);
    case link::kCHdlcDirection: return strip_skipping(1, bytes, out, why, strip_chdlc);
    case link::kFrameRelay: return strip_frame_relay(bytes, out, why);
    case link::kFrameRelayDirection: return strip_skipping(1, bytes, out, why, strip_frame_relay);
    case link::kMpls: return strip_mpls(bytes, out, why);
    case link::kAtm: return strip_llc(bytes, out, why);
    case link::kEnc: return strip_skipping(12, bytes, out, why, by_version);
    case link::kNflog: return strip_nflog(bytes, out, why);
    case link::kPpi: return strip_ppi(bytes, out, why);
    case link::kPppEther: return strip_pppoe(bytes, out, why);
    case link::kIeee80211: return strip_80211(bytes, out, why);
    case link::kRadiotap: return strip_radiotap(bytes, out, why);
    case link::kAvs: return strip_avs(bytes, out, why);
    case link::kPacketTap: return strip_packet_tap(bytes, out, why);
    case link::kNetAnalyzer: return strip_skipping(4, bytes, out, why, strip_ethernet);
    case link::kFddi: return strip_skipping(13, bytes, out, why, strip_llc);
    case link::kIeee1394: {  // two hardware addresses of eight bytes, then an EtherType (RFC 2734)
      ByteReader reader(bytes);
      reader.skip(16);
      const std::uint16_t type = reader.u16();
      return reader.ok() ? strip_ethertype(type, reader.rest(), out, why) : refuse(why, DropReason::TruncatedLink);
    }
    case link::kPrism: return strip_skipping(144, bytes, out, why, strip_80211);
    case link::kPflog: {
      const std::size_t header = bytes.empty() ? 0 : (std::size_t{bytes[0]} + 3) / 4 * 4;
      return strip_skipping(header, bytes, out, why, by_version);
    }
    default: return refuse(why, DropReason::UnknownLink);
  }
}

}  // namespace gatehouse::packet
