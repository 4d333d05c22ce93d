// From the store to the plain data a report is made from. One thread, as the Store it is given.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "base/result.h"
#include "lodge/report/daily_input.h"
#include "lodge/safeguarding/severity.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::lodge {

// What the store does not know, from whoever asks for the report.
struct ReportContext {
  std::vector<LoadedList> lists;
  bool statutory_loaded = false;
  CategoryWeights categories;
  bool replay = false;
  std::string measured;  // as DailyInput::measured
  std::optional<Timestamp> known_until;
  ReportSettings settings;
  std::string version;
};

// The day and the kHistoryDays before it. The first time that it is asked about a day that is over, the day's
// sample for review is drawn and kept. Fails as the store fails.
Result<DailyInput> load_daily_input(const SqliteStore& store, Day day, const ReportContext& context);

// The attempts before the day reduced to counts, one after another.
class HistoryReducer {
 public:
  void add(const PastAttempt& attempt);
  // `days` are those on which the gate was running.
  [[nodiscard]] History take(std::vector<Day> days) &&;

 private:
  std::map<std::tuple<Day, Theme, int>, HistoryCount> counts_;
  std::set<std::tuple<std::string, Theme, Day>> seen_;
};

}  // namespace gatehouse::lodge
