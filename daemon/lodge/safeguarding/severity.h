// How soon a person should look at an attempt, and why, in words: the category's weight, changed by the
// pattern it stands in, every term shown. It orders the report's cards and does nothing else: no consequence
// follows from it without a person. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lodge/store/records.h"

namespace gatehouse::lodge {

enum class Tier : std::uint8_t { LookToday, LookThisWeek, NoAction };
std::string_view tier_words(Tier tier) noexcept;  // "look today", "look this week", "no action suggested"

// One term of the sum, as people read it: "firearms sales (4 of 5)" +40.
struct SeverityTerm {
  int points = 0;
  std::string words;
};

struct SeverityRating {
  Tier tier = Tier::NoAction;
  int points = 0;                   // the sum of the terms, not below 0; ranks within a tier
  std::vector<SeverityTerm> terms;  // heaviest first; what adds nothing is left out
  std::string reason;               // the tier with its two strongest reasons, one sentence
};

// Of each category: `severity` in rules/categories.yaml, 1 (of little weight) to 5 (look now), and its title.
struct CategoryWeight {
  std::string title;
  int severity = 3;
};
using CategoryWeights = std::map<std::string, CategoryWeight>;

// What stands around an attempt.
struct Pattern {
  std::uint32_t earlier_days = 0;  // separate days before this one with the same holder and category, of 30
  std::uint32_t same_day = 0;  // other attempts of the same holder and category on the day, not background
  std::uint32_t other_themes =
      0;  // other categories the same holder tried on the day, circumvention left out
  bool circumvention_near = false;  // the same holder tried to get round the filter within the hour
};

SeverityRating severity_of(const Attempt& attempt, const CategoryWeights& weights, const Pattern& pattern);

struct RankedAttempt {
  std::size_t index = 0;  // into the attempts given
  SeverityRating severity;
};

// All attempts of a day, the one to look at first in front: by tier, points, deliberate score, time, id. The
// same input in any order gives the same ranking. `earlier_days` is beside `attempts` (or empty: nothing
// known).
std::vector<RankedAttempt> rank_attempts(std::span<const Attempt> attempts,
                                         std::span<const std::uint32_t> earlier_days,
                                         const CategoryWeights& weights);

}  // namespace gatehouse::lodge
