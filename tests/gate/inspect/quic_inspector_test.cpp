// QUIC: keys by the RFCs' vectors, then Initials sealed by the test in every order and shape.
#include "gate/inspect/quic_inspector.h"

#include <gtest/gtest.h>

#include <memory>

#include "support/tls_hellos.h"

namespace gatehouse::inspect {
namespace {

using namespace test;

template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  std::string out;
  for (const unsigned byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

class Quic : public ::testing::Test {
 protected:
  Step send(const Buffer& datagram, Direction direction = Direction::ToServer) {
    return inspector->feed(direction, datagram, sink);
  }
  QuicCrypto crypto;
  std::unique_ptr<QuicInspector> inspector = std::make_unique<QuicInspector>(crypto);
  Sink sink;
  Buffer hello = hello_message();
};

TEST(QuicCrypto, DerivesTheKeysOfRfc9001AppendixA) {
  const auto keys = QuicCrypto::client_keys(*find_quic_version(1), as_bytes("\x83\x94\xc8\xf0\x3e\x51\x57\x08"));
  EXPECT_EQ(hex(keys.key), "1f369613dd76d5467730efcbe3b1a22d");
  EXPECT_EQ(hex(keys.iv), "fa044b2f42a3fd3b46fb255c");
  EXPECT_EQ(hex(keys.header), "9f50449e04a0e810283a1e9933adedd2");
}

TEST(QuicCrypto, DerivesTheKeysOfRfc9369AppendixA) {
  const auto keys =
      QuicCrypto::client_keys(*find_quic_version(0x6b3343cf), as_bytes("\x83\x94\xc8\xf0\x3e\x51\x57\x08"));
  EXPECT_EQ(hex(keys.key), "8b1a0bc121284290a29e0971b5cd045d");
  EXPECT_EQ(hex(keys.iv), "91f73e2351d8fa91660e909f");
  EXPECT_EQ(hex(keys.header), "45b95e15235d6f45a6b19cbcb0294ba9");
}

TEST(QuicCrypto, UnmasksTheHeaderOfRfc9001AppendixA) {
  QuicCrypto crypto;
  const auto keys = QuicCrypto::client_keys(*find_quic_version(1), as_bytes("\x83\x94\xc8\xf0\x3e\x51\x57\x08"));
  const Buffer sample{0xd1, 0xb1, 0xc9, 0x8d, 0xd7, 0x68, 0x9f, 0xb8, 0xec, 0x11, 0xd2, 0x42, 0xb1, 0x23, 0xdc, 0x9b};
  const auto mask = crypto.header_mask(keys, sample);
  ASSERT_TRUE(mask);
  EXPECT_EQ(hex(*mask), "437b9aec36");
}

TEST_F(Quic, FindsSniInEveryVersion) {
  for (const std::uint32_t version : {0x00000001u, 0x6b3343cfu, 0xff000016u, 0xff00001bu, 0xff00001du, 0xff000022u,
                                      0xfaceb001u, 0xfaceb002u, 0x54303530u, 0x54303531u, 0x1a2a3a4au}) {
    inspector = std::make_unique<QuicInspector>(crypto);
    sink.seen.clear();
    Buffer frame = crypto_frame(0, hello);
    if (version >> 16 == 0x5430) frame[0] = 8;  // Google's number for CRYPTO
    const Buffer datagram = seal_initial(frame, {.version = version});
    EXPECT_EQ(QuicInspector::probe(datagram), Probe::Yes);
    send(datagram);
    ASSERT_EQ(sink.host(), "www.site.test") << std::hex << version;
    EXPECT_EQ(sink.seen[0].from, NameSource::QuicSni);
    EXPECT_EQ(sink.seen[0].ja4.substr(0, 10), "q13d0205h2");
    EXPECT_EQ(inspector->unnamed(), Unnamed::None);
  }
}

TEST_F(Quic, IsDoneWithTheServersAnswer) {
  EXPECT_EQ(send(seal_initial(crypto_frame(0, hello))), Step::NeedMore);
  EXPECT_EQ(send(seal_initial({1}, {.destination_id = "src"}), Direction::ToClient), Step::Done);
}

TEST_F(Quic, PutsFramesTogetherInAnyOrderAcrossDatagramsWithPingsBetween) {
  hello = hello_message({.padding = 1500});
  const Bytes all(hello);
  Buffer second = crypto_frame(1000, all.subspan(1000));
  put(second, Bytes(Buffer{1, 0, 0, 1}));
  put(second, Bytes(crypto_frame(40, all.subspan(40, 60))));
  Buffer first = crypto_frame(100, all.subspan(100, 900));
  put(first, Bytes(Buffer{2, 5, 0, 0, 3}));  // an ACK
  put(first, Bytes(crypto_frame(0, all.first(50))));
  send(seal_initial(second, {.packet_number = 3}));
  EXPECT_EQ(inspector->unnamed(), Unnamed::HelloIncomplete);
  send(seal_initial(first, {.packet_number = 2}));
  ASSERT_EQ(sink.host(), "www.site.test");
  EXPECT_EQ(sink.seen[0].evasion, 0u);
}

TEST_F(Quic, FindsAnInitialBehindACoalescedPacket) {
  Buffer zero_rtt{0xd3, 0, 0, 0, 1, 8, 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 3, 's', 'r', 'c', 0x40, 40};
  zero_rtt.insert(zero_rtt.end(), 40, 0xaa);
  put(zero_rtt, Bytes(seal_initial(crypto_frame(0, hello))));
  send(zero_rtt);
  EXPECT_EQ(sink.host(), "www.site.test");
}

TEST_F(Quic, FollowsARetryToTheNewConnectionId) {
  send(seal_initial(crypto_frame(0, Bytes(hello).first(100))));
  Buffer retry{0xf0, 0, 0, 0, 1, 3, 's', 'r', 'c', 6, 'n', 'e', 'w', '-', 'i', 'd', 't', 'o', 'k', 'e', 'n'};
  retry.insert(retry.end(), 16, 1);
  send(retry, Direction::ToClient);
  send(seal_initial(crypto_frame(0, hello), {.destination_id = "new-id", .token = "token"}));
  ASSERT_EQ(sink.host(), "www.site.test");
  EXPECT_EQ(sink.seen[0].evasion, 0u);
}

TEST_F(Quic, KeepsTheFirstKeysWhenTheClientTurnsToTheServersConnectionId) {
  send(seal_initial(crypto_frame(0, Bytes(hello).first(100))));
  send(seal_initial(crypto_frame(100, Bytes(hello).subspan(100)),
                    {.destination_id = "servers", .keys_from = "\x83\x94\xc8\xf0\x3e\x51\x57\x08"}));
  EXPECT_EQ(sink.host(), "www.site.test");
}

TEST_F(Quic, BeginsAnewAfterVersionNegotiation) {
  send(seal_initial(crypto_frame(0, Bytes(hello).first(100)), {.version = 0x1a2a3a4a}));
  const Buffer negotiation{0x80, 0, 0, 0, 0, 3, 's', 'r', 'c', 0, 0, 0, 0, 1};
  EXPECT_EQ(QuicInspector::probe(negotiation), Probe::Yes);
  send(negotiation, Direction::ToClient);
  const Buffer other = hello_message({.host = "after.site.test"});
  send(seal_initial(crypto_frame(0, other), {.destination_id = "another-id"}));
  ASSERT_EQ(sink.host(), "after.site.test");
  EXPECT_EQ(sink.seen[0].evasion, 0u);
}

TEST_F(Quic, ReportsTheHelloOfEachVersionThatANegotiationLeadsTo) {
  send(seal_initial(crypto_frame(0, hello), {.version = 0x1a2a3a4a}));
  send(Buffer{0x80, 0, 0, 0, 0, 3, 's', 'r', 'c', 0, 0, 0, 0, 1}, Direction::ToClient);
  send(seal_initial(crypto_frame(0, hello), {.packet_number = 1}));
  send(seal_initial(crypto_frame(0, hello), {.packet_number = 2}));  // sent again: nothing new
  ASSERT_EQ(sink.seen.size(), 2u);
  EXPECT_EQ(sink.host(1), "www.site.test");
  EXPECT_EQ(sink.seen[1].evasion, 0u);
}

TEST_F(Quic, ReportsBothVersionsOfACryptoRangeSentTwice) {
  const Buffer decoy = hello_message({.host = "www.fine.test"});
  ASSERT_EQ(decoy.size(), hello.size());
  send(seal_initial(crypto_frame(0, Bytes(decoy).first(decoy.size() - 10)), {.packet_number = 1}));
  send(seal_initial(crypto_frame(0, hello), {.packet_number = 2}));
  ASSERT_EQ(sink.seen.size(), 2u);
  EXPECT_EQ(sink.host(0), "www.fine.test");
  EXPECT_EQ(sink.host(1), "www.site.test");
  EXPECT_NE(sink.seen[0].evasion & evasion::kQuicOverlap, 0u);
  EXPECT_NE(sink.seen[1].evasion & evasion::kTwoNames, 0u);
}

TEST_F(Quic, SeesTheTrueHelloBehindADecoyOfAnotherConnection) {
  send(seal_initial(crypto_frame(0, hello_message({.host = "decoy.test"})), {.destination_id = "decoy-id"}));
  send(seal_initial(crypto_frame(0, hello)));
  ASSERT_EQ(sink.seen.size(), 2u);
  EXPECT_EQ(sink.host(1), "www.site.test");
  EXPECT_NE(sink.seen[1].evasion & evasion::kTwoNames, 0u);
}

TEST_F(Quic, CountsWhatDoesNotOpenByReason) {
  Buffer broken = seal_initial(crypto_frame(0, hello));
  broken.back() ^= 1;
  send(broken);
  EXPECT_EQ(inspector->unnamed(), Unnamed::DecryptionFailed);
  EXPECT_TRUE(sink.seen.empty());

  inspector = std::make_unique<QuicInspector>(crypto);
  Buffer unknown = seal_initial(crypto_frame(0, hello));
  unknown[1] = 0x77;
  send(unknown);
  EXPECT_EQ(inspector->unnamed(), Unnamed::UnknownVersion);

  inspector = std::make_unique<QuicInspector>(crypto);
  send(Buffer(60, 0x41));
  EXPECT_EQ(inspector->unnamed(), Unnamed::StartMissed);

  inspector = std::make_unique<QuicInspector>(crypto);
  send(seal_initial(crypto_frame(0x3fff, hello)));
  EXPECT_EQ(inspector->unnamed(), Unnamed::BoundReached);
}

TEST_F(Quic, ReadsTheNameFromADatagramThatTheCaptureCut) {
  Buffer datagram = seal_initial(crypto_frame(0, hello));
  datagram.erase(datagram.end() - 700, datagram.end());
  send(datagram);
  EXPECT_EQ(sink.host(), "www.site.test");
}

TEST_F(Quic, ReadsTheNameInGooglesPlainHello) {
  Buffer packet{0x0d, 1, 2, 3, 4, 5, 6, 7, 8, 'Q', '0', '4', '3', 1};
  packet.insert(packet.end(), 12, 0x5a);
  put(packet, Bytes(Buffer{0xa0, 0x01, 0x04, 0x00}));
  put(packet, as_bytes(std::string_view("CHLO\x02\0\0\0SNI\0\x0f\0\0\0UAID\x14\0\0\0", 24)));
  put(packet, as_bytes("mail.site.test.Agent"));
  EXPECT_EQ(QuicInspector::probe(packet), Probe::Yes);
  EXPECT_EQ(send(packet), Step::Done);
  EXPECT_EQ(sink.host(), "mail.site.test.");
}

}  // namespace
}  // namespace gatehouse::inspect
