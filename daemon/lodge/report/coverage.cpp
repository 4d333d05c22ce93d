// Whether the filter worked: the gate's minutes added up, and "Did it work?" in lines.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::chrono::minutes kMinute{1};
constexpr std::string_view kUnnamedPrefix = "unnamed.";

bool carries_no_name(std::string_view reason) { return reason == "no-payload" || reason == "known-other"; }

void count_connections(const CoverageMinute& minute, std::map<std::string, std::uint64_t>& unnamed,
                       Coverage& out) {
  for (const auto& [name, value] : minute.counters) {
    if (name == "flows.named") out.named += value;
    if (name == "queue.undecided") out.undecided += value;
    if (name.compare(0, kUnnamedPrefix.size(), kUnnamedPrefix) != 0) continue;
    const std::string reason = name.substr(kUnnamedPrefix.size());
    if (carries_no_name(reason)) {
      out.nameless += value;
    } else if (value > 0) {
      unnamed[reason] += value;
    }
  }
}

// Every minute of [begin, end) that is not in `up`, joined to gaps.
std::vector<Coverage::Gap> find_gaps(const std::set<std::int64_t>& up, Timestamp begin,
                                     std::int64_t expected) {
  std::vector<Coverage::Gap> gaps;
  for (std::int64_t minute = 0; minute < expected; ++minute) {
    if (up.count(minute) > 0) continue;
    const Timestamp from = begin + minute * kMinute;
    if (gaps.empty() || gaps.back().end != from) gaps.push_back({from, from});
    gaps.back().end = from + kMinute;
  }
  return gaps;
}

std::string gaps_words(const Coverage& coverage) {
  constexpr std::size_t kMostGaps = 3;
  std::vector<std::string> parts;
  for (const Coverage::Gap& gap : coverage.gaps) {
    if (parts.size() == kMostGaps) {
      parts.push_back(fmt::format("{} more", coverage.gaps.size() - kMostGaps));
      break;
    }
    parts.push_back(fmt::format("{} to {}", format_clock(gap.begin), format_clock(gap.end)));
  }
  return join_words(parts);
}

// How the gate's day went by its own words: when it came back without having been stopped, and what its fail policy made
// of traffic while it was away.
struct GateLife {
  std::vector<std::string> died;  // clock times of those starts
  std::string_view meanwhile;     // a sentence; empty where it is not known
};

GateLife life_of_gate(const DailyInput& input) {
  GateLife out;
  bool up = false;
  for (const GateNote& note : input.notes) {
    const bool open = note.what.starts_with(journal::kStartedFailingOpen);
    if (open || note.what.starts_with(journal::kStartedFailingClosed)) {
      if (up) out.died.push_back(format_clock(note.at));
      up = true;
      out.meanwhile = open ? " Meanwhile traffic passed unfiltered, as configured."
                           : " Meanwhile traffic was stopped, as configured.";
    } else if (note.what.starts_with(journal::kStopped)) {
      up = false;
    }
  }
  return out;
}

Check gate_check(const DailyInput& input, const Coverage& coverage) {
  if (coverage.minutes_up == 0) {
    return {CheckState::Bad, "Gate",
            "Nothing was heard from the gate. We do not know whether it was filtering."};
  }
  if (input.replay) {
    std::string text =
        fmt::format("Read from a recording of {}, {} long. Nothing could be stopped, only recognised.",
                    clock_span(coverage.first, coverage.last), minutes_words(coverage.minutes_expected));
    if (coverage.gap_minutes() > 0)
      text += fmt::format(" It holds nothing for {}.", minutes_words(coverage.gap_minutes()));
    return {CheckState::Note, "Gate", text};
  }
  const GateLife life = life_of_gate(input);
  if (coverage.gaps.empty() && !life.died.empty()) {
    return {CheckState::Note, "Gate",
            fmt::format("It failed and was started again {}, at {}: for less than a minute each time.{}",
                        life.died.size() == 1 ? std::string("once") : count_of(life.died.size(), "time", "times"),
                        join_words(life.died), life.meanwhile)};
  }
  if (coverage.gaps.empty() && coverage.undecided > 0) {
    return {CheckState::Note, "Gate",
            fmt::format("Up in every one of the day's minutes, but more came at once than it could look at: {} undecided.",
                        count_of(coverage.undecided, "packet went on", "packets went on"))};
  }
  if (coverage.gaps.empty()) {
    return {CheckState::Good, "Gate",
            fmt::format("Up and filtering in every one of the day's {}.",
                        count_of(coverage.minutes_expected, "minute", "minutes"))};
  }
  const bool bad = coverage.gap_minutes() >= static_cast<std::uint64_t>(input.settings.gap_minutes);
  return {bad ? CheckState::Bad : CheckState::Note, "Gate",
          fmt::format("Silent for {}: {}.{} What was tried then is not in this report.",
                      minutes_words(coverage.gap_minutes()), gaps_words(coverage), life.meanwhile)};
}

bool named_too_few(const DailyInput& input, const Coverage& coverage) {
  return coverage.could_be_named > 0 &&
         coverage.named * 100 <
             coverage.could_be_named * static_cast<std::uint64_t>(input.settings.named_percent_floor);
}

