#include "lodge/safeguarding/rating.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace gatehouse::lodge {
namespace {

// All weights. Every category is weighed by its severity alone, so equal severities are rated alike.
struct Weights {
  int category_tenths = 40;  // tenths of a point for each step of severity, for one deliberate attempt today
  int unclear_percent = 40;  // of that, when it is unclear whether a person meant it; background: nothing
  int half_life_days = 14;   // after so many days an attempt counts half
  int other_day = 3;         // each further day with an attempt
  int other_days_most = 12;
  int other_site = 2;  // each further site
  int other_sites_most = 8;
  int circumvention = 6;       // tries to get round the filter beside tries for content
  int permitted_percent = 50;  // taken off for what the college's own rules let through
  int shared_percent = 25;     // taken off where the evidence of who it was is weak (C), and twice that for D
};
constexpr Weights kWeights;
constexpr std::string_view kCircumvention = "circumvention";

int age_in_days(const Attempt& attempt, Day day) {
  return static_cast<int>(
      (std::chrono::sys_days{day} - std::chrono::sys_days{london_day(attempt.first)}).count());
}

// Points in hundredths of an attempt of that category.
int hundredths(const Attempt& attempt, int severity, int age) {
  const double faded = std::exp2(-static_cast<double>(age) / kWeights.half_life_days);
  const int share = attempt.band == Band::LikelyDeliberate ? 100 : kWeights.unclear_percent;
  return static_cast<int>(std::lround(severity * kWeights.category_tenths * share / 10.0 * faded));
}

bool permitted(const Attempt& attempt) {
  return attempt.outcome == journal::Outcome::AllowedLogged || attempt.outcome == journal::Outcome::Allowed;
}

std::string times(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string age_words(int days) {
  return days == 0 ? "today" : days == 1 ? "yesterday" : fmt::format("{} days ago", days);
}

struct Sums {
  struct OfCategory {
    int hundredths = 0;
    std::size_t attempts = 0;
    int newest = kRatingDays;
  };
  std::map<std::string, OfCategory> categories;
  std::set<Day> days;
  std::set<std::string> sites;
  int permitted = 0;
  int weak = 0;
  int total = 0;
};

const CategoryWeight& weight_of(const CategoryWeights& weights, const std::string& category) {
  static const CategoryWeight unknown{};
  const auto found = weights.find(category);
  return found == weights.end() ? unknown : found->second;
}

void add(Sums& sums, const Attempt& attempt, int age, int points) {
  auto& category = sums.categories[attempt.category];
  category.hundredths += points;
  category.newest = std::min(category.newest, age);
  ++category.attempts;
  sums.total += points;
  sums.days.insert(london_day(attempt.first));
  if (permitted(attempt)) sums.permitted += points * kWeights.permitted_percent / 100;
  if (attempt.who.grade == Grade::C) sums.weak += points * kWeights.shared_percent / 100;
  if (attempt.who.grade == Grade::D) sums.weak += points * kWeights.shared_percent * 2 / 100;
  for (const AttemptHost& host : attempt.hosts) {
    if (!host.host.empty()) sums.sites.insert(host.host);
  }
}

void add_terms(const Sums& sums, const CategoryWeights& weights, std::vector<SeverityTerm>& terms) {
  for (const auto& [id, sum] : sums.categories) {
    const CategoryWeight& weight = weight_of(weights, id);
    terms.push_back({(sum.hundredths + 50) / 100,
                     fmt::format("{} under ‘{}’, the latest {}", times(sum.attempts, "attempt", "attempts"),
                                 weight.title.empty() ? id : weight.title, age_words(sum.newest))});
  }
  std::stable_sort(terms.begin(), terms.end(),
                   [](const auto& a, const auto& b) { return a.points > b.points; });
  const auto more = [&](std::size_t count, int each, int most, std::string words) {
    if (count < 2) return;
    terms.push_back({std::min(static_cast<int>(count - 1) * each, most), std::move(words)});
  };
  more(sums.days.size(), kWeights.other_day, kWeights.other_days_most,
       fmt::format("on {} different days", sums.days.size()));
  more(sums.sites.size(), kWeights.other_site, kWeights.other_sites_most,
       fmt::format("{} different sites", sums.sites.size()));
  if (sums.categories.size() > 1 && sums.categories.contains(std::string(kCircumvention))) {
    terms.push_back({kWeights.circumvention, "ways round the filter beside it"});
  }
  if (sums.permitted >= 100) terms.push_back({-sums.permitted / 100, "your rules let some of it through"});
  if (sums.weak >= 100) terms.push_back({-sums.weak / 100, "doubt about who it was"});
  std::erase_if(terms, [](const SeverityTerm& term) { return term.points == 0; });
}

}  // namespace

std::string HolderRating::sentence() const {
  std::string out = fmt::format("{}", points);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    out += fmt::format("{} {} {:+}", i == 0 ? ":" : ";", terms[i].words, terms[i].points);
  }
  return out + ".";
}

HolderRating rate_holder(std::span<const Attempt> attempts, Day day, const CategoryWeights& weights) {
  Sums sums;
  HolderRating rating;
  for (const Attempt& attempt : attempts) {
    const int age = age_in_days(attempt, day);
    if (age < 0 || age >= kRatingDays || attempt.band == Band::LikelyBackground) continue;
    add(sums, attempt, age,
        hundredths(attempt, std::clamp(weight_of(weights, attempt.category).severity, 1, 5), age));
    rating.attempts.push_back(attempt.id);
  }
  add_terms(sums, weights, rating.terms);
  for (const SeverityTerm& term : rating.terms) rating.points += term.points;
  rating.points = std::max(rating.points, 0);
  return rating;
}

}  // namespace gatehouse::lodge
