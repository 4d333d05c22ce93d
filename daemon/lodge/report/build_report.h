// From the day's data to the day's report: everything that is decided about what to say and in what order.
// Pure: the same input gives the same report, byte for byte; it carries no time of its making. Any thread.
#pragma once

#include "lodge/report/daily_input.h"
#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

DailyReport build_report(const DailyInput& input);

}  // namespace gatehouse::lodge
