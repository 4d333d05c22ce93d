#include "base/london.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>

namespace gatehouse {
namespace {

const date::time_zone& london() {
  static const date::time_zone* const zone = date::locate_zone("Europe/London");
  return *zone;
}

constexpr std::array kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                "July",    "August",   "September", "October", "November", "December"};
constexpr std::array kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                  "Thursday", "Friday", "Saturday"};

// Midnight by the wall clock. London changes its clocks at 01:00 or 02:00, so midnight exists exactly once.
Timestamp london_midnight(Day day) {
  const date::local_days local{std::chrono::sys_days{day}.time_since_epoch()};
  const auto utc = london().to_sys(date::local_time<Microseconds>{local}, date::choose::earliest);
  return Timestamp{utc.time_since_epoch()};
}

}  // namespace

LondonTime to_london(Timestamp at) {
  const auto info = london().get_info(date::sys_time<Microseconds>{at.time_since_epoch()});
  const Timestamp wall = at + info.offset;
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::hh_mm_ss time{std::chrono::floor<Seconds>(wall) - day};
  LondonTime out;
  out.day = Day{day};
  out.hour = static_cast<int>(time.hours().count());
  out.minute = static_cast<int>(time.minutes().count());
  out.second = static_cast<int>(time.seconds().count());
  out.offset = std::chrono::duration_cast<std::chrono::minutes>(info.offset);
  return out;
}

DayBounds london_day_bounds(Day day) {
  const Day next{std::chrono::sys_days{day} + std::chrono::days{1}};
  return {london_midnight(day), london_midnight(next)};
}

Timestamp london_at(Day day, int minute_of_day) {
  const Timestamp naive = london_day_bounds(day).begin + std::chrono::minutes{minute_of_day};
  const std::chrono::minutes ahead{to_london(naive).minute_of_day() - minute_of_day};
  const Timestamp moved = naive - ahead;
  return to_london(moved).minute_of_day() == minute_of_day ? moved : naive;
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto midnight = parse_time(std::string(text) + "T00:00Z");
  if (!midnight) return std::nullopt;
  return Day{std::chrono::floor<std::chrono::days>(*midnight)};
}

std::string format_day_iso(Day day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

std::string format_day_long(Day day) {
  const std::chrono::weekday weekday{std::chrono::sys_days{day}};
  return fmt::format("{} {} {} {}", kWeekdays[weekday.c_encoding()], static_cast<unsigned>(day.day()),
                     kMonths[static_cast<unsigned>(day.month()) - 1], static_cast<int>(day.year()));
}

std::string format_clock(Timestamp at) {
  const LondonTime t = to_london(at);
  return fmt::format("{:02}:{:02}", t.hour, t.minute);
}

std::string format_date_clock(Timestamp at) {
  const LondonTime t = to_london(at);
  return fmt::format("{} {} {}, {:02}:{:02}:{:02} {}", static_cast<unsigned>(t.day.day()),
                     kMonths[static_cast<unsigned>(t.day.month()) - 1], static_cast<int>(t.day.year()),
                     t.hour, t.minute, t.second, t.zone());
}

}  // namespace gatehouse
