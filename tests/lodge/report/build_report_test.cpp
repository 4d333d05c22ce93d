#include "lodge/report/build_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lodge/report/render_csv.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"
#include "lodge/report/sample_days.h"

namespace gatehouse::lodge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// All that a reader could get to see.
std::string everything(const DailyInput& input) {
  const DailyReport report = build_report(input);
  return render_html(report) + render_text(report) + render_csv(report);
}

std::uint32_t sum_of_hours(const DailyReport& report) {
  std::uint32_t sum = 0;
  for (const HourBar& bar : report.hours) sum += bar.deliberate + bar.unclear + bar.background;
  return sum;
}

DailyInput with_one(RatedAttempt one) {
  DailyInput input = sample::empty_day("2026-11-10");
  input.attempts = {std::move(one)};
  return input;
}

RatedAttempt simple(std::string category = "weapons-firearms", Tier tier = Tier::LookToday) {
  RatedAttempt one = sample::attempt("x-1", "2026-11-10T09:15:00Z", 1, std::move(category),
                                     sample::learner("b.lee", "LRC-3", "LRC-2"), "example.test",
                                     Band::LikelyDeliberate, 70, 3);
  one.tier = tier;
  one.points = 60;
  return one;
}

TEST(BuildReport, SaysOnABusyDayHowManyToLookAt) {
  const DailyReport report = build_report(sample::busy_day());
  EXPECT_EQ(report.verdict.kind, VerdictKind::ActionToday);
  EXPECT_EQ(report.verdict.headline, "ACTION TODAY (3)");
  EXPECT_EQ(report.cards.size(), 5u);
}

TEST(BuildReport, SaysOnAQuietDayThatTheFilterWasWorking) {
  const DailyReport report = build_report(sample::quiet_day());
  EXPECT_EQ(report.verdict.headline, "NOTHING FOR YOU: the filter was working");
  EXPECT_TRUE(report.verdict.caution.empty());
}

TEST(BuildReport, CannotSayWhenTheGateWasDownForTwentyMinutes) {
  const DailyReport report = build_report(sample::failed_day());
  EXPECT_EQ(report.verdict.kind, VerdictKind::CannotSay);
  EXPECT_THAT(report.verdict.headline, StartsWith("CANNOT SAY"));
  EXPECT_EQ(report.checks[0].state, CheckState::Bad);
  EXPECT_THAT(report.checks[0].text, HasSubstr("Silent for 20 minutes: 10:02 to 10:22"));
}

TEST(BuildReport, SaysWhatBecameOfTrafficWhileTheGateWasAway) {
  DailyInput input = sample::failed_day();
  const Timestamp morning = london_day_bounds(input.day).begin + std::chrono::hours{7};
  input.notes = {{morning, std::string(journal::kStartedFailingOpen)}};
  EXPECT_THAT(build_report(input).checks[0].text,
              HasSubstr("10:02 to 10:22. Meanwhile traffic passed unfiltered, as configured."));
  input.notes[0].what = journal::kStartedFailingClosed;
  EXPECT_THAT(build_report(input).checks[0].text, HasSubstr("Meanwhile traffic was stopped, as configured."));
}

TEST(BuildReport, SaysThatTheGateFailedAndCameBackWithinItsMinute) {
  DailyInput input = sample::quiet_day();
  const Timestamp morning = london_day_bounds(input.day).begin + std::chrono::hours{7};
  const std::string started(journal::kStartedFailingOpen);
  input.notes = {{morning, started},
                 {morning + std::chrono::minutes{30}, std::string(journal::kStopped)},
                 {morning + std::chrono::minutes{31}, started},
                 {morning + std::chrono::minutes{65}, started}};
  EXPECT_EQ(build_report(input).checks[0].state, CheckState::Note);
  EXPECT_THAT(build_report(input).checks[0].text, HasSubstr("failed and was started again once, at 08:05"));
  input.notes.pop_back();
  EXPECT_EQ(build_report(input).checks[0].state, CheckState::Good) << "a restart in order is none";
}

TEST(BuildReport, SaysHowManyPacketsWentOnUndecidedThoughTheGateWasUp) {
  DailyInput input = sample::quiet_day();
  EXPECT_THAT(render_text(build_report(input)), Not(HasSubstr("undecided")));
  input.coverage[100].counters.emplace_back("queue.undecided", 2);
  input.coverage[200].counters.emplace_back("queue.undecided", 1);
  const DailyReport report = build_report(input);
  EXPECT_THAT(render_html(report), HasSubstr("3 packets went on undecided"));
}

