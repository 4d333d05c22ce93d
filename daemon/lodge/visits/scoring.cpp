#include "lodge/visits/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/london.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kMostReasons = 3;

struct Term {
  int points;
  std::string words;
};

std::string length_words(Seconds length) {
  if (length < Seconds(120)) return fmt::format("{} seconds", length.count());
  const auto minutes = (length.count() + 30) / 60;
  if (minutes < 120) return fmt::format("{} minutes", minutes);
  return fmt::format("{} hours", (minutes + 30) / 60);
}

void add_tries(std::vector<Term>& terms, const std::vector<Hit>& hits) {
  std::vector<Timestamp> times;
  for (const Hit& hit : hits) times.push_back(hit.at);
  const auto tries = tries_of(std::move(times));
  if (tries.size() < 2) return;
  const int further = static_cast<int>(std::min<std::size_t>(tries.size() - 1, 100));
  const auto over = std::chrono::duration_cast<Seconds>(tries.back() - tries.front());
  terms.push_back({std::min(further * kScoreWeights.further_try, kScoreWeights.further_tries_most),
                   fmt::format("tried {} times within {}", tries.size(), length_words(over))});
}

void add_routes(std::vector<Term>& terms, const std::vector<Hit>& hits) {
  std::set<HitKind> routes;
  bool stopped_at_look_up = false;
  for (const Hit& hit : hits) {
    if (hit.kind == HitKind::LookUp) {
      stopped_at_look_up = stopped_at_look_up || hit.stopped;
    } else {
      routes.insert(hit.kind);
    }
  }
  if (!routes.empty()) {
    terms.push_back({kScoreWeights.connected, "a connection to it was begun"});
  } else if (!stopped_at_look_up) {
    // Where the look-up itself was stopped no connection could follow, so its absence says nothing.
    terms.push_back({kScoreWeights.only_looked_up, "the name was looked up but nothing was opened"});
  }
  if (routes.size() > 1) terms.push_back({kScoreWeights.other_route, "another way of connecting was tried"});
}

std::vector<Term> terms_of(const Attempt& attempt, const ScoreInput& input) {
  std::vector<Term> terms;
  if (input.rhythm) {
    // A program's repeats must not count as a person's tries.
    terms.push_back({kScoreWeights.periodic,
                     fmt::format("comes back every {}, as a program does", length_words(*input.rhythm))});
  } else {
    add_tries(terms, *input.hits);
    if (input.earlier_last) {
      terms.push_back({kScoreWeights.came_back,
                       fmt::format("came back after {}", length_words(std::chrono::duration_cast<Seconds>(
                                                             attempt.first - *input.earlier_last)))});
    }
  }
  add_routes(terms, *input.hits);
  if (attempt.hosts.size() > 1) {
    terms.push_back(
        {kScoreWeights.other_sites, fmt::format("{} listed sites of this kind", attempt.hosts.size())});
  }
  if (!attempt.evasion.empty()) {
    terms.push_back({kScoreWeights.evasion, "the connection was disguised to get past the filter"});
  }
  if (!attempt.tunnel.empty()) {
    terms.push_back({kScoreWeights.tunnel, fmt::format("a tunnel was in use ({})", attempt.tunnel)});
  }
  return terms;
}

}  // namespace

std::vector<Timestamp> tries_of(std::vector<Timestamp> times) {
  std::sort(times.begin(), times.end());
  std::vector<Timestamp> tries;
  Timestamp before{};
  for (const Timestamp at : times) {
    if (tries.empty() || at - before >= kOneTry) tries.push_back(at);
    before = at;
  }
  return tries;
}

std::optional<Seconds> rhythm_of(const std::vector<Timestamp>& tries) {
  if (tries.size() < kRhythmTries) return std::nullopt;
  std::vector<Microseconds> gaps;
  for (std::size_t i = 1; i < tries.size(); ++i) gaps.push_back(tries[i] - tries[i - 1]);
  std::vector<Microseconds> sorted = gaps;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                   sorted.end());
  const Microseconds usual = sorted[sorted.size() / 2];
  if (usual < kRhythmShortest) return std::nullopt;
  const auto near = std::count_if(gaps.begin(), gaps.end(), [&](Microseconds gap) {
    return std::chrono::abs(gap - usual) * 100 <= usual * kRhythmTolerancePercent;
  });
  if (static_cast<std::size_t>(near) * 5 < gaps.size() * 4) return std::nullopt;
  return std::chrono::round<Seconds>(usual);
}

void score(Attempt& attempt, const ScoreInput& input) {
  auto terms = terms_of(attempt, input);
  int sum = kScoreWeights.start;
  for (const Term& term : terms) sum += term.points;
  attempt.score = std::clamp(sum, 0, 100);
  attempt.band = attempt.score >= kScoreWeights.deliberate_from ? Band::LikelyDeliberate
                 : attempt.score <= kScoreWeights.background_to ? Band::LikelyBackground
                                                                : Band::Unclear;
  std::stable_sort(terms.begin(), terms.end(),
                   [](const Term& a, const Term& b) { return std::abs(a.points) > std::abs(b.points); });
  attempt.reasons.clear();
  for (const Term& term : terms) {
    if (attempt.reasons.size() == kMostReasons) break;
    attempt.reasons.push_back(term.words);
  }
}

}  // namespace gatehouse::lodge
