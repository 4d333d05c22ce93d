#include "lodge/safeguarding/severity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;

const CategoryWeights kWeights{{"extremism-islamist", {"Islamist extremism", 5}},
                               {"extremism-right-wing", {"Right-wing extremism", 5}},
                               {"weapons-firearms", {"Firearms sales", 4}},
                               {"circumvention", {"Getting round the filter", 2}}};

Attempt attempt(const std::string& id, const std::string& category, Band band,
                const std::string& login = "a.learner") {
  Attempt a;
  a.id = id;
  a.first = a.last = *parse_time("2026-11-10T10:42:00Z");
  a.category = category;
  a.band = band;
  a.who.grade = login.empty() ? Grade::D : Grade::B;
  a.who.login = login;
  a.who.device = "02:00:5e:10:00:01";
  a.action = journal::Action::Block;
  a.outcome = journal::Outcome::Blocked;
  return a;
}

TEST(Severity, ADeliberateTryAtFirearmsIsForTodayWithEveryTermShown) {
  const auto rating = severity_of(attempt("x", "weapons-firearms", Band::LikelyDeliberate), kWeights, {});
  EXPECT_EQ(rating.tier, Tier::LookToday);
  EXPECT_EQ(rating.points, 60);
  ASSERT_EQ(rating.terms.size(), 2u);
  EXPECT_EQ(rating.terms[0].words, "Firearms sales (weight 4 of 5)");
  EXPECT_EQ(rating.terms[0].points, 40);
  EXPECT_EQ(rating.reason, "Look today: Firearms sales (weight 4 of 5); likely deliberate.");
}

TEST(Severity, TheTermsAddUpToThePoints) {
  Attempt a = attempt("x", "weapons-firearms", Band::LikelyDeliberate);
  a.evasion = {"tcp-overlap"};
  a.outcome = journal::Outcome::AllowedLogged;
  Pattern pattern{9, 9, 1, true};
  const auto rating = severity_of(a, kWeights, pattern);
  int sum = 0;
  for (const auto& term : rating.terms) {
    sum += term.points;
    EXPECT_FALSE(term.words.empty());
  }
  EXPECT_EQ(sum, rating.points);
  EXPECT_EQ(rating.terms.size(), 8u);
}

TEST(Severity, BackgroundSuggestsNoActionWhateverStandsAroundIt) {
  const auto rating =
      severity_of(attempt("x", "extremism-islamist", Band::LikelyBackground), kWeights, {5, 5, 5, true});
  EXPECT_EQ(rating.tier, Tier::NoAction);
}

TEST(Severity, BackgroundAtUnlawfulMaterialIsStillLookedAtThisWeek) {
  Attempt a = attempt("x", "extremism-islamist", Band::LikelyBackground);
  a.sealed = true;
  EXPECT_EQ(severity_of(a, kWeights, {}).tier, Tier::LookThisWeek);
}

TEST(Severity, IdeologiesOfTheSameWeightAreTreatedAlikeInEveryPattern) {
  for (const Band band : {Band::LikelyDeliberate, Band::Unclear, Band::LikelyBackground}) {
    for (const Pattern& pattern : {Pattern{}, Pattern{3, 0, 0, false}, Pattern{1, 2, 1, true}}) {
      const auto one = severity_of(attempt("x", "extremism-islamist", band), kWeights, pattern);
      const auto other = severity_of(attempt("x", "extremism-right-wing", band), kWeights, pattern);
      EXPECT_EQ(one.points, other.points);
      EXPECT_EQ(one.tier, other.tier);
      EXPECT_EQ(one.terms.size(), other.terms.size());
    }
  }
}

TEST(Severity, ACategoryWithoutAWeightCountsAsMiddling) {
  const auto rating = severity_of(attempt("x", "our-own", Band::LikelyDeliberate), kWeights, {});
  EXPECT_EQ(rating.points, 50);
  EXPECT_EQ(rating.tier, Tier::LookThisWeek);
}