TEST(BuildReport, WarnsBesideTheCardsWhenTheGateWasDown) {
  DailyInput input = sample::failed_day();
  input.attempts = sample::busy_day().attempts;
  const DailyReport report = build_report(input);
  EXPECT_EQ(report.verdict.kind, VerdictKind::ActionToday);
  EXPECT_THAT(report.verdict.caution, StartsWith("CANNOT SAY whether that is all"));
}

TEST(BuildReport, CannotSayWithoutAnyWordFromTheGateOrWithoutLists) {
  DailyInput silent = sample::empty_day("2026-11-10");
  silent.coverage.clear();
  EXPECT_EQ(build_report(silent).verdict.kind, VerdictKind::CannotSay);
  DailyInput no_lists = sample::empty_day("2026-11-10");
  no_lists.lists.clear();
  EXPECT_EQ(build_report(no_lists).verdict.kind, VerdictKind::CannotSay);
}

TEST(BuildReport, CannotSayWhenTooFewConnectionsCouldBeNamed) {
  DailyInput input = sample::empty_day("2026-11-10");
  input.coverage = sample::full_coverage(input.day, 49, 51, 0);
  EXPECT_EQ(build_report(input).verdict.kind, VerdictKind::CannotSay);
  input.coverage = sample::full_coverage(input.day, 51, 49, 0);
  EXPECT_EQ(build_report(input).verdict.kind, VerdictKind::NothingForYou);
}

TEST(BuildReport, ForgivesARestartButMentionsIt) {
  DailyInput input = sample::empty_day("2026-11-10");
  input.coverage.erase(input.coverage.begin() + 300, input.coverage.begin() + 302);
  const DailyReport report = build_report(input);
  EXPECT_EQ(report.verdict.kind, VerdictKind::NothingForYou);
  EXPECT_EQ(report.checks[0].state, CheckState::Note);
  EXPECT_THAT(report.checks[0].text, HasSubstr("05:00 to 05:02"));
}

TEST(BuildReport, IsLoudWhenStatutoryListsAreNotLoaded) {
  EXPECT_THAT(everything(sample::quiet_day()), HasSubstr("STATUTORY LISTS NOT LOADED"));
  DailyInput loaded = sample::quiet_day();
  loaded.statutory_loaded = true;
  EXPECT_THAT(everything(loaded), Not(HasSubstr("STATUTORY LISTS NOT LOADED")));
}

TEST(BuildReport, NoticesWhenBlocksFallFarBelowTheUsual) {
  DailyInput input = sample::quiet_day();
  input.attempts.clear();
  const DailyReport report = build_report(input);
  EXPECT_EQ(report.checks[4].state, CheckState::Bad);
  EXPECT_THAT(report.checks[4].text, HasSubstr("Far fewer than usual"));
}

struct LongDay {
  const char* day;
  std::size_t hours;
  const char* period;
};

TEST(BuildReport, KeepsEveryEventOnceOnDaysOf23And25Hours) {
  for (const LongDay& day : {LongDay{"2026-03-29", 23, "GMT, then BST (UTC+00:00, then UTC+01:00), 23 hours"},
                             LongDay{"2026-10-25", 25, "BST, then GMT (UTC+01:00, then UTC+00:00), 25 hours"},
                             LongDay{"2026-07-01", 24, "BST (UTC+01:00), 24 hours"}}) {
    DailyInput input = sample::empty_day(day.day);
    const DayBounds bounds = london_day_bounds(input.day);
    std::uint32_t made = 0;
    for (Timestamp at = bounds.begin; at < bounds.end; at += std::chrono::minutes{30}) {
      RatedAttempt one = simple();
      one.attempt.id = "t" + std::to_string(made++);
      one.attempt.first = one.attempt.last = at;
      input.attempts.push_back(one);
    }
    const DailyReport report = build_report(input);
    EXPECT_EQ(report.hours.size(), day.hours) << day.day;
    EXPECT_EQ(sum_of_hours(report), made) << day.day;
    for (const HourBar& bar : report.hours) EXPECT_EQ(bar.deliberate, 2u) << day.day << " " << bar.label;
    EXPECT_THAT(report.header.period, HasSubstr(day.period));
    EXPECT_EQ(report.checks[0].state, CheckState::Good) << report.checks[0].text;
  }
}

TEST(BuildReport, NamesTheRepeatedHourOfTheLongDay) {
  const DailyReport report = build_report(sample::empty_day("2026-10-25"));
  EXPECT_EQ(report.hours[1].label, "01");
  EXPECT_EQ(report.hours[2].label, "01 again");
}

