#include "lodge/visits/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
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

std::string time_words(Milliseconds length) {
  return length_words(std::chrono::duration_cast<Seconds>(length + Milliseconds(500)));
}

void add_moment(std::vector<Term>& terms, const Try& one) {
  const Around& around = one.around;
  const int beside = around.before + around.after;
  if (beside >= kFewNames) {
    if (beside >= kManyNames) {
      terms.push_back(
          {kScoreWeights.amid_many,
           fmt::format("{} other names were asked for at the same moment, as when a page loads", beside)});
    }
    if (one.stopped && around.after >= kFewNames) {
      terms.push_back({kScoreWeights.went_on, "it was stopped, and the page went on loading other names"});
    }
  } else if (around.pause >= kPause) {
    terms.push_back({kScoreWeights.led, around.pause >= kLookBack
                                            ? "it was the first name after a pause of more than a minute"
                                            : fmt::format("it was the first name after a pause of {}",
                                                          time_words(around.pause))});
  } else if (around.after == 0 && around.pause >= kTooQuick) {
    terms.push_back({kScoreWeights.nothing_else, "no page was loading at that moment"});
  }
}

// What a page brought along, and goes on asking for.
bool of_a_page(const ScoreInput::Learned& learned) {
  return learned.page_asks || learned.others >= kManyDevices || learned.page_open >= kManyDevices;
}

// What is known here of the name and of the pages around it.
void add_learned(std::vector<Term>& terms, const Try& one, const ScoreInput::Learned& learned) {
  const Around& around = one.around;
  const int others = learned.others;
  if (learned.page_asks && learned.page_others >= kManyDevices && others < kManyDevices) {
    terms.push_back({kScoreWeights.page_keeps_asking,
                     fmt::format("a page had asked for it first, and brings it along on {} other devices",
                                 learned.page_others)});
  } else if (learned.page_asks) {
    terms.push_back({kScoreWeights.page_asks_again, "a page had asked for it first, and may be asking again"});
  }
  if (others < kManyDevices && learned.page_open >= kManyDevices) {
    terms.push_back(
        {kScoreWeights.page_open,
         fmt::format("a page opened shortly before brings it along on {} other devices", learned.page_open)});
  }
  if (others < kManyDevices && learned.part_of_pages) {
    const bool other_pages = learned.page_open == 0 && around.known && around.pause >= kPause;
    terms.push_back({other_pages ? kScoreWeights.part_of_others : kScoreWeights.part_of_pages,
                     other_pages
                         ? "this name mostly comes as a part of pages here, though of none opened lately"
                         : "this name mostly comes as a part of pages here"});
  }
  if (learned.goes_on && around.known && others == 0 && !learned.part_of_pages) {
    terms.push_back(
        {kScoreWeights.goes_on, "it was tried again by itself, and on no other device does that page bring it along"});
  }
  if (others > 0) {
    terms.push_back(
        {others >= kManyDevices ? kScoreWeights.seen_on_many : kScoreWeights.seen_on_some,
         fmt::format("the same name came at the same moment behind the same page on {} other device{}", others,
                     others == 1 ? "" : "s")});
  }
}

// What stood around one try. At night with nothing around, nobody is there.
void add_around(std::vector<Term>& terms, const Try& one, const ScoreInput::Learned& learned) {
  const Around& around = one.around;
  const bool lone = !around.known || around.pause >= kLookBack;
  const bool tab = loaded_again_as_pages_are(one);
  const int hour = to_london(one.first).hour;
  if (lone && (hour >= kNightFrom || hour < kNightTo)) {
    terms.push_back({kScoreWeights.idle_hours, "at night, when nothing else went on"});
  } else if (around.known) {
    add_moment(terms, one);
  }
  if (tab) {  // then it is no part of a page, whatever pages bring along
    terms.push_back(
        {kScoreWeights.reloaded, "the browser loaded it again by itself, as it does with a page opened in a tab"});
  } else {
    add_learned(terms, one, learned);
  }
  if (one.unlike_pages && !tab) {
    terms.push_back(
        {kScoreWeights.unlike_pages, "the browser did not load it again, as it does with pages on this device"});
  }
  if (!around.known) {
    terms.push_back({kScoreWeights.not_known, std::string(kSurroundingsNotKept)});
    return;
  }
  if (around.own_names > 0 && (tab || !of_a_page(learned))) {
    terms.push_back({kScoreWeights.own_names, "other names of the same site were opened with it"});
  }
  if (around.other_program) {
    terms.push_back({kScoreWeights.other_program, "another program than the one that opens the pages asked for it"});
  }
}

int sum_of(const std::vector<Term>& terms) {
  int sum = 0;
  for (const Term& term : terms) sum += term.points;
  return sum;
}

