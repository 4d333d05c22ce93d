// Logons in log messages: the syslog around them, the events inside, and the intervals that come of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/logon/logons.h"

namespace gatehouse::lodge::logon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const IpAddress kForwarder = *IpAddress::parse("10.0.0.5");
const IpAddress kDesk = *IpAddress::parse("10.10.4.7");
const MacAddress kPc = *MacAddress::parse("02:00:5e:10:00:01");

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

std::string nxlog(int id, const std::string& user, int type, const std::string& address, const std::string& logon_id,
                  const std::string& clock, const std::string& computer = "lrc-14.college.test") {
  return "<13>1 2026-11-10T" + clock + "Z " + computer + " nxlog 4 - - {\"EventID\":" + std::to_string(id) +
         ",\"Hostname\":\"" + computer + "\",\"TargetUserName\":\"" + user + "\",\"TargetDomainName\":\"COLLEGE\",\"IpAddress\":\"" + address +
         "\",\"LogonType\":\"" + std::to_string(type) + "\",\"TargetLogonId\":\"" + logon_id + "\"}";
}

class LogonTest : public ::testing::Test {
 protected:
  LogonTest() {
    settings_.senders = {*IpPrefix::parse("10.0.0.5")};
    for (const char* name : {"nxlog", "wef", "windows-text"}) settings_.patterns.push_back(*built_in_pattern(name));
    settings_.ignore = {"svc-*"};
    timeline_.put(Seat{kPc, "LRC-14", "Library", "", true});
  }
  Logons& logons() {
    if (!logons_) logons_ = std::make_unique<Logons>(settings_, groups_, timeline_);
    return *logons_;
  }
  void send(const std::string& message, const std::string& clock) { logons().take_message(kForwarder, message, at(clock)); }
  [[nodiscard]] Attribution on_pc(const std::string& clock) const { return who(timeline_, kDesk, kPc, at(clock)); }

  Settings settings_;
  GroupRules groups_;
  SessionTimeline timeline_;
  std::unique_ptr<Logons> logons_;
};

TEST_F(LogonTest, AnInteractiveLogonRunsToItsLogoff) {
  send(nxlog(4624, "a.learner", 2, "127.0.0.1", "0x3e7a", "09:00:00"), "09:00:01");
  send(nxlog(4634, "a.learner", 2, "", "0x3e7a", "09:40:00"), "09:40:01");
  EXPECT_EQ(on_pc("09:20:00").login, "a.learner");
  EXPECT_EQ(on_pc("09:20:00").place, "Library");
  EXPECT_EQ(on_pc("09:41:00").login, "");
  EXPECT_THAT(on_pc("09:20:00").evidence.front(), HasSubstr("logon of a.learner by lrc-14.college.test (nxlog)"));
  EXPECT_EQ(logons().counters().logoffs, 1u);
}

TEST_F(LogonTest, ANetworkLogonAtTheDomainControllerIsBelievedForAWhile) {
  send(nxlog(4624, "a.learner", 3, "10.10.4.7", "0x1", "09:00:00", "dc1"), "09:00:01");
  send(nxlog(4634, "a.learner", 3, "", "0x1", "09:00:10", "dc1"), "09:00:11");  // the share was closed
  EXPECT_EQ(on_pc("10:30:00").login, "a.learner");
  EXPECT_EQ(on_pc("11:30:00").login, "");
  EXPECT_THAT(on_pc("11:30:00").why, HasSubstr("last confirmed at 11:00"));
  send(nxlog(4624, "A.Learner", 3, "10.10.4.7", "0x2", "10:45:00", "dc1"), "10:45:01");
  EXPECT_EQ(on_pc("11:30:00").login, "a.learner");
  EXPECT_EQ(timeline_.logins().size(), 1u);
}

TEST_F(LogonTest, ASlowClockNamesNobodyForWhatWasDoneBeforeTheLogon) {
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:22");  // the first word of this clock: slow, or its way long
  EXPECT_EQ(on_pc("09:00:10").login, "");
  EXPECT_EQ(on_pc("09:00:23").login, "a.learner");
  EXPECT_THAT(on_pc("09:00:23").evidence.front(), HasSubstr("09:00:00"));  // as it was stamped
}

TEST_F(LogonTest, WhoWasThereBeforeIsNotNamedWhileTheNextLogonIsOnItsWay) {
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");  // walks away
  send(nxlog(4624, "b.learner", 2, "", "0x2", "09:30:00"), "09:30:25");
  for (const char* clock : {"09:30:00", "09:30:10", "09:30:24", "09:30:26"}) EXPECT_EQ(on_pc(clock).login, "") << clock;
}

