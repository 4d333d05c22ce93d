// From the store to the plain data a report is made from. One thread, as the Store it is given.
#pragma once

#include "base/result.h"
#include "lodge/report/daily_input.h"
#include "lodge/safeguarding/severity.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

// What the store does not know, from whoever asks for the report.
struct ReportContext {
  std::vector<LoadedList> lists;
  bool statutory_loaded = false;
  CategoryWeights categories;
  bool replay = false;
  std::optional<Timestamp> known_until;
  ReportSettings settings;
  std::string version;
};

// The day and the kHistoryDays before it. Fails as the store fails.
Result<DailyInput> load_daily_input(const Store& store, Day day, const ReportContext& context);

// The attempts before the day, reduced to counts; `days` are those on which the gate was running.
History reduce_history(const std::vector<Attempt>& earlier, std::vector<Day> days);

}  // namespace gatehouse::lodge
