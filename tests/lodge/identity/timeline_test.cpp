// Who held an address: grades, their reasons, and above all that nobody is named who may not have been there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/timeline.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;

const IpAddress kDesk = *IpAddress::parse("10.10.4.7");
const IpAddress kOther = *IpAddress::parse("10.10.4.8");
const MacAddress kPc = *MacAddress::parse("02:00:5e:10:00:01");
const MacAddress kPhone = *MacAddress::parse("02:00:5e:10:00:02");
const MacAddress kUnseen{};

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

Lease lease(IpAddress address, MacAddress mac, Timestamp from, Timestamp to = kStillOpen) {
  return {address, mac, from, to, "dhcp", "lease line"};
}
Login on_device(std::string name, MacAddress mac, Timestamp from, Timestamp to = kStillOpen,
                std::string source = "radius") {
  return {std::move(name), "students", "", mac, std::nullopt, from, to, std::move(source), "login line"};
}
Login on_address(std::string name, IpAddress address, Timestamp from, Timestamp to = kStillOpen) {
  return {std::move(name), "students", "", {}, address, from, to, "directory", "logon line"};
}

template <typename... Parts>
SessionTimeline timeline_of(Parts... parts) {
  TimelineBuilder builder;
  (builder.add(std::move(parts)), ...);
  return std::move(builder).build();
}

void expect_no_name(const Attribution& answer, Grade grade, const std::string& why) {
  EXPECT_EQ(answer.grade, grade) << answer.why;
  EXPECT_EQ(answer.login, "");
  EXPECT_EQ(answer.group, "");
  EXPECT_EQ(answer.sponsor, "");
  EXPECT_THAT(answer.why, HasSubstr(why));
}

TEST(Who, IsGradeAWhenSignInByDeviceAndLeaseAgree) {
  const auto timeline = timeline_of(lease(kDesk, kPc, at("08:50:00"), at("12:50:00")),
                                    on_device("a.learner", kPc, at("09:01:00"), at("09:55:00")),
                                    Seat{kPc, "LRC-14", "Library", "", false});
  const auto answer = who(timeline, kDesk, kUnseen, at("09:30:00"));
  EXPECT_EQ(answer.grade, Grade::A) << answer.why;
  EXPECT_EQ(answer.login, "a.learner");
  EXPECT_EQ(answer.group, "students");
  EXPECT_EQ(answer.device, kPc);
  EXPECT_EQ(answer.device_name, "LRC-14");
  EXPECT_EQ(answer.place, "Library");
  EXPECT_EQ(answer.why, "Independent sources agree (dhcp, radius); signed in since 09:01.");
  EXPECT_EQ(answer.evidence, (std::vector<std::string>{"lease line", "login line"}));
}

TEST(Who, IsGradeAWhenRadiusAndDirectoryNameTheSameLogin) {
  const auto timeline = timeline_of(on_device("a.learner", kPc, at("09:01:00")),
                                    on_address("A.Learner", kDesk, at("09:02:00")));
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).grade, Grade::A);
}

TEST(Who, IsGradeBWithOneSource) {
  const auto by_mac = timeline_of(on_device("a.learner", kPc, at("09:01:00")));
  EXPECT_EQ(who(by_mac, kDesk, kPc, at("09:30:00")).grade, Grade::B);
  const auto by_address = timeline_of(on_address("a.learner", kDesk, at("09:01:00")));
  const auto answer = who(by_address, kDesk, kUnseen, at("09:30:00"));
  EXPECT_EQ(answer.grade, Grade::B);
  EXPECT_EQ(answer.why, "One source: directory sign-in since 09:01.");
}

TEST(Who, DoesNotCountALeaseOfTheSameSourceAsASecondOne) {
  Lease framed = lease(kDesk, kPc, at("09:00:00"));
  framed.source = "radius";
  const auto timeline = timeline_of(framed, on_device("a.learner", kPc, at("09:00:00")));
  EXPECT_EQ(who(timeline, kDesk, kUnseen, at("09:30:00")).grade, Grade::B);
}