// What a forwarder sends each minute whether something happened or not.
std::string mark(const std::string& clock, const std::string& computer = "lrc-14.college.test") {
  return "<46>1 2026-11-10T" + clock + "Z " + computer + " nxlog 4 - - -- MARK --";
}

TEST_F(LogonTest, NobodyIsNamedOnAComputerThatHasBeenSilentUntilItIsHeardAgain) {
  settings_.marks = Seconds{60};
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");
  for (const char* clock : {"09:01:00", "09:02:00", "09:03:00"}) send(mark(clock), clock);
  EXPECT_EQ(on_pc("09:04:20").login, "a.learner");
  EXPECT_EQ(on_pc("09:04:31").login, "");
  EXPECT_EQ(on_pc("09:04:31").grade, Grade::C);
  EXPECT_THAT(on_pc("09:04:31").why, HasSubstr("last confirmed at 09:04 and its end was never reported"));
  send(mark("09:09:00", "LRC-15"), "09:09:00");  // another's
  EXPECT_EQ(on_pc("09:09:00").login, "");
  send(mark("09:10:00"), "09:10:00");  // nothing was held up
  EXPECT_EQ(on_pc("09:08:00").login, "a.learner");
  EXPECT_EQ(timeline_.logins().size(), 1u);
}

TEST_F(LogonTest, ALogoffThatWasHeldUpEndsTheNameWhereItWasAndNotWhereTheSilenceBegan) {
  settings_.marks = Seconds{60};
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");
  send(nxlog(4634, "a.learner", 2, "", "0x1", "09:07:00"), "09:15:00");
  EXPECT_EQ(on_pc("09:06:00").login, "a.learner");
  EXPECT_EQ(on_pc("09:08:00").login, "");
}

TEST_F(LogonTest, AMarkConfirmsOnlyWhoLoggedOnLast) {
  settings_.marks = Seconds{60};
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");  // walks away
  send(nxlog(4624, "b.learner", 2, "", "0x2", "10:10:00"), "10:10:00");
  for (const char* clock : {"10:11:00", "11:12:00"}) send(mark(clock), clock);
  EXPECT_EQ(on_pc("11:12:30").login, "b.learner");
  EXPECT_EQ(on_pc("09:01:00").login, "a.learner");
  send(mark("10:09:00"), "11:12:00");  // that comes late
  EXPECT_LE(timeline_.logins().front().sure_until, at("10:10:00"));
}

TEST_F(LogonTest, MarksGoOnAfterARestart) {
  settings_.marks = Seconds{60};
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");
  logons_.reset();
  EXPECT_EQ(on_pc("09:30:00").login, "");
  send(mark("09:31:00"), "09:31:00");
  EXPECT_EQ(on_pc("09:30:00").login, "a.learner");
}

TEST_F(LogonTest, MachinesServicesAndUnlockingAreNobody) {
  for (const char* user : {"LRC-14$", "SYSTEM", "DWM-2", "UMFD-0", "svc-backup", "-", "a b"}) {
    send(nxlog(4624, user, 2, "", "0x9", "09:00:00"), "09:00:00");
  }
  send(nxlog(4624, "a.learner", 7, "", "0x9", "09:00:00"), "09:00:00");
  send(nxlog(4624, "a.learner", 5, "", "0x9", "09:00:00"), "09:00:00");
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(logons().counters().ignored, 9u);
}

TEST_F(LogonTest, TakesNothingFromOtherSendersNorForMachinesItDoesNotKnow) {
  logons().take_message(*IpAddress::parse("10.10.4.66"), nxlog(4624, "b.teacher", 2, "", "0x1", "09:00:00"), at("09:00:00"));
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00", "unknown-pc"), "09:00:00");
  send("no syslog at all", "09:00:00");
  send("<13>1 - host app - - - an ordinary message", "09:00:00");
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(logons().counters().unknown_sender, 1u);
  EXPECT_EQ(logons().counters().unknown_place, 1u);
  EXPECT_EQ(logons().counters().malformed, 1u);
  EXPECT_EQ(logons().counters().not_logons, 1u);
}

TEST_F(LogonTest, WhoLeftWithoutLoggingOffIsNotNamedAfterSomebodyElseWasThere) {
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");
  send(nxlog(4624, "b.learner", 2, "", "0x2", "10:00:00"), "10:00:00");
  send(nxlog(4634, "b.learner", 2, "", "0x2", "10:30:00"), "10:30:00");
  EXPECT_EQ(on_pc("09:30:00").login, "a.learner");
  EXPECT_EQ(on_pc("13:00:00").login, "");
  EXPECT_THAT(on_pc("13:00:00").why, HasSubstr("never reported"));
}

