#include "lodge/report/brief.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

Brief start(const DailyReport& report, std::string_view reader) {
  Brief brief;
  const ReportHeader& h = report.header;
  brief.over = fmt::format("Gatehouse · {}", reader);
  brief.title = h.date;
  brief.subtitle = h.college + (h.site.empty() ? "" : ", " + h.site) + (h.term.empty() ? "" : " · " + h.term);
  brief.verdict = report.verdict;
  brief.subject = fmt::format("Gatehouse {}: {}", format_day_iso(h.day), report.verdict.headline);
  return brief;
}

BriefLine line_of(const Check& check) { return {check.state, check.label, check.text}; }

BriefLine open_line(const DailyReport& report) {
  std::string text =
      report.incidents_open == 0
          ? "No incident is open."
          : fmt::format("{}, {} overdue.", count_of(report.incidents_open, "incident", "incidents"),
                        report.incidents_overdue == 0 ? "none" : number_word(report.incidents_overdue));
  return {report.incidents_overdue > 0 ? CheckState::Bad : CheckState::Good, "Still open", std::move(text)};
}

BriefLine aside_line(const DailyReport& report) {
  const SetAsideSummary& s = report.set_aside;
  return {CheckState::Good, "Set aside",
          s.attempts == 0
              ? std::string("Nothing listed was asked for.")
              : fmt::format("{} of {} with listed names were most likely adverts, page parts or apps.",
                            with_thousands(s.background), count_of(s.attempts, "attempt", "attempts"))};
}

std::string theme_counts(const DailyReport& report) {
  std::vector<std::string> parts;
  for (const ThemeRow& row : report.themes) {
    const std::uint32_t meant = row.deliberate + row.unclear;
    if (meant > 0) parts.push_back(fmt::format("{} {}", row.title, meant));
  }
  return parts.empty() ? "no attempt that a person is likely to have made" : join_words(parts);
}

std::string lists_text(const DailyReport& report, std::string_view label) {
  for (const Check& check : report.checks) {
    if (check.label == label) return check.text;
  }
  return {};
}

}  // namespace

Brief mail_brief(const DailyReport& report) {
  Brief brief = start(report, "daily report");
  BriefSection work;
  for (const Check& check : report.checks) work.lines.push_back(line_of(check));
  work.lines.push_back(aside_line(report));
  work.lines.push_back(open_line(report));
  if (!report.still_open.note.empty())
    work.lines.push_back({CheckState::Good, "Read", report.still_open.note});
  brief.sections.push_back(std::move(work));

  BriefSection cards;
  cards.title = "For you today";
  cards.table.head = {"Card", "Who", "About", "Judged", "When to look"};
  for (const Card& card : report.cards) {
    // A device without a code is "A device in LRC-2" in the report; the mail says no more than that it is
    // one.
    const std::string who = card.code.empty() ? "a device" : card.code;
    cards.table.rows.push_back({card.reference, who, card.theme, std::string(band_words(card.band)),
                                card.tier == Tier::LookToday ? "today" : "this week"});
  }
  if (report.cards.empty()) cards.paragraphs.emplace_back("No cards.");
  if (!report.circumvention.empty())
    cards.paragraphs.push_back(
        fmt::format("Getting round the filter: {}.",
                    count_of(report.circumvention.size(), "person or device", "people or devices")));
  brief.sections.push_back(std::move(cards));
  brief.closing = {"Names, sites and places are never sent by mail. The whole report is kept at the college.",
                   fmt::format("{}. Gatehouse {}", report.header.period, report.header.version)};
  return brief;
}

