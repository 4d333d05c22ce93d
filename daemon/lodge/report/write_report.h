// The report as files: gatehouse-2026-11-10.html, .txt and .csv in one folder. One thread.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

struct ReportFiles {
  std::filesystem::path html;
  std::filesystem::path text;
  std::filesystem::path csv;
};

// Makes the folder when it is missing. Each file appears whole or not at all, readable by owner and group
// only (it may hold names); after an error an earlier report of the day still stands.
Result<ReportFiles> write_report(const DailyReport& report, const std::filesystem::path& folder);

}  // namespace gatehouse::lodge
