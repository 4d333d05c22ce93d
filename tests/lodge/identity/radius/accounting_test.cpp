// The accounting server: what a signed request makes of the timeline, and that nothing else makes anything.
#include "lodge/identity/radius/accounting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/radius/names.h"
#include "lodge/identity/radius/requests.h"

namespace gatehouse::lodge::radius {
namespace {

using testing::address;
using testing::Octets;
using testing::number;
using testing::text;
using ::testing::HasSubstr;

const std::string kSecret = "a secret of the college";
const IpAddress kController = *IpAddress::parse("10.0.0.2");
const IpAddress kPhoneAt = *IpAddress::parse("10.30.0.9");
const MacAddress kPhone = *MacAddress::parse("02:00:5e:10:00:01");
constexpr std::uint32_t kStart = 1, kStop = 2, kInterim = 3, kOn = 7;

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

class Accounting : public ::testing::Test {
 protected:
  Accounting() {
    settings_.clients.push_back({*IpPrefix::parse("10.0.0.0/24"), "controller", kSecret, true, false});
    settings_.own_realms = {"college.test"};
  }

  AccountingServer& server() {
    if (!server_) server_ = std::make_unique<AccountingServer>(settings_, groups_, timeline_);
    return *server_;
  }
  Octets send(const std::vector<NewAttribute>& attributes, Timestamp now, const std::string& secret = kSecret) {
    return server().handle(kController, 40000, make_request(++id_, attributes, secret, true), now);
  }
  Octets report(std::uint32_t status, const std::string& session, const std::string& user, Timestamp now,
                std::vector<NewAttribute> more = {}) {
    std::vector<NewAttribute> all{number(kAcctStatusType, status), text(kAcctSessionId, session),
                                  text(kUserName, user), text(kNasIdentifier, "ap-library-3"),
                                  text(kCallingStationId, "02-00-5E-10-00-01"), address("10.30.0.9")};
    all.insert(all.end(), more.begin(), more.end());
    return send(all, now);
  }
  [[nodiscard]] Attribution who_at(Timestamp when) const { return who(timeline_, kPhoneAt, {}, when); }

