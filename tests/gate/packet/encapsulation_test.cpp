// Carriers that wrap a packet in UDP with headers of stated lengths: AYIYA and CAPWAP; packets in UDP without any; and nesting.
#include "gate/packet/encapsulation.h"

#include <gtest/gtest.h>

#include "gate/packet/decode.h"
#include "support/packets.h"

namespace gatehouse::packet {
namespace {

using namespace gatehouse::test;

PacketView decoded(const Buffer& frame) {
  static Decoder decoder;
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_length = static_cast<std::uint32_t>(frame.size());
  PacketView view;
  EXPECT_EQ(decoder.decode(raw, view), Decoded::Yes);
  return view;
}

Buffer over_udp(std::uint16_t port, Bytes payload) {
  Ends outer;
  outer.dst_port = port;
  Ip ip;
  ip.protocol = 17;
  return ethernet(ipv4(outer, ip, udp_datagram(outer, payload)));
}

// Identity of 2^4 bytes, signature of 4 * 5 bytes, both skipped whatever they hold.
Buffer ayiya(unsigned operation, Bytes carried) {
  Buffer out = {0x41, 0x52, static_cast<std::uint8_t>(0x10 | operation), 41, 0, 0, 0, 0};
  put(out, Buffer(16 + 20, 0xab));
  put(out, carried);
  return out;
}

TEST(Ayiya, CarriesAnIpv6Packet) {
  const Ends inner = ends_v6();
  const Buffer frame = over_udp(5072, ayiya(1, ipv6(inner, {}, tcp_segment(inner, {}, bytes_of("inside")))));
  const PacketView view = decoded(frame);
  EXPECT_EQ(view.encapsulation, Encapsulation::Ayiya);
  EXPECT_EQ(view.src, inner.src);
  EXPECT_EQ(as_text(view.payload), "inside");
}

TEST(Ayiya, ThatForwardsNothingStaysADatagram) {
  const Ends inner = ends_v6();
  const Buffer frame = over_udp(5072, ayiya(2, ipv6(inner, {}, tcp_segment(inner, {}, bytes_of("inside")))));
  EXPECT_EQ(decoded(frame).encapsulation, Encapsulation::None);
}

// Header of 8 bytes (length 2); `flags` are the T and F bits, binding 1 is 802.11.
Buffer capwap(unsigned flags, Bytes frame) {
  Buffer out;
  put32(out, 2u << 19 | 1u << 9 | flags);
  put32(out, 0);
  put(out, frame);
  return out;
}

Buffer wireless(bool exchanged, Bytes ip) {
  Buffer out = {0x08, 0x01, 0, 0};  // a data frame to the distribution system
  if (exchanged) std::swap(out[0], out[1]);
  put(out, Buffer(18, 0x02));
  put16(out, exchanged ? 0x7650 : 0x5076);  // frame 0x765, its first part
  put(out, Buffer{0xaa, 0xaa, 3, 0, 0, 0, 8, 0});
  put(out, ip);
  return out;
}

TEST(Capwap, CarriesWirelessFramesInEitherOrderOfTheirFirstBytes) {
  const Ends inner;
  const Buffer ip = ipv4(inner, {}, tcp_segment(inner, {}, bytes_of("inside")));
  for (const bool exchanged : {false, true}) {
    const Buffer frame = over_udp(5247, capwap(0x100, wireless(exchanged, ip)));
    const PacketView view = decoded(frame);
    EXPECT_EQ(view.encapsulation, Encapsulation::Capwap) << exchanged;
    EXPECT_EQ(as_text(view.payload), "inside");
  }
}

TEST(Capwap, CarriesEthernetFrames) {
  const Ends inner;
  const Buffer carried = ethernet(ipv4(inner, {}, tcp_segment(inner, {}, bytes_of("inside"))));
  const Buffer frame = over_udp(5247, capwap(0, carried));
  EXPECT_EQ(as_text(decoded(frame).payload), "inside");
}

TEST(Capwap, FragmentsAndKeepAlivesStayDatagrams) {
  const Ends inner;
  const Buffer carried = ethernet(ipv4(inner, {}, tcp_segment(inner, {}, bytes_of("inside"))));
  for (const unsigned flag : {0x80u, 0x08u}) {
    const Buffer frame = over_udp(5247, capwap(flag, carried));
    EXPECT_EQ(decoded(frame).encapsulation, Encapsulation::None) << flag;
  }
}

TEST(BareUdp, CarriesAPacketAsItIsOnAnyPort) {
  const Ends v4;
  const Ends v6 = ends_v6();
  for (const Buffer& carried : {ipv4(v4, {}, tcp_segment(v4, {}, bytes_of("inside"))),
                                ipv6(v6, {}, tcp_segment(v6, {}, bytes_of("inside")))}) {
    const Buffer frame = over_udp(5999, carried);
    const PacketView view = decoded(frame);
    EXPECT_EQ(view.encapsulation, Encapsulation::Bare);
    EXPECT_EQ(as_text(view.payload), "inside");
  }
}

TEST(BareUdp, ThatOnlyLooksLikeAPacketStaysADatagram) {
  const Ends v4;
  const Buffer whole = ipv4(v4, {}, tcp_segment(v4, {}, bytes_of("inside")));
  Buffer longer = whole;
  longer.push_back(0);
  Buffer wrong_sum = whole;
  wrong_sum[10] ^= 1;
  const Buffer beginning(whole.begin(), whole.begin() + 20);
  for (const Buffer& carried : {longer, wrong_sum, beginning}) {
    const Buffer frame = over_udp(5999, carried);
    EXPECT_EQ(decoded(frame).encapsulation, Encapsulation::None);
  }
}

TEST(Nesting, IsOpenedThroughThreeLayersOfVxlan) {
  const Ends inner{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2"), 40000, 443};
  Buffer frame = ethernet(ipv4(inner, {}, tcp_segment(inner, {}, bytes_of("deep"))));
  for (int layer = 0; layer < 3; ++layer) {
    Buffer payload = {8, 0, 0, 0, 0, 0, 42, 0};
    put(payload, frame);
    frame = over_udp(4789, payload);
  }
  EXPECT_EQ(as_text(decoded(frame).payload), "deep");
}

}  // namespace
}  // namespace gatehouse::packet
