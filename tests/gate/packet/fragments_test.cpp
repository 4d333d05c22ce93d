// Fragmented datagrams of both versions of IP: put together within bounds, and what overlaps is said.
#include <gtest/gtest.h>

#include <algorithm>

#include "gate/packet/decode.h"
#include "gate/packet/decoding.h"
#include "support/packets.h"

namespace gatehouse::packet {
namespace {

using namespace gatehouse::test;

class Fragments : public testing::TestWithParam<bool> {
 protected:
  Ends ends_ = GetParam() ? ends_v6() : Ends{};
  Buffer segment_ = tcp_segment(ends_, {}, Buffer(100, 'p'));
  [[nodiscard]] Buffer piece(std::size_t from, std::size_t to, unsigned id = 7, std::uint8_t twist = 0) const {
    Ip ip;
    ip.id = id;
    ip.fragment_offset = from;
    ip.more_fragments = to < segment_.size();
    Buffer part(segment_.begin() + static_cast<std::ptrdiff_t>(from), segment_.begin() + static_cast<std::ptrdiff_t>(to));
    for (auto& byte : part) byte = static_cast<std::uint8_t>(byte ^ twist);
    return ethernet(ip_packet(ends_, ip, part));
  }
};

TEST_P(Fragments, ArePutTogetherInAnyOrder) {
  const std::size_t size = segment_.size();
  const std::vector<std::pair<std::size_t, std::size_t>> cuts = {{0, 40}, {40, 80}, {80, size}};
  std::vector<std::size_t> order = {0, 1, 2};
  do {
    Decoder decoder;
    for (std::size_t i = 0; i < 3; ++i) {
      const Outcome out = decode_one(decoder, piece(cuts[order[i]].first, cuts[order[i]].second));
      ASSERT_EQ(out.decoded, i == 2 ? Decoded::Yes : Decoded::Held);
      if (i < 2) continue;
      EXPECT_TRUE(out.view.from_fragments);
      EXPECT_FALSE(out.view.fragments_overlapped);
      EXPECT_EQ(out.view.payload.size(), 100u);
      PacketView view = out.view;
      EXPECT_EQ(verify_checksum(view), Checksum::Good);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(Fragments, ThatOverlapDifferentlyAreMarkedAndTheFirstBytesStay) {
  Decoder decoder;
  decode_one(decoder, piece(0, 40));
  decode_one(decoder, piece(40, 80));
  decode_one(decoder, piece(40, 80, 7, 0xff));
  const Outcome out = decode_one(decoder, piece(80, segment_.size()));
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_TRUE(out.view.fragments_overlapped);
  EXPECT_EQ(out.view.payload[30], 'p');
}

TEST_P(Fragments, ThatComeTwiceAreNoOverlap) {
  Decoder decoder;
  decode_one(decoder, piece(0, 40));
  decode_one(decoder, piece(0, 40));
  EXPECT_FALSE(decode_one(decoder, piece(40, segment_.size())).view.fragments_overlapped);
}

TEST_P(Fragments, BeyondTheBoundPushTheOldestOutWhichIsLookedAt) {
  FragmentLimits limits;
  limits.datagrams = 4;
  Decoder decoder(limits);
  PacketView view;
  for (unsigned id = 0; id < 100; ++id) {
    EXPECT_EQ(decode_one(decoder, piece(0, 40, id)).decoded, Decoded::Held);
    EXPECT_EQ(decoder.give_up_fragments({}, false, view), id >= 4);
    EXPECT_FALSE(decoder.give_up_fragments({}, false, view));
    if (id >= 4) {
      EXPECT_EQ(view.payload.size(), 20u);
    }
  }
  EXPECT_EQ(dropped(decoder, DropReason::FragmentBound), 96u);
  EXPECT_EQ(decode_one(decoder, piece(40, segment_.size(), 99)).decoded, Decoded::Yes) << "the newest is still there";
}

TEST_P(Fragments, KeepWithinTheirBoundThoughNobodyTakesTheOldest) {
  FragmentLimits limits;
  limits.datagrams = 4;
  Decoder decoder(limits);
  for (unsigned id = 0; id < 100; ++id) decode_one(decoder, piece(0, 40, id));
  EXPECT_EQ(dropped(decoder, DropReason::FragmentBound), 94u) << "two slots are spare";
}

TEST_P(Fragments, BeyondTheEndFillNoHole) {
  Decoder decoder;
  decode_one(decoder, piece(0, 40));
  decode_one(decoder, piece(80, segment_.size()));
  Ip beyond;
  beyond.id = 7;
  beyond.fragment_offset = 400;
  beyond.more_fragments = true;
  EXPECT_EQ(decode_one(decoder, ethernet(ip_packet(ends_, beyond, Buffer(80, 'x')))).decoded, Decoded::Held);
  const Outcome out = decode_one(decoder, piece(40, 80));
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_TRUE(out.view.fragments_overlapped) << "two fragments disagree about the end";
  PacketView view = out.view;
  EXPECT_EQ(verify_checksum(view), Checksum::Good) << "every byte is from the fragment that claimed it first";
}

TEST_P(Fragments, ThatTheCaptureCutAreGivenAsFarAsTheyCame) {
  Decoder decoder;
  const Buffer whole = piece(0, 80);
  decode_one(decoder, Bytes(whole).first(whole.size() - 13));
  decode_one(decoder, piece(80, segment_.size()));
  PacketView view;
  ASSERT_TRUE(decoder.give_up_fragments({}, true, view));
  EXPECT_EQ(view.payload.size(), 64u - 20u) << "whole blocks of eight";
}

TEST(Decoder, FindsTheTransportBehindHeadersInsideAFragmentedDatagram) {
  const Ends ends = ends_v6();
  Buffer body = {6, 0, 1, 4, 0, 0, 0, 0};  // destination options, then TCP
  put(body, tcp_segment(ends, {}, Buffer(60, 'p')));
  Decoder decoder;
  Ip ip;
  ip.protocol = 60;
  ip.more_fragments = true;
  EXPECT_EQ(decode_one(decoder, ethernet(ipv6(ends, ip, Bytes(body).first(48)))).decoded, Decoded::Held);
  ip.more_fragments = false;
  ip.fragment_offset = 48;
  const Outcome out = decode_one(decoder, ethernet(ipv6(ends, ip, Bytes(body).subspan(48))));
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_EQ(out.view.dst_port, 443);
  EXPECT_EQ(out.view.payload.size(), 60u);
}

TEST(Decoder, PutsFragmentsTogetherThatCarryFragments) {
  const Ends inner{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2"), 40000, 443};
  const Buffer segment = tcp_segment(inner, {}, Buffer(180, 'p'));
  Decoder decoder;
  Outcome out;
  for (const bool second : {false, true}) {
    Ip part;
    part.fragment_offset = second ? 104 : 0;
    part.more_fragments = !second;
    const Buffer carried = ipv4(inner, part, second ? Bytes(segment).subspan(104) : Bytes(segment).first(104));
    for (const bool back : {false, true}) {
      Ip outer;
      outer.protocol = 4;
      outer.id = second ? 8 : 9;
      outer.fragment_offset = back ? 64 : 0;
      outer.more_fragments = !back;
      out = decode_one(decoder, ethernet(ipv4({}, outer, back ? Bytes(carried).subspan(64) : Bytes(carried).first(64))));
    }
  }
  ASSERT_EQ(out.decoded, Decoded::Yes);
  EXPECT_EQ(out.view.src, inner.src);
  PacketView view = out.view;
  EXPECT_EQ(verify_checksum(view), Checksum::Good);
  EXPECT_EQ(view.payload.size(), 180u);
}

TEST_P(Fragments, WhoseRestNeverComesAreGivenAsFarAsTheyCame) {
  Decoder decoder;
  decode_one(decoder, piece(0, 40));
  decode_one(decoder, piece(80, segment_.size()));
  PacketView view;
  EXPECT_FALSE(decoder.give_up_fragments(Timestamp{} + Seconds{10}, false, view)) << "the rest may still come";
  ASSERT_TRUE(decoder.give_up_fragments(Timestamp{} + Seconds{31}, false, view));
  EXPECT_EQ(view.dst_port, 443);
  EXPECT_EQ(view.payload.size(), 20u);
  EXPECT_TRUE(view.cut);
  EXPECT_FALSE(decoder.give_up_fragments(Timestamp{} + Seconds{99}, true, view));
}

INSTANTIATE_TEST_SUITE_P(BothVersions, Fragments, testing::Bool(), [](const auto& one) {
  return std::string(one.param ? "Ipv6" : "Ipv4");
});

}  // namespace
}  // namespace gatehouse::packet
