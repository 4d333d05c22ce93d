// The report's pictures as inline SVG, each with its text alternative beside it. Colours come from the style
// sheet's classes. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

// Attempts by hour: stacked bars, with a mark where an average day stands.
std::string hours_chart(const std::vector<HourBar>& hours, const std::string& description);
// Four weeks' fewest and most as a band, today as a dot, on a scale from 0 to `scale` that all rows share.
std::string range_strip(const Range& range, std::uint32_t today, std::uint32_t scale);
// 0 to 100 as a small scale with a mark.
std::string score_meter(int score);

}  // namespace gatehouse::lodge
