// Blocked names, names that switch encryption on, safe search, answers without keys: over UDP and over TCP.
#include <gmock/gmock.h>

#include "gate/inspect/dns_message.h"
#include "gate/respond/responder_fixture.h"

namespace gatehouse::respond {
namespace {

using inspect::AppProtocol;
using packet::PacketView;
using test::Buffer;
using ::testing::HasSubstr;

constexpr unsigned kA = 1, kCname = 5, kMx = 15, kAaaa = 28, kHttps = 65;
const Buffer kHint = {192, 0, 2, 1};

class DnsReplies : public ResponderTest {
 protected:
  DnsReplies() { ends_.dst_port = 53; }

  // The message in a UDP reply to the client, or in the packet that goes on in the first one's place.
  Buffer message_in(const Reply& reply) {
    if (reply.packet == InHand::Replace) return buffer(read(reply.replacement).payload);
    EXPECT_EQ(reply.packets.size(), 1u);
    return reply.packets.empty() ? Buffer{} : buffer(read(reply.packets[0].bytes).payload);
  }
  Buffer refused(const Buffer& query, const policy::Decision& decision = blocked()) {
    const Reply reply = responder().make(udp(query), from(true), seen(AppProtocol::Dns), decision);
    EXPECT_EQ(reply.packet, InHand::Drop);
    EXPECT_FALSE(reply.ends_flow);
    return message_in(reply);
  }
  inspect::DnsMessage parsed(const Buffer& message) {
    inspect::DnsMessage out;
    EXPECT_TRUE(scratch_.parse(message, out));
    EXPECT_TRUE(out.whole);
    return out;
  }
  static unsigned rcode_of(const Buffer& message) { return message.at(3) & 0x0f; }
  static unsigned flags_of(const Buffer& message) { return static_cast<unsigned>(message.at(2) << 8 | message.at(3)); }