// The try that speaks most for a person: one is enough, whatever else the pages brought along.
void add_best_try(std::vector<Term>& terms, const ScoreInput& input) {
  std::vector<Term> best;
  if (input.tries->empty()) best.push_back({kScoreWeights.not_known, std::string(kSurroundingsNotKept)});
  bool any = false;
  for (std::size_t i = 0; i < input.tries->size(); ++i) {
    std::vector<Term> these;
    add_around(these, (*input.tries)[i], i < input.learned.size() ? input.learned[i] : ScoreInput::Learned{});
    if (!any || sum_of(these) > sum_of(best)) best = std::move(these);
    any = true;
  }
  terms.insert(terms.end(), best.begin(), best.end());
}

// How often a name was asked for again within a minute and with nothing else in between: what people do at an error
// page, and pages that load do not.
int times_again(const ScoreInput& input) {
  const std::vector<Try>& tries = *input.tries;
  int again = 0;
  for (std::size_t i = 0; i < tries.size(); ++i) {
    if (i < input.learned.size() && of_a_page(input.learned[i])) continue;
    if (tries[i].around.known) again += tries[i].around.again + goes_on_trying(tries, tries[i]);
  }
  return again;
}

// Where the surroundings are not known, the tries themselves are all there is.
void add_tries(std::vector<Term>& terms, const ScoreInput& input) {
  const int again = input.backs_off ? 0 : times_again(input);
  if (again > 0) {
    terms.push_back({std::min(again * kScoreWeights.again, kScoreWeights.again_most),
                     again == 1 ? "asked for again, with nothing else opened in between"
                                : fmt::format("asked for again {} times, with nothing else opened in between", again)});
  }
  if (std::any_of(input.tries->begin(), input.tries->end(), [](const Try& one) { return one.around.known; })) return;
  std::vector<Timestamp> times;
  for (const Hit& hit : *input.hits) times.push_back(hit.at);
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
  if (input.backs_off) {
    terms.push_back({kScoreWeights.backing_off, "asked for again after longer and longer, as a program does"});
  }
  if (input.rhythm) {
    // A program's repeats must not count as a person's tries.
    terms.push_back({kScoreWeights.periodic,
                     fmt::format("comes back every {}, as a program does", length_words(*input.rhythm))});
  } else {
    add_best_try(terms, input);
    add_tries(terms, input);
  }
  add_routes(terms, *input.hits);
  std::set<std::uint64_t> sites;
  for (std::size_t i = 0; i < input.tries->size(); ++i) {
    const Try& one = (*input.tries)[i];
    const bool parts =
        i < input.learned.size() && (of_a_page(input.learned[i]) || input.learned[i].part_of_pages);
    if (!brought_along(one.around) && !parts && one.host < attempt.hosts.size()) {
      sites.insert(site_of(attempt.hosts[one.host].host));
    }
  }
  if (sites.size() > 1) {
    terms.push_back({kScoreWeights.other_sites, fmt::format("{} listed sites of this kind", sites.size())});
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

bool backs_off(const std::vector<Timestamp>& moments) {
  int growing = 0;
  Microseconds before{};
  for (std::size_t i = 1; i < moments.size(); ++i) {
    const Microseconds gap = moments[i] - moments[i - 1];
    const double ratio =
        before.count() == 0 ? 0 : static_cast<double>(gap.count()) / static_cast<double>(before.count());
    growing = ratio >= kGrowsAtLeast && ratio <= kGrowsAtMost ? growing + 1 : 0;
    if (growing >= kGrowingGaps) return true;
    before = gap;
  }
  return false;
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

bool goes_on_trying(const std::vector<Try>& tries, const Try& one) {
  const Try* before = nullptr;
  for (const Try& other : tries) {
    if (other.name == one.name && other.first < one.first && (before == nullptr || other.last > before->last)) {
      before = &other;
    }
  }
  if (before == nullptr) return false;
  const auto gap = std::chrono::duration_cast<Milliseconds>(one.first - before->last);
  return gap <= kAgain && one.around.pause >= gap;
}

int points_around(const Try& one) {
  std::vector<Term> terms;
  add_around(terms, one, {});
  return sum_of(terms);
}

void score(Attempt& attempt, const ScoreInput& input) {
  auto terms = terms_of(attempt, input);
  attempt.score = std::clamp(kScoreWeights.start + sum_of(terms), 0, 100);
  attempt.band = attempt.score >= kScoreWeights.deliberate_from ? Band::LikelyDeliberate
                 : attempt.score <= kScoreWeights.background_to ? Band::LikelyBackground
                                                                : Band::Unclear;
  std::stable_sort(terms.begin(), terms.end(),
                   [](const Term& a, const Term& b) { return std::abs(a.points) > std::abs(b.points); });
  attempt.reasons.clear();
  for (const Term& term : terms) {
    if (attempt.reasons.size() < kMostReasons) {
      attempt.reasons.push_back(term.words);
    } else if (term.words == kSurroundingsNotKept) {
      attempt.reasons.back() = term.words;  // however little it weighs, it is told
    }
  }
}

}  // namespace gatehouse::lodge