TEST(Who, SaysClockTimesOfLondonInSummer) {
  const auto start = *parse_time("2026-06-10T08:01:00Z");
  const auto timeline = timeline_of(on_device("a.learner", kPc, start));
  EXPECT_THAT(who(timeline, kDesk, kPc, start + Seconds(60)).why, HasSubstr("09:01"));
}

TEST(Who, AnIntervalHoldsItsStartAndNotItsEnd) {
  const auto timeline = timeline_of(on_device("a.learner", kPc, at("09:00:00"), at("10:00:00")));
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:00:00")).login, "a.learner");
  expect_no_name(who(timeline, kDesk, kPc, at("10:00:00")), Grade::C, "ended at 10:00");
  expect_no_name(who(timeline, kDesk, kPc, at("08:59:59")), Grade::D, "No sign-in");
}

TEST(Who, NamesNobodyWithTwoLoginsAtOnce) {
  const auto timeline = timeline_of(on_device("a.learner", kPc, at("09:00:00")),
                                    on_device("b.learner", kPc, at("09:10:00"), kStillOpen, "directory"));
  expect_no_name(who(timeline, kDesk, kPc, at("09:30:00")), Grade::C, "2 logins were active");
}

TEST(Who, NamesNobodyOnASharedPcWithSeveralLoginsInTheHour) {
  const auto timeline = timeline_of(on_device("a.learner", kPc, at("09:00:00"), at("09:40:00")),
                                    on_device("b.learner", kPc, at("09:45:00"), at("10:30:00")),
                                    Seat{kPc, "LRC-14", "Library", "", true});
  const auto answer = who(timeline, kDesk, kPc, at("10:00:00"));
  expect_no_name(answer, Grade::C, "2 logins used this device within the hour");
  EXPECT_EQ(answer.place, "Library");
}

TEST(Who, IsAtMostGradeBOnASharedPcWithOneLogin) {
  const auto timeline =
      timeline_of(lease(kDesk, kPc, at("07:00:00")), on_device("a.learner", kPc, at("09:00:00")),
                  Seat{kPc, "LRC-14", "Library", "", true});
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).grade, Grade::B);
}

TEST(Who, NamesNobodyNearAHandOverOfTheAddress) {
  const auto timeline = timeline_of(lease(kDesk, kPc, at("08:00:00"), at("10:00:00")),
                                    lease(kDesk, kPhone, at("10:00:00"), at("12:00:00")),
                                    on_device("a.learner", kPc, at("08:01:00"), at("12:00:00")),
                                    on_device("b.learner", kPhone, at("08:01:00"), at("12:00:00")));
  EXPECT_EQ(who(timeline, kDesk, kUnseen, at("09:59:00")).login, "a.learner");
  expect_no_name(who(timeline, kDesk, kUnseen, at("09:59:45")), Grade::C,
                 "passed from one device to another");
  expect_no_name(who(timeline, kDesk, kUnseen, at("10:00:15")), Grade::C,
                 "passed from one device to another");
  EXPECT_EQ(who(timeline, kDesk, kUnseen, at("10:00:31")).login, "b.learner");
}

TEST(Who, NamesNobodyWhenTheGateSawAnotherDeviceThanTheLease) {
  const auto timeline =
      timeline_of(lease(kDesk, kPc, at("08:00:00")), on_device("a.learner", kPc, at("08:01:00")),
                  on_device("b.learner", kPhone, at("08:01:00")));
  const auto answer = who(timeline, kDesk, kPhone, at("09:00:00"));
  expect_no_name(answer, Grade::C, "another device");
  EXPECT_EQ(answer.device, kPhone);
}

TEST(Who, DoesNotLetADirectoryLogonFollowTheAddressToAnotherDevice) {
  const auto timeline = timeline_of(lease(kDesk, kPc, at("08:00:00"), at("09:30:00")),
                                    lease(kDesk, kPhone, at("09:35:00"), at("12:00:00")),
                                    on_address("a.learner", kDesk, at("08:05:00")));
  EXPECT_EQ(who(timeline, kDesk, kUnseen, at("09:00:00")).login, "a.learner");
  expect_no_name(who(timeline, kDesk, kUnseen, at("09:32:00")), Grade::C, "passed to another device");
  expect_no_name(who(timeline, kDesk, kUnseen, at("10:00:00")), Grade::C, "passed to another device");
  expect_no_name(who(timeline, kDesk, kPhone, at("10:00:00")), Grade::C, "passed to another device");
}