TEST(BuildReport, KeepsZeroRows) {
  const DailyReport report = build_report(sample::empty_day("2026-11-10"));
  std::vector<std::string> titles;
  for (const ThemeRow& row : report.themes) titles.push_back(row.title);
  EXPECT_THAT(titles, ElementsAre("Islamist extremism", "Extreme right-wing", "Other or mixed ideology",
                                  "Firearms and weapons", "Other high harm", "Sealed (count only)"));
  for (const std::string& title : titles) EXPECT_THAT(render_text(report), HasSubstr(title));
}

TEST(BuildReport, ShowsSevenCardsAtMostAndSaysHowManyMore) {
  DailyInput input = sample::empty_day("2026-11-10");
  for (int i = 0; i < 12; ++i) {
    RatedAttempt one = simple();
    one.attempt.id = "c" + std::to_string(i);
    one.attempt.who.login = "person" + std::to_string(i);
    one.points = i;
    input.attempts.push_back(one);
  }
  const DailyReport report = build_report(input);
  ASSERT_EQ(report.cards.size(), kMaxCards);
  EXPECT_EQ(report.cards[0].who, "person11");
  EXPECT_EQ(report.verdict.headline, "ACTION TODAY (12)");
  EXPECT_THAT(report.cards_left_out, StartsWith("Five more"));
}

TEST(BuildReport, MakesOneCardOfWhatOnePersonTriedOnOneTheme) {
  DailyInput input = sample::empty_day("2026-11-10");
  for (int i = 0; i < 500; ++i) {
    RatedAttempt widget = simple("other-harm", Tier::NoAction);
    widget.attempt.id = "w" + std::to_string(i);
    widget.attempt.band = Band::LikelyBackground;
    input.attempts.push_back(widget);
  }
  for (int i = 0; i < 3; ++i) {
    RatedAttempt visit = simple();
    visit.attempt.id = "v" + std::to_string(i);
    visit.attempt.first += std::chrono::hours{i};
    visit.attempt.last += std::chrono::hours{i};
    visit.attempt.who.login = i < 2 ? "one" : "two";
    input.attempts.push_back(visit);
  }
  const DailyReport report = build_report(input);
  ASSERT_EQ(report.cards.size(), 2u);
  EXPECT_THAT(report.cards[0].what, StartsWith("Two separate tries"));
  EXPECT_EQ(report.set_aside.background, 500u);
}

TEST(BuildReport, ShowsNoNameAnywhereWithoutIdentity) {
  DailyInput input = sample::busy_day();
  std::vector<std::string> names;
  for (RatedAttempt& one : input.attempts) {
    if (!one.attempt.who.login.empty()) names.push_back(one.attempt.who.login);
    one.attempt.who.grade = Grade::D;
  }
  ASSERT_FALSE(names.empty());
  const std::string all = everything(input);
  for (const std::string& name : names) EXPECT_THAT(all, Not(HasSubstr(name)));
  EXPECT_THAT(all, HasSubstr("person not established"));
}

TEST(BuildReport, ShowsCodesInsteadOfNamesWhenAskedTo) {
  DailyInput input = sample::busy_day();
  input.settings.names = Names::Pseudonyms;
  const std::string all = everything(input);
  for (const char* secret : {"a.harper", "k.osei", "m.lindqvist", "guest-0417", "J. Patel", "00:1b:21",
                             "02:aa:5e", "10.20.4.17"}) {
    EXPECT_THAT(all, Not(HasSubstr(secret))) << secret;
  }
  const DailyReport report = build_report(input);
  EXPECT_THAT(report.cards[0].who, StartsWith("L-"));
  input.day = sample::day_of("2026-11-11");
  for (RatedAttempt& one : input.attempts) one.attempt.first += std::chrono::hours{24};
  EXPECT_EQ(build_report(input).cards[0].who, report.cards[0].who);
}

TEST(BuildReport, WhatAGuestCallsThemselvesIsNoLink) {
  DailyInput input = sample::busy_day();
  for (RatedAttempt& one : input.attempts) {
    if (one.attempt.who.login == "guest-0417") one.attempt.who.login = "guest request 7: <b>http://prize.example/x";
  }
  const std::string all = everything(input);
  EXPECT_THAT(all, HasSubstr("prize[.]example"));
  EXPECT_THAT(render_html(build_report(input)), Not(HasSubstr("<b>http")));
  for (const char* wrong : {"prize.example", "http://"}) EXPECT_THAT(all, Not(HasSubstr(wrong))) << wrong;
}

TEST(BuildReport, CodesDependOnTheKey) {
  DailyInput input = sample::busy_day();
  input.settings.names = Names::Pseudonyms;
  const std::string before = build_report(input).cards[0].who;
  input.settings.pseudonym_key = pseudonym_key_from("another key altogether");
  EXPECT_NE(build_report(input).cards[0].who, before);
}

