#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/inspect/seen.h"

namespace gatehouse::inspect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HttpInspectorTest : public testing::Test {
 protected:
  InspectionResources resources;
  StreamFeeder flow{resources};
};

TEST_F(HttpInspectorTest, ReportsARequestWithAllThatAReaderWants) {
  flow.client(
      "GET /a?b=c HTTP/1.1\r\nHost: www.example.test:8080\r\nUser-Agent: Browser/1\r\nReferer: "
      "http://from.test/\r\n\r\n");
  ASSERT_EQ(flow.sink.all.size(), 1u);
  const Seen& seen = flow.sink.all[0];
  EXPECT_EQ(seen.protocol, AppProtocol::Http);
  EXPECT_EQ(seen.from, NameSource::HttpHost);
  EXPECT_EQ(seen.host, "www.example.test");
  EXPECT_EQ(seen.port, 8080);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.url, "/a?b=c");
  EXPECT_EQ(seen.user_agent, "Browser/1");
  EXPECT_EQ(seen.referer, "http://from.test/");
  EXPECT_EQ(seen.evasion, 0u);
  EXPECT_EQ(flow.inspection.protocol(), AppProtocol::Http);
  EXPECT_EQ(flow.inspection.unnamed(), Unnamed::None);
}

TEST_F(HttpInspectorTest, FindsEveryRequestWhateverTheSegments) {
  const std::string stream =
      "GET /1 HTTP/1.1\r\nHost: one.test\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: two.test\r\nContent-Length: 29\r\n\r\nGET /x HTTP/1.1\r\nHost: no.test"
      "PROPFIND /3 HTTP/1.1\r\nHost: three.test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nGET /\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: x\r\n\r\n"
      "FROBNICATE /4 HTTP/1.1\r\nHost: four.test\r\n\r\n";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    StreamFeeder one{resources};
    for (std::size_t at = 0; at < stream.size(); at += size) one.client(stream.substr(at, size));
    EXPECT_THAT(one.sink.hosts(), ElementsAre("one.test", "two.test", "three.test", "four.test"))
        << "segments of " << size;
  }
}

TEST_F(HttpInspectorTest, SkipsALongBodyWithoutAskingForItsBytes) {
  SeenSink sink;
  StreamInspection inspection(resources);
  const std::string head = "PUT /big HTTP/1.1\r\nHost: up.test\r\nContent-Length: 1000000\r\n\r\n";
  const Progress progress = inspection.feed(Direction::ToServer, as_bytes(head), false, sink);
  EXPECT_EQ(progress.consumed, head.size());
  const Progress body = inspection.feed(Direction::ToServer, as_bytes("x"), false, sink);
  EXPECT_EQ(body.consumed, 1000000u);
}

struct OddCase {
  const char* what;
  std::string request;
  std::vector<std::string> hosts;
  EvasionFlags flags;
};

