// The timeline while it grows: intervals opened, moved, corrected and forgotten, and what is told of each change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lodge/identity/groups.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;

const IpAddress kDesk = *IpAddress::parse("10.10.4.7");
const MacAddress kPc = *MacAddress::parse("02:00:5e:10:00:01");
const MacAddress kPhone = *MacAddress::parse("02:00:5e:10:00:02");

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

Lease lease(IntervalKey key, MacAddress mac, Timestamp from, Timestamp to = kStillOpen) {
  Lease out{kDesk, mac, from, to, "dhcp", "lease line"};
  out.key = key;
  return out;
}
Login login(IntervalKey key, std::string name, MacAddress mac, Timestamp from, Timestamp to = kStillOpen) {
  Login out{std::move(name), "students", "", mac, std::nullopt, from, to, "radius", "login line"};
  out.key = key;
  return out;
}

TEST(LiveTimeline, AnIntervalWithAKnownKeyIsReplacedAndNotDoubled) {
  SessionTimeline timeline;
  timeline.put(login(7, "a.learner", kPc, at("09:00:00")));
  EXPECT_EQ(who(timeline, kDesk, kPc, at("10:00:00")).login, "a.learner");
  timeline.put(login(7, "a.learner", kPc, at("09:00:00"), at("09:30:00")));
  EXPECT_EQ(timeline.logins().size(), 1u);
  EXPECT_EQ(who(timeline, kDesk, kPc, at("10:00:00")).login, "");
  timeline.put(login(7, "a.learner", kPhone, at("09:10:00"), at("09:30:00")));  // it was the other device all the time
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:15:00")).login, "");
  EXPECT_EQ(who(timeline, kDesk, kPhone, at("09:15:00")).login, "a.learner");
}

TEST(LiveTimeline, TellsWhomAndWhenAChangeConcerns) {
  SessionTimeline timeline;
  timeline.remember_changes(true);
  timeline.put(login(7, "a.learner", kPc, at("09:00:00")));
  ASSERT_EQ(timeline.take_changes().size(), 1u);
  timeline.put(login(7, "a.learner", kPc, at("09:00:00"), at("09:30:00")));
  const auto changes = timeline.take_changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].mac, kPc);
  EXPECT_EQ(changes[0].login, "a.learner");
  EXPECT_EQ(changes[0].from, at("09:30:00"));  // before it nothing is different
  EXPECT_EQ(changes[0].to, kStillOpen);
  timeline.put(lease(8, kPc, at("09:00:00")));
  (void)timeline.take_changes();
  timeline.put(lease(8, kPhone, at("09:00:00")));
  EXPECT_EQ(timeline.take_changes().size(), 2u);  // for the device that had it and for the one that has it
}

TEST(LiveTimeline, RefusesWhatEndsBeforeItBeginsAndASignInOnNothing) {
  SessionTimeline timeline;
  EXPECT_FALSE(timeline.put(lease(1, kPc, at("09:00:00"), at("09:00:00"))));
  EXPECT_FALSE(timeline.put(login(2, "a.learner", {}, at("09:00:00"))));
  EXPECT_TRUE(timeline.leases().empty());
}

TEST(LiveTimeline, ForgetsWhatEndedBeforeAndKeepsTheRestAnswering) {
  SessionTimeline timeline;
  timeline.put(login(1, "a.learner", kPc, at("09:00:00"), at("10:00:00")));
  timeline.put(login(2, "b.learner", kPc, at("11:00:00"), at("12:00:00")));
  Login lost = login(3, "c.learner", kPhone, at("07:00:00"));
  lost.sure_until = at("08:00:00");
  timeline.put(lost);
  timeline.put(Seat{kPc, "LRC-14", "Library", "", false});
  const auto gone = timeline.forget(at("10:30:00"));
  EXPECT_EQ(gone.logins, 2u);
  EXPECT_EQ(timeline.logins().size(), 1u);
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).login, "");
  EXPECT_EQ(who(timeline, kDesk, kPc, at("11:30:00")).login, "b.learner");
  EXPECT_NE(timeline.login(2), nullptr);
  EXPECT_EQ(timeline.login(1), nullptr);
}

