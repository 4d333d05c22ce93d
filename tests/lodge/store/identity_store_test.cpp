// What was heard of people and devices outlives a restart, and not its time.
#include "lodge/store/identity_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using testing::kPc;
using testing::kPhone;
using testing::TemporaryFolder;

const IpAddress kDesk = *IpAddress::parse("10.10.4.7");

Lease lease(IntervalKey key, const MacAddress& mac, Timestamp from, Timestamp to = kStillOpen) {
  Lease out{kDesk, mac, from, to, "dhcp", "lease line"};
  out.key = key;
  return out;
}
Login login(IntervalKey key, std::string name, const MacAddress& mac, Timestamp from, Timestamp to = kStillOpen) {
  Login out{std::move(name), "students", "b.teacher", mac, std::nullopt, from, to, "radius", "login line"};
  out.key = key;
  return out;
}

class IdentityStoreTest : public ::testing::Test {
 protected:
  IdentityStoreTest() {
    EXPECT_TRUE(SqliteStore::open(folder_.file("store.db")).has_value());  // makes the tables
    timeline_.remember_changes(true);
  }
  // By a connection of its own, as after a restart.
  IdentityStore open() { return std::move(*IdentityStore::open(folder_.file("store.db"))); }
  void save() { EXPECT_TRUE(open().save(timeline_.take_changes(), timeline_)); }

  TemporaryFolder folder_;
  SessionTimeline timeline_;
};

TEST_F(IdentityStoreTest, AfterARestartTheSameQuestionHasTheSameAnswer) {
  timeline_.put(lease(1, kPc, at("08:50:00")));
  timeline_.put(login(2, "a.learner", kPc, at("09:00:00"), at("10:00:00")));
  save();
  SessionTimeline after;
  ASSERT_TRUE(open().load(after));
  for (const char* clock : {"08:55:00", "09:30:00", "10:30:00"}) {
    const Attribution was = who(timeline_, kDesk, {}, at(clock));
    const Attribution is = who(after, kDesk, {}, at(clock));
    EXPECT_EQ(is.grade, was.grade) << clock;
    EXPECT_EQ(is.login, was.login) << clock;
    EXPECT_EQ(is.why, was.why) << clock;
    EXPECT_EQ(is.evidence, was.evidence) << clock;
  }
  EXPECT_EQ(who(after, kDesk, {}, at("09:30:00")).login, "a.learner");
}

TEST_F(IdentityStoreTest, AnIntervalSavedAgainIsReplacedAndNotDoubled) {
  timeline_.put(lease(1, kPc, at("08:50:00")));
  timeline_.put(login(2, "a.learner", kPc, at("09:00:00")));
  save();
  timeline_.put(login(2, "a.learner", kPc, at("09:00:00"), at("09:20:00")));
  save();
  SessionTimeline after;
  ASSERT_TRUE(open().load(after));
  ASSERT_EQ(after.logins().size(), 1u);
  EXPECT_EQ(after.logins().begin()->to, at("09:20:00"));
}

TEST_F(IdentityStoreTest, WhatIsTooOldIsDeletedOnRecordAndTheRestStays) {
  timeline_.put(lease(1, kPc, at("08:00:00"), at("09:00:00")));
  timeline_.put(login(2, "a.learner", kPc, at("08:10:00"), at("08:50:00")));
  timeline_.put(lease(3, kPhone, at("10:00:00")));
  timeline_.put(login(4, "b.learner", kPhone, at("10:00:00"), at("11:00:00")));
  save();
  const auto gone = open().forget(at("09:30:00"), at("12:00:00"));
  ASSERT_TRUE(gone);
  SessionTimeline after;
  ASSERT_TRUE(open().load(after));
  EXPECT_EQ(after.leases().size(), 1u);
  ASSERT_EQ(after.logins().size(), 1u);
  EXPECT_EQ(after.logins().begin()->login, "b.learner");
  EXPECT_EQ(who(after, kDesk, {}, at("08:30:00")).login, "");

  const auto recorded = open().deletions();
  ASSERT_TRUE(recorded);
  std::map<std::string, std::uint64_t> numbers;
  for (const Deletion& one : *recorded) {
    numbers[one.what] = one.number;
    EXPECT_EQ(one.at, at("12:00:00"));
    EXPECT_EQ(one.before, at("09:30:00"));
  }
  EXPECT_EQ(numbers["leases"], 1u);
  EXPECT_EQ(numbers["logins"], 1u);
}

}  // namespace
}  // namespace gatehouse::lodge
