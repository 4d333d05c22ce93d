#include "gate/flow/flow_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

#include "gate/flow/segments.h"
#include "support/tls_hellos.h"

namespace gatehouse::flow::test {
namespace {

namespace evasion = inspect::evasion;
using Packets = std::vector<packet::PacketView>;
using Hosts = std::vector<std::string>;

// As the gate's but for the tables' sizes: thousands of engines are made here.
FlowLimits few_flows() {
  FlowLimits limits;
  limits.flows = 1024;
  limits.tcp_contexts = limits.datagram_contexts = 256;
  limits.alternates = 16;
  return limits;
}

Heard run(const Packets& packets, const FlowLimits& limits = few_flows(), FlowVerdict answer = FlowVerdict::Continue) {
  static inspect::InspectionResources resources;
  Heard heard;
  heard.answer = answer;
  FlowEngine engine(limits, resources, heard);
  engine.process(packets);
  engine.finish();
  EXPECT_EQ(engine.stats().reassembly_now, 0u);
  EXPECT_EQ(engine.stats().flows_now, 0u);
  return heard;
}

Packets with_handshake(const Connection& connection, const Packets& more) {
  Packets all = connection.handshake();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(FlowEngine, NamesARequestAndEndsTheFlowWithItsFacts) {
  const Connection c;
  const std::string text = request("one.test");
  const Heard heard = run(with_handshake(c, {c.data(0, text), c.answer(text.size(), "HTTP/1.1 200 OK\r\n\r\n")}));
  EXPECT_EQ(heard.hosts, Hosts{"one.test"});
  ASSERT_EQ(heard.ended.size(), 1u);
  const Flow& flow = heard.ended[0];
  EXPECT_EQ(flow.client_port(), 40000);
  EXPECT_EQ(flow.from_client().packets, 3u);
  EXPECT_EQ(flow.from_client().bytes, text.size());
  EXPECT_EQ(flow.unnamed, inspect::Unnamed::None);
  EXPECT_EQ(flow.evasion, 0u);
}

TEST(FlowEngine, GivesTheSameFlowIdOnEveryRunWhateverTheTableKey) {
  const Connection c;
  const std::string text = request("one.test");
  const Packets packets = with_handshake(c, {c.data(0, text)});
  FlowLimits other;
  other.table_key = {1, 2};
  EXPECT_EQ(run(packets).ended.at(0).id, run(packets, other).ended.at(0).id);
}

TEST(FlowEngine, SameBytesInAnySegmentationOrderAndRepetitionGiveTheSameNames) {
  const std::string text = request("one.test") + "POST /form HTTP/1.1\r\nHost: two.test\r\nContent-Length: 300\r\n\r\n" +
                           std::string(300, 'b') + request("three.test");
  std::mt19937 random(20261110);
  for (int round = 0; round < 3000; ++round) {
    const Connection c(round % 3 == 0 ? 0xffff'ff00u : static_cast<std::uint32_t>(random()));
    Packets segments;
    const std::size_t longest = round % 5 == 0 ? 2 : 1 + random() % 400;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % longest, text.size() - at);
      const std::size_t back = std::min<std::size_t>(at, random() % 3 == 0 ? random() % 20 : 0);
      segments.push_back(c.data(at - back, std::string_view(text).substr(at - back, size + back)));
      if (random() % 4 == 0) segments.push_back(segments.back());
      at += size;
    }
    if (round % 2 == 0) std::shuffle(segments.begin(), segments.end(), random);
    const Heard heard = run(with_handshake(c, segments));
    ASSERT_EQ(heard.hosts, (Hosts{"one.test", "two.test", "three.test"})) << "round " << round;
    ASSERT_EQ(heard.ended.size(), 1u);
    ASSERT_EQ(heard.ended[0].evasion & (evasion::kTcpOverlap | evasion::kTwoNames), 0u) << "round " << round;
  }
}

struct Decoy {
  const char* name;
  inspect::EvasionFlags flag;
  std::function<void(packet::PacketView&)> spoil;
};

std::vector<Decoy> decoys() {
  return {
      {"low ttl", evasion::kLowTtl, [](auto& p) { p.ttl = 5; }},
      {"bad checksum", evasion::kBadChecksum, [](auto& p) { p.checksum = packet::Checksum::Bad; }},
      {"md5 option", evasion::kMd5Option, [](auto& p) { p.tcp.md5_option = true; }},
      {"old timestamp", evasion::kOutOfWindow, [](auto& p) { p.tcp.ts_value -= 600'000; }},
      {"old acknowledgement", evasion::kOutOfWindow, [](auto& p) { p.tcp.ack -= 66'000; }},
      {"no ack flag", evasion::kOutOfWindow, [](auto& p) { p.tcp.flags = 0x08; }},
      {"old sequence", evasion::kOutOfWindow, [](auto& p) { p.tcp.seq -= 10'000; }},
  };
}

void stamp(Packets& packets) {
  for (auto& p : packets) p.tcp.has_timestamp = true, p.tcp.ts_value = 1'000'000;
}

TEST(FlowEngine, DecoysBeforeAndAfterTheTrueRequestNeitherHideItNorAreReported) {
  const Connection c;
  const std::string text = request("true.test"), fake = request("fake.test");
  for (const Decoy& decoy : decoys()) {
    for (const std::size_t cut : {std::size_t{0}, std::size_t{2}, std::size_t{30}}) {
      Packets packets = with_handshake(c, {c.data(0, fake), c.data(0, std::string_view(text).substr(0, cut)),
                                           c.data(0, fake), c.data(cut, std::string_view(text).substr(cut)),
                                           c.data(0, fake), c.answer(text.size(), "HTTP/1.1 200 OK\r\n\r\n")});
      stamp(packets);
      for (const std::size_t which : {3u, 5u, 7u}) decoy.spoil(packets[which]);
      const Heard heard = run(packets);
      EXPECT_EQ(heard.hosts, Hosts{"true.test"}) << decoy.name << " cut at " << cut;
      ASSERT_EQ(heard.ended.size(), 1u);
      EXPECT_NE(heard.ended[0].evasion & decoy.flag, 0u) << decoy.name;
    }
  }
}

TEST(FlowEngine, WhatLooksLikeADecoyIsUsedWhenThePeerAcknowledgesIt) {
  const Connection c;
  const std::string text = request("true.test");
  for (const Decoy& decoy : decoys()) {
    if (std::string_view(decoy.name) == "old sequence") continue;  // has no place in the stream
    Packets packets = with_handshake(c, {c.data(0, text), c.answer(text.size())});
    stamp(packets);
    decoy.spoil(packets[3]);
    EXPECT_EQ(run(packets).hosts, Hosts{"true.test"}) << decoy.name;
  }
}

TEST(FlowEngine, ADirectionThatNeverShowedAGoodChecksumIsRead) {
  const Connection c;
  const std::string text = request("true.test");
  Packets packets = with_handshake(c, {c.data(0, text)});
  for (auto& p : packets) p.checksum = packet::Checksum::Bad;
  const Heard heard = run(packets);
  EXPECT_EQ(heard.hosts, Hosts{"true.test"});
  EXPECT_EQ(heard.evasion, 0u);
}

TEST(FlowEngine, BothVersionsOfAnOverlapAreLookedAtAndFlagged) {
  const Connection c;
  const std::string first = request("first.test"), other = request("other.test");
  ASSERT_EQ(first.size(), other.size());
  const std::string_view one = first, two = other;
  const std::vector<Packets> cases = {
      {c.data(0, one), c.data(0, two)},                                           // after it was read
      {c.data(0, one.substr(0, 40)), c.data(0, two), c.data(40, one.substr(40))},  // while it is read
      {c.data(20, two.substr(20)), c.data(0, one)},                               // waiting bytes replaced
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Packets packets = with_handshake(c, cases[i]);
    packets.push_back(c.answer(first.size(), "HTTP/1.1 200 OK\r\n\r\n"));
    Heard heard = run(packets);
    std::sort(heard.hosts.begin(), heard.hosts.end());
    EXPECT_EQ(heard.hosts, (Hosts{"first.test", "other.test"})) << "case " << i;
    EXPECT_NE(heard.evasion & evasion::kTcpOverlap, 0u) << "case " << i;
    EXPECT_NE(heard.evasion & evasion::kTwoNames, 0u) << "case " << i;
  }
}

TEST(FlowEngine, TheUrgentByteIsNotPartOfTheName) {
  const Connection c;
  const std::string text = request("blocked.test");
  const std::size_t at = text.find("blocked") + 3;
  const std::string sent = text.substr(0, at) + "X" + text.substr(at);
  Packets packets = with_handshake(c, {c.data(0, sent), c.answer(sent.size(), "HTTP/1.1 200 OK\r\n\r\n")});
  packets[3].tcp.flags |= packet::tcp_flag::kUrg;
  packets[3].tcp.urgent = static_cast<std::uint16_t>(at + 1);
  const Heard heard = run(packets);
  ASSERT_FALSE(heard.hosts.empty());
  EXPECT_EQ(heard.hosts[0], "blocked.test");
  EXPECT_EQ(heard.hosts.size(), 2u);  // and the reading with the byte, for servers that take it in line
  EXPECT_NE(heard.evasion & evasion::kTcpUrgent, 0u);
}

TEST(FlowEngine, DataInTheSynCountsWhenTheServerTookIt) {
  const Connection c;
  const std::string text = request("true.test"), fake = request("fake.test");
  Packets taken = {c.packet(true, 0x02, 1000, 0, text),
                   c.packet(false, 0x12, 5000, static_cast<std::uint32_t>(1001 + text.size()))};
  const Heard fast = run(taken);
  EXPECT_EQ(fast.hosts, Hosts{"true.test"});
  EXPECT_NE(fast.evasion & evasion::kSynData, 0u);
  Packets ignored = {c.packet(true, 0x02, 1000, 0, fake), c.packet(false, 0x12, 5000, 1001), c.data(0, text),
                     c.answer(text.size())};
  EXPECT_EQ(run(ignored).hosts, Hosts{"true.test"});
}

TEST(FlowEngine, AFinThatTheFarEndIgnoresIsMarkedAndEndsNothing) {
  const Connection c;
  const std::string text = request("true.test");
  Packets packets = with_handshake(c, {c.packet(true, 0x11, 1001, 0), c.data(0, text)});
  packets[3].ttl = 4;
  const Heard heard = run(packets);
  EXPECT_EQ(heard.hosts, Hosts{"true.test"});
  EXPECT_NE(heard.evasion & evasion::kFakeReset, 0u);
}

TEST(FlowEngine, AResetThatTheFarEndIgnoresDoesNotEndTheFlow) {
  const Connection c;
  const std::string text = request("true.test");
  Packets packets = with_handshake(c, {c.packet(true, 0x04, 1001, 0), c.data(0, text)});
  packets[3].ttl = 4;
  const Heard heard = run(packets);
  EXPECT_EQ(heard.hosts, Hosts{"true.test"});
  EXPECT_EQ(heard.ended.size(), 1u);
  EXPECT_NE(heard.evasion & evasion::kFakeReset, 0u);
}

TEST(FlowEngine, ReadsOnBehindBytesThatWereNeverCaptured) {
  const Connection c;
  const std::string text = request("late.test");
  Packets packets = with_handshake(c, {c.data(0, "GET / HT"), c.data(1200, text)});
  for (int i = 0; i < 8; ++i) packets.push_back(c.answer(1200 + text.size()));
  EXPECT_EQ(run(packets).hosts, Hosts{"late.test"});
}

TEST(FlowEngine, AStartInMidStreamIsReadAndSaysSoWhenNothingIsNamed) {
  const Connection c;
  const std::string text = request("mid.test");
  EXPECT_EQ(run({c.data(700, text)}).hosts, Hosts{"mid.test"});
  const Heard heard = run({c.data(700, "\x01\x02\x03 nothing that anyone knows \x04"), c.answer(720, "\x05\x06")});
  ASSERT_EQ(heard.ended.size(), 1u);
  EXPECT_EQ(heard.ended[0].unnamed, inspect::Unnamed::StartMissed);
}

TEST(FlowEngine, ANewConnectionOnTheSamePortsIsANewFlow) {
  const Connection first(1000), second(900'000);
  const std::string one = request("one.test"), two = request("two.test");
  Packets packets = with_handshake(first, {first.data(0, one)});
  for (const auto& p : with_handshake(second, {second.data(0, two)})) packets.push_back(p);
  const Heard heard = run(packets);
  EXPECT_EQ(heard.hosts, (Hosts{"one.test", "two.test"}));
  EXPECT_EQ(heard.ended.size(), 2u);
}

TEST(FlowEngine, AFloodOfUnfinishedRequestsStaysWithinItsMemoryAndSaysWhy) {
  inspect::InspectionResources resources;
  Heard heard;
  FlowLimits limits;
  limits.flows = 500;
  limits.tcp_contexts = 100;
  limits.reassembly_bytes = 64 * sizeof(StreamChunk);
  FlowEngine engine(limits, resources, heard);
  const std::string half = "GET / HTTP/1.1\r\nX: " + std::string(900, 'x');
  for (std::uint16_t port = 1000; port < 6000; ++port) {
    const Connection c(port, port);
    engine.process(with_handshake(c, {c.data(0, half)}));
    ASSERT_LE(engine.stats().reassembly_now, limits.reassembly_bytes);
    ASSERT_LE(engine.stats().flows_now, limits.flows);
  }
  const Connection last(7, 7);
  engine.process(with_handshake(last, {last.data(0, request("still.test"))}));
  EXPECT_EQ(heard.hosts, Hosts{"still.test"});
  EXPECT_GT(engine.stats().evicted, 4000u);
  EXPECT_GT(engine.stats().chunk_bound + engine.stats().context_bound, 4000u);
  engine.finish();
  EXPECT_GT(engine.stats().unnamed[static_cast<std::size_t>(inspect::Unnamed::BoundReached)], 4000u);
}

// A decoy that nothing betrays but what follows it: both versions are told, whatever the first one's inspector said
// of the bytes to come.
TEST(FlowEngine, AWholeSecondVersionIsReadAlsoWhereTheFirstWantedNoMore) {
  const Connection c;
  gatehouse::test::HelloOptions options;
  options.host = "fake.test";
  const auto fake = gatehouse::test::records(gatehouse::test::hello_message(options));
  options.host = "true.test";
  const auto real = gatehouse::test::records(gatehouse::test::hello_message(options));
  const Heard heard = run(with_handshake(
      c, {c.data(0, as_text(fake)), c.data(0, as_text(real)), c.answer(real.size(), "\x16\x03\x03")}));
  EXPECT_EQ(heard.hosts, (Hosts{"fake.test", "true.test"}));
  EXPECT_NE(heard.evasion & evasion::kTwoNames, 0u);
}

TEST(FlowEngine, ASynAckOfTheClientsDoesNotMakeItTheServer) {
  const Connection c;
  const std::string text = request("true.test"), fake = request("fake.test");
  auto decoy = c.data(0, fake);
  decoy.ttl = 5;
  auto forged = c.packet(true, 0x12, 77'000, Connection::kServerIsn);
  forged.ttl = 5;
  const Heard heard = run(with_handshake(c, {forged, decoy, c.data(0, text), c.answer(text.size(), "HTTP/1.1 200 OK\r\n\r\n")}));
  EXPECT_EQ(heard.hosts, Hosts{"true.test"});
  ASSERT_EQ(heard.ended.size(), 1u);
  EXPECT_EQ(heard.ended[0].client_port(), 40000);
  EXPECT_NE(heard.ended[0].evasion & evasion::kOutOfWindow, 0u);
}

TEST(FlowEngine, ADecoyThatAcknowledgesTheFutureIsNone) {
  const Connection c;
  const std::string text = request("true.test"), fake = request("fake.test");
  auto decoy = c.data(0, fake);
  decoy.tcp.ack += 200'000'000;
  const Heard heard = run(with_handshake(c, {decoy, c.data(0, text), c.answer(text.size(), "HTTP/1.1 200 OK\r\n\r\n")}));
  EXPECT_EQ(heard.hosts, Hosts{"true.test"});
  EXPECT_NE(heard.ended.at(0).evasion & evasion::kOutOfWindow, 0u);
}

TEST(FlowEngine, ADecidedFlowIsLookedAtNoMore) {
  const Connection c;
  const std::string text = request("one.test"), more = request("two.test");
  const Heard heard = run(with_handshake(c, {c.data(0, text), c.data(text.size(), more)}), {}, FlowVerdict::Decided);
  EXPECT_EQ(heard.hosts, Hosts{"one.test"});
  EXPECT_EQ(heard.ended.at(0).verdict, FlowVerdict::Decided);
}

TEST(FlowEngine, SilentFlowsEndByTheTimeOfThePackets) {
  inspect::InspectionResources resources;
  Heard heard;
  FlowEngine engine({}, resources, heard);
  const Connection c, other(1, 1);
  auto syn = c.handshake()[0];
  engine.process({&syn, 1});
  for (int second = 1; second < 80; ++second) {
    auto later = other.packet(true, 0x02, 1, 0);
    later.at = syn.at + Seconds{second};
    engine.process({&later, 1});
  }
  ASSERT_EQ(heard.ended.size(), 1u);
  EXPECT_EQ(heard.ended[0].client_port(), 40000);
  EXPECT_EQ(heard.ended[0].unnamed, inspect::Unnamed::NoPayload);
}

}  // namespace
}  // namespace gatehouse::flow::test
