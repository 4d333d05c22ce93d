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
    const auto any = store.has_coverage(bounds.begin + Microseconds{1}, bounds.end + Microseconds{1});
    if (!any) return tl::make_unexpected(any.error());
    if (*any) days.push_back(earlier);
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

// The eight weeks of everybody who has something to look at.
Result<std::vector<RatedHolder>> rate_holders(const Store& store, const std::vector<RatedAttempt>& attempts,
                                              Day day, const CategoryWeights& weights) {
  std::map<std::string, HolderRating> ratings;
  const Timestamp end = london_day_bounds(day).end;
  for (const RatedAttempt& rated : attempts) {
    if (rated.tier == Tier::NoAction) continue;
    const std::string person = person_key(rated.attempt);
    if (ratings.contains(person)) continue;
    const auto earlier =
        store.attempts_of_holder(rated.attempt, london_day_bounds(days_before(day, kRatingDays)).begin, end);
    if (!earlier) return tl::make_unexpected(earlier.error());
    ratings.emplace(person, rate_holder(*earlier, day, weights));
  }
  std::vector<RatedHolder> out;
  for (auto& [person, rating] : ratings) out.push_back({person, std::move(rating)});
  return out;
}

Result<void> draw_and_keep(const SqliteStore& store, const ReportContext& context, DailyInput& input) {
  auto kept = sample_of(store.connection(), input.day);
  if (!kept) return tl::make_unexpected(kept.error());
  const bool over = !context.known_until || *context.known_until >= london_day_bounds(input.day).end;
  if (kept->empty() && over && !context.replay) {
    std::vector<Attempt> attempts;
    std::vector<std::string> holders;
    for (const RatedAttempt& rated : input.attempts) {
      attempts.push_back(rated.attempt);
      holders.push_back(person_key(rated.attempt));
    }
    *kept =
        draw_sample(attempts, holders, input.day, context.settings.pseudonym_key, context.settings.sample);
    if (auto done = keep_sample(store.connection(), input.day, *kept); !done) return done;
  }
  input.desk.sample = std::move(*kept);
  return {};
}

// As it stood at the day's end, so that the report of a day stays the same whenever it is made.
Result<void> load_desk(const SqliteStore& store, const DayBounds& bounds, DailyInput& input) {
  const Connection& db = store.connection();
  auto incidents =
      incidents_between(db, london_day_bounds(days_before(input.day, kHistoryDays)).begin, bounds.end);
  if (!incidents) return tl::make_unexpected(incidents.error());
  for (Incident& one : *incidents) {
    if (one.closed && *one.closed >= bounds.end) one.closed.reset(), one.cause.clear(), one.outcome.clear();
  }
  auto look_ups = look_ups_between(db, bounds.begin, bounds.end);
  if (!look_ups) return tl::make_unexpected(look_ups.error());
  const auto unbroken = look_ups_unbroken(db);
  if (!unbroken) return tl::make_unexpected(unbroken.error());
  auto feeds = feed_silences_between(db, bounds.begin, bounds.end);
  if (!feeds) return tl::make_unexpected(feeds.error());
  const std::string before = format_day_iso(days_before(input.day, 1));
  auto readings = readings_of(db, before);
  if (!readings) return tl::make_unexpected(readings.error());
  std::erase_if(*readings, [&](const ReportReading& one) { return one.at >= bounds.end; });
  auto sent = deliveries(db, "report " + before + " ");
  if (!sent) return tl::make_unexpected(sent.error());
  for (Delivery& one : *sent) one.sent = one.sent && one.at < bounds.end;
  input.desk = {std::move(*incidents), std::move(*look_ups), *unbroken,       {},
                std::move(*feeds),     std::move(*readings), std::move(*sent)};
  return {};
}

}  // namespace

void HistoryReducer::add(const PastAttempt& attempt) {
  const LondonTime time = to_london(attempt.first);
  const Theme theme = attempt.sealed ? Theme::Sealed : theme_of_category(attempt.category);
  HistoryCount& count = counts_[{time.day, theme, time.hour}];
  count.day = time.day;
  count.theme = theme;
  count.hour = time.hour;
  count.blocked += stopped(attempt.outcome);
  if (attempt.band == Band::LikelyBackground) return;
  ++count.attempts;
  seen_.insert({person_key(attempt), theme, time.day});
}

History HistoryReducer::take(std::vector<Day> days) && {
  History history;
  history.days = std::move(days);
  for (const auto& [key, count] : counts_) history.counts.push_back(count);
  for (const auto& [person, theme, day] : seen_) history.seen.push_back({person, theme, day});
  return history;
}

Result<DailyInput> load_daily_input(const SqliteStore& store, Day day, const ReportContext& context) {
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
  HistoryReducer reducer;
  const auto reduced = store.each_past(london_day_bounds(days_before(day, kHistoryDays)).begin, bounds.begin,
                                       [&](const PastAttempt& attempt) { reducer.add(attempt); });
  if (!reduced) return tl::make_unexpected(reduced.error());
  input.history = std::move(reducer).take(std::move(*days));

  auto ratings = rate_holders(store, input.attempts, day, context.categories);
  if (!ratings) return tl::make_unexpected(ratings.error());
  input.ratings = std::move(*ratings);
  if (auto done = load_desk(store, bounds, input); !done) return tl::make_unexpected(done.error());
  if (auto done = draw_and_keep(store, context, input); !done) return tl::make_unexpected(done.error());

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
  input.measured = context.measured;
  input.version = context.version;
  return input;
}

}  // namespace gatehouse::lodge
