#include "lodge/safeguarding/severity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace gatehouse::lodge {
namespace {

// All weights, in points. A category's weight is its severity times ten, so 10 to 50, whatever its subject:
// two categories of the same severity are treated alike in every term.
struct Weights {
  int category = 10;       // for each step of severity
  int deliberate = 20;     // likely deliberate
  int unclear = -25;       // most such came with pages: one alone makes no card
  int background = -40;    // likely no person: takes the heaviest category out of the week's list
  int sealed = 20;         // unlawful material: even background is looked at within the week
  int not_stopped = 5;     // it was let through
  int evasion = 8;         // the connection was disguised
  int circumvention = 10;  // beside a try to get round the filter
  int earlier_day = 5;     // each separate day before, of thirty
  int earlier_days_most = 15;
  int same_day = 4;  // each further attempt of that kind on the day
  int same_day_most = 12;
  int other_theme = 8;  // each other category on the day
  int other_themes_most = 16;

  int today_from = 60;  // severity 4 and likely deliberate, severity 5 and repeated
  int week_from = 30;   // severity 3, or lighter and likely deliberate
};
constexpr Weights kWeights;
constexpr int kUnknownCategorySeverity = 3;  // a category that the college added and gave no severity
constexpr Seconds kNear{60 * 60};
constexpr std::string_view kCircumvention = "circumvention";

std::string plural(std::uint32_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

int capped(std::uint32_t count, int each, int most) {
  return static_cast<int>(std::min<std::uint32_t>(count, 100)) * each > most
             ? most
             : static_cast<int>(std::min<std::uint32_t>(count, 100)) * each;
}

void add_own_terms(std::vector<SeverityTerm>& terms, const Attempt& attempt, const CategoryWeights& weights) {
  const auto known = weights.find(attempt.category);
  const int severity =
      std::clamp(known == weights.end() ? kUnknownCategorySeverity : known->second.severity, 1, 5);
  const std::string& title =
      known == weights.end() || known->second.title.empty() ? attempt.category : known->second.title;
  terms.push_back({severity * kWeights.category, fmt::format("{} (weight {} of 5)", title, severity)});
  if (attempt.band == Band::LikelyDeliberate) terms.push_back({kWeights.deliberate, "likely deliberate"});
  const bool surroundings_kept =
      std::find(attempt.reasons.begin(), attempt.reasons.end(), kSurroundingsNotKept) == attempt.reasons.end();
  if (attempt.band == Band::Unclear && !attempt.sealed && surroundings_kept)
    terms.push_back({kWeights.unclear, "unclear whether a person meant it"});
  if (attempt.band == Band::LikelyBackground)
    terms.push_back({kWeights.background, "likely background, not a person"});
  if (attempt.sealed) terms.push_back({kWeights.sealed, "unlawful material"});
  if (attempt.outcome == journal::Outcome::Allowed || attempt.outcome == journal::Outcome::AllowedLogged) {
    terms.push_back({kWeights.not_stopped, "it was not stopped"});
  }
  if (!attempt.evasion.empty()) terms.push_back({kWeights.evasion, "the connection was disguised"});
}

void add_pattern_terms(std::vector<SeverityTerm>& terms, const Pattern& pattern) {
  if (pattern.circumvention_near) {
    terms.push_back({kWeights.circumvention, "within the hour of a try to get round the filter"});
  }
  if (pattern.earlier_days > 0) {
    terms.push_back({capped(pattern.earlier_days, kWeights.earlier_day, kWeights.earlier_days_most),
                     fmt::format("seen on {} in the 30 days before",
                                 plural(pattern.earlier_days, "other day", "other days"))});
  }
  if (pattern.same_day > 0) {
    terms.push_back({capped(pattern.same_day, kWeights.same_day, kWeights.same_day_most),
                     fmt::format("{} of this kind on the same day",
                                 plural(pattern.same_day, "other attempt", "other attempts"))});
  }
  if (pattern.other_themes > 0) {
    terms.push_back({capped(pattern.other_themes, kWeights.other_theme, kWeights.other_themes_most),
                     fmt::format("beside {} on the same day",
                                 plural(pattern.other_themes, "other category", "other categories"))});
  }
}

std::string reason_of(Tier tier, const std::vector<SeverityTerm>& terms) {
  std::string out(tier_words(tier));
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  for (std::size_t i = 0; i < terms.size() && i < 2; ++i) out += (i == 0 ? ": " : "; ") + terms[i].words;
  return out + ".";
}

std::string holder_of(const Attempt& attempt) {
  if (!attempt.who.login.empty()) return "login\n" + attempt.who.login;
  return "device\n" + (attempt.who.device.empty() ? attempt.address : attempt.who.device);
}

Pattern pattern_of(const Attempt& attempt, const std::vector<const Attempt*>& of_holder,
                   std::uint32_t earlier_days) {
  Pattern pattern;
  pattern.earlier_days = earlier_days;
  std::set<std::string> others;
  for (const Attempt* other : of_holder) {
    if (other == &attempt || other->band != Band::LikelyDeliberate) continue;
    if (other->category == attempt.category) {
      ++pattern.same_day;
    } else if (other->category != kCircumvention) {
      if (attempt.category != kCircumvention) others.insert(other->category);
    } else if (other->first <= attempt.last + kNear && other->last + kNear >= attempt.first) {
      pattern.circumvention_near = true;
    }
  }
  pattern.other_themes = static_cast<std::uint32_t>(others.size());
  return pattern;
}

}  // namespace

std::string_view tier_words(Tier tier) noexcept {
  switch (tier) {
    case Tier::LookToday:
      return "look today";
    case Tier::LookThisWeek:
      return "look this week";
    case Tier::NoAction:
      return "no action suggested";
  }
  return "";
}

SeverityRating severity_of(const Attempt& attempt, const CategoryWeights& weights, const Pattern& pattern) {
  SeverityRating rating;
  add_own_terms(rating.terms, attempt, weights);
  // What stands around something that no person did adds no weight to it.
  if (attempt.band != Band::LikelyBackground) add_pattern_terms(rating.terms, pattern);
  int sum = 0;
  for (const SeverityTerm& term : rating.terms) sum += term.points;
  rating.points = std::max(sum, 0);
  rating.tier = rating.points >= kWeights.today_from  ? Tier::LookToday
                : rating.points >= kWeights.week_from ? Tier::LookThisWeek
                                                      : Tier::NoAction;
  std::stable_sort(
      rating.terms.begin(), rating.terms.end(),
      [](const SeverityTerm& a, const SeverityTerm& b) { return std::abs(a.points) > std::abs(b.points); });
  rating.reason = reason_of(rating.tier, rating.terms);
  return rating;
}

std::vector<RankedAttempt> rank_attempts(std::span<const Attempt> attempts,
                                         std::span<const std::uint32_t> earlier_days,
                                         const CategoryWeights& weights) {
  std::map<std::string, std::vector<const Attempt*>> by_holder;
  for (const Attempt& attempt : attempts) by_holder[holder_of(attempt)].push_back(&attempt);

  std::vector<RankedAttempt> ranked;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const std::uint32_t before = i < earlier_days.size() ? earlier_days[i] : 0;
    const Pattern pattern = pattern_of(attempts[i], by_holder[holder_of(attempts[i])], before);
    ranked.push_back({i, severity_of(attempts[i], weights, pattern)});
  }
  std::sort(ranked.begin(), ranked.end(), [&](const RankedAttempt& a, const RankedAttempt& b) {
    const Attempt& x = attempts[a.index];
    const Attempt& y = attempts[b.index];
    return std::tie(a.severity.tier, b.severity.points, y.score, x.first, x.id) <
           std::tie(b.severity.tier, a.severity.points, x.score, y.first, y.id);
  });
  return ranked;
}

}  // namespace gatehouse::lodge
