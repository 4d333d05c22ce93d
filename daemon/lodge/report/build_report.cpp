#include "lodge/report/build_report.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

std::string term_week(const ReportSettings& settings, Day day) {
  const auto monday_of = [](Day any) {
    const std::chrono::sys_days date{any};
    return date - (std::chrono::weekday{date} - std::chrono::Monday);
  };
  for (const Term& term : settings.terms) {
    if (day < term.first || day > term.last) continue;
    const auto weeks = (monday_of(day) - monday_of(term.first)).count() / 7 + 1;
    return fmt::format("{}, week {}", term.name, weeks);
  }
  return settings.terms.empty() ? std::string() : "Outside term time";
}

// "GMT", "BST", or on the two days that have both "GMT, then BST from 01:00".
std::string zone_words(const DayBounds& bounds) {
  const std::string begin = to_london(bounds.begin).zone();
  const std::string end = to_london(bounds.end - Microseconds{1}).zone();
  return begin == end ? begin : fmt::format("{}, then {}", begin, end);
}

std::string offset_words(const DayBounds& bounds) {
  const auto begin = to_london(bounds.begin).offset.count() / 60;
  const auto end = to_london(bounds.end - Microseconds{1}).offset.count() / 60;
  return begin == end ? fmt::format("UTC+{:02}:00", begin)
                      : fmt::format("UTC+{:02}:00, then UTC+{:02}:00", begin, end);
}

std::string things(std::uint64_t n) {
  return fmt::format("{} {}", number_word(n), n == 1 ? "person or device" : "people or devices");
}

}  // namespace

ReportHeader build_header(const DailyInput& input, const Coverage& coverage) {
  const DayBounds bounds = london_day_bounds(input.day);
  ReportHeader header;
  header.college = input.settings.college;
  header.site = input.settings.site;
  header.day = input.day;
  header.date = format_day_long(input.day);
  header.period = fmt::format("00:00 to 24:00 {} ({}), {} hours", zone_words(bounds), offset_words(bounds),
                              bounds.length().count());
  if (bounds.length().count() != 24) header.period += ": the clocks changed";
  if (input.known_until && *input.known_until < bounds.end) {
    header.period += fmt::format("; known up to {}", format_clock(*input.known_until));
  }
  header.term = term_week(input.settings, input.day);
  if (input.replay) {
    header.recording = coverage.minutes_up == 0
                           ? "Made from a recording, not from the live network"
                           : fmt::format("Made from a recording of {}, not from the live network",
                                         clock_span(coverage.first, coverage.last));
  }
  header.version = input.version;
  return header;
}

Verdict build_verdict(const DailyInput& input, const Coverage& coverage, const DailyReport& report) {
  const std::uint32_t today = report.for_today + report.circumvention_today;
  const std::uint32_t week = report.for_this_week + report.circumvention_this_week;
  const std::vector<std::string> doubts = reasons_for_doubt(input, coverage);
  Verdict verdict;
  if (today > 0) {
    verdict.kind = VerdictKind::ActionToday;
    verdict.headline = fmt::format("ACTION TODAY ({})", today);
    verdict.sentence = fmt::format("{} to look at today", capital(things(today)));
    verdict.sentence += week > 0 ? fmt::format(", and {} more this week.", number_word(week)) : ".";
  } else if (week > 0) {
    verdict.kind = VerdictKind::ReviewThisWeek;
    verdict.headline = fmt::format("REVIEW THIS WEEK ({})", week);
    verdict.sentence =
        fmt::format("{} to look at this week. Nothing that cannot wait.", capital(things(week)));
  } else if (doubts.empty()) {
    verdict.kind = VerdictKind::NothingForYou;
    verdict.headline = input.replay ? "NOTHING FOR YOU: the recording was read in full"
                                    : "NOTHING FOR YOU: the filter was working";
    verdict.sentence = input.attempts.empty()
                           ? "Nothing listed was asked for."
                           : "What was seen was background or carried no weight. It is counted below.";
  } else {
    verdict.kind = VerdictKind::CannotSay;
    verdict.headline = "CANNOT SAY: see ‘Did it work?’";
    verdict.sentence = fmt::format("Do not read this as a quiet day: {}.", join_words(doubts));
  }
  if (verdict.kind != VerdictKind::CannotSay && !doubts.empty()) {
    verdict.caution =
        fmt::format("CANNOT SAY whether that is all: {}. See ‘Did it work?’", join_words(doubts));
  }
  const std::uint32_t ways_round = report.circumvention_today + report.circumvention_this_week;
  if (ways_round > 0) {
    verdict.sentence +=
        ways_round == today + week
            ? " All of it is about getting round the filter, none about content."
            : fmt::format(" {} of them only for getting round the filter.", capital(number_word(ways_round)));
  }
  return verdict;
}

