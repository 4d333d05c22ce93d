#include "lodge/report/load_input.h"

#include <map>
#include <set>
#include <tuple>

#include "lodge/report/who_words.h"

namespace gatehouse::lodge {
namespace {

Day days_before(Day day, int days) { return Day{std::chrono::sys_days{day} - std::chrono::days{days}}; }

bool stopped(journal::Outcome outcome) noexcept {
  return outcome == journal::Outcome::Blocked || outcome == journal::Outcome::WouldBlock ||
         outcome == journal::Outcome::ResetSentUnconfirmed;
}

// A minute is stamped with its end, so the day's last one carries the midnight after it.
Result<std::vector<CoverageMinute>> minutes_of(const Store& store, const DayBounds& bounds) {
  return store.coverage_between(bounds.begin + Microseconds{1}, bounds.end + Microseconds{1});
}

// Days on which the gate reported at least one minute: on the others, nothing seen means nothing.
Result<std::vector<Day>> days_running(const Store& store, Day day) {
  std::vector<Day> days;
  for (int ago = kHistoryDays; ago >= 1; --ago) {
    const Day earlier = days_before(day, ago);
    const DayBounds bounds = london_day_bounds(earlier);
    const auto minutes = minutes_of(store, bounds);
    if (!minutes) return tl::make_unexpected(minutes.error());
    if (!minutes->empty()) days.push_back(earlier);
  }
  return days;
}

// The attempts of the day, rated with what is known from before.
Result<std::vector<RatedAttempt>> rate(const Store& store, std::vector<Attempt> attempts,
                                       const CategoryWeights& weights) {
  std::vector<std::uint32_t> earlier_days;
  for (const Attempt& attempt : attempts) {
    const auto earlier = store.seen_earlier(attempt);
    if (!earlier) return tl::make_unexpected(earlier.error());
    earlier_days.push_back(earlier->days);
  }
  std::vector<RatedAttempt> out;
  for (const RankedAttempt& ranked : rank_attempts(attempts, earlier_days, weights)) {
    RatedAttempt rated;
    rated.attempt = attempts[ranked.index];
    rated.tier = ranked.severity.tier;
    rated.points = ranked.severity.points;
    for (const SeverityTerm& term : ranked.severity.terms) rated.why.push_back(term.words);
    out.push_back(std::move(rated));
  }
  return out;
}

}  // namespace

History reduce_history(const std::vector<Attempt>& earlier, std::vector<Day> days) {
  std::map<std::tuple<Day, Theme, int>, HistoryCount> counts;
  std::set<std::tuple<std::string, Theme, Day>> seen;
  for (const Attempt& attempt : earlier) {
    const LondonTime time = to_london(attempt.first);
    const Theme theme = theme_of(attempt);
    HistoryCount& count = counts[{time.day, theme, time.hour}];
    count.day = time.day;
    count.theme = theme;
    count.hour = time.hour;
    count.blocked += stopped(attempt.outcome);
    if (attempt.band == Band::LikelyBackground) continue;
    ++count.attempts;
    seen.insert({person_key(attempt), theme, time.day});
  }
  History history;
  history.days = std::move(days);
  for (const auto& [key, count] : counts) history.counts.push_back(count);
  for (const auto& [person, theme, day] : seen) history.seen.push_back({person, theme, day});
  return history;
}

Result<DailyInput> load_daily_input(const Store& store, Day day, const ReportContext& context) {
  const DayBounds bounds = london_day_bounds(day);
  DailyInput input;
  input.day = day;

  auto attempts = store.attempts_between(bounds.begin, bounds.end);
  if (!attempts) return tl::make_unexpected(attempts.error());
  auto rated = rate(store, std::move(*attempts), context.categories);
  if (!rated) return tl::make_unexpected(rated.error());
  input.attempts = std::move(*rated);

  auto days = days_running(store, day);
  if (!days) return tl::make_unexpected(days.error());
  const auto earlier =
      store.attempts_between(london_day_bounds(days_before(day, kHistoryDays)).begin, bounds.begin);
  if (!earlier) return tl::make_unexpected(earlier.error());
  input.history = reduce_history(*earlier, std::move(*days));

  auto coverage = minutes_of(store, bounds);
  if (!coverage) return tl::make_unexpected(coverage.error());
  input.coverage = std::move(*coverage);
  auto notes = store.notes_between(bounds.begin, bounds.end);
  if (!notes) return tl::make_unexpected(notes.error());
  input.notes = std::move(*notes);

  for (const auto& [id, weight] : context.categories) input.categories.push_back({id, weight.title});
  input.lists = context.lists;
  input.statutory_loaded = context.statutory_loaded;
  input.replay = context.replay;
  input.known_until = context.known_until;
  input.settings = context.settings;
  input.version = context.version;
  return input;
}

}  // namespace gatehouse::lodge
