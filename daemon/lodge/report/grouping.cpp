// Attempts put together by person and theme, and what several sections say about such a group.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "lodge/names/pseudonym.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

bool earlier(const RatedAttempt* a, const RatedAttempt* b) {
  return std::tie(a->attempt.first, a->attempt.id) < std::tie(b->attempt.first, b->attempt.id);
}

bool heavier(const RatedAttempt* a, const RatedAttempt* b) {
  if (a->tier != b->tier) return a->tier < b->tier;
  if (a->points != b->points) return a->points > b->points;
  if (a->attempt.score != b->attempt.score) return a->attempt.score > b->attempt.score;
  return earlier(a, b);
}

bool ranks_before(const PersonTheme& a, const PersonTheme& b) {
  if (a.tier != b.tier) return a.tier < b.tier;
  if (a.points != b.points) return a.points > b.points;
  return earlier(a.attempts.front(), b.attempts.front());
}

}  // namespace

const RatedAttempt& PersonTheme::heaviest() const {
  return **std::min_element(attempts.begin(), attempts.end(), heavier);
}

std::vector<PersonTheme> group_attempts(const DailyInput& input, bool circumvention) {
  std::map<std::pair<std::string, Theme>, PersonTheme> groups;
  for (const RatedAttempt& rated : input.attempts) {
    const Theme theme = theme_of(rated.attempt);
    if ((theme == Theme::Circumvention) != circumvention) continue;
    const std::string person = person_key(rated.attempt);
    PersonTheme& group = groups[{person, theme}];
    group.person = person;
    group.theme = theme;
    group.tier = std::min(group.tier, rated.tier);
    group.points = std::max(group.points, rated.points);
    group.attempts.push_back(&rated);
  }
  std::vector<PersonTheme> out;
  for (auto& [key, group] : groups) {
    std::sort(group.attempts.begin(), group.attempts.end(), earlier);
    // What nobody meant stays out of a group that somebody did mean: it would only inflate the count.
    const bool meant = std::any_of(group.attempts.begin(), group.attempts.end(), [](const RatedAttempt* a) {
      return a->attempt.band != Band::LikelyBackground;
    });
    if (meant) {
      std::erase_if(group.attempts, [](const RatedAttempt* a) {
        return a->attempt.band == Band::LikelyBackground && a->tier == Tier::NoAction;
      });
    }
    out.push_back(std::move(group));
  }
  std::sort(out.begin(), out.end(), ranks_before);
  return out;
}

std::string category_title(const DailyInput& input, std::string_view category) {
  for (const CategoryTitle& known : input.categories) {
    if (known.id == category) return known.title;
  }
  return std::string(category);
}

std::string when_words(const PersonTheme& group) {
  constexpr std::size_t kMostTimes = 4;  // more would fill the card with clock times
  std::vector<std::string> spans;
  for (const RatedAttempt* rated : group.attempts) {
    std::string span = clock_span(rated->attempt.first, rated->attempt.last);
    if (spans.empty() || spans.back() != span) spans.push_back(std::move(span));
  }
  if (spans.size() <= kMostTimes) return join_words(spans);
  Timestamp last = group.attempts.front()->attempt.last;
  for (const RatedAttempt* rated : group.attempts) last = std::max(last, rated->attempt.last);
  return fmt::format("{} times between {} and {}", group.attempts.size(),
                     format_clock(group.attempts.front()->attempt.first), format_clock(last));
}

std::string group_outcome(const PersonTheme& group, bool replay) {
  std::map<journal::Outcome, std::uint64_t> outcomes;
  for (const RatedAttempt* rated : group.attempts) {
    journal::Outcome outcome = rated->attempt.outcome;
    // A recording cannot be stopped, whatever the journal of the time said.
    if (replay && outcome == journal::Outcome::Blocked) outcome = journal::Outcome::WouldBlock;
    ++outcomes[outcome];
  }
  if (outcomes.size() == 1) return outcome_words(outcomes.begin()->first, outcomes.begin()->second) + ".";
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : outcomes) {
    parts.push_back(fmt::format("{}: {}", outcome_words(outcome, 1), number_word(count)));
  }
  return join_words(parts) + ".";
}

std::vector<std::string> what_was_reached_for(const PersonTheme& group) {
  constexpr std::size_t kMostHosts = 4;
  std::vector<std::string> parts;
  const auto add = [&](std::string text) {
    if (std::find(parts.begin(), parts.end(), text) == parts.end()) parts.push_back(std::move(text));
  };
  for (const RatedAttempt* rated : group.attempts) {
    if (rated->attempt.sealed || group.theme == Theme::Sealed) continue;
    if (!rated->attempt.tunnel.empty()) add(tunnel_words(rated->attempt.tunnel));
    for (const AttemptHost& host : rated->attempt.hosts) {
      if (!host.host.empty()) add(defang(host.host));
    }
  }
  if (parts.size() > kMostHosts) {
    const std::size_t more = parts.size() - kMostHosts;
    parts.resize(kMostHosts);
    parts.push_back(fmt::format("{} more", more));
  }
  return parts;
}

std::string card_reference(const DailyInput& input, const PersonTheme& group) {
  const std::string day = format_day_iso(input.day);
  const std::string of = fmt::format("{}\n{}\n{}", day, group.person, theme_id(group.theme));
  return fmt::format("{}/{}", day, code_for('C', of, input.settings.pseudonym_key).substr(2));
}

std::string holder_shown(std::string_view person, const ReportSettings& settings) {
  const bool login = person.starts_with("login:");
  const std::string_view name = person.substr(person.find(':') + 1);
  return code_for(login ? 'L' : 'D', name, settings.pseudonym_key);
}

std::string short_date(Day day) {
  const std::string whole = format_day_long(day);
  return whole.substr(0, whole.rfind(' '));
}

}  // namespace gatehouse::lodge
