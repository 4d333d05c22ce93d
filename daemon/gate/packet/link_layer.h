// Takes the link header off: what is under it and which network layer follows. No state.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/bytes.h"
#include "gate/packet/drop_reason.h"

namespace gatehouse::packet {

// LINKTYPE_ numbers of tcpdump.org that are understood.
namespace link {
inline constexpr std::uint16_t kNull = 0, kEthernet = 1, kPpp = 9, kFddi = 10, kRawLinux = 12, kRawOpenBsd = 14, kPppHdlc = 50,
                               kPppEther = 51, kAtm = 100, kRaw = 101, kCHdlc = 104, kIeee80211 = 105, kFrameRelay = 107,
                               kLoop = 108, kEnc = 109, kSll = 113, kPflog = 117, kPrism = 119, kRadiotap = 127,
                               kPpi = 192, kPppDirection = 204, kCHdlcDirection = 205, kFrameRelayDirection = 206,
                               kIeee1394 = 138, kAvs = 163, kNetAnalyzer = 240, kPacketTap = 258, kMpls = 219, kIpv4 = 228, kIpv6 = 229, kNflog = 239, kSll2 = 276;
}

struct LinkView {
  std::uint16_t ethertype = 0;  // 0x0800 or 0x86dd
  std::uint16_t vlan = 0;       // outermost tag
  MacAddress src;
  MacAddress dst;
  std::uint8_t nested = 0;      // frames that were opened on the way
  bool wrapped = false;         // IP is not right behind Ethernet and one VLAN tag at most
  Bytes network;                // from the IP header on
};

// False: `why` says why the packet goes no further.
bool strip_link(std::uint16_t link_type, Bytes bytes, LinkView& out, DropReason& why) noexcept;
// Ethernet inside something else (VXLAN, GRE).
bool strip_ethernet(Bytes bytes, LinkView& out, DropReason& why) noexcept;
// LLC with SNAP (RFC 1042), or a protocol of IEEE's that carries no IP; strip_snap from the organisation on.
bool strip_llc(Bytes bytes, LinkView& out, DropReason& why) noexcept;
bool strip_snap(Bytes bytes, LinkView& out, DropReason& why) noexcept;
// 802.11 data frames, bare and behind a radiotap header (wireless_layer.cpp).
bool strip_80211(Bytes bytes, LinkView& out, DropReason& why) noexcept;
bool strip_radiotap(Bytes bytes, LinkView& out, DropReason& why) noexcept;
// 802.11 inside CAPWAP: some controllers send the frame control field with its two bytes exchanged.
bool strip_80211_either_order(Bytes bytes, LinkView& out, DropReason& why) noexcept;
// From an EtherType on: VLAN tags, PPPoE, MPLS, then IP.
bool strip_ethertype(std::uint16_t ethertype, Bytes bytes, LinkView& out, DropReason& why) noexcept;
// From a PPP protocol number on (RFC 1661).
bool strip_ppp(Bytes bytes, LinkView& out, DropReason& why) noexcept;

}  // namespace gatehouse::packet
