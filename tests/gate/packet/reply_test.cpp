// Replies as packets: what is written is read again by the decoder, whose checksums are its own.
#include "gate/packet/reply.h"

#include <gtest/gtest.h>

#include <array>

#include "gate/packet/checksum.h"
#include "gate/packet/decode.h"
#include "support/packets.h"

namespace gatehouse::packet {
namespace {

using test::Buffer;

test::Tcp numbered(std::uint32_t seq, std::uint32_t ack, unsigned flags = tcp_flag::kAck | tcp_flag::kPsh) {
  test::Tcp tcp;
  tcp.seq = seq;
  tcp.ack = ack;
  tcp.flags = flags;
  return tcp;
}

class Reply : public ::testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] test::Ends ends() const { return GetParam() ? test::ends_v6() : test::Ends{}; }

  // A packet of a client's, as the gate has it in hand.
  PacketView in_hand(const Buffer& segment, unsigned protocol) {
    test::Ip ip;
    ip.protocol = protocol;
    ip.ttl = 61;
    bytes_ = test::ip_packet(ends(), ip, segment);
    return read(bytes_);
  }
  PacketView client_tcp(const test::Tcp& tcp, std::string_view payload) {
    return in_hand(test::tcp_segment(ends(), tcp, as_bytes(payload)), 6);
  }
  PacketView read(Bytes ip_packet) {
    PacketView view;
    RawPacket raw;
    raw.bytes = ip_packet;
    raw.wire_length = static_cast<std::uint32_t>(ip_packet.size());
    raw.link = 101;
    EXPECT_EQ(decoder_.decode(raw, view), Decoded::Yes);
    EXPECT_EQ(verify_checksum(view), Checksum::Good);
    return view;
  }
  Bytes written(std::size_t length) {
    EXPECT_GT(length, 0u);
    return Bytes(out_).first(length);
  }

  Buffer bytes_;
  Decoder decoder_;
  std::array<std::uint8_t, 2048> out_{};
};

TEST_P(Reply, TcpGoesBackWithPortsExchangedAndARightChecksum) {
  const PacketView asked = client_tcp({}, "hello");
  const TcpReply tcp{.seq = 77, .ack = 88, .flags = tcp_flag::kAck | tcp_flag::kFin, .window = 1234};
  const PacketView reply = read(written(write_tcp(out_, back(asked), tcp, as_bytes("goodbye"))));
  EXPECT_EQ(reply.src, asked.dst);
  EXPECT_EQ(reply.dst, asked.src);
  EXPECT_EQ(reply.src_port, 443);
  EXPECT_EQ(reply.dst_port, 50000);
  EXPECT_EQ(reply.tcp.seq, 77u);
  EXPECT_EQ(reply.tcp.ack, 88u);
  EXPECT_EQ(reply.tcp.flags, tcp_flag::kAck | tcp_flag::kFin);
  EXPECT_EQ(reply.tcp.window, 1234);
  EXPECT_EQ(as_text(reply.payload), "goodbye");
}

TEST_P(Reply, OddLengthsAndAnEmptyPayloadHaveRightChecksums) {
  const PacketView asked = client_tcp({}, "x");
  for (const std::string_view payload : {"", "a", "ab", "abc"}) {
    EXPECT_EQ(as_text(read(written(write_tcp(out_, onward(asked), {}, as_bytes(payload)))).payload), payload);
    EXPECT_EQ(as_text(read(written(write_udp(out_, onward(asked), as_bytes(payload)))).payload), payload);
  }
}