Brief leaders_brief(const DailyReport& report) {
  Brief brief = start(report, "senior leaders");
  BriefSection lines;
  const auto add = [&](CheckState state, std::string_view label, std::string text) {
    if (!text.empty()) lines.lines.push_back({state, std::string(label), std::move(text)});
  };
  const Check& gate = report.checks.front();
  add(gate.state, "Filter", gate.text);
  add(report.checks[1].state, "Seen", report.checks[1].text.substr(0, report.checks[1].text.find(". ") + 1));
  const std::string statutory = lists_text(report, "Statutory lists");
  add(statutory.starts_with("Loaded") ? CheckState::Good : CheckState::Bad, "Lists",
      statutory.starts_with("Loaded") ? lists_text(report, "Lists")
                                      : "STATUTORY LISTS NOT LOADED. " + lists_text(report, "Lists"));
  add(CheckState::Good, "Themes", capital(theme_counts(report)) + ".");
  add(CheckState::Good, "Way round",
      fmt::format("{} tried to get round the filter.",
                  report.circumvention.empty() ? std::string("Nobody")
                                               : capital(count_of(report.circumvention.size(),
                                                                  "person or device", "people or devices"))));
  const BriefLine open = open_line(report);
  add(open.state, "Still open", open.text);
  const std::uint32_t today = report.for_today + report.circumvention_today;
  add(today > 0 ? CheckState::Note : CheckState::Good, "Decide",
      today == 0 ? std::string("Nothing waits for a decision of yours.")
                 : fmt::format("The safeguarding lead has {} to look at today.",
                               count_of(today, "person or device", "people or devices")));
  brief.sections.push_back(std::move(lines));
  brief.closing = {fmt::format("{}. No person is shown here, not by code either.", report.header.period)};
  return brief;
}

Brief it_brief(const DailyReport& report, const DailyInput& input) {
  Brief brief = start(report, "IT");
  BriefSection work{"Did it work?", {}, {}, {}};
  for (const Check& check : report.checks) work.lines.push_back(line_of(check));
  brief.sections.push_back(std::move(work));

  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> ways;  // attempts, of them stopped
  for (const RatedAttempt& rated : input.attempts) {
    const Attempt& attempt = rated.attempt;
    if (theme_of(attempt) != Theme::Circumvention || attempt.band == Band::LikelyBackground) continue;
    std::vector<std::string> names;
    if (!attempt.tunnel.empty()) names.push_back(tunnel_words(attempt.tunnel));
    for (const AttemptHost& host : attempt.hosts) {
      if (!host.host.empty()) names.push_back(defang(host.host));
    }
    for (const std::string& flag : attempt.evasion) names.push_back(evasion_words(flag));
    for (const std::string& name : names) {
      ++ways[name].first;
      ways[name].second +=
          attempt.outcome == journal::Outcome::Blocked || attempt.outcome == journal::Outcome::WouldBlock;
    }
  }
  BriefSection round{"Ways round the filter", {}, {{"Way", "Attempts", "Stopped"}, {}}, {}};
  for (const auto& [name, counts] : ways)
    round.table.rows.push_back({name, with_thousands(counts.first), with_thousands(counts.second)});
  if (ways.empty()) round.paragraphs.emplace_back("None was seen.");
  brief.sections.push_back(std::move(round));

  BriefSection lists{"Lists", {}, {{"List", "Category", "Entries", "Changed"}, {}}, {}};
  for (const LoadedList& list : input.lists) {
    lists.table.rows.push_back({defang_text(list.name), list.category, with_thousands(list.entries),
                                list.updated ? format_day_iso(*list.updated) : "not told"});
  }
  brief.sections.push_back(std::move(lists));
  BriefSection over{"Over-blocking", {}, {}, {report.over_blocking.sentence}};
  for (const auto& row : report.over_blocking.rows)
    over.lines.push_back({CheckState::Note, row.what, row.words});
  brief.sections.push_back(std::move(over));
  brief.sections.push_back({"What Gatehouse cannot see", {}, {}, report.blind_spots});
  brief.closing = {fmt::format("{}. Nobody is shown here, not by code either. Gatehouse {}",
                               report.header.period, report.header.version)};
  return brief;
}

}  // namespace gatehouse::lodge