TEST(Who, NamesNobodyWhenTheEndOfTheSignInWasLost) {
  const auto timeline = timeline_of(on_device("a.learner", kPc, at("08:00:00")));
  EXPECT_EQ(who(timeline, kDesk, kPc, at("19:59:00")).grade, Grade::B);
  expect_no_name(who(timeline, kDesk, kPc, at("20:00:00")), Grade::C, "never reported");
}

TEST(Who, NamesNobodyWhenOneLoginIsOnManyDevices) {
  TimelineBuilder builder;
  for (std::uint8_t i = 0; i < 4; ++i) {
    builder.add(on_device("a.learner", MacAddress{{2, 0, 0, 0, 0, i}}, at("09:00:00") + Seconds(60 * i)));
  }
  const auto timeline = std::move(builder).build();
  const MacAddress first{{2, 0, 0, 0, 0, 0}};
  EXPECT_EQ(who(timeline, kDesk, first, at("09:02:30")).login, "a.learner");
  expect_no_name(who(timeline, kDesk, first, at("09:03:30")), Grade::C, "4 devices at once");
}

TEST(Who, NeverTakesAnOwnerForTheUser) {
  const auto timeline = timeline_of(Seat{kPc, "LT-1", "", "b.teacher", false});
  expect_no_name(who(timeline, kDesk, kPc, at("09:00:00")), Grade::C, "registered to one person");
}

TEST(Who, CountsTheRegisterOfOwnersAsASecondSource) {
  const auto timeline =
      timeline_of(Seat{kPc, "LT-1", "", "b.teacher", false}, on_device("b.teacher", kPc, at("08:00:00")));
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:00:00")).grade, Grade::A);
}

TEST(Who, NeverShowsAnOuterIdentityAsAName) {
  for (const char* outer : {"anonymous@college.test", "@college.test", "Anonymous"}) {
    const auto timeline = timeline_of(on_device(outer, kPc, at("08:00:00")));
    expect_no_name(who(timeline, kDesk, kPc, at("09:00:00")), Grade::C, "without giving a name");
  }
}

TEST(Who, IsGradeDForAnEmptyTimeline) {
  expect_no_name(who(SessionTimeline(), kDesk, kPc, at("09:00:00")), Grade::D, "No sign-in");
  expect_no_name(who(SessionTimeline(), kDesk, kUnseen, at("09:00:00")), Grade::D, "No lease");
}

TEST(Who, TellsAGuestWithSponsor) {
  Login guest = on_address("g.visitor", kOther, at("10:00:00"));
  guest.sponsor = "b.teacher";
  guest.group = "guests";
  const auto answer = who(timeline_of(guest), kOther, kUnseen, at("10:10:00"));
  EXPECT_EQ(answer.login, "g.visitor");
  EXPECT_EQ(answer.group, "guests");
  EXPECT_EQ(answer.sponsor, "b.teacher");
}

TEST(Who, FindsALongIntervalBehindManyShortOnes) {
  TimelineBuilder builder;
  builder.add(lease(kDesk, kPc, at("00:00:00"), at("23:00:00")));
  builder.add(on_device("a.learner", kPc, at("11:00:00"), at("22:00:00")));
  for (int i = 0; i < 200; ++i) {
    const Timestamp start = at("01:00:00") + Seconds(60 * i);
    builder.add(on_device("b.learner", kPhone, start, start + Seconds(30)));
  }
  const auto timeline = std::move(builder).build();
  EXPECT_EQ(who(timeline, kDesk, kUnseen, at("21:00:00")).login, "a.learner");
  EXPECT_EQ(timeline.logins_on(kPhone, at("01:00:30"), at("01:00:59")).size(), 0u);
  EXPECT_EQ(timeline.logins_on(kPhone, at("01:00:29"), at("01:01:00")).size(), 2u);
}

}  // namespace
}  // namespace gatehouse::lodge