TEST_P(Reply, UdpNeverHasAZeroChecksum) {
  const PacketView asked = client_tcp({}, "x");
  // Among all values of two bytes, one makes the sum zero.
  for (unsigned value = 0; value < 0x10000; ++value) {
    const std::array<std::uint8_t, 2> payload = {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    const std::size_t header = GetParam() ? 40 : 20;
    ASSERT_EQ(write_udp(out_, onward(asked), payload), header + 10);
    ASSERT_NE(out_[header + 6] << 8 | out_[header + 7], 0) << value;
  }
}

TEST_P(Reply, ResetToTheServerStandsAtTheSequenceNumberOfThePacketThatIsDropped) {
  const PacketView asked = client_tcp(numbered(4000, 9000), "hello");
  const TcpReply reset = reset_onward(asked);
  EXPECT_EQ(reset.seq, 4000u);  // RFC 5961 section 3.2: exactly what the server expects
  EXPECT_EQ(reset.ack, 9000u);
  EXPECT_EQ(reset.flags, tcp_flag::kRst | tcp_flag::kAck);
}

TEST_P(Reply, ResetToTheClientStandsAtTheNumberItExpectsNext) {
  const TcpReply reset = reset_back(client_tcp(numbered(4000, 9000), "hello"));
  EXPECT_EQ(reset.seq, 9000u);
  EXPECT_EQ(reset.ack, 4005u);
  EXPECT_EQ(reset.flags, tcp_flag::kRst | tcp_flag::kAck);
}

TEST_P(Reply, ResetToAConnectionThatOnlyBeginsAcknowledgesItsSyn) {
  const TcpReply reset = reset_back(client_tcp(numbered(0xffffffff, 0, tcp_flag::kSyn), ""));
  EXPECT_EQ(reset.seq, 0u);
  EXPECT_EQ(reset.ack, 0u);  // past the SYN, round the end of the numbers
}

TEST_P(Reply, UnreachableCitesThePacketItIsAbout) {
  const Buffer datagram = test::udp_datagram(ends(), as_bytes("an initial"));
  const PacketView asked = in_hand(datagram, 17);
  const Bytes error = written(write_unreachable(out_, asked, Unreachable::Prohibited));
  const PacketView outer = [&] {
    PacketView view;
    RawPacket raw;
    raw.bytes = error;
    raw.wire_length = static_cast<std::uint32_t>(error.size());
    raw.link = 101;
    EXPECT_EQ(decoder_.decode(raw, view), Decoded::Yes);
    return view;
  }();
  EXPECT_EQ(outer.src, asked.dst);
  EXPECT_EQ(outer.dst, asked.src);
  const bool v6 = GetParam();
  EXPECT_EQ(outer.ip_protocol, v6 ? 58 : 1);
  ASSERT_GT(outer.payload.size(), 8u);
  EXPECT_EQ(outer.payload[0], v6 ? 1 : 3);
  EXPECT_EQ(outer.payload[1], v6 ? 1 : 13);
  const std::uint64_t pseudo =
      v6 ? sum16(outer.src.wire()) + sum16(outer.dst.wire()) + 58 + outer.payload.size() : 0;
  EXPECT_EQ(fold16(pseudo + sum16(outer.payload)), 0xffff);
  const PacketView cited = read(outer.payload.subspan(8));
  EXPECT_EQ(cited.src, asked.src);
  EXPECT_EQ(cited.dst_port, asked.dst_port);
  EXPECT_EQ(cited.ttl, 61);
  EXPECT_EQ(Buffer(cited.segment.begin(), cited.segment.end()), datagram);
}

TEST_P(Reply, UnreachableCitesNoMoreThanTheRfcsAllow) {
  const PacketView asked = in_hand(test::udp_datagram(ends(), Buffer(1400, 7)), 17);
  const Bytes error = written(write_unreachable(out_, asked, Unreachable::Port));
  EXPECT_EQ(error.size(), GetParam() ? 1280u : 576u);
  EXPECT_EQ(error[GetParam() ? 41 : 21], GetParam() ? 4 : 3);
}

TEST_P(Reply, IsNotWrittenWhereItDoesNotFit) {
  const PacketView asked = client_tcp({}, "hello");
  const WritableBytes small = std::span(out_).first(39);
  EXPECT_EQ(write_tcp(small, back(asked), {}, {}), 0u);
  EXPECT_EQ(write_udp(small, back(asked), as_bytes("0123456789012345")), 0u);
  EXPECT_EQ(write_unreachable(small, asked, Unreachable::Port), 0u);
}

TEST(ReplyEnds, OfTwoFamiliesAreRefused) {
  std::array<std::uint8_t, 256> out{};
  const Ends mixed{*IpAddress::parse("10.0.0.1"), *IpAddress::parse("2001:db8::1"), 1, 2};
  EXPECT_EQ(write_tcp(out, mixed, {}, {}), 0u);
  EXPECT_EQ(write_udp(out, mixed, {}), 0u);
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, Reply, ::testing::Bool(),
                         [](const auto& family) { return family.param ? "IPv6" : "IPv4"; });

}  // namespace
}  // namespace gatehouse::packet