TEST_F(HttpInspectorTest, FindsTheNameBehindEveryTrick) {
  using namespace evasion;
  const std::vector<OddCase> cases = {
      {"bare line feeds", "GET / HTTP/1.1\nHost: a.test\n\n", {"a.test"}, kHttpOddSyntax},
      {"empty lines before",
       "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
       {"a.test"},
       kHttpOddSyntax},
      {"one empty line before", "\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", {"a.test"}, 0},
      {"case of the field", "GET / HTTP/1.1\r\nhOsT:a.test\r\n\r\n", {"a.test"}, 0},
      {"case of the method", "get / HTTP/1.1\r\nHost: a.test\r\n\r\n", {"a.test"}, kHttpOddSyntax},
      {"blanks before the colon", "GET / HTTP/1.1\r\nHost \t: a.test\r\n\r\n", {"a.test"}, kHttpOddSyntax},
      {"tabs in the request line", "GET\t/\tHTTP/1.1\r\nHost: a.test\r\n\r\n", {"a.test"}, kHttpOddSyntax},
      {"two blanks in the request line",
       "GET  / HTTP/1.1\r\nHost: a.test\r\n\r\n",
       {"a.test"},
       kHttpOddSyntax},
      {"blanks round the value", "GET / HTTP/1.1\r\nHost: \t a.test \t\r\n\r\n", {"a.test"},
       evasion::kHttpOddSyntax},
      {"a folded value", "GET / HTTP/1.1\r\nHost:\r\n a.test\r\n\r\n", {"a.test"}, kHttpOddSyntax},
      {"a field folded under another",
       "GET / HTTP/1.1\r\nX: y\r\n Host: a.test\r\n\r\n",
       {"a.test"},
       kHttpOddSyntax | kHttpHostMissing},
      {"a blank before the first field",
       "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n",
       {"a.test"},
       kHttpOddSyntax},
      {"two hosts",
       "GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
       {"a.test", "b.test"},
       kHttpHostDoubled},
      {"no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", {""}, kHttpHostMissing},
      {"no host, as HTTP/1.0 may", "GET / HTTP/1.0\r\n\r\n", {""}, 0},
      {"absolute target alone", "GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n", {"a.test"}, 0},
      {"absolute target against Host",
       "GET http://a.test/x HTTP/1.1\r\nHost: b.test\r\n\r\n",
       {"a.test", "b.test"},
       kHttpHostMismatch},
      {"user information",
       "GET http://good.test@a.test:81/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
       {"a.test"},
       kHttpOddSyntax},
      {"a trailing dot", "GET / HTTP/1.1\r\nHost: a.test.\r\n\r\n", {"a.test."}, 0},
      {"an IPv6 address", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", {"2001:db8::1"}, 0},
      {"a zero byte beside the name",
       std::string("GET / HTTP/1.1\r\nHost\0: a.test\r\n\r\n", 33),
       {"a.test"},
       kHttpOddSyntax},
      {"no version but fields", "GET /\r\nHost: a.test\r\n\r\n", {"a.test"}, kHttpOddSyntax},
  };
  for (const OddCase& one : cases) {
    StreamFeeder feeder{resources};
    feeder.client(one.request);
    EXPECT_EQ(feeder.sink.hosts(), one.hosts) << one.what;
    ASSERT_FALSE(feeder.sink.all.empty()) << one.what;
    EXPECT_EQ(feeder.sink.all[0].evasion, one.flags) << one.what;
  }
}

TEST_F(HttpInspectorTest, MarksBlanksRoundTheHostThatNoClientWrites) {
  for (const auto& [value, odd] : {std::pair{":one.test", false}, std::pair{": one.test", false},
                                   std::pair{":  one.test", true}, std::pair{":\tone.test", true},
                                   std::pair{": one.test ", true}}) {
    StreamFeeder one{resources};
    one.client("GET / HTTP/1.1\r\nHost" + std::string(value) + "\r\nAccept:  */* \r\n\r\n");
    ASSERT_THAT(one.sink.hosts(), ElementsAre("one.test"));
    EXPECT_EQ((one.sink.all[0].evasion & evasion::kHttpOddSyntax) != 0, odd) << value;
  }
}

TEST_F(HttpInspectorTest, ReadsALengthWithManyLeadingZeros) {
  flow.client(
      "POST / HTTP/1.1\r\nHost: one.test\r\nContent-Length: 0000000000000000000000000004\r\n\r\nabcd"
      "GET /next HTTP/1.1\r\nHost: two.test\r\n\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("one.test", "two.test"));
  EXPECT_NE(flow.sink.all[0].evasion & evasion::kHttpOddSyntax, 0u);
}

TEST_F(HttpInspectorTest, TakesHttp09ForARequestWithoutAName) {
  flow.client("GET /old\r\n");
  ASSERT_EQ(flow.sink.all.size(), 1u);
  EXPECT_EQ(flow.sink.all[0].url, "/old");
  EXPECT_EQ(flow.inspection.unnamed(), Unnamed::NoNameSent);
}

TEST_F(HttpInspectorTest, SaysWhichNameAServerUses) {
  flow.client("GET http://used.test/ HTTP/1.1\r\nHost: ignored.test\r\n\r\n");
  ASSERT_EQ(flow.sink.all.size(), 2u);
  EXPECT_EQ(flow.sink.all[0].from, NameSource::HttpAbsoluteUri);
  EXPECT_EQ(flow.sink.all[1].from, NameSource::HttpHost);
}

TEST_F(HttpInspectorTest, LooksInsideAConnect) {
  flow.client("CONNECT outer.test:443 HTTP/1.1\r\nHost: outer.test:443\r\n\r\n");
  flow.server("HTTP/1.1 200 Connection established\r\n\r\n");
  flow.client("GET / HTTP/1.1\r\nHost: inner.test\r\n\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("outer.test", "inner.test"));
  EXPECT_EQ(flow.sink.all[0].from, NameSource::HttpConnect);
  EXPECT_EQ(flow.sink.all[0].tunnel, "http-proxy");
  EXPECT_EQ(flow.sink.all[0].port, 443);
}

TEST_F(HttpInspectorTest, TriesAgainWhenAProxyRefuses) {
  flow.client("CONNECT a.test:443 HTTP/1.1\r\n\r\n");
  flow.server("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno");
  flow.client("CONNECT b.test:443 HTTP/1.1\r\n\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("a.test", "b.test"));
}

TEST_F(HttpInspectorTest, ReportsARequestThatWasCutOnceItsHostWasThere) {
  flow.give(Direction::ToServer, "GET / HTTP/1.1\r\nHost: cut.test\r\nCookie: abc", true);
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("cut.test"));
}

TEST_F(HttpInspectorTest, DoesNotReportHalfAName) {
  flow.give(Direction::ToServer, "GET / HTTP/1.1\r\nHost: half.te", true);
  for (const Seen& seen : flow.sink.all) EXPECT_EQ(seen.host, "");
  EXPECT_NE(flow.inspection.unnamed(), Unnamed::None);
}

TEST_F(HttpInspectorTest, FindsTheNextRequestAfterAGap) {
  flow.client("POST / HTTP/1.1\r\nHost: first.test\r\nContent-Le");
  flow.give(Direction::ToServer, "ng", true);
  flow.client("rest of a body\r\nGET /2 HTTP/1.1\r\nHost: second.test\r\n\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("first.test", "second.test"));
}

TEST_F(HttpInspectorTest, ReportsTheHostOfAHeadThatNeverEnds) {
  flow.client("GET / HTTP/1.1\r\nHost: long.test\r\n");
  for (int i = 0; i < 80 && flow.sink.all.empty(); ++i) flow.client("X: " + std::string(1000, 'a') + "\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("long.test"));
}

TEST_F(HttpInspectorTest, FindsRequestsWhenTheSidesAreMistaken) {
  flow.server("GET / HTTP/1.1\r\nHost: turned.test\r\n\r\n");
  ASSERT_THAT(flow.sink.hosts(), ElementsAre("turned.test"));
  EXPECT_EQ(flow.sink.all[0].direction, Direction::ToClient);
}

TEST_F(HttpInspectorTest, LooksPastAProxyHeader) {
  flow.client("PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\nGET / HTTP/1.1\r\nHost: behind.test\r\n\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("behind.test"));
}

TEST_F(HttpInspectorTest, GoesOnAfterAnExpectedBodyThatWasNeverSent) {
  flow.client("POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 400\r\n\r\n");
  flow.client("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("a.test", "b.test"));
}

TEST_F(HttpInspectorTest, LeavesSipAndRtspToOthers) {
  flow.client("OPTIONS sip:someone@example.test SIP/2.0\r\nHost: x.test\r\n\r\n");
  EXPECT_THAT(flow.sink.all, IsEmpty());
  EXPECT_EQ(flow.inspection.unnamed(), Unnamed::KnownOther);
}

}  // namespace
}  // namespace gatehouse::inspect