TEST(Severity, AnUnclearTryMakesNoCardAloneAndOneWhenItComesBackOnOtherDays) {
  const Attempt unclear = attempt("x", "extremism-right-wing", Band::Unclear);
  const auto alone = severity_of(unclear, kWeights, {});
  EXPECT_EQ(alone.tier, Tier::NoAction);
  EXPECT_EQ(alone.terms[1].words, "unclear whether a person meant it");
  EXPECT_EQ(severity_of(unclear, kWeights, {1, 0, 0, false}).tier, Tier::LookThisWeek);
}

TEST(Severity, AnUnclearTryOfWhichNothingAroundWasKeptIsLookedAtThisWeek) {
  Attempt a = attempt("x", "extremism-right-wing", Band::Unclear);
  a.reasons = {std::string(kSurroundingsNotKept)};
  EXPECT_EQ(severity_of(a, kWeights, {}).tier, Tier::LookThisWeek);
}

TEST(Severity, AnUnclearTryAtUnlawfulMaterialIsForToday) {
  Attempt a = attempt("x", "extremism-islamist", Band::Unclear);
  a.sealed = true;
  EXPECT_EQ(severity_of(a, kWeights, {}).tier, Tier::LookToday);
}

TEST(Ranking, PutsWhatIsForTodayFirstAndDoesNotDependOnTheOrderGiven) {
  std::vector<Attempt> day{attempt("a", "circumvention", Band::Unclear, "x"),
                           attempt("b", "weapons-firearms", Band::LikelyDeliberate, "y"),
                           attempt("c", "extremism-islamist", Band::LikelyDeliberate, "z"),
                           attempt("d", "weapons-firearms", Band::LikelyBackground, "w"),
                           attempt("e", "weapons-firearms", Band::LikelyDeliberate, "v")};
  const auto order = [&] {
    std::string ids;
    for (const auto& one : rank_attempts(day, {}, kWeights)) ids += day[one.index].id;
    return ids;
  };
  EXPECT_EQ(order(), "cbead");
  std::reverse(day.begin(), day.end());
  EXPECT_EQ(order(), "cbead");
}

TEST(Ranking, SeesTheFilterBeingGotRoundBesideAnAttemptOfTheSamePersonOnly) {
  std::vector<Attempt> day{attempt("a", "weapons-firearms", Band::LikelyDeliberate),
                           attempt("b", "circumvention", Band::LikelyDeliberate)};
  day[1].first = day[1].last = day[0].first - Seconds(120);
  EXPECT_EQ(rank_attempts(day, {}, kWeights)[0].severity.points, 70);
  day[1].first = day[1].last = day[0].first - Seconds(3601);
  EXPECT_EQ(rank_attempts(day, {}, kWeights)[0].severity.points, 60);
  day[1].first = day[1].last = day[0].first;
  day[1].who.login = "someone.else";
  EXPECT_EQ(rank_attempts(day, {}, kWeights)[0].severity.points, 60);
}

TEST(Ranking, CountsEarlierDaysBesideEachAttempt) {
  const std::vector<Attempt> day{attempt("a", "weapons-firearms", Band::Unclear, "x"),
                                 attempt("b", "weapons-firearms", Band::Unclear, "y")};
  const std::vector<std::uint32_t> earlier{0, 2};
  const auto ranked = rank_attempts(day, earlier, kWeights);
  EXPECT_EQ(ranked[0].index, 1u);
  EXPECT_THAT(ranked[0].severity.terms[2].words, HasSubstr("2 other days"));
}

TEST(Ranking, WhatIsUnclearAddsNoWeightToOthers) {
  std::vector<Attempt> day{attempt("a", "weapons-firearms", Band::LikelyDeliberate),
                           attempt("b", "weapons-firearms", Band::Unclear),
                           attempt("c", "extremism-islamist", Band::LikelyBackground)};
  EXPECT_EQ(rank_attempts(day, {}, kWeights)[0].severity.points, 60);
}

}  // namespace
}  // namespace gatehouse::lodge
