#include "base/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "base/london.h"
#include "base/text.h"

namespace gatehouse {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurationUnits = {
    Unit{"s", 1},     Unit{"sec", 1},     Unit{"second", 1},    Unit{"m", 60},
    Unit{"min", 60},  Unit{"minute", 60}, Unit{"h", 3600},      Unit{"hour", 3600},
    Unit{"d", 86400}, Unit{"day", 86400}, Unit{"week", 604800},
};
constexpr std::array kSizeUnits = {
    Unit{"", 1},           Unit{"b", 1},          Unit{"byte", 1},      Unit{"k", 1u << 10},
    Unit{"kb", 1u << 10},  Unit{"kib", 1u << 10}, Unit{"m", 1u << 20},  Unit{"mb", 1u << 20},
    Unit{"mib", 1u << 20}, Unit{"g", 1u << 30},   Unit{"gb", 1u << 30}, Unit{"gib", 1u << 30},
};
constexpr std::array<std::string_view, 7> kDayNames = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};

// A whole number and a unit, in units; nullopt when either is missing or the product does not fit.
template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units) {
  text = trim(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string name = to_lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  const auto find = [&](std::string_view wanted) {
    return std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == wanted; });
  };
  auto unit = find(name);
  if (unit == units.end() && name.size() > 2 && name.back() == 's') {
    name.pop_back();
    unit = find(name);
  }
  if (unit == units.end()) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number > kMost / unit->factor) return std::nullopt;
  return number * unit->factor;
}

// "mon", "tues", "Wednesday": three letters or more of one day's name, a final "s" allowed.
std::optional<int> parse_day_name(std::string_view text) {
  std::string word = to_lower(trim(text));
  if (word.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < kDayNames.size(); ++i) {
    const std::string name = to_lower(kDayNames[i]);
    if (name.starts_with(word) || word == name + "s") return static_cast<int>(i);
  }
  return std::nullopt;
}

std::optional<DaySet> parse_day_word(std::string_view text) {
  const std::string word = to_lower(trim(text));
  if (word == "weekdays" || word == "weekday") return kWeekdays;
  if (word == "weekend" || word == "weekends") return static_cast<DaySet>(kEveryDay & ~kWeekdays);
  if (word == "every day" || word == "all" || word == "daily" || word == "everyday") return kEveryDay;
  const auto dash = word.find('-');
  const auto first = parse_day_name(std::string_view(word).substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string::npos) return static_cast<DaySet>(1u << *first);
  const auto last = parse_day_name(std::string_view(word).substr(dash + 1));
  if (!last) return std::nullopt;
  unsigned days = 0;
  for (int day = *first;; day = (day + 1) % 7) {
    days |= 1u << day;
    if (day == *last) break;
  }
  return static_cast<DaySet>(days);
}

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace =
          cost[i - 1][j - 1] + (ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]) ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<Seconds> parse_duration(std::string_view text) {
  const auto seconds = parse_quantity(text, kDurationUnits);
  // A century is more than any setting means and keeps sums of times far from overflow.
  if (!seconds || *seconds > 100ull * 366 * 86400) return std::nullopt;
  return Seconds{static_cast<std::int64_t>(*seconds)};
}

std::string format_duration(Seconds duration) {
  constexpr std::array kUnits = {Unit{"day", 86400}, Unit{"hour", 3600}, Unit{"minute", 60},
                                 Unit{"second", 1}};
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  for (const Unit& unit : kUnits) {
    if ((count > 0 && count % unit.factor == 0) || unit.factor == 1) {
      return fmt::format("{} {}{}", count / unit.factor, unit.name, count / unit.factor == 1 ? "" : "s");
    }
  }
  return {};
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_quantity(text, kSizeUnits); }

std::optional<int> parse_time_of_day(std::string_view text) {
  text = trim(text);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon < 1 || colon > 2 || text.size() != colon + 3)
    return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != colon && (text[i] < '0' || text[i] > '9')) return std::nullopt;
  }
  std::from_chars(text.data(), text.data() + colon, value);
  const int minute = (text[colon + 1] - '0') * 10 + (text[colon + 2] - '0');
  if (minute > 59 || value * 60 + minute > 24 * 60) return std::nullopt;
  return value * 60 + minute;
}

std::string format_time_of_day(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

std::optional<DaySet> parse_days(std::string_view text) {
  unsigned days = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto some = parse_day_word(part);
    if (!some) return std::nullopt;
    days |= *some;
  }
  return static_cast<DaySet>(days);
}

std::string format_days(DaySet days) {
  if ((days & kEveryDay) == kEveryDay) return "every day";
  std::string out;
  for (std::size_t i = 0; i < 7;) {
    std::size_t end = i;
    while (end < 7 && (days >> end & 1) != 0) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    if (!out.empty()) out += ", ";
    if (end - i >= 3) {
      out += fmt::format("{} to {}", kDayNames[i], kDayNames[end - 1]);
      i = end;
    } else {
      out += kDayNames[i++];
    }
  }
  return out;
}

std::optional<Timestamp> parse_london_time(std::string_view text, bool day_ends) {
  text = trim(text);
  if (const auto with_zone = parse_time(text)) return with_zone;
  if (text.size() < 10) return std::nullopt;
  const auto day = parse_day(text.substr(0, 10));
  if (!day) return std::nullopt;
  if (text.size() == 10) {
    const DayBounds bounds = london_day_bounds(*day);
    return day_ends ? bounds.end : bounds.begin;
  }
  const auto as_utc = parse_time(std::string(text) + "Z");
  if (!as_utc) return std::nullopt;
  // The wall clock's offset at that moment: try summer time first; in the hour that October repeats, the
  // first.
  for (const auto offset : {std::chrono::minutes{60}, std::chrono::minutes{0}}) {
    if (to_london(*as_utc - offset).offset == offset) return *as_utc - offset;
  }
  return *as_utc;  // the hour that March skips
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestWord = 64;  // no key is longer, and the cost is quadratic
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_cost = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const bool plural = candidate.size() > 3 && (word.starts_with(candidate) || candidate.starts_with(word));
    const std::size_t cost = plural ? 1 : distance(word, candidate);
    if (cost < best_cost) {
      best = candidate;
      best_cost = cost;
    }
  }
  return best;
}

}  // namespace gatehouse
