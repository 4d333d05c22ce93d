// What the lodge does about mail and alerts each time it looks: raise what cannot wait, send what is due,
// tell a deputy of a report that is late. Works on the store alone, so that it can run on a thread of its own
// with a connection of its own, and in a command. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lodge/alerts/alert_book.h"
#include "lodge/alerts/channels.h"
#include "lodge/report/load_input.h"

namespace gatehouse::lodge {

struct NoticeSettings {
  MailSettings mail;
  AlertSettings alerts;
  ReportSettings report;
  CategoryWeights categories;
  std::string version;
};

// What of this attempt cannot wait until the morning; nullopt: nothing. Older than an hour is for the report.
std::optional<AlertCause> urgent_cause(const Attempt& attempt, const NoticeSettings& settings, Timestamp now);

struct NoticeRun {
  std::size_t sent = 0;
  std::string trouble;  // of the last that failed
};
// The alerts that are due, and what a deputy is to know. `owed_since`: the first day for which a report is
// owed (see ReportLog). Apart from the mail, which can wait long for a relay that does not answer.
Result<NoticeRun> run_alerts(const Connection& db, const NoticeSettings& settings, const Clock& clock,
                             std::optional<Day> owed_since);
Result<NoticeRun> run_mail(const Connection& db, const MailSettings& settings, const Clock& clock);

}  // namespace gatehouse::lodge
