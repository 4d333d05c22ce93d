// The builders of the report's sections, one function a section; build_report.cpp calls them in order. To add
// a section: a builder here, a field in DailyReport, a template in the renderers. Pure; any thread.
#pragma once

#include "lodge/report/daily_input.h"
#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

// What the gate's minutes of the day add up to.
struct Coverage {
  struct Gap {
    Timestamp begin;
    Timestamp end;
    [[nodiscard]] std::uint64_t minutes() const {
      return static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::minutes>(end - begin).count());
    }
  };
  std::uint64_t minutes_expected = 0;
  std::uint64_t minutes_up = 0;
  std::vector<Gap> gaps;  // in order
  Timestamp first{};      // of what was reported; meaningless when minutes_up is 0
  Timestamp last{};
  std::uint64_t named = 0;           // connections
  std::uint64_t could_be_named = 0;  // named, and those that should have had a name
  std::uint64_t undecided = 0;       // packets that went on without the gate's answer, while it was gone or had too many
  std::uint64_t nameless = 0;        // of kinds that carry no names, or that sent nothing
  std::vector<std::pair<std::string, std::uint64_t>> unnamed;  // reason and count, largest first
  [[nodiscard]] std::uint64_t gap_minutes() const { return minutes_expected - minutes_up; }
};
Coverage measure_coverage(const DailyInput& input);

// Why this day's silence would mean nothing; empty when the filter was seen to work.
std::vector<std::string> reasons_for_doubt(const DailyInput& input, const Coverage& coverage);

ReportHeader build_header(const DailyInput& input, const Coverage& coverage);
std::vector<Check> build_checks(const DailyInput& input, const Coverage& coverage);
void build_cards(const DailyInput& input, DailyReport& report);
void build_circumvention(const DailyInput& input, DailyReport& report);
void build_guests(const DailyInput& input, DailyReport& report);
void build_themes(const DailyInput& input, DailyReport& report);
void build_hours(const DailyInput& input, DailyReport& report);
void build_set_aside(const DailyInput& input, DailyReport& report);
void build_over_blocking(const DailyInput& input, DailyReport& report);
void build_still_open(const DailyInput& input, DailyReport& report);
void build_sample(const DailyInput& input, DailyReport& report);
void build_names(const DailyInput& input, DailyReport& report);
// After all the others: it sums them up.
void build_glance(const Coverage& coverage, DailyReport& report);
void build_blind_spots(const DailyInput& input, const Coverage& coverage, DailyReport& report);
void build_glossary(const DailyInput& input, DailyReport& report);
void build_duty(const DailyInput& input, DailyReport& report);
Verdict build_verdict(const DailyInput& input, const Coverage& coverage, const DailyReport& report);
std::vector<AttemptRow> build_attempt_rows(const DailyInput& input);

// One card's worth: the attempts of one person or device on one theme, in order of time, with what decides
// their rank: the most urgent tier and the highest points among them.
struct PersonTheme {
  std::string person;
  Theme theme = Theme::OtherHarm;
  Tier tier = Tier::NoAction;
  int points = 0;
  std::vector<const RatedAttempt*> attempts;
  [[nodiscard]] const RatedAttempt& heaviest() const;  // the attempt that speaks for the others
};
// Ranked: tier, points, then time and id, so that the order never depends on how the input was sorted.
std::vector<PersonTheme> group_attempts(const DailyInput& input, bool circumvention);

std::string category_title(const DailyInput& input, std::string_view category);
std::string when_words(const PersonTheme& group);  // "10:42 to 10:51, and 13:05"
std::string group_outcome(const PersonTheme& group, bool replay);
// Defanged hosts and tunnels in words; nothing for sealed lists.
std::vector<std::string> what_was_reached_for(const PersonTheme& group);
// "2026-11-10/7Q2K9M": the same person and theme have the same one each time the day's report is made.
std::string card_reference(const DailyInput& input, const PersonTheme& group);
// A holder by its code, whatever the settings say: what it is about may be older than today's evidence.
std::string holder_shown(std::string_view person, const ReportSettings& settings);
std::string short_date(Day day);  // "Friday 6 November"

}  // namespace gatehouse::lodge
