// What is sent for what is stopped, protocol by protocol.
#include "gate/respond/responder.h"

#include <gmock/gmock.h>

#include "gate/packet/reply.h"
#include "gate/respond/responder_fixture.h"

namespace gatehouse::respond {
namespace {

using inspect::AppProtocol;
using packet::PacketView;
using ::testing::HasSubstr;
using ::testing::Not;
namespace tcp_flag = packet::tcp_flag;

class BlockedFlow : public ResponderTest {
 protected:
  // The page as the client puts it together, and the flags of the last segment.
  std::string page_of(const Reply& reply) {
    std::string out;
    std::uint32_t expected = 0;
    for (const ReplyPacket& one : reply.packets) {
      if (one.towards != Towards::Client) continue;
      const PacketView segment = read(one.bytes);
      if (out.empty()) expected = segment.tcp.seq;
      EXPECT_EQ(segment.tcp.seq, expected);
      EXPECT_LE(segment.payload.size(), packet::kMostSegment);
      expected += static_cast<std::uint32_t>(segment.payload.size());
      out += as_text(segment.payload);
      last_flags_ = segment.tcp.flags;
    }
    return out;
  }
  std::uint8_t last_flags_ = 0;
};

TEST_F(BlockedFlow, OfTlsIsResetOnBothSidesAtOnce) {
  const PacketView hello = tcp(as_bytes("a client hello"));
  const Reply reply = responder().make(hello, from(true), seen(AppProtocol::Tls), blocked());
  EXPECT_EQ(reply.kind, ReplyKind::Reset);
  EXPECT_EQ(reply.packet, InHand::Drop);
  EXPECT_TRUE(reply.ends_flow);
  ASSERT_EQ(reply.packets.size(), 2u);
  const PacketView client = read(reply.packets[0].bytes);
  EXPECT_EQ(reply.packets[0].towards, Towards::Client);
  EXPECT_EQ(client.dst, ends_.src);
  EXPECT_EQ(client.tcp.seq, 9000u);
  EXPECT_EQ(client.tcp.ack, 4014u);
  EXPECT_NE(client.tcp.flags & tcp_flag::kRst, 0);
  const PacketView server = read(reply.packets[1].bytes);
  EXPECT_EQ(reply.packets[1].towards, Towards::Server);
  EXPECT_EQ(server.src, ends_.src);
  EXPECT_EQ(server.dst, ends_.dst);
  EXPECT_EQ(server.tcp.seq, 4000u);
}

TEST_F(BlockedFlow, ThatWasDecidedByTheServersPacketIsResetOnBothSidesToo) {
  const PacketView certificate = tcp(as_bytes("certificate"), false, 9000, 4100);
  const Reply reply = responder().make(certificate, from(false), seen(AppProtocol::Tls), blocked());
  ASSERT_EQ(reply.packets.size(), 2u);
  const PacketView client = read(reply.packets[0].bytes);
  EXPECT_EQ(client.dst, ends_.src);
  EXPECT_EQ(client.tcp.seq, 9000u);  // what the client did not get is where it stands
  const PacketView server = read(reply.packets[1].bytes);
  EXPECT_EQ(server.dst, ends_.dst);
  EXPECT_EQ(server.tcp.seq, 4100u);
}

TEST_F(BlockedFlow, IsAlsoResetWhereTheFlowKnowsBetterThanThePacketInHand) {
  FlowFacts facts = from(true);
  facts.client_next = 3500;  // the packet in hand came before an earlier one
  facts.server_next = 9000;
  const Reply reply = responder().make(tcp(as_bytes("late")), facts, seen(AppProtocol::Tls), blocked());
  ASSERT_EQ(reply.packets.size(), 3u);
  EXPECT_EQ(read(reply.packets[1].bytes).tcp.seq, 4000u);
  EXPECT_EQ(read(reply.packets[2].bytes).tcp.seq, 3500u);
  EXPECT_EQ(reply.packets[2].towards, Towards::Server);
}

TEST_F(BlockedFlow, OfHttpGetsAPageThatEndsTheConnection) {
  const Reply reply =
      responder().make(tcp(as_bytes("GET / HTTP/1.1\r\n\r\n")), from(true), seen(AppProtocol::Http), blocked());
  EXPECT_EQ(reply.kind, ReplyKind::BlockPage);
  EXPECT_EQ(reply.packet, InHand::Drop);
  const std::string page = page_of(reply);
  EXPECT_EQ(page.rfind("HTTP/1.1 403 ", 0), 0u);
  EXPECT_EQ(last_flags_, tcp_flag::kAck | tcp_flag::kPsh | tcp_flag::kFin);
  EXPECT_EQ(read(reply.packets[0].bytes).tcp.seq, 9000u);
  EXPECT_EQ(read(reply.packets[0].bytes).tcp.ack, 4018u);
  const PacketView last = read(reply.packets.back().bytes);
  EXPECT_EQ(reply.packets.back().towards, Towards::Server);
  EXPECT_NE(last.tcp.flags & tcp_flag::kRst, 0);
}

TEST_F(BlockedFlow, OfHttpIsResetWhereNoPageIsWanted) {
  settings_.block_page = false;
  const Reply reply = responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http), blocked());
  EXPECT_EQ(reply.kind, ReplyKind::Reset);
}

