// The words a person writes in a configuration, as values: "5 minutes", "100 MB", "08:30", "monday-friday".
// Used by the config reader and by the command line (--at). Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"

namespace gatehouse {

// "30s", "5 minutes", "2 hours", "1 day", "4 weeks". A number needs its unit. nullopt when it is no duration.
std::optional<Seconds> parse_duration(std::string_view text);
std::string format_duration(Seconds duration);  // in the largest unit that is exact: "5 minutes"

// "64 KB", "100MB", "2 GiB": bytes, with 1 KB = 1024. A bare number is bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "08:30", "8:30" or "24:00" to minutes after midnight (0 to 1440).
std::optional<int> parse_time_of_day(std::string_view text);
std::string format_time_of_day(int minute);

// A set of days of the week: bit 0 is Monday, bit 6 Sunday.
using DaySet = std::uint8_t;
inline constexpr DaySet kEveryDay = 0x7f;
inline constexpr DaySet kWeekdays = 0x1f;
// "monday", "Mon", "mon-fri", "sat-mon", "weekdays", "weekend", "every day", and several parted by commas.
std::optional<DaySet> parse_days(std::string_view text);
std::string format_days(DaySet days);  // "Monday to Friday", "Saturday, Sunday", "every day"

// A moment as people in London write it: "2026-11-10 09:15", "2026-11-10T09:15:30", with "Z" or an offset for
// other zones. A bare day is its first moment, or, with `day_ends`, the first moment after it (for "until").
std::optional<Timestamp> parse_london_time(std::string_view text, bool day_ends = false);

// The word of `known` that `word` is most likely a slip of; empty when none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

}  // namespace gatehouse
