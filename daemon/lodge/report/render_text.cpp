#include "lodge/report/render_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kColumns = 78;  // mail programs show these without breaking lines themselves
constexpr std::size_t kLabelColumns = 12;

// Columns of UTF-8 text: continuation bytes take none.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Control characters could move a terminal's cursor: they came from outside and are shown as "?".
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
  return out;
}

// Words set from `indent` on, the first line after `lead`, which has the indent's width.
void wrap(std::string& out, std::string_view lead, std::size_t indent, std::string_view raw) {
  const std::string text = printable(raw);
  out += lead;
  for (std::size_t i = columns_of(lead); i < indent; ++i) out += ' ';
  std::size_t column = indent;
  bool first = true;
  for (const std::string_view word : split(text, ' ')) {
    const std::size_t width = columns_of(word);
    if (!first && column + 1 + width > kColumns) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
    first = false;
  }
  out += '\n';
}

void section(std::string& out, std::string_view title) {
  std::string upper;
  for (const char c : title) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  out += '\n' + upper + '\n';
}

void labelled(std::string& out, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  wrap(out, "   " + std::string(label), kLabelColumns + 3, text);
}

void header(std::string& out, const DailyReport& report) {
  const ReportHeader& h = report.header;
  std::string line = "GATEHOUSE  " + h.college;
  if (!h.site.empty()) line += ", " + h.site;
  wrap(out, "", 0, line);
  wrap(out, "", 0, fmt::format("{}{}{}", h.date, h.term.empty() ? "" : "   ", h.term));
  wrap(out, "", 0, h.period);
  if (!h.recording.empty()) wrap(out, "", 0, h.recording + ".");
  out += '\n';
  wrap(out, "", 0, report.verdict.headline);
  wrap(out, "", 0, report.verdict.sentence);
  if (!report.verdict.caution.empty()) wrap(out, "", 0, report.verdict.caution);
}

std::string_view mark(CheckState state) {
  switch (state) {
    case CheckState::Good:
      return "ok ";
    case CheckState::Note:
      return "-  ";
    case CheckState::Bad:
      return "!! ";
  }
  return "   ";
}

void card(std::string& out, const Card& c, std::size_t number) {
  out += '\n';
  wrap(out, fmt::format("{}. ", number), 3,
       fmt::format("{}: {}{}", c.tier == Tier::LookToday ? "LOOK TODAY" : "LOOK THIS WEEK", c.who,
                   c.who_note.empty() ? "" : " (" + c.who_note + ")"));
  labelled(out, "About", c.theme);
  labelled(out, "When", c.when);
  labelled(out, "Where", c.where);
  labelled(out, "What", c.what);
  labelled(out, "Sites", join_words(c.hosts));
  labelled(out, "Outcome", c.outcome);
  labelled(out, "Meant?",
           c.reasons.empty() ? c.judgement : fmt::format("{}: {}.", c.judgement, fmt::join(c.reasons, "; ")));
  labelled(out, "Or else", fmt::format("{}.", capital(fmt::format("{}", fmt::join(c.could_also_be, "; ")))));
  labelled(out, "Who", c.identity);
  labelled(out, "Before", c.seen_before);
  if (!c.why_here.empty())
    labelled(out, "Ranked by", fmt::format("{}.", capital(fmt::format("{}", fmt::join(c.why_here, "; ")))));
  labelled(out, "Next step", c.next_step);
  labelled(out, "Record", fmt::format("{}", fmt::join(c.records, ", ")));
}

void theme_table(std::string& out, const DailyReport& report) {
  out += fmt::format(" {:<23}{:>7}{:>11}{:>8}{:>11}  {}\n", "", "people", "deliberate", "unclear",
                     "background", "4 weeks");
  for (const ThemeRow& row : report.themes) {
    out += fmt::format(" {:<23}{:>7}{:>11}{:>8}{:>11}  {}\n", row.title, row.people, row.deliberate,
                       row.unclear, row.background, row.range.words);
  }
  wrap(out, " ", 1, report.range_note);
}

void rows(std::string& out, const DailyReport& report) {
  section(out, "Getting round the filter");
  wrap(out, " ", 1, report.circumvention_sentence);
  for (const CircumventionRow& row : report.circumvention) {
    wrap(out, " - ", 3,
         fmt::format("{}{}, {}, {}: {}. {} {}.{}", row.tier == Tier::LookToday ? "LOOK TODAY " : "", row.who,
                     row.where, row.when, row.what, row.outcome, row.judgement,
                     row.note.empty() ? "" : " " + row.note));
  }
  section(out, "Guests");
  wrap(out, " ", 1, report.guests_sentence);
  for (const GuestRow& row : report.guests) {
    wrap(out, " - ", 3,
         fmt::format("{} (sponsor: {}), {}: {}. {} {}.", row.who, row.sponsor, row.when, row.what,
                     row.outcome, row.judgement));
  }
}

}  // namespace

std::string render_text(const DailyReport& report) {
  std::string out;
  header(out, report);
  section(out, "Did it work?");
  for (const Check& check : report.checks) {
    wrap(out, fmt::format(" {}{}", mark(check.state), check.label), kLabelColumns + 8, check.text);
  }
  section(out, "For you today");
  if (report.cards.empty()) out += " No cards.\n";
  for (std::size_t i = 0; i < report.cards.size(); ++i) card(out, report.cards[i], i + 1);
  if (!report.cards_left_out.empty()) {
    out += '\n';
    wrap(out, " ", 1, report.cards_left_out);
  }
  rows(out, report);
  section(out, "By theme");
  theme_table(out, report);
  section(out, "By hour");
  wrap(out, " ", 1, report.hours_sentence);
  section(out, "What was set aside, and why");
  wrap(out, " ", 1, report.set_aside.sentence);
  for (const SetAsideCause& cause : report.set_aside.causes) {
    wrap(out, " - ", 3, fmt::format("{}: {}", count_of(cause.attempts, "attempt", "attempts"), cause.cause));
  }
  if (!report.set_aside.background_hosts.empty()) {
    wrap(out, " ", 1, "Most often in the background: " + join_words(report.set_aside.background_hosts) + ".");
  }
  section(out, "What Gatehouse cannot see");
  for (const std::string& line : report.blind_spots) wrap(out, " - ", 3, line);
  wrap(out, " - ", 3, report.not_measured);
  section(out, "Words");
  for (const GlossaryLine& line : report.glossary) wrap(out, " ", 3, line.word + ": " + line.meaning);
  out += '\n';
  for (const std::string& line : report.duty) wrap(out, "", 0, line);
  wrap(out, "", 0, fmt::format("Gatehouse {}", report.header.version));
  return out;
}

}  // namespace gatehouse::lodge