Check seen_check(const DailyInput& input, const Coverage& coverage) {
  if (coverage.could_be_named == 0) {
    return {coverage.minutes_up == 0 ? CheckState::Bad : CheckState::Note, "Seen",
            "No connections were counted."};
  }
  std::string text =
      fmt::format("{} of {} could be named.", percent_of(coverage.named, coverage.could_be_named),
                  count_of(coverage.could_be_named, "connection", "connections"));
  constexpr std::size_t kMostReasons = 2;
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : coverage.unnamed) {
    if (reasons.size() == kMostReasons) break;
    reasons.push_back(
        fmt::format("{} {}", percent_of(count, coverage.could_be_named), unnamed_words(reason)));
  }
  if (!reasons.empty()) text += fmt::format(" Why not the others: {}.", join_words(reasons));
  return {named_too_few(input, coverage) ? CheckState::Bad : CheckState::Good, "Seen", text};
}

Check lists_check(const DailyInput& input) {
  if (input.lists.empty()) return {CheckState::Bad, "Lists", "NO LISTS LOADED: nothing could be recognised."};
  std::uint64_t entries = 0;
  std::vector<std::string> old;
  std::optional<Day> newest;
  for (const LoadedList& list : input.lists) {
    entries += list.entries;
    if (!list.updated) continue;
    if (!newest || *list.updated > *newest) newest = list.updated;
    const auto age = std::chrono::sys_days{input.day} - std::chrono::sys_days{*list.updated};
    if (age.count() > input.settings.list_days) {
      old.push_back(fmt::format("{} is {} old", defang_text(list.name),
                                count_of(static_cast<std::uint64_t>(age.count()), "day", "days")));
    }
  }
  std::string text = fmt::format("{} loaded with {}", count_of(input.lists.size(), "list", "lists"),
                                 count_of(entries, "entry", "entries"));
  if (newest) text += fmt::format(", newest of {}", short_date(*newest));
  text += ".";
  if (old.empty()) return {CheckState::Good, "Lists", text};
  std::sort(old.begin(), old.end());
  return {CheckState::Note, "Lists", text + " Out of date: " + join_words(old) + "."};
}

Check statutory_check(const DailyInput& input) {
  if (input.statutory_loaded)
    return {CheckState::Good, "Statutory lists", "Loaded, and nothing can override them."};
  return {
      CheckState::Bad, "Statutory lists",
      "STATUTORY LISTS NOT LOADED: the Internet Watch Foundation and counter-terrorism lists are missing, so "
      "unlawful material is not blocked by them. Ask IT to obtain them."};
}

Check blocks_check(const DailyInput& input) {
  std::uint64_t today = 0;
  for (const RatedAttempt& rated : input.attempts) {
    const auto outcome = rated.attempt.outcome;
    today += outcome == journal::Outcome::Blocked || outcome == journal::Outcome::WouldBlock ||
             outcome == journal::Outcome::ResetSentUnconfirmed;
  }
  std::map<Day, std::uint64_t> usual;
  const std::chrono::weekday weekday{std::chrono::sys_days{input.day}};
  for (const Day day : input.history.days) {
    if (std::chrono::weekday{std::chrono::sys_days{day}} == weekday) usual[day] = 0;
  }
  for (const HistoryCount& count : input.history.counts) {
    if (const auto found = usual.find(count.day); found != usual.end()) found->second += count.blocked;
  }
  const std::string now = capital(
      fmt::format("{} {}", count_of(today, "attempt", "attempts"),
                  input.replay ? "would have been blocked" : (today == 1 ? "was blocked" : "were blocked")));
  constexpr std::size_t kEnoughDays = 2;
  const std::string long_day = format_day_long(input.day);
  const std::string name = long_day.substr(0, long_day.find(' '));
  if (usual.size() < kEnoughDays) {
    return {CheckState::Note, "Blocks",
            fmt::format("{}. Too few earlier {}s on record to say what is usual.", now, name)};
  }
  std::uint64_t low = ~std::uint64_t{0};
  std::uint64_t high = 0;
  for (const auto& [day, blocked] : usual) {
    low = std::min(low, blocked);
    high = std::max(high, blocked);
  }
  std::string text = fmt::format(
      "{}; the last {} {}s had {}.", now, number_word(usual.size()), name,
      low == high ? with_thousands(low) : fmt::format("{} to {}", with_thousands(low), with_thousands(high)));
  // A sudden fall can mean that the filter went blind, not that the college grew good.
  if (today * 2 < low)
    return {CheckState::Bad, "Blocks", text + " Far fewer than usual: ask IT to check the filter."};
  if (today > high * 2 && today > high + 5)
    return {CheckState::Note, "Blocks", text + " Far more than usual."};
  return {CheckState::Good, "Blocks", text};
}

