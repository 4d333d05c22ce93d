// Which days' reports were made, so that none is missing and none is made twice. Used by the schedule; the thread of
// the connection.
#pragma once

#include <set>

#include "base/london.h"
#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

class ReportLog {
 public:
  explicit ReportLog(const Connection& db) : db_(db) {}

  // Remembers, once for ever, the first day for which a report is owed: that of the oldest record, or `today`.
  Result<void> begin(Day today);
  Result<void> note(Day day, Timestamp made);
  // From and including `since`; the day before the first owed one counts as made.
  [[nodiscard]] Result<std::set<Day>> made_since(Day since) const;
  // The first day for which a report is owed; nullopt before begin().
  [[nodiscard]] Result<std::optional<Day>> first_owed() const;

 private:
  const Connection& db_;
};

}  // namespace gatehouse::lodge
