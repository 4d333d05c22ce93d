// How much stands against a holder (a login, or a device where nobody is established) over eight weeks: a sum
// that fades, of attempts alone, with every term in words. It sorts what a person reads and does nothing
// else: nothing is sent, blocked or changed because of it, and it says nothing about what anybody believes.
// Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/london.h"
#include "lodge/safeguarding/severity.h"

namespace gatehouse::lodge {

inline constexpr int kRatingDays = 56;

struct HolderRating {
  int points = 0;                              // the sum of the terms, not below 0
  std::vector<SeverityTerm> terms;             // in a fixed order; what adds nothing is left out
  std::vector<std::string> attempts;           // ids that a term counted
  [[nodiscard]] std::string sentence() const;  // "46: 3 attempts under ... +38; on 2 days +3"
};

// `attempts` are one holder's, those after `day` and older than kRatingDays are left out.
HolderRating rate_holder(std::span<const Attempt> attempts, Day day, const CategoryWeights& weights);

}  // namespace gatehouse::lodge
