#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/inspect/seen.h"

namespace gatehouse::inspect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string be16(unsigned n) { return {static_cast<char>(n >> 8), static_cast<char>(n & 0xff)}; }

std::string name(std::string_view dotted) {
  std::string out;
  std::size_t at = 0;
  while (at < dotted.size()) {
    const std::size_t dot = std::min(dotted.find('.', at), dotted.size());
    out += static_cast<char>(dot - at);
    out += dotted.substr(at, dot - at);
    at = dot + 1;
  }
  return out + '\0';
}

std::string header(unsigned flags, unsigned questions, unsigned answers) {
  return be16(0x1234) + be16(flags) + be16(questions) + be16(answers) + be16(0) + be16(0);
}
std::string question(std::string_view dotted, unsigned type) { return name(dotted) + be16(type) + be16(1); }
std::string record(const std::string& owner, unsigned type, const std::string& data) {
  return owner + be16(type) + be16(1) + be16(0) + be16(60) + be16(static_cast<unsigned>(data.size())) + data;
}

class DnsInspector : public testing::Test {
 protected:
  void give(const std::string& message, std::uint16_t port = 53, Direction direction = Direction::ToServer) {
    DatagramFacts facts;
    facts.client_port = port == 5353 ? 5353 : 40000;
    facts.server_port = port;
    inspection.feed(direction, as_bytes(message), facts, sink);
  }
  InspectionResources resources;
  DatagramInspection inspection{resources};
  SeenSink sink;
};

TEST_F(DnsInspector, ReportsEveryQuestion) {
  give(header(0x0100, 2, 0) + question("one.test", 1) + question("Two.Test", 28));
  EXPECT_THAT(sink.hosts(), ElementsAre("one.test", "Two.Test"));
  EXPECT_EQ(sink.all[1].rrtype, 28);
  EXPECT_EQ(sink.all[0].dns_id, 0x1234);
  EXPECT_EQ(sink.all[0].from, NameSource::DnsQuery);
  EXPECT_FALSE(sink.all[0].is_answer);
}

TEST_F(DnsInspector, TakesAQueryToAResolverForDnsWhateverPortItComesFrom) {
  DatagramFacts facts;
  facts.client_port = 5353;
  facts.server_port = 53;
  inspection.feed(Direction::ToServer, as_bytes(header(0x0100, 1, 0) + question("one.test", 1)), facts, sink);
  ASSERT_THAT(sink.hosts(), ElementsAre("one.test"));
  EXPECT_EQ(sink.all[0].from, NameSource::DnsQuery);
}

TEST_F(DnsInspector, FollowsCompressionInAnswers) {
  const std::string pointer = from_hex("c00c");
  give(header(0x8180, 1, 3) + question("www.example.test", 1) + record(pointer, 5, name("cdn.example.test")) +
           record(name("cdn.example.test"), 1, from_hex("c0000201")) +
           record(pointer, 65, from_hex("0001 00 0005 0004 fe0d0000")),
       53, Direction::ToClient);
  ASSERT_EQ(sink.all.size(), 1u);
  EXPECT_EQ(sink.all[0].host, "www.example.test");
  EXPECT_TRUE(sink.all[0].is_answer);
  ASSERT_EQ(sink.all[0].answers.size(), 3u);
  EXPECT_EQ(sink.all[0].answers[0].target, "cdn.example.test");
  EXPECT_EQ(sink.all[0].answers[0].name, "www.example.test");
  EXPECT_EQ(sink.all[0].answers[1].address, "192.0.2.1");
  EXPECT_TRUE(sink.all[0].answers[2].has_ech);
  EXPECT_FALSE(sink.all[0].answers[1].has_ech);
}

TEST_F(DnsInspector, EndsALoopOfPointers) {
  give(header(0x0100, 1, 0) + from_hex("c00c 0001 0001"));
  EXPECT_THAT(sink.all, IsEmpty());
  EXPECT_EQ(inspection.unnamed(), Unnamed::Malformed);
}

TEST_F(DnsInspector, RefusesANameOfMoreThan255Bytes) {
  std::string longest;
  for (int i = 0; i < 4; ++i) longest += std::string(i == 3 ? 61 : 63, 'a') + (i == 3 ? "" : ".");
  give(header(0x0100, 1, 0) + question(longest, 1));
  EXPECT_EQ(sink.all.size(), 1u);
  give(header(0x0100, 1, 0) + question(longest + "a", 1));
  EXPECT_EQ(sink.all.size(), 1u);
}