  Settings settings_;
  GroupRules groups_;
  SessionTimeline timeline_;
  std::unique_ptr<AccountingServer> server_;
  std::uint8_t id_ = 0;
};

TEST_F(Accounting, ASessionNamesItsPersonFromStartToStop) {
  EXPECT_FALSE(report(kStart, "5F3A", "a.learner@college.test", at("09:00:00")).empty());
  EXPECT_FALSE(report(kStop, "5F3A", "a.learner@college.test", at("09:40:00")).empty());
  const Attribution answer = who_at(at("09:20:00"));
  EXPECT_EQ(answer.login, "a.learner") << answer.why;
  EXPECT_EQ(answer.grade, Grade::B);  // address and person from one source
  EXPECT_EQ(answer.device, kPhone);
  EXPECT_THAT(answer.evidence.back(), HasSubstr("session 5F3A of a.learner@college.test"));
  EXPECT_EQ(who_at(at("09:41:00")).login, "");
  EXPECT_EQ(who_at(at("08:59:00")).login, "");
}

TEST_F(Accounting, IsGradeAWhenTheDhcpServerAgrees) {
  timeline_.put(Lease{kPhoneAt, kPhone, at("08:59:58"), at("12:00:00"), "dhcp", "lease line"});
  report(kStart, "5F3A", "a.learner", at("09:00:00"));
  EXPECT_EQ(who_at(at("09:20:00")).grade, Grade::A);
}

TEST_F(Accounting, RefusesAWrongSecretAndCountsIt) {
  std::vector<NewAttribute> start{number(kAcctStatusType, kStart), text(kAcctSessionId, "1"), text(kUserName, "a.learner"),
                                  text(kCallingStationId, "02005e100001"), address("10.30.0.9")};
  EXPECT_TRUE(send(start, at("09:00:00"), "guessed").empty());
  EXPECT_EQ(server().counters().bad_authenticator, 1u);
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_TRUE(timeline_.leases().empty());
}

TEST_F(Accounting, RefusesAWrongMessageAuthenticatorUnderARightAuthenticator) {
  // The outer signature is right; the inner one was made up.
  auto forged = make_request(9,
                             {number(kAcctStatusType, kStart), text(kAcctSessionId, "1"),
                              {kMessageAuthenticator, Octets(16, 0x41)}},
                             kSecret, false);
  EXPECT_TRUE(server().handle(kController, 1, forged, at("09:00:00")).empty());
  EXPECT_EQ(server().counters().bad_message_authenticator, 1u);
}

TEST_F(Accounting, AsksForASignatureWhereTheClientMustSign) {
  settings_.clients.front().must_sign = true;
  const auto unsigned_one = make_request(1, {number(kAcctStatusType, kStart), text(kAcctSessionId, "1")}, kSecret, false);
  EXPECT_TRUE(server().handle(kController, 1, unsigned_one, at("09:00:00")).empty());
  EXPECT_EQ(server().counters().no_message_authenticator, 1u);
}

TEST_F(Accounting, DoesNotAnswerStrangersOrOtherCodesOrRubbish) {
  const auto start = make_request(1, {number(kAcctStatusType, kStart), text(kAcctSessionId, "1")}, kSecret, true);
  EXPECT_TRUE(server().handle(*IpAddress::parse("10.9.9.9"), 1, start, at("09:00:00")).empty());
  auto access = start;
  access[0] = 1;
  EXPECT_TRUE(server().handle(kController, 1, access, at("09:00:00")).empty());
  for (std::size_t size = 0; size < start.size(); ++size) {
    EXPECT_TRUE(server().handle(kController, 1, Bytes(start).first(size), at("09:00:00")).empty()) << size;
  }
  auto zero_length = start;
  zero_length[21] = 1;  // an attribute shorter than its own header
  EXPECT_TRUE(server().handle(kController, 1, zero_length, at("09:00:00")).empty());
  EXPECT_EQ(server().counters().unknown_client, 1u);
  EXPECT_EQ(server().counters().not_accounting, 1u);
  EXPECT_EQ(server().counters().malformed, start.size() + 1);
  EXPECT_EQ(server().counters().accepted, 0u);
}

TEST_F(Accounting, GivesARepeatedRequestTheSameAnswerAndCountsItOnce) {
  const auto start = make_request(7,
                                  {number(kAcctStatusType, kStart), text(kAcctSessionId, "1"), text(kUserName, "a.learner"),
                                   text(kCallingStationId, "02005e100001")},
                                  kSecret, true);
  const auto first = server().handle(kController, 40000, start, at("09:00:00"));
  const auto second = server().handle(kController, 40000, start, at("09:00:03"));
  EXPECT_EQ(first, second);
  EXPECT_EQ(server().counters().duplicates, 1u);
  ASSERT_EQ(timeline_.logins().size(), 1u);
  EXPECT_EQ(timeline_.logins().front().from, at("09:00:00"));
}

TEST_F(Accounting, GivesProxyStateBackInTheAnswer) {
  const auto request = make_request(3, {number(kAcctStatusType, kStart), text(kAcctSessionId, "1"), text(kProxyState, "abc")},
                                    kSecret, true);
  const auto answer = server().handle(kController, 1, request, at("09:00:00"));
  Packet packet;
  EXPECT_EQ(decode(answer, packet), Fault::NotAccounting);  // the code of an answer
  EXPECT_EQ(packet.code, kAccountingResponse);
  EXPECT_EQ(packet.id, 3);
  EXPECT_EQ(as_text(packet.first(kProxyState)), "abc");
  EXPECT_FALSE(packet.has(kMessageAuthenticator));
}

TEST_F(Accounting, TakesOffTheTimeThatARequestWaited) {
  report(kStart, "5F3A", "a.learner", at("09:05:00"), {number(kAcctDelayTime, 240)});
  EXPECT_EQ(timeline_.logins().front().from, at("09:01:00"));
}

TEST_F(Accounting, AnInterimUpdateTellsOfASessionWhoseStartWasLost) {
  report(kInterim, "5F3A", "a.learner", at("09:30:00"), {number(kAcctSessionTime, 1800)});
  EXPECT_EQ(timeline_.logins().front().from, at("09:00:00"));
  EXPECT_EQ(who(timeline_, kPhoneAt, kPhone, at("09:10:00")).login, "a.learner");
}

TEST_F(Accounting, ALaterSessionOfTheDeviceEndsTheOneWhoseStopWasLost) {
  report(kStart, "1", "a.learner", at("09:00:00"));
  report(kInterim, "1", "a.learner", at("09:10:00"));
  report(kStart, "2", "b.learner", at("11:30:00"));
  EXPECT_EQ(who_at(at("09:05:00")).login, "a.learner");
  EXPECT_EQ(who_at(at("09:10:00") + Seconds(1)).login, "");  // between the last report and the next session
  EXPECT_EQ(who_at(at("11:29:50")).login, "");
  EXPECT_EQ(who_at(at("11:45:00")).login, "b.learner");
}

TEST_F(Accounting, ASessionNotHeardOfForThreeUpdatesNamesNobody) {
  report(kStart, "1", "a.learner", at("09:00:00"));
  report(kInterim, "1", "a.learner", at("09:10:00"));
  EXPECT_EQ(who_at(at("09:40:00")).login, "a.learner");
  const Attribution lost = who_at(at("10:00:00"));
  EXPECT_EQ(lost.grade, Grade::C);
  EXPECT_EQ(lost.login, "");
  report(kInterim, "1", "a.learner", at("10:01:00"));  // it was there all the time: three updates were lost
  EXPECT_EQ(who_at(at("10:00:00")).login, "a.learner");
}

TEST_F(Accounting, ALateStopEndsASessionWhereItEnded) {
  report(kStart, "1", "a.learner", at("09:00:00"));
  EXPECT_EQ(who_at(at("09:50:00")).login, "a.learner");
  report(kStop, "1", "a.learner", at("10:00:00"), {number(kAcctDelayTime, 1200)});
  EXPECT_EQ(who_at(at("09:50:00")).login, "");
  EXPECT_EQ(who_at(at("09:39:00")).login, "a.learner");
}

TEST_F(Accounting, ARestartedAccessPointEndsItsSessions) {
  report(kStart, "1", "a.learner", at("09:00:00"));
  send({number(kAcctStatusType, kOn), text(kNasIdentifier, "ap-other")}, at("09:30:00"));
  EXPECT_EQ(timeline_.logins().front().to, kStillOpen);
  send({number(kAcctStatusType, kOn), text(kNasIdentifier, "ap-library-3")}, at("09:31:00"));
  EXPECT_EQ(timeline_.logins().front().to, at("09:31:00"));
  EXPECT_EQ(who_at(at("09:35:00")).login, "");
}

TEST_F(Accounting, ASessionNameUsedAgainAfterARestartIsAnotherSession) {
  report(kStart, "00000001", "a.learner", at("09:00:00"));
  report(kStop, "00000001", "a.learner", at("09:30:00"));
  report(kStart, "00000001", "b.learner", at("11:00:00"));
  EXPECT_EQ(who_at(at("09:15:00")).login, "a.learner");
  EXPECT_EQ(who_at(at("11:15:00")).login, "b.learner");
}

TEST_F(Accounting, AnAddressThatChangesWithinASessionMovesTheLease) {
  report(kStart, "1", "a.learner", at("09:00:00"));
  send({number(kAcctStatusType, kInterim), text(kAcctSessionId, "1"), text(kUserName, "a.learner"),
        text(kNasIdentifier, "ap-library-3"), text(kCallingStationId, "02-00-5E-10-00-01"), address("10.30.0.77")},
       at("09:10:00"));
  EXPECT_EQ(who_at(at("09:05:00")).login, "a.learner");
  EXPECT_EQ(who_at(at("09:15:00")).login, "");
  EXPECT_EQ(who(timeline_, *IpAddress::parse("10.30.0.77"), {}, at("09:15:00")).login, "a.learner");
}

TEST_F(Accounting, ReadsIpv6AddressesAndPrefixes) {
  std::vector<std::uint8_t> prefix{0, 64, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 7};
  report(kStart, "1", "a.learner", at("09:00:00"), {address("2001:db8::15"), {kFramedIpv6Prefix, prefix}});
  EXPECT_EQ(who(timeline_, *IpAddress::parse("2001:db8::15"), {}, at("09:15:00")).login, "a.learner");
  EXPECT_EQ(who(timeline_, *IpAddress::parse("2001:db8:0:7:1234:5678:9abc:def0"), {}, at("09:15:00")).login, "a.learner");
  EXPECT_EQ(who(timeline_, *IpAddress::parse("2001:db8:0:8::1"), {}, at("09:15:00")).login, "");
}

TEST_F(Accounting, AnOuterIdentityIsARealmAndACodeAndNeverAName) {
  report(kStart, "1", "j.smith@uni.example", at("09:00:00"), {text(kChargeableUserIdentity, "opaque-1")});
  const Attribution answer = who_at(at("09:15:00"));
  EXPECT_EQ(answer.grade, Grade::C);
  EXPECT_EQ(answer.login, "");
  EXPECT_THAT(answer.why, HasSubstr("visitor of uni.example (code "));
  EXPECT_THAT(answer.why, ::testing::Not(HasSubstr("smith")));
}

TEST_F(Accounting, TheSameVisitorHasTheSameCodeAndAnotherAnother) {
  report(kStart, "1", "@uni.example", at("09:00:00"), {text(kChargeableUserIdentity, "opaque-1")});
  const std::string first = who_at(at("09:15:00")).why;
  report(kStop, "1", "@uni.example", at("09:20:00"));
  report(kStart, "2", "x@uni.example", at("11:00:00"), {text(kChargeableUserIdentity, "opaque-1")});
  EXPECT_EQ(who_at(at("11:15:00")).why, first);
  report(kStop, "2", "@uni.example", at("11:20:00"));
  report(kStart, "3", "x@uni.example", at("13:00:00"), {text(kChargeableUserIdentity, "opaque-2")});
  EXPECT_NE(who_at(at("13:15:00")).why, first);
}

TEST_F(Accounting, ANameThatTheNetworkDidNotProveNamesNobody) {
  settings_.clients.front().names_are_proved = false;
  report(kStart, "1", "b.teacher", at("09:00:00"));
  const Attribution answer = who_at(at("09:15:00"));
  EXPECT_EQ(answer.login, "");
  EXPECT_THAT(answer.why, ::testing::Not(HasSubstr("teacher")));
  EXPECT_EQ(server().counters().names_not_proved, 1u);
}

TEST_F(Accounting, MachinesAndMacAddressesAreNobody) {
  report(kStart, "1", "host/lrc-14.college.test", at("09:00:00"));
  report(kStart, "2", "LRC-14$", at("09:01:00"));
  report(kStart, "3", "02-00-5e-10-00-01", at("09:02:00"));
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(who_at(at("09:15:00")).device, kPhone);  // the lease is still known
  EXPECT_EQ(who_at(at("09:15:00")).grade, Grade::D);
}

TEST_F(Accounting, ThePlaceIsTheAccessPointsAndTheGroupTheClasss) {
  timeline_.places().add_port("ap-library-3", "", "Library, first floor");
  groups_.add({GroupBy::Class, "learner", {}, "students"});
  report(kStart, "1", "a.learner", at("09:00:00"), {text(kClass, "learner")});
  const Attribution answer = who_at(at("09:15:00"));
  EXPECT_EQ(answer.place, "Library, first floor");
  EXPECT_EQ(answer.group, "students");
  EXPECT_EQ(group_table(timeline_, at("09:15:00")), (GroupTable{{kPhoneAt, "students"}}));
  EXPECT_TRUE(group_table(timeline_, at("08:15:00")).empty());
}

TEST_F(Accounting, GoesOnWithOpenSessionsAfterARestart) {
  report(kStart, "1", "a.learner", at("09:00:00"));
  server_.reset();
  report(kStop, "1", "a.learner", at("09:30:00"));
  ASSERT_EQ(timeline_.logins().size(), 1u);
  EXPECT_EQ(timeline_.logins().front().to, at("09:30:00"));
  EXPECT_EQ(timeline_.leases().front().to, at("09:30:00"));
}

TEST(StationMac, ReadsEverySpelling) {
  for (const char* spelling : {"02-00-5E-10-00-01", "02:00:5e:10:00:01", "0200.5e10.0001", "0200-5e10-0001", "02005E100001",
                               "02 00 5e 10 00 01", "02-00-5E-10-00-01:eduroam", " 02-00-5e-10-00-01 "}) {
    EXPECT_EQ(station_mac(spelling), kPhone) << spelling;
  }
  for (const char* other : {"", "10.30.0.9", "02-00-5E-10-00", "02-00-5E-10-00-01-02", "+44 1632 960000", "02--00-5E-10-00-01",
                            "0200.5e10.000", "zz-00-5E-10-00-01", "2-00-5E-10-00-011"}) {
    EXPECT_TRUE(station_mac(other).is_zero()) << other;
  }
  EXPECT_EQ(ssid_of("02-00-5E-10-00-01:eduroam"), "eduroam");
  EXPECT_EQ(ssid_of("02-00-5E-10-00-01"), "");
}

TEST(UserNames, TellsPeopleFromVisitorsMachinesAndRubbish) {
  const std::vector<std::string> own{"college.test"};
  EXPECT_EQ(read_user_name("COLLEGE\\a.learner", own).login, "a.learner");
  EXPECT_EQ(read_user_name("a.learner@College.test", own).kind, NameKind::Person);
  EXPECT_EQ(read_user_name("a.learner@uni.example", own).kind, NameKind::Visitor);
  EXPECT_EQ(read_user_name("anonymous@college.test", own).kind, NameKind::Hidden);
  EXPECT_EQ(read_user_name("host/pc1", own).kind, NameKind::Machine);
  EXPECT_EQ(read_user_name("", own).kind, NameKind::Unreadable);
  EXPECT_EQ(read_user_name("a\nb", own).kind, NameKind::Unreadable);
  EXPECT_EQ(read_user_name(std::string_view("a\0b", 3), own).kind, NameKind::Unreadable);
}

}  // namespace
}  // namespace gatehouse::lodge::radius
