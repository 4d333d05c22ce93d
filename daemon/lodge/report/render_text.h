// The report as plain text: the body of the morning's mail, readable in any program. 78 columns. Pure; any
// thread.
#pragma once

#include <string>

#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

std::string render_text(const DailyReport& report);

}  // namespace gatehouse::lodge
