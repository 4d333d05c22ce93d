#include "gate/packet/decode.h"

#include "gate/packet/checksum.h"
#include "gate/packet/encapsulation.h"
#include "gate/packet/link_layer.h"
#include "gate/packet/transport.h"

namespace gatehouse::packet {
namespace {

constexpr std::uint8_t kIpInIp = 4, kSixInFour = 41, kEtherIp = 97;

}  // namespace

Decoded Decoder::drop(DropReason reason) noexcept {
  stats_.drop(reason);
  return Decoded::No;
}

Decoded Decoder::decode(const RawPacket& raw, PacketView& view) noexcept {
  ++stats_.packets;
  static constexpr PacketView kBlank{};  // copied: faster than what the compiler makes of PacketView{}
  view = kBlank;
  view.at = raw.at;
  view.handle = raw.handle;
  LinkView link;
  DropReason why{};
  if (!strip_link(raw.link, raw.bytes, link, why)) return drop(why);
  view.src_mac = raw.src_mac.is_zero() ? link.src : raw.src_mac;
  view.dst_mac = link.dst;
  view.vlan = raw.vlan != 0 ? raw.vlan : link.vlan;
  view.wrapped = link.wrapped || (raw.vlan != 0 && link.vlan != 0);
  view.out_of_state = raw.out_of_state;
  if (raw.checksum_good) view.checksum = Checksum::Good;
  const Decoded result = decode_network(link, view, 0);
  if (result == Decoded::Yes) ++stats_.decoded;
  return result;
}

Decoded Decoder::decode_network(const LinkView& link, PacketView& view, int depth) noexcept {
  IpView ip;
  DropReason why{};
  if (!parse_ip(link.network, ip, why)) return drop(why);
  if (ip.fragment) {
    IpView whole;
    bool overlapped = false;
    if (!fragments_.add(ip, view, stats_, whole, overlapped)) {
      ++stats_.held;
      return Decoded::Held;
    }
    ip = whole;
    if (!walk_extensions(ip, why)) return drop(why);
    if (ip.fragment) return drop(DropReason::FragmentMalformed);  // a fragment inside a fragment
    view.from_fragments = true;
    view.fragments_overlapped |= overlapped;
  }
  view.src = ip.src;
  view.dst = ip.dst;
  view.ttl = ip.ttl;
  view.ip_protocol = ip.protocol;
  view.cut = ip.cut;
  view.odd_headers = view.odd_headers || ip.odd_headers;
  if (ip.bad_checksum) {
    view.checksum = Checksum::Bad;
  } else if (view.encapsulation != Encapsulation::None) {
    view.checksum = Checksum::Unknown;  // what is known is of the outer packet
  }
  return decode_transport(ip, view, depth);
}

Decoded Decoder::decode_transport(const IpView& ip, PacketView& view, int depth) noexcept {
  DropReason why{};
  LinkView carried;
  view.payload = ip.payload;
  switch (ip.protocol) {
    case 6: return parse_tcp(ip.payload, view, why) ? Decoded::Yes : drop(why);
    case 17: {
      if (!parse_udp(ip.payload, view, why)) return drop(why);
      const Encapsulation kind = open_udp(view, carried);
      return kind != Encapsulation::None ? open_carried(carried, kind, view, depth) : Decoded::Yes;
    }
    case 47:
    case kIpInIp:
    case kSixInFour:
    case kEtherIp: {
      view.transport = ip.protocol == 47 ? Transport::Gre : Transport::Other;
      Encapsulation kind = ip.protocol == 47 ? Encapsulation::Gre : Encapsulation::IpInIp;
      if (ip.protocol == kSixInFour) kind = ip.src.is_v4() ? Encapsulation::SixInFour : Encapsulation::IpInIp;
      const bool opened = ip.protocol == 47         ? open_gre(ip.payload, carried)
                          : ip.protocol == kEtherIp ? ip.payload.size() > 2 && strip_ethernet(ip.payload.subspan(2), carried, why)
                                                    : strip_link(link::kRaw, ip.payload, carried, why);
      return opened ? open_carried(carried, kind, view, depth) : Decoded::Yes;
    }
    case 1: view.transport = Transport::Icmp; return Decoded::Yes;
    case 58: view.transport = Transport::Icmp6; return Decoded::Yes;
    case 50: view.transport = Transport::Esp; return Decoded::Yes;
    default: return Decoded::Yes;
  }
}

// The inner packet takes the outer one's place; where it cannot be read, the outer stays as it is. An inner fragment
// is held like any other: its whole packet will stand for it.
Decoded Decoder::open_carried(const LinkView& link, Encapsulation kind, PacketView& view, int depth) noexcept {
  if (depth == kDeepest) {
    ++stats_.nested_too_deep;
    return Decoded::Yes;
  }
  PacketView inside;
  inside.at = view.at;
  inside.handle = view.handle;
  inside.vlan = view.vlan != 0 ? view.vlan : link.vlan;
  inside.src_mac = view.src_mac;
  inside.dst_mac = view.dst_mac;
  inside.encapsulation = kind;
  inside.from_fragments = view.from_fragments;
  inside.fragments_overlapped = view.fragments_overlapped;
  const auto dropped = stats_.dropped;
  const Decoded result = decode_network(link, inside, depth + 1);
  if (result == Decoded::Yes) view = inside;
  if (result == Decoded::No) stats_.dropped = dropped;  // the outer packet was decoded: nothing was dropped
  return result == Decoded::Held ? Decoded::Held : Decoded::Yes;
}

bool Decoder::give_up_fragments(Timestamp now, bool at_end, PacketView& view) noexcept {
  IpView part;
  while (fragments_.give_up(now, at_end, stats_, part, view)) {
    DropReason why{};
    if (!walk_extensions(part, why) || part.fragment) continue;  // counted as timed out already
    view.src = part.src;
    view.dst = part.dst;
    view.ttl = part.ttl;
    view.ip_protocol = part.protocol;
    view.cut = true;
    view.from_fragments = true;
    if (decode_transport(part, view, kDeepest) == Decoded::Yes) return true;
  }
  return false;
}

Checksum verify_checksum(const PacketView& view) noexcept {
  if (view.checksum != Checksum::Unknown || view.cut || view.segment.empty()) return view.checksum;
  return check_transport(view.src, view.dst, view.ip_protocol, view.segment, view.stored_checksum);
}

}  // namespace gatehouse::packet