TEST_F(BlockedFlow, OfQuicIsToldThatNobodyListens) {
  for (const bool v6 : {false, true}) {
    if (v6) ends_ = test::ends_v6();
    const Reply reply =
        responder().make(udp(test::Buffer(1200, 1)), from(true), seen(AppProtocol::Quic), blocked());
    EXPECT_EQ(reply.kind, ReplyKind::Unreachable);
    EXPECT_EQ(reply.packet, InHand::Drop);
    EXPECT_TRUE(reply.ends_flow);
    ASSERT_EQ(reply.packets.size(), 1u);
    const PacketView error = read(reply.packets[0].bytes);
    EXPECT_EQ(error.dst, ends_.src);
    EXPECT_EQ(error.payload[0], v6 ? 1 : 3);
    EXPECT_EQ(error.payload[1], v6 ? 4 : 3);
  }
}

TEST_F(BlockedFlow, OfATunnelOverUdpIsToldThatAFilterDidIt) {
  const Reply reply =
      responder().make(udp(as_bytes("tunnel")), from(true), seen(AppProtocol::WireGuard, ""), blocked());
  ASSERT_EQ(reply.packets.size(), 1u);
  EXPECT_EQ(read(reply.packets[0].bytes).payload[1], 13);
}

TEST_F(BlockedFlow, OverUdpIsOnlyDroppedWhereNoErrorsAreWanted) {
  settings_.unreachable = false;
  const Reply reply = responder().make(udp(as_bytes("x")), from(true), seen(AppProtocol::Quic), blocked());
  EXPECT_EQ(reply.kind, ReplyKind::Silence);
  EXPECT_EQ(reply.packet, InHand::Drop);
  EXPECT_TRUE(reply.packets.empty());
}

TEST_F(BlockedFlow, InsideAnotherPacketIsOnlyDropped) {
  PacketView inner = tcp(as_bytes("hello"));
  inner.encapsulation = packet::Encapsulation::Gre;
  const Reply reply = responder().make(inner, from(true), seen(AppProtocol::Tls), blocked());
  EXPECT_EQ(reply.packet, InHand::Drop);
  EXPECT_TRUE(reply.packets.empty());
}

TEST_F(BlockedFlow, ThatGoesOnIsToldAgain) {
  const Reply reply = responder().after_block(tcp(as_bytes("hello again")), from(true));
  EXPECT_EQ(reply.packet, InHand::Drop);
  ASSERT_EQ(reply.packets.size(), 1u);
  EXPECT_EQ(reply.packets[0].towards, Towards::Client);
  EXPECT_NE(read(reply.packets[0].bytes).tcp.flags & tcp_flag::kRst, 0);
  const Reply server = responder().after_block(tcp(as_bytes("data"), false), from(false));
  ASSERT_EQ(server.packets.size(), 1u);
  EXPECT_EQ(server.packets[0].towards, Towards::Server);
}

TEST_F(BlockedFlow, LeavesThePageInPeaceThatTheClientReads) {
  const Reply acknowledged = responder().after_block(tcp({}, true, 4018, 12000, tcp_flag::kAck), from(true));
  EXPECT_EQ(acknowledged.packet, InHand::Drop);
  EXPECT_TRUE(acknowledged.packets.empty());
  const Reply closed =
      responder().after_block(tcp({}, true, 4018, 12000, tcp_flag::kAck | tcp_flag::kFin), from(true));
  ASSERT_EQ(closed.packets.size(), 1u);
  const PacketView last = read(closed.packets[0].bytes);
  EXPECT_EQ(last.tcp.flags, tcp_flag::kAck);
  EXPECT_EQ(last.tcp.ack, 4019u);
  EXPECT_EQ(last.tcp.seq, 12000u);
}