TEST(BuildReport, NeverMentionsASharedDevicesLogins) {
  RatedAttempt one = simple();
  one.attempt.who.grade = Grade::C;
  one.attempt.who.why = "Between b.lee and another.";
  EXPECT_THAT(everything(with_one(one)), Not(HasSubstr("b.lee")));
}

TEST(BuildReport, ShowsNoHostOfASealedHit) {
  RatedAttempt one = simple();
  one.attempt.sealed = true;
  one.attempt.hosts[0].host = "secret.example";
  one.attempt.reasons = {"no other page led to secret.example."};
  const std::string all = everything(with_one(one));
  EXPECT_THAT(all, Not(HasSubstr("secret")));
  EXPECT_THAT(all, HasSubstr("no other page led to (withheld)."));
}

TEST(BuildReport, SaysInAReplayThatItWouldHaveBeenBlocked) {
  RatedAttempt one = simple();
  one.attempt.outcome = journal::Outcome::WouldBlock;
  DailyInput input = with_one(one);
  input.replay = true;
  const Timestamp from = sample::at("2026-11-10T08:00:00Z");
  const Timestamp to = sample::at("2026-11-10T16:00:00Z");
  std::erase_if(input.coverage,
                [&](const CoverageMinute& minute) { return minute.at <= from || minute.at > to; });
  const DailyReport report = build_report(input);
  EXPECT_EQ(report.cards[0].outcome, "It would have been blocked.");
  EXPECT_THAT(report.header.recording, HasSubstr("08:00 to 16:00"));
  EXPECT_TRUE(report.verdict.caution.empty()) << report.verdict.caution;
}

TEST(BuildReport, WordsMatchedAttemptsAlikeWhateverTheIdeology) {
  const auto card_of = [](const char* category, const char* title) {
    DailyInput input = with_one(simple(category));
    const Card card = build_report(input).cards.at(0);
    std::string words = card.what + card.outcome + card.judgement + card.next_step + card.seen_before;
    for (const std::string& other : card.could_also_be) words += other;
    words.replace(words.find(title), std::string(title).size(), "TITLE");
    return words;
  };
  const std::string words = card_of("extremism-islamist", "Islamist extremism");
  EXPECT_EQ(words, card_of("extremism-right-wing", "Right-wing extremism"));
  EXPECT_EQ(words, card_of("extremism-other", "Other extremism"));
}

TEST(BuildReport, KeepsCircumventionApartFromContent) {
  const DailyReport report = build_report(with_one(simple("circumvention", Tier::LookThisWeek)));
  EXPECT_TRUE(report.cards.empty());
  ASSERT_EQ(report.circumvention.size(), 1u);
  EXPECT_EQ(report.verdict.headline, "REVIEW THIS WEEK (1)");
  EXPECT_THAT(report.verdict.sentence, HasSubstr("none about content"));
}

TEST(BuildReport, NeverSuggestsAReferral) {
  for (const Card& card : build_report(sample::busy_day()).cards) {
    EXPECT_THAT(card.next_step, Not(HasSubstr("refer"))) << card.who;
    EXPECT_FALSE(card.next_step.empty());
  }
}

TEST(BuildReport, TellsEarlierDaysOfAPersonAndAdmitsWhenItCannot) {
  const DailyReport report = build_report(sample::busy_day());
  EXPECT_THAT(report.cards[1].seen_before,
              HasSubstr("2 days in the four weeks before, last on Friday 6 November"));
  EXPECT_THAT(report.cards[2].seen_before, StartsWith("Cannot be told: this device changes its address"));
  EXPECT_THAT(build_report(with_one(simple())).cards[0].seen_before,
              StartsWith("Cannot be told: this is the first day"));
}

TEST(BuildReport, GivesNoRangeFromTooFewDays) {
  DailyInput input = sample::empty_day("2026-11-10");
  input.history.days = {sample::day_of("2026-11-09")};
  const DailyReport report = build_report(input);
  EXPECT_FALSE(report.themes[0].range.known);
  EXPECT_EQ(report.themes[0].range.words, "not yet known");
}

TEST(BuildReport, GivesTheSameBytesInWhateverOrderAttemptsCome) {
  DailyInput input = sample::busy_day();
  const std::string once = everything(input);
  EXPECT_EQ(everything(input), once);
  std::reverse(input.attempts.begin(), input.attempts.end());
  EXPECT_EQ(everything(input), once);
}

}  // namespace
}  // namespace gatehouse::lodge
