// The eight-week rating, the sample for review, and incidents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lodge/safeguarding/incidents.h"
#include "lodge/safeguarding/rating.h"
#include "lodge/safeguarding/sample.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;

const CategoryWeights kWeights = {{"weapons-firearms", {"Firearms sales", 4}},
                                  {"extremism-islamist", {"Islamist extremism", 5}},
                                  {"extremism-right-wing", {"Right-wing extremism", 5}},
                                  {"circumvention", {"Getting round the filter", 2}}};
const Day kDay = *parse_day("2026-11-10");

Attempt attempt(int days_ago, const std::string& category = "weapons-firearms",
                Band band = Band::LikelyDeliberate) {
  Attempt out;
  out.id = category + std::to_string(days_ago);
  out.first = testing::at("10:00:00") - std::chrono::days{days_ago};
  out.last = out.first;
  out.category = category;
  out.band = band;
  out.who.grade = Grade::A;
  out.who.login = "a.harper";
  out.hosts.push_back({"guns-direct.test", "", "", "", 0, 1});
  out.outcome = journal::Outcome::Blocked;
  return out;
}

int points(const std::vector<Attempt>& attempts) { return rate_holder(attempts, kDay, kWeights).points; }

TEST(Rating, IsTheSumOfTermsThatAreAllShown) {
  const HolderRating rating =
      rate_holder(std::vector{attempt(0), attempt(3), attempt(5, "circumvention")}, kDay, kWeights);
  int sum = 0;
  for (const SeverityTerm& term : rating.terms) {
    sum += term.points;
    EXPECT_THAT(rating.sentence(), HasSubstr(term.words));
  }
  EXPECT_EQ(rating.points, sum);
  EXPECT_EQ(rating.attempts.size(), 3u);
}

TEST(Rating, FadesByHalfInAFortnightAndIsGoneAfterEightWeeks) {
  EXPECT_EQ(points({attempt(0)}), 16);
  EXPECT_EQ(points({attempt(14)}), 8);
  EXPECT_EQ(points({attempt(28)}), 4);
  EXPECT_EQ(points({attempt(kRatingDays)}), 0);
}

TEST(Rating, BackgroundAddsNothingDoubtTakesAway) {
  EXPECT_EQ(points({attempt(0, "weapons-firearms", Band::LikelyBackground)}), 0);
  EXPECT_LT(points({attempt(0, "weapons-firearms", Band::Unclear)}), points({attempt(0)}));
  Attempt shared = attempt(0);
  shared.who.grade = Grade::C;
  Attempt unknown = attempt(0);
  unknown.who.grade = Grade::D;
  EXPECT_LT(points({shared}), points({attempt(0)}));
  EXPECT_LT(points({unknown}), points({shared}));
}

TEST(Rating, TreatsIdeologiesAlike) {
  const auto one = rate_holder(
      std::vector{attempt(0, "extremism-islamist"), attempt(2, "extremism-islamist")}, kDay, kWeights);
  const auto other = rate_holder(
      std::vector{attempt(0, "extremism-right-wing"), attempt(2, "extremism-right-wing")}, kDay, kWeights);
  EXPECT_EQ(one.points, other.points);
  EXPECT_EQ(one.terms.size(), other.terms.size());
}

std::vector<Attempt> many(int holders) {
  std::vector<Attempt> out;
  for (int i = 0; i < holders; ++i) {
    out.push_back(attempt(0, "weapons-firearms", i % 10 == 0 ? Band::Unclear : Band::LikelyBackground));
    if (i % 10 == 0) out.push_back(out.back());
    for (std::size_t k = out.size() - (i % 10 == 0 ? 2 : 1); k < out.size(); ++k)
      out[k].who.login = "l" + std::to_string(i);
  }
  return out;
}

std::vector<std::string> holders_of(const std::vector<Attempt>& attempts) {
  std::vector<std::string> out;
  for (const Attempt& one : attempts) out.push_back("login:" + one.who.login);
  return out;
}