TEST(LiveTimeline, AnswersAsOneThatWasBuiltInAnyOtherOrder) {
  // The same intervals in random order, some put first with a wrong end and corrected afterwards.
  std::mt19937 random(5);
  std::vector<Login> all;
  for (IntervalKey key = 1; key <= 60; ++key) {
    const Timestamp from = at("08:00:00") + Seconds{random() % 20000};
    all.push_back(login(key, random() % 2 ? "a.learner" : "b.learner", random() % 2 ? kPc : kPhone, from,
                        from + Seconds{60 + random() % 1500}));
  }
  SessionTimeline plain;
  for (const Login& one : all) plain.put(one);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(all.begin(), all.end(), random);
    SessionTimeline corrected;
    for (Login one : all) {
      one.from += Seconds{random() % 100};
      one.to = kStillOpen;
      corrected.put(one);
    }
    for (const Login& one : all) corrected.put(one);
    for (int i = 0; i < 200; ++i) {
      const Timestamp when = at("08:00:00") + Seconds{random() % 22000};
      const MacAddress mac = random() % 2 ? kPc : kPhone;
      ASSERT_EQ(who(corrected, kDesk, mac, when).why, who(plain, kDesk, mac, when).why);
    }
  }
}

TEST(LiveTimeline, AnIpv6AddressThatNoSourceKnowsIsSaidToBeSuch) {
  const auto answer = who(SessionTimeline(), *IpAddress::parse("2001:db8::1234:5678:9abc:def0"), {}, at("09:00:00"));
  EXPECT_EQ(answer.grade, Grade::D);
  EXPECT_THAT(answer.why, HasSubstr("IPv6 address that the device chose itself"));
}

TEST(LiveTimeline, ARoutersMacAddressSaysNothingOfTheSender) {
  SessionTimeline timeline;
  const MacAddress router = *MacAddress::parse("02:00:5e:00:00:fe");
  Seat seat{router, "core router", "", "", false};
  seat.router = true;
  timeline.put(seat);
  timeline.put(lease(1, kPc, at("08:00:00")));
  timeline.put(login(2, "a.learner", kPc, at("09:00:00")));
  EXPECT_EQ(who(timeline, kDesk, router, at("09:30:00")).login, "a.learner");
}

TEST(LiveTimeline, WhatADeviceSaysOfItselfIsALabelAndNoEvidence) {
  SessionTimeline timeline;
  timeline.put(lease(1, kPhone, at("08:00:00")));
  timeline.describe(kPhone, "b.teachers-phone", "A maker");
  const auto answer = who(timeline, kDesk, {}, at("09:00:00"));
  EXPECT_EQ(answer.grade, Grade::D);
  EXPECT_EQ(answer.device_name, "calls itself b.teachers-phone (random address)");
  EXPECT_EQ(answer.login, "");
}

TEST(LiveTimeline, ALeaseSeenOnlyInPacketsBearsOutNoSignIn) {
  SessionTimeline timeline;
  Lease seen = lease(1, kPc, at("08:00:00"));
  seen.hearsay = Hearsay::Guarded;
  timeline.put(seen);
  timeline.put(login(2, "a.learner", kPc, at("09:00:00")));
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).grade, Grade::B);
  EXPECT_EQ(group_at(timeline, kDesk, at("09:30:00")), "students");
}

TEST(LiveTimeline, ALeaseThatAnybodyCouldForgeTellsTheDeviceAndLendsNobodysNameOrGroup) {
  SessionTimeline timeline;
  Lease seen = lease(1, kPc, at("08:00:00"));
  seen.hearsay = Hearsay::Open;
  timeline.put(seen);
  timeline.put(login(2, "a.learner", kPc, at("09:00:00")));
  const auto answer = who(timeline, kDesk, {}, at("09:30:00"));
  EXPECT_EQ(answer.device, kPc);
  EXPECT_EQ(answer.grade, Grade::C);
  EXPECT_EQ(answer.login, "");
  EXPECT_EQ(answer.why, "Only DHCP packets, which any device can send, tie this address to the device.");
  EXPECT_EQ(group_at(timeline, kDesk, at("09:30:00")), "");
  // Where the gate sees the device's own packets, or another source says the same, nothing hangs on it.
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).login, "a.learner");
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).grade, Grade::B);
  timeline.put(lease(3, kPc, at("08:30:00")));
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).grade, Grade::A);
}

