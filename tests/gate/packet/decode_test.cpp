// What the decoder makes of frames, and that it counts what it does not understand.
#include "gate/packet/decode.h"

#include <gtest/gtest.h>

#include "gate/packet/community_id.h"
#include "gate/packet/flow_key.h"
#include "gate/packet/decoding.h"
#include "support/packets.h"

namespace gatehouse::packet {
namespace {

using namespace gatehouse::test;

TEST(Decoder, ReadsTcpOverBothVersionsOfIp) {
  for (const Ends& ends : {Ends{}, ends_v6()}) {
    Decoder decoder;
    const Buffer frame = tcp_frame(ends, {}, bytes_of("hello"));
    const Outcome out = decode_one(decoder, frame);
    ASSERT_EQ(out.decoded, Decoded::Yes);
    EXPECT_EQ(out.view.src, ends.src);
    EXPECT_EQ(out.view.dst, ends.dst);
    EXPECT_EQ(out.view.src_port, 50000);
    EXPECT_EQ(out.view.dst_port, 443);
    EXPECT_EQ(out.view.tcp.seq, 1000u);
    EXPECT_EQ(as_text(out.view.payload), "hello");
    EXPECT_EQ(out.view.src_mac, MacAddress::from(kClientMac));
    EXPECT_EQ(out.view.ttl, 64);
  }
}

TEST(Decoder, ReadsThroughVlanTagsAndKeepsTheOutermost) {
  Decoder decoder;
  const Ends ends;
  const Buffer ip = ipv4(ends, {}, tcp_segment(ends, {}, bytes_of("x")));
  EXPECT_EQ(decode_one(decoder, ethernet(ip, {30})).view.vlan, 30);
  const Outcome two = decode_one(decoder, ethernet(ip, {100, 30}));
  EXPECT_EQ(two.decoded, Decoded::Yes);
  EXPECT_EQ(two.view.vlan, 100);
}

struct LinkCase {
  const char* name;
  std::uint16_t link;
  Buffer header;
};
class EveryLink : public testing::TestWithParam<LinkCase> {};

TEST_P(EveryLink, LeadsToTheSamePacket) {
  Decoder decoder;
  const Ends ends;
  const Buffer ip = ipv4(ends, {}, tcp_segment(ends, {}, bytes_of("hello")));
  const Buffer frame = joined(GetParam().header, ip);
  const Outcome out = decode_one(decoder, frame, GetParam().link);
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_EQ(out.view.dst_port, 443);
  EXPECT_EQ(as_text(out.view.payload), "hello");
  // And a frame cut anywhere inside the link header is counted, not guessed.
  for (std::size_t length = 0; length < GetParam().header.size(); ++length) {
    EXPECT_EQ(decode_one(decoder, Bytes(frame).first(length), GetParam().link).decoded, Decoded::No) << length;
  }
}

Buffer snap_80211() {
  Buffer out = {0x88, 0x01, 0, 0};  // QoS data, to the distribution system
  for (int address = 0; address < 3; ++address) put(out, kClientMac);
  put16(out, 0);                    // sequence control
  put16(out, 0);                    // QoS control
  put(out, Buffer{0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00});
  return out;
}
Buffer ethernet_with(unsigned type, Buffer more) {
  Buffer out;
  put(out, kServerMac);
  put(out, kClientMac);
  put16(out, type);
  return joined(out, more);
}

INSTANTIATE_TEST_SUITE_P(
    Links, EveryLink,
    testing::Values(LinkCase{"raw", 101, {}}, LinkCase{"null", 0, {2, 0, 0, 0}}, LinkCase{"loop", 108, {0, 0, 0, 2}},
                    LinkCase{"sll", 113, {0, 0, 0, 1, 0, 6, 2, 0, 0x5e, 0x10, 0, 1, 0, 0, 0x08, 0}},
                    LinkCase{"sll2", 276, {0x08, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0x5e, 0x10, 0, 1, 0, 0}},
                    LinkCase{"ppp", 9, {0xff, 0x03, 0x00, 0x21}}, LinkCase{"hdlc", 104, {0x0f, 0, 0x08, 0}},
                    LinkCase{"pppoe", 1, ethernet_with(0x8864, {0x11, 0, 0, 1, 0, 47, 0x00, 0x21})},
                    LinkCase{"mpls", 1, ethernet_with(0x8847, {0, 1, 0x00, 64, 0, 2, 0x01, 64})},
                    LinkCase{"snap", 1, ethernet_with(53, {0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0})},
                    LinkCase{"wireless", 105, snap_80211()},
                    LinkCase{"radiotap", 127, joined(Buffer{0, 0, 8, 0, 0, 0, 0, 0}, snap_80211())}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Decoder, CountsWhatItDoesNotUnderstandByReason) {
  Decoder decoder;
  EXPECT_EQ(decode_one(decoder, ethernet_with(0x0806, Buffer(28, 0))).decoded, Decoded::No);
  EXPECT_EQ(dropped(decoder, DropReason::Arp), 1u);
  EXPECT_EQ(decode_one(decoder, ethernet_with(0x88cc, Buffer(28, 0))).decoded, Decoded::No);
  EXPECT_EQ(dropped(decoder, DropReason::NotIp), 1u);
  EXPECT_EQ(decode_one(decoder, Buffer(10, 0)).decoded, Decoded::No);
  EXPECT_EQ(dropped(decoder, DropReason::TruncatedLink), 1u);
  EXPECT_EQ(decode_one(decoder, Buffer(64, 0), 147).decoded, Decoded::No);
  EXPECT_EQ(dropped(decoder, DropReason::UnknownLink), 1u);
  Buffer bad_header = tcp_frame({}, {}, bytes_of("x"));
  bad_header[14] = 0x44;  // a header of 16 bytes cannot be
  EXPECT_EQ(decode_one(decoder, bad_header).decoded, Decoded::No);
  EXPECT_EQ(dropped(decoder, DropReason::BadIpHeader), 1u);
  EXPECT_EQ(decoder.stats().packets, 5u);
  EXPECT_EQ(decoder.stats().decoded, 0u);
}

TEST(Decoder, LeavesTheEthernetPaddingOut) {
  Decoder decoder;
  Buffer frame = tcp_frame({}, {}, bytes_of("x"));
  frame.resize(frame.size() + 5, 0);
  EXPECT_EQ(as_text(decode_one(decoder, frame).view.payload), "x");
}

TEST(Decoder, MarksAPacketThatTheCaptureCut) {
  Decoder decoder;
  const Buffer frame = tcp_frame({}, {}, bytes_of("a long payload"));
  const Outcome out = decode_one(decoder, Bytes(frame).first(frame.size() - 4));
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_TRUE(out.view.cut);
  EXPECT_EQ(as_text(out.view.payload), "a long pay");
}

TEST(Decoder, WalksIpv6ExtensionHeadersUpToABound) {
  const Ends ends = ends_v6();
  const Buffer segment = tcp_segment(ends, {}, bytes_of("x"));
  for (const int headers : {1, 8, 9}) {
    Decoder decoder;
    Buffer body;
    for (int i = 0; i < headers; ++i) put(body, Buffer{static_cast<std::uint8_t>(i + 1 < headers ? 60 : 6), 0, 1, 4, 0, 0, 0, 0});
    put(body, segment);
    Ip ip;
    ip.protocol = 60;
    const Outcome out = decode_one(decoder, ethernet(ipv6(ends, ip, body)));
    EXPECT_EQ(out.decoded == Decoded::Yes, headers <= 8) << headers;
    EXPECT_EQ(dropped(decoder, DropReason::TooManyHeaders), headers <= 8 ? 0u : 1u);
  }
}

TEST(Decoder, RefusesAnIpv4AddressInItsMappedForm) {
  // Otherwise whoever sends IPv6 takes on the name and the filter group of an IPv4 address.
  for (const bool source : {true, false}) {
    Ends ends = ends_v6();
    Ip ip;
    Buffer packet = ipv6(ends, ip, Buffer(20, 0));
    const IpAddress mapped = *IpAddress::parse("10.10.4.7");
    std::copy(mapped.bytes().begin(), mapped.bytes().end(), packet.begin() + (source ? 8 : 24));
    Decoder decoder;
    const Outcome out = decode_one(decoder, ethernet(packet));
    EXPECT_EQ(out.decoded, Decoded::No);
    EXPECT_EQ(dropped(decoder, DropReason::BadIpHeader), 1u);
  }
}

TEST(Decoder, ReadsTcpOptions) {
  Decoder decoder;
  Tcp tcp;
  tcp.options = {3, 3, 7, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const Outcome out = decode_one(decoder, tcp_frame({}, tcp, bytes_of("x")));
  EXPECT_TRUE(out.view.tcp.md5_option);
  EXPECT_EQ(out.view.tcp.window_scale, 7);
  EXPECT_TRUE(out.view.tcp.has_timestamp);
  EXPECT_EQ(out.view.tcp.ts_value, 9u);
  EXPECT_EQ(out.view.tcp.ts_echo, 8u);
  EXPECT_EQ(as_text(out.view.payload), "x");
}

TEST(Checksum, TellsGoodBadAndOffloadedApart) {
  for (const Ends& ends : {Ends{}, ends_v6()}) {
    Decoder decoder;
    Tcp good, bad, offloaded;
    bad.bad_checksum = true;
    offloaded.offloaded = true;
    const auto check = [&](const Tcp& tcp, std::string_view text) {
      const Buffer frame = tcp_frame(ends, tcp, bytes_of(text));
      Outcome out = decode_one(decoder, frame);
      EXPECT_EQ(out.view.checksum, Checksum::Unknown) << "only whoever needs it pays for it";
      return verify_checksum(out.view);
    };
    for (const char* text : {"", "a", "ab", "abc", "abcdefgh"}) {
      EXPECT_EQ(check(good, text), Checksum::Good) << text;
      EXPECT_EQ(check(bad, text), Checksum::Bad) << text;
      EXPECT_EQ(check(offloaded, text), Checksum::Offloaded) << text;
    }
    Buffer frame = udp_frame(ends, bytes_of("query"));
    Outcome out = decode_one(decoder, frame);
    EXPECT_EQ(verify_checksum(out.view), Checksum::Good);
  }
}

TEST(Checksum, OfAPacketWithABadIpHeaderIsBad) {
  Decoder decoder;
  Buffer frame = tcp_frame({}, {}, bytes_of("x"));
  frame[14 + 10] = static_cast<std::uint8_t>(frame[14 + 10] ^ 0x55);
  EXPECT_EQ(decode_one(decoder, frame).view.checksum, Checksum::Bad);
}

struct TunnelCase {
  const char* name;
  Encapsulation kind;
  unsigned protocol;
  std::uint16_t port;
  Buffer header;
};
class EveryTunnel : public testing::TestWithParam<TunnelCase> {};

TEST_P(EveryTunnel, ShowsTheInnerPacket) {
  const TunnelCase& tunnel = GetParam();
  const bool inner6 = tunnel.kind == Encapsulation::SixInFour || tunnel.kind == Encapsulation::Teredo;
  const Ends inner = inner6 ? ends_v6() : Ends{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2"), 40000, 443};
  const Buffer segment = tcp_segment(inner, {}, bytes_of("inside"));
  Buffer carried = ip_packet(inner, {}, segment);
  if (tunnel.kind == Encapsulation::Vxlan) carried = ethernet(carried);
  Buffer payload = joined(tunnel.header, carried);
  if (tunnel.kind == Encapsulation::GtpU) set16(payload, 2, static_cast<unsigned>(carried.size()));
  Ends outer;
  outer.src_port = outer.dst_port = tunnel.port;
  Ip ip;
  ip.protocol = tunnel.protocol;
  const Buffer frame = ethernet(ipv4(outer, ip, tunnel.protocol == 17 ? udp_datagram(outer, payload) : payload));
  Decoder decoder;
  const Outcome out = decode_one(decoder, frame);
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_EQ(out.view.encapsulation, tunnel.kind);
  EXPECT_EQ(out.view.src, inner.src);
  EXPECT_EQ(as_text(out.view.payload), "inside");
}

INSTANTIATE_TEST_SUITE_P(
    Tunnels, EveryTunnel,
    testing::Values(TunnelCase{"gre", Encapsulation::Gre, 47, 0, {0x30, 0, 0x08, 0, 0, 0, 0, 1, 0, 0, 0, 2}},
                    TunnelCase{"pptp", Encapsulation::Gre, 47, 0, {0x30, 0x81, 0x88, 0x0b, 0, 60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x21}},
                    TunnelCase{"ipip", Encapsulation::IpInIp, 4, 0, {}},
                    TunnelCase{"sixinfour", Encapsulation::SixInFour, 41, 0, {}},
                    TunnelCase{"vxlan", Encapsulation::Vxlan, 17, 4789, {8, 0, 0, 0, 0, 0, 42, 0}},
                    TunnelCase{"gtp", Encapsulation::GtpU, 17, 2152, {0x30, 255, 0, 0, 0, 0, 0, 1}},
                    TunnelCase{"teredo", Encapsulation::Teredo, 17, 3544, {}}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Decoder, TakesOrdinaryUdpOnATunnelsPortForWhatItIs) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4789, 2152, 3544}) {
    Decoder decoder;
    Ends ends;
    ends.dst_port = port;
    const Outcome out = decode_one(decoder, udp_frame(ends, bytes_of("nothing of the kind, just some text")));
    ASSERT_EQ(out.decoded, Decoded::Yes);
    EXPECT_EQ(out.view.encapsulation, Encapsulation::None);
    EXPECT_EQ(out.view.dst_port, port);
  }
}

TEST(Decoder, OpensCarriedPacketsDownToItsBound) {
  const Ends inner{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2"), 40000, 443};
  Ip ipip;
  ipip.protocol = 4;
  Buffer packet = ipv4(inner, {}, tcp_segment(inner, {}, bytes_of("x")));
  Decoder decoder;
  for (int level = 1; level <= Decoder::kDeepest; ++level) {
    packet = ipv4({}, ipip, packet);
    EXPECT_EQ(as_text(decode_one(decoder, ethernet(packet)).view.payload), "x") << level;
  }
  EXPECT_EQ(decoder.stats().nested_too_deep, 0u);
  const Outcome deeper = decode_one(decoder, ethernet(ipv4({}, ipip, packet)));
  EXPECT_EQ(deeper.decoded, Decoded::Yes) << "the outer packet is given instead";
  EXPECT_EQ(deeper.view.ip_protocol, 4);
  EXPECT_EQ(decoder.stats().nested_too_deep, 1u);
}

TEST(Decoder, CountsADatagramLongerThanItsPacketAsHostsDo) {
  Decoder decoder;
  Buffer frame = udp_frame({}, bytes_of("query"));
  set16(frame, 14 + 20 + 4, 8 + 6);
  EXPECT_EQ(decode_one(decoder, frame).decoded, Decoded::No);
  EXPECT_EQ(dropped(decoder, DropReason::BadTransportHeader), 1u);
}

TEST(Decoder, TakesOnlyARealMd5OptionForOne) {
  Decoder decoder;
  Tcp tcp;
  tcp.options = {19, 4, 0, 0};  // hosts pass over an option that they do not know
  EXPECT_FALSE(decode_one(decoder, tcp_frame({}, tcp, bytes_of("x"))).view.tcp.md5_option);
}

TEST(Decoder, ReadsThroughAnAuthenticationHeaderInIpv4) {
  const Ends ends;
  Ip ip;
  ip.protocol = 51;
  Buffer body = {6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1};
  put(body, Buffer(12, 0xaa));
  put(body, tcp_segment(ends, {}, bytes_of("hello")));
  Decoder decoder;
  EXPECT_EQ(as_text(decode_one(decoder, ethernet(ipv4(ends, ip, body))).view.payload), "hello");
}

TEST(FlowKey, IsTheSameForBothDirections) {
  Decoder decoder;
  const Buffer there = tcp_frame({}, {}, bytes_of("x"));
  const Buffer back = tcp_frame(Ends{}.reversed(), {}, bytes_of("y"));
  const KeyedPacket a = key_of(decode_one(decoder, there).view);
  const KeyedPacket b = key_of(decode_one(decoder, back).view);
  EXPECT_EQ(a.key, b.key);
  EXPECT_NE(a.from_low, b.from_low);
  EXPECT_EQ(hash_of(a.key, {1, 2}), hash_of(b.key, {1, 2}));
  EXPECT_NE(hash_of(a.key, {1, 2}), hash_of(a.key, {1, 3}));
}

TEST(CommunityId, IsWhatItsSpecificationPrints) {
  // The example of the Community ID specification, version 1, TCP.
  const CommunityId id(*IpAddress::parse("128.232.110.120"), 34855, *IpAddress::parse("66.35.250.204"), 80, 6);
  EXPECT_EQ(id.text(), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  const CommunityId back(*IpAddress::parse("66.35.250.204"), 80, *IpAddress::parse("128.232.110.120"), 34855, 6);
  EXPECT_EQ(back.text(), id.text());
}

}  // namespace
}  // namespace gatehouse::packet