void build_blind_spots(const DailyInput& input, const Coverage& coverage, DailyReport& report) {
  auto& blind = report.blind_spots;
  blind.emplace_back(
      "Gatehouse sees the names of websites. It does not see pages, searches, pictures, chats, or anything "
      "done on a phone's own data or away from the college.");
  if (coverage.could_be_named > 0) {
    std::vector<std::string> parts;
    for (const auto& [reason, count] : coverage.unnamed) {
      parts.push_back(
          fmt::format("{} {}", percent_of(count, coverage.could_be_named), unnamed_words(reason)));
    }
    const std::uint64_t missed = coverage.could_be_named - coverage.named;
    blind.push_back(parts.empty()
                        ? "Every connection that carries a name could be named."
                        : fmt::format("{} of connections could not be named: {}.",
                                      percent_of(missed, coverage.could_be_named), join_words(parts)));
  }
  if (coverage.nameless > 0) {
    blind.push_back(fmt::format(
        "Not counted there: {} that sent nothing or {} of a kind without website names, such as "
        "clock setting and calls.",
        count_of(coverage.nameless, "connection", "connections"), coverage.nameless == 1 ? "is" : "are"));
  }
  std::uint64_t unknown = 0;
  for (const RatedAttempt& rated : input.attempts) {
    unknown += rated.attempt.who.grade == Grade::C || rated.attempt.who.grade == Grade::D;
  }
  if (unknown > 0) {
    blind.push_back(fmt::format(
        "In {} of {} the person could not be established (grades C and D); no name is given there.",
        with_thousands(unknown), count_of(input.attempts.size(), "attempt", "attempts")));
  }
  if (!input.replay && coverage.gap_minutes() > 0) {
    blind.push_back(fmt::format("Nothing is known of the {} when the gate was silent.",
                                minutes_words(coverage.gap_minutes())));
  }
  report.not_measured =
      "This version does not yet measure: proof by test connections, requests to unblock, permissions for "
      "study, "
      "and timetables.";
}

void build_glossary(const DailyInput& input, DailyReport& report) {
  report.glossary = {
      {"attempt",
       "one person's or device's try at something listed. Many requests can be one attempt: a page asks "
       "again and again."},
      {"likely deliberate, unclear, likely background",
       "how probable it is that a person meant it, from 0 to 100, with reasons. A probability, never proof."},
      {"grade A to D",
       "how sure it is who it was. A: two independent sources agree. B: one source. C: a shared device or "
       "old "
       "evidence. D: nothing. Names or codes are given for A and B only."},
      {"look today, look this week",
       "a suggestion from fixed rules. A person decides; nothing here suspends or accuses anybody."},
      {"sealed", "on a statutory list. The address is never shown, and nobody should look for it."},
      {"website names with [.]", "written so that they cannot be clicked. Please do not visit them."},
  };
  if (input.replay) {
    report.glossary.push_back(
        {"would have been blocked",
         "this report was made from a recording; the filter would have stopped it live."});
  }
  if (input.settings.names == Names::Pseudonyms) {
    report.glossary.push_back(
        {"codes such as L-7Q2K9M",
         "stand for a login (L), a device (D) or a sponsor (S). The same code is the same one every day."});
  }
}

void build_duty(const DailyInput& input, DailyReport& report) {
  report.duty.emplace_back(
      "This report serves the Prevent duty (Counter-Terrorism and Security Act 2015, section 26). It lists "
      "attempts to reach websites. It does not say what anybody believes, and curiosity is not a crime.");
  if (!input.settings.prevent_policy.empty())
    report.duty.push_back("Your policy: " + defang_text(input.settings.prevent_policy) + ".");
  if (!input.settings.contact.empty())
    report.duty.push_back("Questions, or something here is wrong: " + defang_text(input.settings.contact) +
                          ".");
  if (input.settings.names == Names::Pseudonyms && !input.settings.pseudonym_key_set) {
    report.duty.emplace_back(
        "The codes are made without a secret of your own: whoever knows a login could work out its code. "
        "Ask IT to set `pseudonym_key` under `report`.");
  }
}

DailyReport build_report(const DailyInput& given) {
  // The order in which the store gives attempts must not show in the report.
  DailyInput input = given;
  std::sort(input.attempts.begin(), input.attempts.end(), [](const RatedAttempt& a, const RatedAttempt& b) {
    return std::tie(a.attempt.first, a.attempt.id) < std::tie(b.attempt.first, b.attempt.id);
  });
  const Coverage coverage = measure_coverage(input);
  DailyReport report;
  report.header = build_header(input, coverage);
  report.checks = build_checks(input, coverage);
  build_cards(input, report);
  build_circumvention(input, report);
  build_guests(input, report);
  build_themes(input, report);
  build_hours(input, report);
  build_set_aside(input, report);
  build_over_blocking(input, report);
  build_still_open(input, report);
  build_sample(input, report);
  build_names(input, report);
  build_blind_spots(input, coverage, report);
  build_glance(coverage, report);
  build_glossary(input, report);
  build_duty(input, report);
  report.verdict = build_verdict(input, coverage, report);
  report.attempts = build_attempt_rows(input);
  return report;
}

}  // namespace gatehouse::lodge
