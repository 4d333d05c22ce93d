#include "gate/packet/link_layer.h"

namespace gatehouse::packet {
namespace {

constexpr std::uint16_t kIpv4Type = 0x0800, kIpv6Type = 0x86dd, kPppoeSession = 0x8864;
constexpr int kMostLabels = 8;  // MPLS labels and VLAN tags; more is no network's

bool refuse(DropReason& why, DropReason reason) noexcept {
  why = reason;
  return false;
}

bool is_vlan_tag(std::uint16_t type) noexcept {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
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

// LLC with SNAP (RFC 1042), or a protocol of IEEE's that carries no IP.
bool strip_llc(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint8_t dsap = reader.u8();
  const std::uint8_t ssap = reader.u8();
  reader.skip(1);
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (dsap == 0x06 && ssap == 0x06) return by_version(reader.rest(), out, why);  // IP straight on LLC
  if (dsap != 0xaa || ssap != 0xaa) return refuse(why, DropReason::NotIp);
  reader.skip(3);  // organisation; 0 or 0x0000f8 with an EtherType behind it
  const std::uint16_t type = reader.u16();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  return strip_ethertype(type, reader.rest(), out, why);
}

// Label stack (RFC 3032), then IP, or an Ethernet pseudo-wire with its control word (RFC 4448).
bool strip_mpls(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  for (int label = 0; label < kMostLabels; ++label) {
    const std::uint32_t entry = reader.u32();
    if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
    if ((entry & 0x100) == 0) continue;
    const Bytes inner = reader.rest();
    const int nibble = inner.empty() ? 0 : inner[0] >> 4;
    if (nibble == 4 || nibble == 6) return by_version(inner, out, why);
    if (nibble == 0 && inner.size() > 4) return strip_ethernet(inner.subspan(4), out, why);
    return refuse(why, DropReason::NotIp);
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

bool strip_null(Bytes bytes, bool network_order, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint32_t family = network_order ? reader.u32() : reader.u32_le();
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  (void)family;  // AF_INET6 is 10, 24, 28 or 30, in the byte order of the machine that captured: the version tells
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
  if (hardware == 824 || hardware == 778) return by_version(reader.rest(), out, why);  // netlink, GRE
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

bool strip_80211(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint16_t control = reader.u16_le();
  reader.skip(2);
  const Bytes first = reader.bytes(6);
  const Bytes second = reader.bytes(6);
  const Bytes third = reader.bytes(6);
  reader.skip(2);
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  const unsigned type = (control >> 2) & 3;
  const unsigned subtype = (control >> 4) & 15;
  const bool to_ds = (control & 0x0100) != 0;
  const bool from_ds = (control & 0x0200) != 0;
  if (type != 2 || (control & 0x4000) != 0 || (subtype & 4) != 0) return refuse(why, DropReason::ProtectedWireless);
  if (to_ds && from_ds) reader.skip(6);
  if ((subtype & 8) != 0) reader.skip(2);             // QoS control
  if ((subtype & 8) != 0 && (control & 0x8000) != 0) reader.skip(4);  // HT control
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  out.src = MacAddress::from(from_ds && !to_ds ? third : second);
  out.dst = MacAddress::from(to_ds ? third : first);
  return strip_llc(reader.rest(), out, why);
}

bool strip_radiotap(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(2);
  const std::size_t length = reader.u16_le();
  const std::uint32_t present = reader.u32_le();
  if (!reader.ok() || length < 8 || length > bytes.size()) return refuse(why, DropReason::TruncatedLink);
  // Flags (bit 1) tell of a frame check sequence at the end; they follow TSFT (bit 0), both before any other field.
  std::size_t flags_at = 8;
  for (std::uint32_t word = present; (word & 0x80000000u) != 0 && flags_at + 4 <= length; flags_at += 4) {
    ByteReader next(bytes.subspan(flags_at));
    word = next.u32_le();
  }
  if ((present & 1) != 0) flags_at = (flags_at + 7) / 8 * 8 + 8;
  const bool has_fcs = (present & 2) != 0 && flags_at < length && (bytes[flags_at] & 0x10) != 0;
  Bytes frame = bytes.subspan(length);
  if (has_fcs && frame.size() > 4) frame = frame.first(frame.size() - 4);
  return strip_80211(frame, out, why);
}

bool strip_skipping(std::size_t header, Bytes bytes, LinkView& out, DropReason& why,
                    bool (*next)(Bytes, LinkView&, DropReason&) noexcept) noexcept {
  if (bytes.size() < header) return refuse(why, DropReason::TruncatedLink);
  return next(bytes.subspan(header), out, why);
}

}  // namespace

bool strip_ethertype(std::uint16_t ethertype, Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  for (int tags = 0; is_vlan_tag(ethertype); ++tags) {
    const std::uint16_t tag = reader.u16();
    ethertype = reader.u16();
    if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
    if (tags == kMostLabels) return refuse(why, DropReason::TooManyHeaders);
    if (out.vlan == 0) out.vlan = tag & 0x0fff;
  }
  switch (ethertype) {
    case kIpv4Type:
    case kIpv6Type:
      out.ethertype = ethertype;
      out.network = reader.rest();
      return true;
    case kPppoeSession: return strip_pppoe(reader.rest(), out, why);
    case 0x8847:
    case 0x8848: return strip_mpls(reader.rest(), out, why);
    case 0x6558: return strip_ethernet(reader.rest(), out, why);  // transparent Ethernet bridging
    case 0x880b: return strip_ppp(reader.rest(), out, why);
    default: break;
  }
  return ethertype < 0x0600 ? strip_llc(reader.rest(), out, why) : refuse(why, DropReason::NotIp);
}

bool strip_ethernet(Bytes bytes, LinkView& out, DropReason& why) noexcept {
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
    case link::kNull: return strip_null(bytes, false, out, why);
    case link::kLoop: return strip_null(bytes, true, out, why);
    case link::kRaw:
    case link::kRawLinux:
    case link::kRawOpenBsd:
    case link::kIpv4:
    case link::kIpv6: return by_version(bytes, out, why);
    case link::kSll: return strip_sll(bytes, out, why);
    case link::kSll2: return strip_sll2(bytes, out, why);
    case link::kPpp: return strip_ppp(bytes, out, why);
    case link::kPppHdlc: {
      // Cisco HDLC shares this number: 0x0f or 0x8f, 0x00, then an EtherType.
      if (bytes.size() >= 4 && (bytes[0] == 0x0f || bytes[0] == 0x8f) && bytes[1] == 0) {
        ByteReader reader(bytes.subspan(2));
        const std::uint16_t type = reader.u16();
        return strip_ethertype(type, reader.rest(), out, why);
      }
      return strip_ppp(bytes, out, why);
    }
    case link::kCHdlc: {
      ByteReader reader(bytes);
      reader.skip(2);
      const std::uint16_t type = reader.u16();
      if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
      return strip_ethertype(type, reader.rest(), out, why);
    }
    case link::kPppEther: return strip_pppoe(bytes, out, why);
    case link::kIeee80211: return strip_80211(bytes, out, why);
    case link::kRadiotap: return strip_radiotap(bytes, out, why);
    case link::kPrism: return strip_skipping(144, bytes, out, why, strip_80211);
    case link::kPflog: {
      const std::size_t header = bytes.empty() ? 0 : (std::size_t{bytes[0]} + 3) / 4 * 4;
      return strip_skipping(header, bytes, out, why, by_version);
    }
    default: return refuse(why, DropReason::UnknownLink);
  }
}

}  // namespace gatehouse::packet