TEST(LiveTimeline, AForgedLeaseRaisesDoubtAndMovesNoBlame) {
  SessionTimeline timeline;
  timeline.put(lease(1, kPc, at("08:00:00")));
  timeline.put(login(2, "a.learner", kPc, at("09:00:00")));
  timeline.put(login(3, "b.learner", kPhone, at("09:00:00")));
  Lease forged = lease(4, kPhone, at("09:10:00"));
  forged.hearsay = Hearsay::Open;
  timeline.put(forged);
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).grade, Grade::C);
  EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).login, "a.learner");
  // Not even together with a forged sender in the packets themselves.
  EXPECT_EQ(who(timeline, kDesk, kPhone, at("09:30:00")).grade, Grade::C);
  EXPECT_EQ(who(timeline, kDesk, kPhone, at("09:30:00")).login, "");
}

TEST(LiveTimeline, ASignInThatNamesTheAddressItselfNeedsNoLease) {
  SessionTimeline timeline;
  Lease seen = lease(1, kPc, at("08:00:00"));
  seen.hearsay = Hearsay::Open;
  timeline.put(seen);
  Login here = login(2, "a.learner", kPc, at("09:00:00"));
  here.address = kDesk;
  timeline.put(here);
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).login, "a.learner");
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).grade, Grade::B);
}

TEST(LiveTimeline, NoForgedLeaseBringsBackASignInAtAnAddressThatWasPassedOn) {
  SessionTimeline timeline;
  Login here = login(1, "b.teacher", {}, at("09:00:00"));
  here.address = kDesk;
  here.group = "staff";
  timeline.put(here);
  const auto overheard = [&](IntervalKey key, MacAddress mac, const char* from, Timestamp to = kStillOpen) {
    Lease seen = lease(key, mac, at(from), to);
    seen.hearsay = Hearsay::Open;
    timeline.put(seen);
  };
  overheard(2, kPc, "08:50:00", at("10:00:00"));
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).login, "b.teacher");
  EXPECT_EQ(group_at(timeline, kDesk, at("09:30:00")), "staff");
  overheard(3, kPhone, "10:00:00", at("10:05:00"));
  overheard(4, kPc, "10:05:00");  // a packet in the server's name
  EXPECT_EQ(who(timeline, kDesk, {}, at("10:30:00")).login, "");
  EXPECT_THAT(who(timeline, kDesk, {}, at("10:30:00")).why, HasSubstr("passed to another device"));
  EXPECT_EQ(group_at(timeline, kDesk, at("10:30:00")), "");
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).login, "b.teacher");
}

TEST(LiveTimeline, TheRegisterIsNoWitnessWhereOnlyPacketsSayWhichDeviceItWas) {
  for (const Hearsay kind : {Hearsay::Guarded, Hearsay::Open}) {
    SessionTimeline timeline;
    timeline.put(Seat{kPc, "LT-0231", "", "b.teacher"});
    Lease seen = lease(1, kPc, at("08:00:00"));
    seen.hearsay = kind;
    timeline.put(seen);
    Login here = login(2, "b.teacher", kind == Hearsay::Open ? MacAddress{} : kPc, at("09:00:00"));
    if (kind == Hearsay::Open) here.address = kDesk;
    timeline.put(here);
    EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).login, "b.teacher");
    EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).grade, Grade::B);
    EXPECT_EQ(who(timeline, kDesk, kPc, at("09:30:00")).grade, Grade::A);  // its own packets
  }
}