// Each feed that was silent in the day, and for how long; a silence that has not ended goes on to the day's
// end.
std::map<std::string, std::uint64_t> silent_feeds(const DailyInput& input) {
  const DayBounds bounds = london_day_bounds(input.day);
  const Timestamp end =
      input.known_until ? std::clamp(*input.known_until, bounds.begin, bounds.end) : bounds.end;
  std::map<std::string, std::uint64_t> out;
  for (const FeedSilence& silence : input.desk.feeds) {
    const Timestamp from = std::max(silence.since, bounds.begin);
    const Timestamp to = std::min(silence.until, end);
    if (to > from) out[defang_text(silence.feed)] += static_cast<std::uint64_t>((to - from) / kMinute);
  }
  return out;
}

Check feeds_check(const DailyInput& input, const std::map<std::string, std::uint64_t>& feeds) {
  std::vector<std::string> parts;
  bool bad = false;
  for (const auto& [feed, minutes] : feeds) {
    parts.push_back(fmt::format("{} was silent for {}", feed, minutes_words(minutes)));
    bad |= minutes >= static_cast<std::uint64_t>(input.settings.gap_minutes);
  }
  return {bad ? CheckState::Bad : CheckState::Note, "Feeds",
          capital(join_words(parts)) +
              ". Who made attempts then may be missing here, and comes late or not at all."};
}

}  // namespace

Coverage measure_coverage(const DailyInput& input) {
  const DayBounds bounds = london_day_bounds(input.day);
  Timestamp begin = bounds.begin;
  Timestamp end = input.known_until ? std::clamp(*input.known_until, bounds.begin, bounds.end) : bounds.end;
  Coverage out;
  std::map<std::string, std::uint64_t> unnamed;
  std::set<std::int64_t> up;
  for (const CoverageMinute& minute : input.coverage) {
    // `at` is the end of its minute; the one that ends at midnight belongs to the day before.
    const Timestamp inside = minute.at - Microseconds{1};
    if (inside < bounds.begin || inside >= bounds.end) continue;
    up.insert((inside - bounds.begin) / kMinute);
    count_connections(minute, unnamed, out);
  }
  if (!up.empty()) {
    out.first = bounds.begin + *up.begin() * kMinute;
    out.last = bounds.begin + (*up.rbegin() + 1) * kMinute;
    if (input.replay) {
      begin = out.first;
      end = out.last;
    }
  }
  const std::int64_t skipped = (begin - bounds.begin) / kMinute;
  const std::int64_t expected = std::max<std::int64_t>(0, (end - begin) / kMinute);
  std::set<std::int64_t> counted;
  for (const std::int64_t minute : up) {
    if (minute >= skipped && minute < skipped + expected) counted.insert(minute - skipped);
  }
  out.minutes_expected = static_cast<std::uint64_t>(expected);
  out.minutes_up = counted.size();
  out.gaps = find_gaps(counted, begin, expected);
  out.unnamed.assign(unnamed.begin(), unnamed.end());
  std::stable_sort(out.unnamed.begin(), out.unnamed.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  out.could_be_named = out.named;
  for (const auto& [reason, count] : out.unnamed) out.could_be_named += count;
  return out;
}

std::vector<std::string> reasons_for_doubt(const DailyInput& input, const Coverage& coverage) {
  std::vector<std::string> out;
  if (coverage.minutes_up == 0) {
    out.emplace_back("nothing was heard from the gate");
  } else if (!input.replay &&
             coverage.gap_minutes() >= static_cast<std::uint64_t>(input.settings.gap_minutes)) {
    out.push_back(fmt::format("the gate was silent for {}", minutes_words(coverage.gap_minutes())));
  }
  for (const auto& [feed, minutes] : silent_feeds(input)) {
    if (minutes >= static_cast<std::uint64_t>(input.settings.gap_minutes))
      out.push_back(fmt::format("the feed ‘{}’ was silent for {}", feed, minutes_words(minutes)));
  }
  if (input.lists.empty()) out.emplace_back("no lists were loaded");
  if (named_too_few(input, coverage)) {
    out.push_back(fmt::format("only {} of connections could be named",
                              percent_of(coverage.named, coverage.could_be_named)));
  }
  return out;
}

std::vector<Check> build_checks(const DailyInput& input, const Coverage& coverage) {
  std::vector<Check> checks = {gate_check(input, coverage), seen_check(input, coverage), lists_check(input),
                               statutory_check(input), blocks_check(input)};
  if (const auto feeds = silent_feeds(input); !feeds.empty()) checks.push_back(feeds_check(input, feeds));
  constexpr std::size_t kMostNotes = 4;
  std::vector<std::string> notes;
  for (const GateNote& note : input.notes) {
    if (london_day(note.at) != input.day) continue;
    notes.push_back(fmt::format("{} {}", format_clock(note.at), defang_text(note.what)));
  }
  if (!notes.empty()) {
    const std::size_t more = notes.size() > kMostNotes ? notes.size() - kMostNotes : 0;
    if (more > 0) {
      notes.resize(kMostNotes);
      notes.push_back(count_of(more, "more note", "more notes"));
    }
    checks.push_back({CheckState::Note, "Gate's notes", join_words(notes) + "."});
  }
  return checks;
}

}  // namespace gatehouse::lodge
