#include "lodge/report/render_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/text_parts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kLabelColumns = 12;

void labelled(std::string& out, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  wrap_text(out, "   " + std::string(label), kLabelColumns + 3, text);
}

void header(std::string& out, const DailyReport& report) {
  const ReportHeader& h = report.header;
  std::string line = "GATEHOUSE  " + h.college;
  if (!h.site.empty()) line += ", " + h.site;
  wrap_text(out, "", 0, line);
  wrap_text(out, "", 0, fmt::format("{}{}{}", h.date, h.term.empty() ? "" : "   ", h.term));
  wrap_text(out, "", 0, h.period);
  if (!h.recording.empty()) wrap_text(out, "", 0, h.recording + ".");
  out += '\n';
  wrap_text(out, "", 0, report.verdict.headline);
  wrap_text(out, "", 0, report.verdict.sentence);
  if (!report.verdict.caution.empty()) wrap_text(out, "", 0, report.verdict.caution);
}

void card(std::string& out, const Card& c, std::size_t number) {
  out += '\n';
  wrap_text(out, fmt::format("{}. ", number), 3,
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
  labelled(out, "Eight weeks", c.rating);
  labelled(out, "Written", c.follow_up);
  labelled(out, "Next step", c.next_step);
  labelled(out, "Card", c.reference);
  labelled(out, "Record", fmt::format("{}", fmt::join(c.records, ", ")));
}

void theme_table(std::string& out, const DailyReport& report) {
  out += fmt::format(" {:<23}{:>7}{:>11}{:>8}{:>11}  {}\n", "", "people", "deliberate", "unclear",
                     "background", "4 weeks");
  for (const ThemeRow& row : report.themes) {
    out += fmt::format(" {:<23}{:>7}{:>11}{:>8}{:>11}  {}\n", row.title, row.people, row.deliberate,
                       row.unclear, row.background, row.range.words);
  }
  wrap_text(out, " ", 1, report.range_note);
}

void rows(std::string& out, const DailyReport& report) {
  text_section(out, "Getting round the filter");
  wrap_text(out, " ", 1, report.circumvention_sentence);
  for (const CircumventionRow& row : report.circumvention) {
    wrap_text(out, " - ", 3,
              fmt::format("{}{}, {}, {}: {}. {} {}.{}", row.tier == Tier::LookToday ? "LOOK TODAY " : "",
                          row.who, row.where, row.when, row.what, row.outcome, row.judgement,
                          row.note.empty() ? "" : " " + row.note));
  }
  text_section(out, "Guests");
  wrap_text(out, " ", 1, report.guests_sentence);
  for (const GuestRow& row : report.guests) {
    wrap_text(out, " - ", 3,
              fmt::format("{} (sponsor: {}), {}: {}. {} {}.", row.who, row.sponsor, row.when, row.what,
                          row.outcome, row.judgement));
  }
}

void plain_section(std::string& out, std::string_view title, const PlainSection& plain) {
  text_section(out, title);
  wrap_text(out, " ", 1, plain.sentence);
  for (const PlainSection::Row& row : plain.rows) {
    wrap_text(out, row.urgent ? " ! " : " - ", 3, fmt::format("{}: {}", row.what, row.words));
  }
  if (!plain.note.empty()) wrap_text(out, " ", 1, plain.note);
}

}  // namespace

std::string render_text(const DailyReport& report) {
  std::string out;
  header(out, report);
  text_section(out, "Did it work?");
  for (const Check& check : report.checks) {
    wrap_text(out, fmt::format(" {}{}", text_mark(check.state), check.label), kLabelColumns + 8, check.text);
  }
  text_section(out, "For you today");
  if (report.cards.empty()) out += " No cards.\n";
  out += '\n';
  for (const Check& line : report.glance)
    wrap_text(out, fmt::format(" {}{}", text_mark(line.state), line.label), kLabelColumns + 8, line.text);
  for (std::size_t i = 0; i < report.cards.size(); ++i) card(out, report.cards[i], i + 1);
  if (!report.cards_left_out.empty()) {
    out += '\n';
    wrap_text(out, " ", 1, report.cards_left_out);
  }
  rows(out, report);
  text_section(out, "By theme");
  theme_table(out, report);
  text_section(out, "By hour");
  wrap_text(out, " ", 1, report.hours_sentence);
  text_section(out, "What was set aside, and why");
  wrap_text(out, " ", 1, report.set_aside.sentence);
  for (const SetAsideCause& cause : report.set_aside.causes) {
    wrap_text(out, " - ", 3,
              fmt::format("{}: {}", count_of(cause.attempts, "attempt", "attempts"), cause.cause));
  }
  if (!report.set_aside.background_hosts.empty()) {
    wrap_text(out, " ", 1,
              "Most often in the background: " + join_words(report.set_aside.background_hosts) + ".");
  }
  if (!report.set_aside.measured.empty()) wrap_text(out, " ", 1, report.set_aside.measured);
  plain_section(out, "Over-blocking", report.over_blocking);
  plain_section(out, "Still open", report.still_open);
  plain_section(out, "Drawn for review", report.sample);
  plain_section(out, "Access to names", report.names);
  text_section(out, "What Gatehouse cannot see");
  for (const std::string& line : report.blind_spots) wrap_text(out, " - ", 3, line);
  wrap_text(out, " - ", 3, report.not_measured);
  text_section(out, "Words");
  for (const GlossaryLine& line : report.glossary) wrap_text(out, " ", 3, line.word + ": " + line.meaning);
  out += '\n';
  for (const std::string& line : report.duty) wrap_text(out, "", 0, line);
  wrap_text(out, "", 0, fmt::format("Gatehouse {}", report.header.version));
  return out;
}

}  // namespace gatehouse::lodge