TEST(Sample, DrawsTheSameTwiceAndOthersOnAnotherDayOrWithAnotherKey) {
  const auto attempts = many(200);
  const auto holders = holders_of(attempts);
  const auto names = [](const std::vector<SampledSession>& sample) {
    std::string out;
    for (const auto& one : sample) out += one.holder + " ";
    return out;
  };
  const auto first = draw_sample(attempts, holders, kDay, {1, 2}, {});
  EXPECT_EQ(names(first), names(draw_sample(attempts, holders, kDay, {1, 2}, {})));
  EXPECT_NE(names(first), names(draw_sample(attempts, holders, kDay, {3, 2}, {})));
  EXPECT_NE(names(first), names(draw_sample(attempts, holders, *parse_day("2026-11-11"), {1, 2}, {})));
  ASSERT_EQ(first.size(), 5u);
  EXPECT_FALSE(first[2].targeted);
  EXPECT_TRUE(first[3].targeted);
  EXPECT_THAT(first[3].reason, HasSubstr("2 attempts that could not be told apart"));
  EXPECT_THAT(first[0].reason, HasSubstr("by lot from 200 sessions"));
}

TEST(Sample, EverySessionIsDrawnAboutAsOftenAsAnother) {
  const auto attempts = many(20);
  const auto holders = holders_of(attempts);
  std::map<std::string, int> drawn;
  for (int day = 0; day < 1000; ++day) {
    const Day one{std::chrono::sys_days{kDay} + std::chrono::days{day}};
    for (const auto& session : draw_sample(attempts, holders, one, {7, 9}, {1, 0})) ++drawn[session.holder];
  }
  EXPECT_EQ(drawn.size(), 20u);
  for (const auto& [holder, times] : drawn) {
    EXPECT_GT(times, 25) << holder;  // 50 expected; four standard deviations are 28
    EXPECT_LT(times, 80) << holder;
  }
}

class Kept : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_ = value_or_throw(SqliteStore::open(folder_.file("store.db")));
  const Connection& db_ = store_->connection();
};

TEST_F(Kept, ASampleThatWasDrawnIsNotDrawnAgain) {
  const auto attempts = many(30);
  const auto sample = draw_sample(attempts, holders_of(attempts), kDay, {1, 2}, {});
  throw_if_failed(keep_sample(db_, kDay, sample));
  throw_if_failed(keep_sample(db_, kDay, draw_sample(attempts, holders_of(attempts), kDay, {3, 4}, {})));
  const auto kept = value_or_throw(sample_of(db_, kDay));
  ASSERT_EQ(kept.size(), sample.size());
  EXPECT_EQ(kept[0].holder, sample[0].holder);
  EXPECT_EQ(kept[0].sampler, "Gatehouse, by lot");
}

TEST_F(Kept, AnIncidentGoesFromOpenToItsOutcomeAndItsNotesStay) {
  Incident incident;
  incident.opened = testing::at("09:00:00");
  incident.owner = "J. Grant";
  incident.about = "a-1";
  incident.due = kDay;
  const std::int64_t id = value_or_throw(open_incident(db_, incident));
  throw_if_failed(note_incident(db_, id, {testing::at("10:00:00"), "J. Grant", "spoke with the tutor"}));
  EXPECT_FALSE(
      close_incident(db_, id, "boredom", "support", {testing::at("11:00:00"), "J. Grant", "x"}).has_value());
  throw_if_failed(close_incident(db_, id, "coursework", "no-action",
                                 {testing::at("11:00:00"), "J. Grant", "history module"}));
  EXPECT_FALSE(note_incident(db_, id, {testing::at("12:00:00"), "J. Grant", "more"}).has_value());
  EXPECT_FALSE(db_.run("DELETE FROM incident_note").has_value());
  const auto all = value_or_throw(incidents_between(db_, testing::at("00:00:00"), testing::at("23:00:00")));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, "coursework");
  EXPECT_EQ(value_or_throw(notes_of_incident(db_, id)).size(), 2u);
}

}  // namespace
}  // namespace gatehouse::lodge