TEST(LiveTimeline, APacketPointsAtNoOwnerAndMakesNoOneDeviceOfMany) {
  SessionTimeline timeline;
  timeline.put(Seat{kPc, "LT-0231", "", "b.teacher"});
  for (unsigned i = 0; i < 4; ++i) {
    Lease forged = lease(10 + i, kPc, at("08:00:00"));
    forged.address = IpAddress::v4(0x0a0a0407 + i);
    forged.hearsay = Hearsay::Open;
    timeline.put(forged);
  }
  EXPECT_EQ(who(timeline, kDesk, {}, at("08:30:00")).why, "Only DHCP packets, which any device can send, tie this address to the device.");
  for (unsigned i = 0; i < 4; ++i) {
    Login shared = login(20 + i, "a.learner", {}, at("09:00:00"));
    shared.address = IpAddress::v4(0x0a0a0407 + i);
    timeline.put(shared);
  }
  EXPECT_EQ(timeline.devices_of_login("a.learner", at("09:30:00")), 4u);
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:30:00")).login, "");
}

TEST(Places, GiveTheNarrowestNetworkAndThePortOfASwitch) {
  SessionTimeline timeline;
  timeline.places().add(*IpPrefix::parse("10.10.0.0/16"), {"Main building", "", false});
  timeline.places().add(*IpPrefix::parse("10.10.4.0/24"), {"LRC-2", "", true});
  timeline.places().add(*IpPrefix::parse("10.10.4.7"), {"LRC-2, seat 7", "LRC-2-07", true});
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:00:00")).place, "LRC-2, seat 7");
  EXPECT_EQ(who(timeline, kDesk, {}, at("09:00:00")).device_name, "LRC-2-07");
  EXPECT_EQ(who(timeline, *IpAddress::parse("10.10.4.8"), {}, at("09:00:00")).place, "LRC-2");
  EXPECT_EQ(who(timeline, *IpAddress::parse("10.10.9.8"), {}, at("09:00:00")).place, "Main building");
  timeline.places().add_port("02-00-5E-99-00-01", "", "Hall");
  EXPECT_EQ(timeline.places().at_port("0200.5e99.0001", "7"), "Hall");
  EXPECT_EQ(timeline.places().at_port("sw-1", "7"), "");
}

TEST(GroupRules, TakeTheMappingFileFirstAndSkipWhatIsNoLine) {
  GroupRules rules;
  rules.add({GroupBy::Realm, "uni.example", {}, "guests"});
  rules.add({GroupBy::Network, "", *IpPrefix::parse("10.10.0.0/16"), "students"});
  const auto problems = rules.read_file_text("# people\nB.Teacher,staff\na b c\n\nc.learner students # why\n", "groups.csv");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].line, 3);
  EXPECT_EQ(rules.group_of({"b.teacher", "uni.example", {}, "", "", {}, ""}), "staff");
  EXPECT_EQ(rules.group_of({"x", "Uni.example", {}, "", "", {}, ""}), "guests");
  EXPECT_EQ(rules.group_of({"x", "", {}, "", "", kDesk, ""}), "students");
  EXPECT_EQ(rules.group_of({"x", "", {}, "", "", {}, ""}), "");
}

TEST(GroupTable, HoldsNoNamesAndNoAddressOfSeveralGroups) {
  SessionTimeline timeline;
  timeline.put(lease(1, kPc, at("08:00:00")));
  timeline.put(login(2, "a.learner", kPc, at("09:00:00")));
  EXPECT_EQ(group_table(timeline, at("09:30:00")), (GroupTable{{kDesk, "students"}}));
  timeline.put(login(3, "b.learner", kPc, at("09:40:00")));  // two people, one group: nobody to name, but the group holds
  EXPECT_EQ(group_table(timeline, at("09:50:00")), (GroupTable{{kDesk, "students"}}));
  Login teacher = login(4, "c.teacher", kPc, at("09:55:00"));
  teacher.group = "staff";
  timeline.put(teacher);
  EXPECT_TRUE(group_table(timeline, at("09:56:00")).empty());
}

}  // namespace
}  // namespace gatehouse::lodge
