// Tags and links that campus networks and capture programs put before IP, each with one packet inside.
#include "gate/packet/link_layer.h"

#include <gtest/gtest.h>

#include "gate/packet/decode.h"
#include "support/packets.h"
#include "support/wrapping.h"

namespace gatehouse::packet {
namespace {

using namespace gatehouse::test;
using wrapping::start;

Buffer inner_ip() { return ipv4(Ends{}, {}, tcp_segment(Ends{}, {}, bytes_of("inside"))); }

Buffer tagged(unsigned type, const Buffer& tag, Bytes rest) {
  Buffer out = wrapping::macs();
  put16(out, type);
  put(out, tag);
  return joined(out, rest);
}
Buffer typed(Bytes ip) {
  Buffer out;
  put16(out, 0x0800);
  return joined(out, ip);
}

struct Case {
  const char* name;
  std::uint16_t link;
  Buffer frame;
};

std::vector<Case> cases() {
  const Buffer ip = inner_ip();
  Buffer in_1394 = Buffer(16, 1);
  put16(in_1394, 0x0800);
  return {
      {"VN-Tag", 1, tagged(0x8926, Buffer(4, 0), typed(ip))},
      {"VN-Tag between VLAN tags", 1, tagged(0x8926, start({0, 0, 0, 0, 0x81, 0, 0, 7}), typed(ip))},
      {"E-Tag", 1, tagged(0x893f, Buffer(6, 0), typed(ip))},
      {"security group tag", 1, tagged(0x8909, start({1, 1, 0, 1, 0, 9}), typed(ip))},
      {"MAC in MAC", 1, tagged(0x88e7, Buffer(4, 0), ethernet(ip))},
      {"FabricPath", 1, tagged(0x8903, Buffer(2, 0), ethernet(ip))},
      {"service header, IPv4", 1, tagged(0x894f, start({0, 6, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), ip)},
      {"service header, Ethernet", 1, tagged(0x894f, start({0, 2, 2, 3, 0, 0, 0, 1}), ethernet(ip))},
      {"packet tap", 258, joined(start({16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}), ethernet(ip))},
      {"AVS before 802.11", 163, joined(start({0x80, 0x21, 0x10, 1, 0, 0, 0, 12, 0, 0, 0, 0}), wrapping::wireless(ip, false))},
      {"network analyser", 240, joined(Buffer(4, 0), ethernet(ip))},
      {"FDDI", 10, joined(joined(Buffer(13, 0x50), start({0xaa, 0xaa, 3, 0, 0, 0})), typed(ip))},
      {"IEEE 1394", 138, joined(in_1394, ip)},
  };
}

Decoded decode(std::uint16_t link, const Buffer& frame, PacketView& view) {
  static Decoder decoder;
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_length = static_cast<std::uint32_t>(frame.size());
  raw.link = link;
  return decoder.decode(raw, view);
}

TEST(Link, EveryTagAndHeaderLeadsToThePacketBehindIt) {
  for (const Case& one : cases()) {
    PacketView view;
    ASSERT_EQ(decode(one.link, one.frame, view), Decoded::Yes) << one.name;
    EXPECT_EQ(as_text(view.payload), "inside") << one.name;
    EXPECT_EQ(view.dst_port, 443) << one.name;
  }
}

TEST(Link, EveryHeaderCutShortIsRefused) {
  for (const Case& one : cases()) {
    for (std::size_t size = 0; size + 46 < one.frame.size(); ++size) {
      PacketView view;
      EXPECT_EQ(decode(one.link, Buffer(one.frame.begin(), one.frame.begin() + static_cast<std::ptrdiff_t>(size)), view),
                Decoded::No)
          << one.name << " cut at " << size;
    }
  }
}

TEST(Link, FramesInFramesEndAtABound) {
  Buffer frame = ethernet(inner_ip());
  for (int depth = 0; depth < 40; ++depth) frame = tagged(0x8903, Buffer(2, 0), frame);
  PacketView view;
  EXPECT_EQ(decode(1, frame, view), Decoded::No);
}

// Both readings of MPLS (with a control word, without) lead on here at every level: the bound keeps the tries few.
TEST(Link, AmbiguousMplsInMplsEndsAtABound) {
  Buffer frame = wrapping::macs();
  put16(frame, 0x8847);
  for (int i = 0; i < 3000; ++i) put(frame, start({0x00, 0x00, 0x88, 0x47, 0x00, 0x01, 0x01, 0x47, 0x88, 0x47}));
  LinkView link;
  DropReason why{};
  EXPECT_FALSE(strip_link(1, frame, link, why));
}

TEST(Encapsulation, L2tpDataMplsOverUdpAndVxlanGpeAreOpened) {
  const Buffer ip = inner_ip();
  struct {
    const char* name;
    std::uint16_t port;
    Buffer payload;
    Encapsulation kind;
  } const ways[] = {
      {"L2TP", 1701, joined(start({0x40, 2, 0, 0, 0, 1, 0, 1, 0xff, 3, 0, 0x21}), ip), Encapsulation::L2tp},
      {"L2TP with sequence and offset", 1701,
       joined(start({0x4a, 2, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 2, 0, 0, 0, 0x21}), ip), Encapsulation::L2tp},
      {"MPLS", 6635, joined(start({0, 1, 1, 64}), ip), Encapsulation::Mpls},
      {"VXLAN-GPE", 4790, joined(start({0x0c, 0, 0, 1, 0, 0, 1, 0}), ip), Encapsulation::Vxlan},
      {"VXLAN with reserved fields set", 4789, joined(start({0x08, 0, 1, 2, 0, 0, 1, 7}), ethernet(ip)), Encapsulation::Vxlan},
  };
  for (const auto& way : ways) {
    Ends outer;
    outer.dst_port = way.port;
    Ip carrier;
    carrier.protocol = 17;
    PacketView view;
    const Buffer frame = ethernet(ipv4(outer, carrier, udp_datagram(outer, way.payload)));
    ASSERT_EQ(decode(1, frame, view), Decoded::Yes) << way.name;
    EXPECT_EQ(view.encapsulation, way.kind) << way.name;
    EXPECT_EQ(as_text(view.payload), "inside") << way.name;
  }
}

TEST(Encapsulation, AnInnerFragmentIsHeldAndTheWholeStandsForIt) {
  const Buffer ip = inner_ip();
  const std::vector<Buffer> pieces = fragmented(ip, 16, 9);
  ASSERT_EQ(pieces.size(), 2u);
  PacketView view;
  EXPECT_EQ(decode(1, ethernet(in_tunnel(1, pieces[0], Ends{})), view), Decoded::Held);
  ASSERT_EQ(decode(1, ethernet(in_tunnel(1, pieces[1], Ends{})), view), Decoded::Yes);
  EXPECT_EQ(as_text(view.payload), "inside");
}

}  // namespace
}  // namespace gatehouse::packet
