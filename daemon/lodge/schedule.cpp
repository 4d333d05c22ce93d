#include "lodge/schedule.h"

namespace gatehouse::lodge {

Timestamp at_clock(Day day, int minute_of_day) {
  const Timestamp guess = london_day_bounds(day).begin + std::chrono::minutes{minute_of_day};
  // Off by the hour on the two days whose clocks change before that time.
  const int shown = to_london(guess).minute_of_day();
  return guess + std::chrono::minutes{minute_of_day - shown};
}

std::vector<Day> days_due(Timestamp now, int minute_of_day, Day first, const std::set<Day>& made) {
  const std::chrono::sys_days today{london_day(now)};
  std::vector<Day> out;
  for (int ago = kMostDaysOwed; ago >= 1; --ago) {
    const Day day{today - std::chrono::days{ago}};
    if (day < first || made.count(day) > 0) continue;
    if (ago == 1 && now < at_clock(Day{today}, minute_of_day)) continue;
    out.push_back(day);
  }
  return out;
}

}  // namespace gatehouse::lodge
