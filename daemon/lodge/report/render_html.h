// The report as one HTML file that needs nothing else: no scripts, no links, no pictures from elsewhere. Made
// for a phone at 360 points, a desk and A4 paper. Pure; any thread.
#pragma once

#include <string>

#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

std::string render_html(const DailyReport& report);

}  // namespace gatehouse::lodge