TEST_F(DnsInspector, EscapesWhatIsNotText) {
  give(header(0x0100, 1, 0) + std::string("\x03\x01z\xff\x04test\0", 10) + be16(1) + be16(1));
  EXPECT_THAT(sink.hosts(), ElementsAre("\\001z\\255.test"));
}

TEST_F(DnsInspector, CallsTheRootADot) {
  give(header(0x0100, 1, 0) + question("", 2));
  EXPECT_THAT(sink.hosts(), ElementsAre("."));
}

TEST_F(DnsInspector, KeepsItsRelativesApart) {
  struct Case {
    std::uint16_t port;
    AppProtocol protocol;
    NameSource from;
  };
  for (const Case& one : {Case{5353, AppProtocol::Mdns, NameSource::MdnsName},
                          Case{5355, AppProtocol::Llmnr, NameSource::LlmnrName}}) {
    DatagramInspection fresh{resources};
    SeenSink seen;
    DatagramFacts facts;
    facts.server_port = one.port;
    const std::string message = header(0, 1, 0) + question("printer.local", 255);
    fresh.feed(Direction::ToServer, as_bytes(message), facts, seen);
    ASSERT_EQ(seen.all.size(), 1u);
    EXPECT_EQ(seen.all[0].protocol, one.protocol);
    EXPECT_EQ(seen.all[0].from, one.from);
  }
}

TEST_F(DnsInspector, DecodesNetbiosNames) {
  give(header(0x0110, 1, 0) + question("FHEPFCELFDFEEBFEEJEPEOCACACACAAA", 32), 137);
  ASSERT_EQ(sink.all.size(), 1u);
  EXPECT_EQ(sink.all[0].host, "WORKSTATION");
  EXPECT_EQ(sink.all[0].from, NameSource::NetbiosName);
}

TEST_F(DnsInspector, FindsDnsOnAnotherPortByItsContent) {
  give(header(0x0100, 1, 0) + question("elsewhere.test", 1), 5300);
  EXPECT_THAT(sink.hosts(), ElementsAre("elsewhere.test"));
}

TEST_F(DnsInspector, DoesNotTakeOtherDatagramsForDns) {
  give(from_hex("0100 0100 0001 0000 0000 0000 ffff ffff ffff"), 5300);
  give(std::string(60, 'a'), 5300);
  EXPECT_THAT(sink.all, IsEmpty());
}

TEST_F(DnsInspector, ReadsSeveralMessagesOfAStreamInAnySegments) {
  const std::string first = header(0x0100, 1, 0) + question("one.test", 1);
  const std::string second = header(0x0100, 1, 0) + question("two.test", 1);
  const std::string stream =
      be16(static_cast<unsigned>(first.size())) + first + be16(static_cast<unsigned>(second.size())) + second;
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    StreamFeeder flow{resources};
    for (std::size_t at = 0; at < stream.size(); at += size) flow.client(stream.substr(at, size));
    EXPECT_THAT(flow.sink.hosts(), ElementsAre("one.test", "two.test")) << size;
  }
}

TEST_F(DnsInspector, ReportsAQuestionThatOnlyAnAnswerShows) {
  give(header(0x8183, 1, 0) + question("gone.test", 1), 53, Direction::ToClient);
  ASSERT_EQ(sink.all.size(), 1u);
  EXPECT_EQ(sink.all[0].from, NameSource::DnsQuery);
  EXPECT_EQ(sink.all[0].rcode, 3);
}

TEST_F(DnsInspector, SeesATunnelInManyRandomNames) {
  for (int i = 0; i < 6; ++i) {
    give(
        header(0x0100, 1, 0) +
        question("x7k2m9q4" + std::to_string(i) + "v8b3n6z1c5f0h2j7l9p4r6t8w1y3.a5d7g9k2m4.tunnel.test", 16));
  }
  EXPECT_EQ(sink.all.back().tunnel, "dns-tunnel");
  EXPECT_GE(sink.all.back().confidence, 90);
  EXPECT_EQ(sink.all.back().evasion & evasion::kDnsTunnel, evasion::kDnsTunnel);
}

TEST_F(DnsInspector, LeavesOrdinaryLongNamesAlone) {
  for (const char* ordinary :
       {"ec2-203-0-113-25.eu-west-2.compute.example.test",
        "a1.b2.prod.cloud.long-service-name-of-a-company.example.test", "4.3.2.1.in-addr.arpa",
        "_ldap._tcp.default-first-site-name._sites.dc._msdcs.college.example.test"}) {
    give(header(0x0100, 1, 0) + question(ordinary, 1));
    EXPECT_EQ(sink.all.back().tunnel, "") << ordinary;
  }
}

}  // namespace
}  // namespace gatehouse::inspect
