// When a day's report is due, and which are owed: pure functions of clock and calendar, in Europe/London.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "base/london.h"

namespace gatehouse::lodge {

// A lodge that was down for longer than this owes no reports for the days before: their data are still in the store,
// and `gatehouse report DAY` makes one when somebody asks.
inline constexpr int kMostDaysOwed = 14;

// The moment at which London's clocks show `minute` of the day. In the hour that spring leaves out: the moment
// after it; in the one that autumn repeats: the first.
Timestamp at_clock(Day day, int minute_of_day);

// The days whose report is due at `now` and not made, oldest first: a day's is due at `minute_of_day` of the next.
// `made` are the days done; nothing is owed before `first`.
std::vector<Day> days_due(Timestamp now, int minute_of_day, Day first, const std::set<Day>& made);

}  // namespace gatehouse::lodge