TEST_F(LogonTest, WhoComesBackAfterSomebodyElseIsThereAgainAlsoWhereLogonsHaveNoId) {
  settings_.patterns = {*template_pattern("desk", "logon of {login} at {computer}.", Event::Logon)};
  const auto text = [](const std::string& login, const std::string& clock) {
    return "<13>1 2026-11-10T" + clock + "Z lrc-14 desk - - - logon of " + login + " at LRC-14.";
  };
  send(text("a.learner", "09:00:00"), "09:00:00");
  send(text("b.learner", "09:30:00"), "09:30:00");  // no logoff of either is heard
  send(text("a.learner", "10:00:00"), "10:00:00");
  EXPECT_EQ(on_pc("11:30:00").login, "a.learner");
  logons_.reset();
  send(text("a.learner", "11:40:00"), "11:40:00");  // unlocked
  EXPECT_EQ(timeline_.logins().size(), 3u);
}

TEST_F(LogonTest, ALogoffOfAnOlderLogonIdEndsNobodyElse) {
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");
  send(nxlog(4634, "b.learner", 2, "", "0x1", "09:10:00"), "09:10:00");
  send(nxlog(4634, "a.learner", 2, "", "0x2", "09:10:00"), "09:10:00");
  EXPECT_EQ(on_pc("09:20:00").login, "a.learner");
  EXPECT_EQ(logons().counters().unknown_logoffs, 2u);
}

TEST_F(LogonTest, GoesOnAfterARestart) {
  send(nxlog(4624, "a.learner", 2, "", "0x1", "09:00:00"), "09:00:00");
  logons_.reset();
  send(nxlog(4634, "a.learner", 2, "", "0x1", "09:30:00"), "09:30:00");
  EXPECT_EQ(timeline_.logins().front().to, at("09:30:00"));
}

TEST_F(LogonTest, AScriptSpeaksForItsOwnAddress) {
  EXPECT_TRUE(logons().take_script(Event::Logon, "a.learner", kDesk, at("09:00:00")));
  EXPECT_EQ(on_pc("09:20:00").login, "a.learner");
  EXPECT_TRUE(logons().take_script(Event::Logoff, "a.learner", kDesk, at("09:30:00")));
  EXPECT_EQ(on_pc("09:40:00").login, "");
  EXPECT_FALSE(logons().take_script(Event::Logon, "two words", kDesk, at("09:00:00")));
}

TEST(WindowsEvents, AreReadAsEachForwarderWritesThem) {
  const auto beat = read_event(*built_in_pattern("winlogbeat"),
                               R"({"@timestamp":"2026-11-10T09:00:00.123Z","winlog":{"event_id":4624,"computer_name":"lrc-14",
                               "event_data":{"TargetUserName":"a.learner","TargetLogonId":"0x12","LogonType":"11","IpAddress":"-"}}})");
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->login, "a.learner");
  EXPECT_EQ(beat->type, 11);
  EXPECT_EQ(beat->computer, "lrc-14");
  EXPECT_EQ(beat->at, *parse_time("2026-11-10T09:00:00.123Z"));

  const auto wef = read_event(*built_in_pattern("wef"),
                              "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID Qualifiers=''>4624</EventID>"
                              "<TimeCreated SystemTime='2026-11-10T09:00:00.1234567Z'/><Computer>LRC-14.college.test</Computer></System>"
                              "<EventData><Data Name='TargetUserName'>o&apos;neill</Data><Data Name='LogonType'>3</Data>"
                              "<Data Name='IpAddress'>10.10.4.7</Data></EventData></Event>");
  ASSERT_TRUE(wef);
  EXPECT_EQ(wef->login, "o'neill");
  EXPECT_EQ(wef->type, 3);
  EXPECT_EQ(wef->address, "10.10.4.7");
  EXPECT_TRUE(wef->at);

  const auto text = read_event(*built_in_pattern("windows-text"),
                               "An account was successfully logged on.\r\n\r\nSubject:\r\n\tAccount Name:\t\tLRC-14$\r\n\r\nLogon Information:\r\n\t"
                               "Logon Type:\t\t2\r\n\r\nNew Logon:\r\n\tSecurity ID:\t\tS-1-5\r\n\tAccount Name:\t\ta.learner\r\n\tAccount Domain:"
                               "\t\tCOLLEGE\r\n\tLogon ID:\t\t0x55\r\n\r\nNetwork Information:\r\n\tSource Network Address:\t-\r\n");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->login, "a.learner");
  EXPECT_EQ(text->logon_id, "0x55");
  EXPECT_EQ(text->type, 2);

  const auto off = read_event(*built_in_pattern("windows-text"),
                              "User initiated logoff: Subject: Account Name: a.learner Account Domain: COLLEGE Logon ID: 0x55");
  ASSERT_TRUE(off);
  EXPECT_EQ(off->event, Event::Logoff);
  for (const char* other : {"{}", "{\"EventID\":4624}", "{\"EventID\":4688,\"TargetUserName\":\"x\"}", "{", "[1]", "nothing"}) {
    EXPECT_FALSE(read_event(*built_in_pattern("nxlog"), other)) << other;
  }
}

