// Evidence that comes late changes who made a stored attempt, openly and only where it bears on it.
#include "lodge/regrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/eve_writer.h"
#include "lodge/ingest.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::kPc;
using testing::kPhone;
using testing::listed;
using testing::TemporaryFolder;

Login login(IntervalKey key, std::string name, const MacAddress& mac, Timestamp from, Timestamp to = kStillOpen) {
  Login out{std::move(name), "students", "", mac, std::nullopt, from, to, "radius", "login line"};
  out.key = key;
  return out;
}

// One attempt at 10:42 from the PC, ingested with what the timeline knew then.
class RegradeTest : public ::testing::Test {
 protected:
  void ingest() {
    std::string journal;
    journal::append_eve_line(journal, listed("e1", at("10:42:00")));
    testing::write_file(folder_.file("eve.json"), journal);
    Ingest ingest(*store_, timeline_);
    ASSERT_TRUE(ingest.run(folder_.file("eve.json")));
    ASSERT_EQ(attempts().size(), 1u);
    timeline_.remember_changes(true);
  }
  std::vector<Attempt> attempts() { return *store_->attempts_between(at("00:00:00"), at("23:59:59")); }
  std::vector<Correction> asked_again() {
    auto corrections = regrade(*store_, timeline_, timeline_.take_changes(), at("11:30:00"));
    EXPECT_TRUE(corrections.has_value());
    return *corrections;
  }

  TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_ = std::move(*SqliteStore::open(folder_.file("store.db")));
  SessionTimeline timeline_;
};

TEST_F(RegradeTest, ASignInThatIsHeardOfLateNamesThePersonAndSaysSoInTheStore) {
  ingest();
  EXPECT_EQ(attempts()[0].who.login, "");
  timeline_.put(login(1, "a.learner", kPc, at("10:00:00"), at("11:00:00")));
  const auto corrections = asked_again();
  ASSERT_EQ(corrections.size(), 1u);
  EXPECT_EQ(corrections[0].before.login, "");
  const auto store = IdentityStore::open(folder_.file("store.db"));
  ASSERT_TRUE(store && store->correct(corrections, at("11:30:00")));
  const Attempt now = attempts()[0];
  EXPECT_EQ(now.who.login, "a.learner");
  EXPECT_EQ(now.who.grade, Grade::B);
  EXPECT_THAT(now.who.why, HasSubstr("Corrected at 11:30 by evidence that came later; grade D before."));
  EXPECT_THAT(*store_->evidence_of(now.id), ::testing::Contains("login line"));
  // Asked once more, nothing is different: it is not corrected twice.
  timeline_.put(login(1, "a.learner", kPc, at("10:00:00"), at("11:00:01")));
  EXPECT_TRUE(asked_again().empty());
}

TEST_F(RegradeTest, AnEndThatComesLateTakesTheNameBack) {
  timeline_.put(login(1, "a.learner", kPc, at("10:00:00")));
  ingest();
  ASSERT_EQ(attempts()[0].who.login, "a.learner");
  timeline_.put(login(1, "a.learner", kPc, at("10:00:00"), at("10:30:00")));
  const auto corrections = asked_again();
  ASSERT_EQ(corrections.size(), 1u);
  EXPECT_EQ(corrections[0].before.login, "a.learner");
  EXPECT_EQ(corrections[0].attempt.who.login, "");
  EXPECT_THAT(corrections[0].attempt.who.why, ::testing::Not(HasSubstr("a.learner")));
}

TEST_F(RegradeTest, ASecondPersonAtTheSameTimeMakesDoubt) {
  timeline_.put(login(1, "a.learner", kPc, at("10:00:00")));
  ingest();
  timeline_.put(login(2, "c.learner", kPc, at("10:40:00")));
  const auto corrections = asked_again();
  ASSERT_EQ(corrections.size(), 1u);
  EXPECT_EQ(corrections[0].attempt.who.grade, Grade::C);
  EXPECT_EQ(corrections[0].attempt.who.login, "");
}

TEST_F(RegradeTest, WhatIsOfAnotherDeviceOrAnotherHourChangesNothing) {
  timeline_.put(login(1, "a.learner", kPc, at("10:00:00"), at("11:00:00")));
  ingest();
  timeline_.put(login(2, "c.learner", kPhone, at("10:40:00")));
  timeline_.put(login(3, "d.learner", kPc, at("14:00:00")));
  EXPECT_TRUE(asked_again().empty());
  EXPECT_EQ(attempts()[0].who.login, "a.learner");
}

}  // namespace
}  // namespace gatehouse::lodge