TEST_F(BlockedFlow, DoesNotAnswerResetsWithResets) {
  EXPECT_TRUE(responder().after_block(tcp({}, true, 1, 1, tcp_flag::kRst), from(true)).packets.empty());
}

TEST_F(BlockedFlow, IsTheOnlyOneThatIsTouched) {
  const Reply reply = responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http), allowed());
  EXPECT_EQ(reply.kind, ReplyKind::None);
  EXPECT_EQ(reply.packet, InHand::Pass);
  EXPECT_TRUE(reply.packets.empty());
}

// --- the page ---

TEST_F(BlockedFlow, PageSaysItsLengthRightly) {
  const std::string page =
      page_of(responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http), blocked()));
  const std::size_t body = page.find("\r\n\r\n") + 4;
  const std::size_t field = page.find("Content-Length:");
  ASSERT_LT(field, body);
  EXPECT_EQ(std::stoul(page.substr(field + 15)), page.size() - body);
  EXPECT_THAT(page, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST_F(BlockedFlow, PageSaysWhyAndWhomToAsk) {
  const std::string page =
      page_of(responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http), blocked()));
  EXPECT_THAT(page, HasSubstr("lang=\"en-GB\""));
  EXPECT_THAT(page, HasSubstr("<dd>guns.test</dd>"));
  EXPECT_THAT(page, HasSubstr("Firearms &amp; &lt;their&gt; sale"));
  EXPECT_THAT(page, HasSubstr("Safeguarding lead, extension 2200"));
  EXPECT_THAT(page, HasSubstr("<dd>5f3-12</dd>"));
  EXPECT_THAT(page, Not(HasSubstr("<form")));
}

TEST_F(BlockedFlow, PageLoadsNothingFromAnywhere) {
  settings_.request_url = "https://gatehouse.college.test/request?from=page&kind=block";
  const std::string page =
      page_of(responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http), blocked()));
  EXPECT_THAT(page, HasSubstr("<form method=\"post\" action=\"https://gatehouse.college.test/request?from=page&amp;kind=block\""));
  EXPECT_THAT(page, HasSubstr("<label for=\"text\">"));
  EXPECT_THAT(page, HasSubstr("name=\"host\" value=\"guns.test\""));
  for (const char* resource : {"<script", "<img", "<link", "url(", "@import", "src="}) {
    EXPECT_THAT(page, Not(HasSubstr(resource)));
  }
}

TEST_F(BlockedFlow, PageEscapesTheNameThatTheClientChose) {
  settings_.request_url = "https://gatehouse.college.test/request";
  const std::string host = "\"><script>alert(1)</script>\xff\x01\xe2\x80\xae.guns.test";
  const std::string page =
      page_of(responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http, host), blocked()));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;????"));
}

TEST_F(BlockedFlow, PageNeverShowsWhatIsSealed) {
  policy::Decision sealed = blocked();
  sealed.sealed = true;
  settings_.request_url = "https://gatehouse.college.test/request";
  const std::string page =
      page_of(responder().make(tcp(as_bytes("GET /")), from(true), seen(AppProtocol::Http), sealed));
  EXPECT_THAT(page, HasSubstr("This site is blocked"));
  EXPECT_THAT(page, Not(HasSubstr("guns.test")));
  EXPECT_THAT(page, Not(HasSubstr("Firearms")));
}

TEST_F(BlockedFlow, PageFitsWithTheLongestNames) {
  settings_.college = std::string(4000, '&');
  settings_.contact = std::string(4000, '"');
  settings_.request_url = "https://" + std::string(4000, '&');
  const std::string host(5000, '<');
  FlowFacts facts = from(true);
  facts.reference = host;
  policy::Decision decision = blocked();
  decision.category = decision.list = host;
  const Reply reply = responder().make(tcp(as_bytes("GET /")), facts, seen(AppProtocol::Http, host), decision);
  EXPECT_EQ(reply.kind, ReplyKind::BlockPage);
  EXPECT_THAT(page_of(reply), HasSubstr("</html>"));
  EXPECT_EQ(reply.packets.back().towards, Towards::Server);
}

}  // namespace
}  // namespace gatehouse::respond
