// Days and clock times as people in the college know them: Europe/London, with its two clock changes a year.
// A day there has 24 hours, but 23 in late March and 25 in late October.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace gatehouse {

using Day = std::chrono::year_month_day;

// One college day: every moment t of it has begin <= t < end.
struct DayBounds {
  Timestamp begin;
  Timestamp end;
  [[nodiscard]] std::chrono::hours length() const {
    return std::chrono::duration_cast<std::chrono::hours>(end - begin);
  }
};

struct LondonTime {
  Day day;
  int hour = 0;  // 0 to 23, as a clock on the wall shows
  int minute = 0;
  int second = 0;
  std::chrono::minutes offset{};  // from UTC: 0 in winter, 60 in summer
  [[nodiscard]] const char* zone() const { return offset.count() == 0 ? "GMT" : "BST"; }
  [[nodiscard]] int minute_of_day() const { return hour * 60 + minute; }
};

LondonTime to_london(Timestamp at);
DayBounds london_day_bounds(Day day);
// That minute of the day by the clock on the wall: the first of two when the clocks go back, the moment the
// clock jumps to or shortly after when it is left out.
Timestamp london_at(Day day, int minute_of_day);
inline Day london_day(Timestamp at) { return to_london(at).day; }

// "2026-11-10" to a day; nullopt when there is no such day.
std::optional<Day> parse_day(std::string_view text);
std::string format_day_iso(Day day);          // 2026-11-10
std::string format_day_long(Day day);         // Tuesday 10 November 2026
std::string format_clock(Timestamp at);       // 10:42, London time
std::string format_date_clock(Timestamp at);  // 10 November 2026, 10:42:07 GMT

}  // namespace gatehouse
