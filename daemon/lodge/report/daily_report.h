// The day put together: every string and number of the report, ready to be shown and free of markup. Built by
// build_report.h; rendered as HTML, text and CSV by render_*.h. Plain data; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/london.h"
#include "lodge/report/daily_input.h"
#include "lodge/report/themes.h"

namespace gatehouse::lodge {

inline constexpr std::size_t kMaxCards = 7;  // more than that is not read before the first lesson

struct ReportHeader {
  std::string college;
  std::string site;
  Day day;
  std::string date;       // "Tuesday 10 November 2026"
  std::string period;     // "00:00 to 24:00 GMT (24 hours)"
  std::string term;       // "Autumn term, week 10"; empty outside the terms that are known
  std::string recording;  // of a replay: what it covers; empty otherwise
  std::string reviewed;   // who has read yesterday's report
  std::string version;
};

enum class VerdictKind : std::uint8_t { ActionToday, ReviewThisWeek, NothingForYou, CannotSay };

struct Verdict {
  VerdictKind kind = VerdictKind::CannotSay;
  std::string headline;  // "ACTION TODAY (2)"
  std::string sentence;  // what it means, in one sentence
  std::string caution;   // "CANNOT SAY ..." beside a verdict with cards; otherwise empty
};

enum class CheckState : std::uint8_t { Good, Note, Bad };

// One line of "Did it work?".
struct Check {
  CheckState state = CheckState::Good;
  std::string label;  // "Gate"
  std::string text;
};

struct Card {
  Tier tier = Tier::NoAction;
  std::string who;       // login, code, or "A device in LRC-2"
  std::string code;      // "L-7Q2K9M", also where the login is shown; "D-..." where nobody is established
  std::string who_note;  // "students" · "person not established"
  std::string theme;
  std::string where;
  std::string when;
  std::string what;                // one plain sentence
  std::vector<std::string> hosts;  // defanged; none for sealed lists
  std::string outcome;
  Band band = Band::Unclear;
  int score = 50;
  std::string judgement;  // "Likely deliberate (86 of 100)"
  std::vector<std::string> reasons;
  std::vector<std::string> could_also_be;
  std::string identity;  // "Grade B: one source ..."
  std::string seen_before;
  std::vector<std::string> why_here;
  std::string next_step;
  std::string rating;                // "46: ..." over eight weeks, every term
  std::string follow_up;             // what people have written down about it
  std::string reference;             // "2026-11-10/7Q2K9M", for `gatehouse report explain`
  std::vector<std::string> records;  // ids of the attempts, as in the CSV file
};

struct CircumventionRow {
  Tier tier = Tier::NoAction;
  std::string who;
  std::string where;
  std::string when;
  std::string what;
  std::string outcome;
  std::string judgement;
  std::string note;  // "also has a card above"
};

struct GuestRow {
  std::string sponsor;  // "sponsor: J. Patel" or "no sponsor recorded"
  std::string who;
  std::string when;
  std::string what;
  std::string outcome;
  std::string judgement;
};

struct Range {
  bool known = false;  // false: too few days to say
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  std::string words;  // "0 to 3 a day", "not yet known"
};

struct ThemeRow {
  Theme theme = Theme::OtherHarm;
  std::string title;
  std::uint32_t people = 0;
  std::uint32_t deliberate = 0;
  std::uint32_t unclear = 0;
  std::uint32_t background = 0;
  std::uint32_t attempts = 0;
  Range range;  // of attempts a day over the 28 days before
};

struct HourBar {
  std::string label;  // "00" ... "23"; "01 again" on the day with 25 hours
  std::uint32_t deliberate = 0;
  std::uint32_t unclear = 0;
  std::uint32_t background = 0;
  std::uint32_t usual_tenths = 0;  // attempts in that clock hour on an average known day, in tenths
};

struct SetAsideCause {
  std::uint32_t attempts = 0;
  std::uint32_t hits = 0;
  std::string cause;
};

struct SetAsideSummary {
  std::uint64_t hits = 0;
  std::uint32_t attempts = 0;
  std::uint32_t background = 0;
  std::uint32_t for_you = 0;
  std::string sentence;
  std::string measured;                       // how well the judgement of intent was measured to be right
  std::vector<SetAsideCause> causes;          // three at most
  std::vector<std::string> background_hosts;  // defanged, "example[.]test (12)"
};

// "Over-blocking", "Still open", "Access to names", "Drawn for review": a sentence and what it stands on.
struct PlainSection {
  struct Row {
    std::string what;   // "Incident 4: firearms sales, L-7Q2K9M"
    std::string words;  // "with J. Grant, open 3 days, due Friday 13 November"
    bool urgent = false;
  };
  std::string sentence;
  std::vector<Row> rows;
  std::string note;
};

struct GlossaryLine {
  std::string word;
  std::string meaning;
};

// One row of the CSV file: every attempt of the day, in order of time.
struct AttemptRow {
  std::vector<std::string> fields;  // as kCsvColumns in render_csv.h
};

struct DailyReport {
  ReportHeader header;
  Verdict verdict;
  std::vector<Check> checks;
  std::vector<Card> cards;
  std::uint32_t for_today = 0;  // persons and devices to look at, shown as a card or not
  std::uint32_t for_this_week = 0;
  std::string cards_left_out;  // how many more there are, and where; empty when all are shown
  std::vector<Check> glance;   // the rest of the report in three lines, for its first page
  std::vector<CircumventionRow> circumvention;
  std::uint32_t circumvention_today = 0;
  std::uint32_t circumvention_this_week = 0;
  std::string circumvention_sentence;
  std::vector<GuestRow> guests;
  std::string guests_sentence;
  std::vector<ThemeRow> themes;
  std::string range_note;  // over how many days the range was taken
  std::vector<HourBar> hours;
  std::string hours_sentence;  // the chart in words
  SetAsideSummary set_aside;
  PlainSection over_blocking;
  PlainSection still_open;
  std::uint32_t incidents_open = 0;
  std::uint32_t incidents_overdue = 0;
  PlainSection sample;
  PlainSection names;
  std::vector<std::string> blind_spots;
  std::string not_measured;
  std::vector<GlossaryLine> glossary;
  std::vector<std::string> duty;
  std::vector<AttemptRow> attempts;
};

}  // namespace gatehouse::lodge