TEST(Templates, FindTheirFieldsAndAreCheckedWhenWritten) {
  const auto pattern = template_pattern("ours", "User {login} logged on from {address} ({any})", Event::Logon);
  ASSERT_TRUE(pattern);
  const auto event = read_event(*pattern, "vpn: User a.learner logged on from 10.10.4.7 (session 5)");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->login, "a.learner");
  EXPECT_EQ(event->address, "10.10.4.7");
  EXPECT_FALSE(read_event(*pattern, "User a.learner logged on"));
  EXPECT_FALSE(read_event(*pattern, "User two words logged on from 10.10.4.7 (x)"));
  for (const char* bad : {"", "User {login}", "{login} from {address}", "User {login}{address}", "User {login} from {where}", "User {login"}) {
    EXPECT_FALSE(template_pattern("bad", bad, Event::Logon)) << bad;
  }
}

TEST(Syslog, IsReadInBothKinds) {
  const auto now = at("09:05:00");
  const auto newer = parse_syslog("<34>1 2026-11-10T09:00:00.5+01:00 host app 12 ID47 [a@1 b=\"]\\\"\"][c d=\"e\"] \xef\xbb\xbfhello", now);
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->host, "host");
  EXPECT_EQ(newer->app, "app");
  EXPECT_EQ(newer->text, "hello");
  EXPECT_EQ(newer->at, *parse_time("2026-11-10T08:00:00.5Z"));
  const auto older = parse_syslog("<13>Nov 10 09:01:02 lrc-14 sshd[12]: hello there\n", now);
  ASSERT_TRUE(older);
  EXPECT_EQ(older->host, "lrc-14");
  EXPECT_EQ(older->app, "sshd");
  EXPECT_EQ(older->text, "hello there");
  EXPECT_EQ(older->at, at("09:01:02"));
  EXPECT_EQ(parse_syslog("<13>Jun 10 09:01:02 h a: x", *parse_time("2026-06-10T09:00:00Z"))->at, *parse_time("2026-06-10T08:01:02Z"));
  EXPECT_EQ(parse_syslog("<13>Dec 31 23:59:59 h a: x", *parse_time("2027-01-01T00:00:05Z"))->at, *parse_time("2026-12-31T23:59:59Z"));
  for (const char* bad : {"", "<", "<>x", "<999>1 x", "13>x", "<13>1 - h", "<13>1 - h a - - [x"}) EXPECT_FALSE(parse_syslog(bad, now)) << bad;
}

TEST(SyslogFramer, CutsStreamsByCountAndByLineAtAnyPlace) {
  const std::string stream = "5 <1>ab<13>one\n<13>two\n7 <1>cd\nef";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    SyslogFramer framer;
    std::vector<std::string> got;
    const auto take = [&](std::string_view one) { got.emplace_back(one); };
    EXPECT_TRUE(framer.feed(std::string_view(stream).substr(0, cut), take));
    EXPECT_TRUE(framer.feed(std::string_view(stream).substr(cut), take));
    EXPECT_THAT(got, ElementsAre("<1>ab", "<13>one", "<13>two", "<1>cd\ne")) << cut;
  }
  SyslogFramer framer;
  EXPECT_FALSE(framer.feed("99999999 x", [](std::string_view) {}));
  SyslogFramer endless;
  EXPECT_FALSE(endless.feed(std::string(kLongestMessage + 1, 'x'), [](std::string_view) {}));
}

TEST(SourceClocks, BelieveAStampUnlessItIsPlainlyWrong) {
  SourceClocks clocks;
  EXPECT_EQ(clocks.correct("a", at("09:00:00"), at("09:50:00")), at("09:00:00"));  // a forwarder that was cut off
  EXPECT_EQ(clocks.correct("a", std::nullopt, at("09:50:00")), at("09:50:00"));
  EXPECT_EQ(clocks.correct("ahead", at("09:02:00"), at("09:00:00")), at("09:00:00"));
  EXPECT_EQ(clocks.correct("ahead", at("09:12:00"), at("09:10:00.5")), at("09:10:00"));
  Timestamp last{};
  for (int i = 0; i < 12; ++i) {
    const Timestamp when = at("10:00:00") + Seconds{100 * i};
    last = clocks.correct("behind", when - Seconds{45}, when + Microseconds{1000 * (i % 3)});
  }
  EXPECT_EQ(last, at("10:00:00") + Seconds{1100});
}

}  // namespace
}  // namespace gatehouse::lodge::logon
