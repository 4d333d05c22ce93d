// The sections about what people did: over-blocking, what is still open, the sample for review, access to
// names.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kMostRows = 10;  // a page, not a register

std::uint64_t days_from(Day earlier, Day later) {
  const auto days = (std::chrono::sys_days{later} - std::chrono::sys_days{earlier}).count();
  return days < 0 ? 0 : static_cast<std::uint64_t>(days);
}

std::string holder_words(const DailyInput& input, const Incident& incident) {
  std::string title = category_title(input, incident.category);
  if (incident.holder.empty()) return title;
  return fmt::format("{}, {}", title, holder_shown(incident.holder, input.settings));
}

PlainSection::Row open_row(const DailyInput& input, const Incident& incident) {
  const std::uint64_t age = days_from(london_day(incident.opened), input.day);
  const bool overdue = incident.due < input.day;
  PlainSection::Row row;
  row.what = fmt::format("Incident {}: {}", incident.id, holder_words(input, incident));
  row.words = fmt::format("with {}, {}, {} {}", defang_text(incident.owner),
                          age == 0 ? std::string("opened today") : "open " + count_of(age, "day", "days"),
                          overdue ? "OVERDUE since" : "due", short_date(incident.due));
  row.urgent = overdue;
  return row;
}

std::string outcome_phrase(std::string_view outcome) {
  if (outcome == "no-action") return "no action";
  if (outcome == "spoken-with") return "spoken with";
  if (outcome == "passed-on") return "passed on";
  if (outcome == "list-changed") return "list changed";
  return std::string(outcome);
}

// "Delivered to 2 of 3 on 11 November; read by ..." of the report before this one.
std::string yesterday_words(const DailyInput& input) {
  const Desk& desk = input.desk;
  std::string out;
  if (!desk.deliveries.empty()) {
    const auto sent = static_cast<std::uint64_t>(std::count_if(desk.deliveries.begin(), desk.deliveries.end(),
                                                               [](const Delivery& d) { return d.sent; }));
    out = fmt::format("The report before this one was delivered to {} of {}", sent, desk.deliveries.size());
    out += sent == desk.deliveries.size() ? "." : ": the others could not be reached by the end of the day.";
  }
  std::vector<std::string> readers;
  for (const ReportReading& one : desk.readings)
    readers.push_back(fmt::format("{} at {}", defang_text(one.person), format_clock(one.at)));
  if (!readers.empty()) {
    out += fmt::format("{}Read by {}.", out.empty() ? "Yesterday’s report: " : " ", join_words(readers));
  } else if (!desk.deliveries.empty()) {
    out += " Nobody has said that they read it.";
  }
  return out;
}

}  // namespace

void build_over_blocking(const DailyInput& input, DailyReport& report) {
  PlainSection& out = report.over_blocking;
  std::map<std::string, std::uint64_t> upheld;
  std::uint64_t total = 0;
  for (const Incident& one : input.desk.incidents) {
    if (one.closed && one.cause == "wrongly-listed") ++upheld[category_title(input, one.category)], ++total;
  }
  std::uint64_t let_through = 0;
  for (const RatedAttempt& rated : input.attempts)
    let_through += rated.attempt.outcome == journal::Outcome::AllowedLogged;
  out.sentence = total == 0 ? "No site was found to be wrongly listed in the last four weeks."
                            : fmt::format("{} found to be wrongly listed in the last four weeks.",
                                          capital(count_of(total, "site was", "sites were")));
  if (let_through > 0) {
    out.sentence +=
        fmt::format(" Your rules let {} through today and recorded {}.",
                    count_of(let_through, "attempt", "attempts"), let_through == 1 ? "it" : "them");
  }
  for (const auto& [title, count] : upheld)
    out.rows.push_back({title, count_of(count, "site", "sites"), false});
}