  inspect::DnsScratch scratch_;
};

TEST_F(DnsReplies, SayThatABlockedNameDoesNotExist) {
  const Buffer query = test::dns_query("guns.test", kA);
  const Buffer answer = refused(query);
  EXPECT_EQ(flags_of(answer), 0x8183u);  // an answer, recursion as asked and offered, no such domain
  EXPECT_EQ(Buffer(answer.begin() + 12, answer.end()), Buffer(query.begin() + 12, query.end()));
  EXPECT_EQ(answer[0] << 8 | answer[1], 0x1234);
}

TEST_F(DnsReplies, ComeFromTheResolverThatWasAsked) {
  const Reply reply =
      responder().make(udp(test::dns_query("guns.test", kA)), from(true), seen(AppProtocol::Dns), blocked());
  ASSERT_EQ(reply.packets.size(), 1u);
  const PacketView packet = read(reply.packets[0].bytes);
  EXPECT_EQ(packet.src, ends_.dst);
  EXPECT_EQ(packet.src_port, 53);
  EXPECT_EQ(packet.dst_port, ends_.src_port);
}

TEST_F(DnsReplies, RepeatTheQuestionInTheCaseItWasAsked) {
  const Buffer query = test::dns_query("gUnS.tESt", kA);
  const Buffer answer = refused(query);
  EXPECT_EQ(Buffer(answer.begin() + 12, answer.end()), Buffer(query.begin() + 12, query.end()));
}

TEST_F(DnsReplies, GiveTheReasonOnlyToClientsThatUnderstandIt) {
  const Buffer answer = refused(test::dns_query("guns.test", kA, true));
  EXPECT_EQ(answer[11], 1);
  const std::string text(answer.begin(), answer.end());
  const std::size_t option = text.find(std::string("\0\x0f\0", 3));
  ASSERT_NE(option, std::string::npos);
  EXPECT_EQ(answer[option + 4] << 8 | answer[option + 5], 15);
  EXPECT_EQ(static_cast<std::size_t>(answer[option + 2] << 8 | answer[option + 3]), text.size() - option - 4);
  EXPECT_THAT(text, HasSubstr("Blocked: "));
  EXPECT_THAT(text, HasSubstr("ask: Safeguarding lead, extension 2200"));
  EXPECT_EQ(refused(test::dns_query("guns.test", kA, false))[11], 0);
}

TEST_F(DnsReplies, GiveTheReasonThatIsConfigured) {
  settings_.dns_reason = DnsReason::Censored;
  const Buffer answer = refused(test::dns_query("guns.test", kA, true));
  const std::string text(answer.begin(), answer.end());
  const std::size_t option = text.find(std::string("\0\x0f\0", 3));
  ASSERT_NE(option, std::string::npos);
  EXPECT_EQ(answer[option + 5], 16);
}

TEST_F(DnsReplies, LeadToTheBlockPageWhereItHasAnAddress) {
  settings_.dns = DnsReply::Address;
  settings_.address_v4 = IpAddress::parse("10.0.0.1");
  const Buffer answer = refused(test::dns_query("guns.test", kA));
  const inspect::DnsMessage message = parsed(answer);
  EXPECT_EQ(message.rcode, 0);
  ASSERT_EQ(message.answers.size(), 1u);
  EXPECT_EQ(message.answers[0].address, *IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(message.answers[0].name, "guns.test");
  EXPECT_EQ(message.answers[0].ttl, 60u);
}

TEST_F(DnsReplies, AreEmptyForTypesThatTheBlockPageHasNot) {
  settings_.dns = DnsReply::Address;
  settings_.address_v4 = IpAddress::parse("10.0.0.1");
  for (const unsigned type : {kAaaa, kHttps, kMx}) {
    const Buffer answer = refused(test::dns_query("guns.test", type, true));
    EXPECT_EQ(rcode_of(answer), 0u);
    EXPECT_TRUE(parsed(answer).answers.empty());
  }
}

TEST_F(DnsReplies, ToSeveralQuestionsAtOnceAreAnError) {
  Buffer query = test::dns_header(9, 0x0100, {2, 0, 0, 0});
  test::put_dns_question(query, "harmless.test", kA);
  test::put_dns_question(query, "guns.test", kA);
  const Buffer answer = refused(query);
  EXPECT_EQ(rcode_of(answer), 1u);
  EXPECT_EQ(answer.size(), 12u);
}

TEST_F(DnsReplies, TakeTheAnswersPlaceWhereItWasTheAnswerThatToldWhereItLeads) {
  Buffer leads = test::dns_header(0x1234, 0x8180, {1, 1, 0, 0});
  test::put_dns_question(leads, "cover.test", kA);
  test::put_dns_record(leads, test::dns_pointer(12), kCname, 60, test::dns_name("guns.test"));
  inspect::Observation observation = seen(AppProtocol::Dns);
  observation.is_answer = true;
  const Reply reply = responder().make(udp(leads, false), from(false), observation, blocked());
  EXPECT_EQ(reply.packet, InHand::Replace);
  EXPECT_TRUE(reply.packets.empty());
  const Buffer answer = message_in(reply);
  EXPECT_EQ(rcode_of(answer), 3u);
  EXPECT_EQ(read(reply.replacement).dst, ends_.src);
}

TEST_F(DnsReplies, OverTcpEndTheConnection) {
  const Buffer query = test::dns_framed(test::dns_query("guns.test", kA));
  const Reply reply = responder().make(tcp(query), from(true), seen(AppProtocol::Dns), blocked());
  EXPECT_EQ(reply.packet, InHand::Drop);
  EXPECT_TRUE(reply.ends_flow);
  ASSERT_EQ(reply.packets.size(), 2u);
  const PacketView answer = read(reply.packets[0].bytes);
  EXPECT_NE(answer.tcp.flags & packet::tcp_flag::kFin, 0);
  ASSERT_GT(answer.payload.size(), 14u);
  EXPECT_EQ(static_cast<std::size_t>(answer.payload[0] << 8 | answer.payload[1]), answer.payload.size() - 2);
  EXPECT_EQ(rcode_of(buffer(answer.payload.subspan(2))), 3u);
  EXPECT_EQ(reply.packets[1].towards, Towards::Server);
}

TEST_F(DnsReplies, OverTcpAreResetsWhereTheQueryIsNotWholeInThePacket) {
  Buffer query = test::dns_framed(test::dns_query("guns.test", kA));
  query.erase(query.begin(), query.begin() + 9);
  const Reply reply = responder().make(tcp(query), from(true), seen(AppProtocol::Dns), blocked());
  EXPECT_EQ(reply.kind, ReplyKind::Reset);
}

// --- names that switch encryption on ---

TEST_F(DnsReplies, SwitchEncryptedDnsAndRelaysOffAsTheirMakersDocument) {
  for (const char* name : {"use-application-dns.net", "Mask.iCloud.com", "mask-h2.icloud.com", "_dns.resolver.arpa"}) {
    const Reply reply = responder().dns(udp(test::dns_query(name, kA)), from(true), "staff");
    EXPECT_EQ(reply.kind, ReplyKind::DnsSwitch) << name;
    EXPECT_EQ(rcode_of(message_in(reply)), 3u) << name;
  }
  for (const char* name : {"www.icloud.com", "resolver.test", "notresolver.arpa"}) {
    EXPECT_EQ(responder().dns(udp(test::dns_query(name, kA)), from(true), "staff").packet, InHand::Pass) << name;
  }
}

TEST_F(DnsReplies, LeaveThoseNamesAloneWhereTheCollegeWantsThem) {
  settings_.refuse_encrypted_dns = settings_.refuse_private_relay = false;
  for (const char* name : {"use-application-dns.net", "mask.icloud.com"}) {
    EXPECT_EQ(responder().dns(udp(test::dns_query(name, kA)), from(true), "staff").packet, InHand::Pass);
  }
}

TEST_F(DnsReplies, TouchNothingOnOtherPorts) {
  ends_.dst_port = 5353;
  const Buffer query = test::dns_query("use-application-dns.net", kA);
  EXPECT_EQ(responder().dns(udp(query), from(true), "staff").packet, InHand::Pass);
}

// --- keys in answers ---

Buffer service_answer(bool keys) {
  Buffer out = test::dns_header(7, 0x8180, {1, 1, 0, 1});
  test::put_dns_question(out, "site.test", kHttps);
  const Buffer alpn = {2, 'h', '2'};
  const Buffer rdata = keys ? test::svcb_rdata(1, "", {{1, alpn}, {5, Buffer(70, 1)}}) : test::svcb_rdata(1, "", {{1, alpn}});
  test::put_dns_record(out, test::dns_pointer(12), kHttps, 300, rdata);
  test::put_dns_opt(out);
  return out;
}

TEST_F(DnsReplies, PassAnswersOnWithoutTheKeysOfEncryptedHellos) {
  const Reply reply = responder().dns(udp(service_answer(true), false), from(false), "staff");
  EXPECT_EQ(reply.kind, ReplyKind::DnsWithoutEch);
  EXPECT_EQ(reply.packet, InHand::Replace);
  EXPECT_EQ(message_in(reply), service_answer(false));
  EXPECT_EQ(responder().dns(udp(service_answer(false), false), from(false), "staff").packet, InHand::Pass);
}

TEST_F(DnsReplies, SendTheRewrittenAnswerAnewWhereItCameInFragments) {
  PacketView whole = udp(service_answer(true), false);
  whole.from_fragments = true;
  const Reply reply = responder().dns(whole, from(false), "staff");
  EXPECT_EQ(reply.packet, InHand::Drop);
  ASSERT_EQ(reply.packets.size(), 1u);
  EXPECT_EQ(reply.packets[0].towards, Towards::Client);
  EXPECT_EQ(buffer(read(reply.packets[0].bytes).payload), service_answer(false));
}

TEST_F(DnsReplies, GiveAnEmptyAnswerWhereTheKeysCannotBeTakenOut) {
  Buffer broken = service_answer(true);
  broken.resize(broken.size() - 20);
  const Reply reply = responder().dns(udp(broken, false), from(false), "staff");
  const Buffer answer = message_in(reply);
  EXPECT_EQ(rcode_of(answer), 0u);
  EXPECT_TRUE(parsed(answer).answers.empty());
}

TEST_F(DnsReplies, OverTcpGiveTheAnswerWithoutKeysAndEndTheConnection) {
  const Reply reply = responder().dns(tcp(test::dns_framed(service_answer(true)), false), from(false), "staff");
  EXPECT_TRUE(reply.ends_flow);
  ASSERT_EQ(reply.packets.size(), 2u);
  const PacketView answer = read(reply.packets[0].bytes);
  EXPECT_EQ(answer.dst, ends_.src);
  EXPECT_EQ(answer.tcp.seq, 4000u);
  EXPECT_EQ(buffer(answer.payload), test::dns_framed(service_answer(false)));
}

TEST_F(DnsReplies, KeepTheKeysWhereTheCollegeWantsThem) {
  settings_.remove_ech = false;
  EXPECT_EQ(responder().dns(udp(service_answer(true), false), from(false), "staff").packet, InHand::Pass);
}

// --- safe search ---

class SafeSearchByDns : public DnsReplies {
 protected:
  SafeSearchByDns() {
    settings_.safe_search.groups = {"students"};
    for (const std::string_view engine : known_engines()) settings_.safe_search.engines.emplace_back(engine);
    settings_.safe_search.others = {{"search.test", "safe.search.test"}};
  }
  // What the resolver is asked in place of `name`; empty when the query passes as it is.
  std::string asked_for(std::string_view name, std::string_view group = "students") {
    const Reply reply = responder().dns(udp(test::dns_query(name, kA)), from(true), group);
    if (reply.packet == InHand::Pass) return {};
    EXPECT_EQ(reply.packet, InHand::Replace);
    EXPECT_EQ(read(reply.replacement).dst, ends_.dst);
    return std::string(parsed(message_in(reply)).questions[0].name);
  }
};

TEST_F(SafeSearchByDns, AsksForTheHostThatAlwaysFilters) {
  EXPECT_EQ(asked_for("www.google.com"), "forcesafesearch.google.com");
  EXPECT_EQ(asked_for("www.google.co.uk"), "forcesafesearch.google.com");
  EXPECT_EQ(asked_for("WWW.Bing.com"), "strict.bing.com");
  EXPECT_EQ(asked_for("duckduckgo.com"), "safe.duckduckgo.com");
  EXPECT_EQ(asked_for("m.youtube.com"), "restrict.youtube.com");
  EXPECT_EQ(asked_for("search.test"), "safe.search.test");
}

TEST_F(SafeSearchByDns, LeavesOtherNamesAndOtherGroupsAlone) {
  EXPECT_EQ(asked_for("www.google.com", "staff"), "");
  EXPECT_EQ(asked_for("mail.google.com"), "");
  EXPECT_EQ(asked_for("www.google.com.evil.test"), "");
  EXPECT_EQ(asked_for("www.googled.com"), "");
}

TEST_F(SafeSearchByDns, DoesWhatIsConfigured) {
  settings_.safe_search.engines = {"google"};
  settings_.safe_search.youtube = YouTube::Moderate;
  EXPECT_EQ(asked_for("www.bing.com"), "");
  EXPECT_EQ(asked_for("www.youtube.com"), "restrictmoderate.youtube.com");
}

TEST_F(SafeSearchByDns, AnswersTheClientsOwnQuestionWithTheSafeHostsAddresses) {
  const Buffer query = test::dns_query("wWw.GooGle.com", kA, true, 0x4242);
  ASSERT_EQ(responder().dns(udp(query), from(true), "students").packet, InHand::Replace);
  Buffer answer = test::dns_header(0x4242, 0x81a0, {1, 3, 0, 1});
  test::put_dns_question(answer, "forcesafesearch.google.com", kA);
  test::put_dns_record(answer, test::dns_pointer(12), kCname, 60, test::dns_name("next.google.com"));
  test::put_dns_record(answer, test::dns_name("next.google.com"), kA, 77, kHint);
  test::put_dns_record(answer, test::dns_name("next.google.com"), kA, 77, Buffer{192, 0, 2, 2});
  test::put_dns_opt(answer);
  const Reply reply = responder().dns(udp(answer, false), from(false), "students");
  EXPECT_EQ(reply.kind, ReplyKind::DnsSafeSearch);
  const Buffer given = message_in(reply);
  EXPECT_EQ(Buffer(given.begin() + 12, given.begin() + 12 + 20), Buffer(query.begin() + 12, query.begin() + 12 + 20));
  const inspect::DnsMessage message = parsed(given);
  ASSERT_EQ(message.answers.size(), 3u);
  EXPECT_EQ(message.answers[0].type, kCname);
  EXPECT_EQ(message.answers[0].target, "forcesafesearch.google.com");
  EXPECT_EQ(message.answers[1].name, "forcesafesearch.google.com");
  EXPECT_EQ(message.answers[1].address, *IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(message.answers[1].ttl, 77u);
  EXPECT_EQ(message.answers[2].address, *IpAddress::parse("192.0.2.2"));
}

TEST_F(SafeSearchByDns, DoesNotTouchAnswersToQueriesThatWereAskedForThatHostItself) {
  Buffer answer = test::dns_header(0x4242, 0x8180, {1, 1, 0, 0});
  test::put_dns_question(answer, "forcesafesearch.google.com", kA);
  test::put_dns_record(answer, test::dns_pointer(12), kA, 60, kHint);
  EXPECT_EQ(responder().dns(udp(answer, false), from(false), "students").packet, InHand::Pass);
}

TEST_F(SafeSearchByDns, ForgetsQueriesWhoseAnswerNeverCame) {
  ASSERT_EQ(responder().dns(udp(test::dns_query("www.bing.com", kA)), from(true), "students").packet, InHand::Replace);
  now_ += Seconds{11};
  Buffer answer = test::dns_header(0x1234, 0x8180, {1, 1, 0, 0});
  test::put_dns_question(answer, "strict.bing.com", kA);
  test::put_dns_record(answer, test::dns_pointer(12), kA, 60, kHint);
  EXPECT_EQ(responder().dns(udp(answer, false), from(false), "students").packet, InHand::Pass);
}

TEST_F(SafeSearchByDns, HidesServiceRecordsThatWouldLeadRoundIt) {
  const Reply reply = responder().dns(udp(test::dns_query("www.google.com", kHttps)), from(true), "students");
  EXPECT_EQ(reply.packet, InHand::Drop);
  const Buffer answer = message_in(reply);
  EXPECT_EQ(rcode_of(answer), 0u);
  EXPECT_TRUE(parsed(answer).answers.empty());
}

TEST_F(SafeSearchByDns, IsNotLeftByAskingOverTcp) {
  const Buffer query = test::dns_framed(test::dns_query("www.google.com", kA));
  EXPECT_EQ(responder().dns(tcp(query), from(true), "students").kind, ReplyKind::Reset);
}

}  // namespace
}  // namespace gatehouse::respond