void build_still_open(const DailyInput& input, DailyReport& report) {
  PlainSection& out = report.still_open;
  std::map<std::string, std::uint64_t> outcomes;
  std::vector<PlainSection::Row> later;
  for (const Incident& one : input.desk.incidents) {
    if (one.closed) {
      if (london_day(*one.closed) == input.day) ++outcomes[outcome_phrase(one.outcome)];
      continue;
    }
    PlainSection::Row row = open_row(input, one);
    report.incidents_overdue += row.urgent;
    ++report.incidents_open;
    (row.urgent ? out.rows : later).push_back(std::move(row));
  }
  out.rows.insert(out.rows.end(), later.begin(), later.end());
  if (report.incidents_open == 0) {
    out.sentence = "No incident is open.";
  } else {
    out.sentence = fmt::format(
        "{} open, {} overdue.", capital(count_of(report.incidents_open, "incident is", "incidents are")),
        report.incidents_overdue == 0 ? "none" : number_word(report.incidents_overdue));
  }
  if (out.rows.size() > kMostRows) {
    out.sentence += fmt::format(" The {} most pressing are shown.", number_word(kMostRows));
    out.rows.resize(kMostRows);
  }
  if (!outcomes.empty()) {
    std::vector<std::string> parts;
    for (const auto& [outcome, count] : outcomes) parts.push_back(fmt::format("{} {}", count, outcome));
    out.sentence += " Closed today: " + join_words(parts) + ".";
  }
  out.note = yesterday_words(input);
  report.header.reviewed = out.note;
}

void build_glance(const Coverage& coverage, DailyReport& report) {
  const SetAsideSummary& aside = report.set_aside;
  report.glance.push_back(
      {CheckState::Good, "Set aside",
       aside.attempts == 0
           ? std::string("Nothing listed was asked for.")
           : fmt::format("{} of {} were most likely adverts, parts of pages or apps.",
                         with_thousands(aside.background), count_of(aside.attempts, "attempt", "attempts"))});
  report.glance.push_back({report.incidents_overdue > 0 ? CheckState::Bad : CheckState::Good, "Still open",
                           report.still_open.sentence.substr(0, report.still_open.sentence.find('.') + 1)});
  const std::string unnamed =
      coverage.could_be_named == 0
          ? std::string("Pages")
          : fmt::format("{} of connections had no name. Pages",
                        percent_of(coverage.could_be_named - coverage.named, coverage.could_be_named));
  report.glance.push_back(
      {CheckState::Note, "Not seen", unnamed + ", searches, chats and phones’ own data are never seen."});
}

void build_sample(const DailyInput& input, DailyReport& report) {
  PlainSection& out = report.sample;
  for (const SampledSession& one : input.desk.sample) {
    std::string where = one.place.empty() ? "" : ", " + defang_text(one.place);
    out.rows.push_back(
        {fmt::format("{}, {}{}", holder_shown(one.holder, input.settings), clock_span(one.first, one.last),
                     where),
         fmt::format("{}; {} ({})", one.reason, count_of(one.attempts, "attempt", "attempts"), one.sampler),
         false});
  }
  if (out.rows.empty()) {
    out.sentence = input.replay ? "No sample is drawn from a recording."
                                : "No session was drawn: there was nothing listed to draw from.";
    return;
  }
  out.sentence = fmt::format(
      "{} drawn for a person to look through, whatever the judgement above. Each draw is on record with its "
      "reason.",
      capital(count_of(out.rows.size(), "session was", "sessions were")));
}

void build_names(const DailyInput& input, DailyReport& report) {
  PlainSection& out = report.names;
  std::set<std::string> people;
  std::uint64_t shown = 0;
  std::uint64_t refused = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> asked;
  std::map<std::string, std::uint64_t> of_code;
  for (const NameLookUp& one : input.desk.look_ups) {
    if (one.answer == "shown") people.insert(one.person);
    shown += one.answer == "shown";
    refused += one.answer == "refused";
    ++of_code[one.code];
    ++asked[{one.role, fmt::format("{} ({})", one.purpose, one.answer)}];
  }
  if (input.desk.look_ups.empty()) {
    out.sentence = "Nobody asked for a name.";
  } else {
    out.sentence = fmt::format("{} opened by {}", capital(count_of(shown, "name was", "names were")),
                               count_of(people.size(), "person", "people"));
    out.sentence +=
        refused == 0 ? "." : fmt::format("; {} refused.", count_of(refused, "request was", "requests were"));
  }
  for (const auto& [who, count] : asked) {
    if (out.rows.size() == kMostRows) break;
    out.rows.push_back({defang_text(who.first),
                        fmt::format("{} {}", count_of(count, "time", "times") + ":", defang_text(who.second)),
                        false});
  }
  constexpr std::uint64_t kOften = 3;  // the same person again and again is worth a question
  for (const auto& [code, count] : of_code) {
    if (count >= kOften) out.note += fmt::format("{} was asked for {} times. ", defang_text(code), count);
  }
  if (!input.desk.look_ups_unbroken) {
    out.note += "THE RECORD OF LOOK-UPS WAS CHANGED OR CUT: ask IT who had access to the store.";
  }
}

}  // namespace gatehouse::lodge
