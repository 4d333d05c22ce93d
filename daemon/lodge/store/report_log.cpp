#include "lodge/store/report_log.h"

#include <optional>

namespace gatehouse::lodge {

Result<void> ReportLog::begin(Day today) {
  const auto rows = db_.number("SELECT count(*) FROM report");
  if (!rows) return tl::make_unexpected(rows.error());
  if (*rows > 0) return {};
  std::optional<Timestamp> oldest;
  auto done = each_row(
      db_, "SELECT min(at) FROM (SELECT min(at) AS at FROM coverage UNION ALL SELECT min(first) FROM attempt)",
      [](Statement&) {},
      [&](const Statement& row) {
        if (!row.is_null(0)) oldest = row.time(0);
      });
  if (!done) return done;
  const Day first = oldest ? std::min(london_day(*oldest), today) : today;
  return note(Day{std::chrono::sys_days{first} - std::chrono::days{1}}, Timestamp{});
}

Result<void> ReportLog::note(Day day, Timestamp made) {
  auto insert = db_.prepare("INSERT INTO report (day, made) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET made = excluded.made");
  if (!insert) return tl::make_unexpected(insert.error());
  return insert->bind(format_day_iso(day)).bind(made).run();
}

Result<std::set<Day>> ReportLog::made_since(Day since) const {
  std::set<Day> days;
  auto done = each_row(
      db_, "SELECT day FROM report WHERE day >= ?", [&](Statement& s) { s.bind(format_day_iso(since)); },
      [&](const Statement& row) {
        if (const auto day = parse_day(row.text(0))) days.insert(*day);
      });
  if (!done) return tl::make_unexpected(done.error());
  return days;
}

Result<std::optional<Day>> ReportLog::first_owed() const {
  std::optional<Day> first;
  auto done = each_row(
      db_, "SELECT min(day) FROM report", [](Statement&) {},
      [&](const Statement& row) {
        if (const auto day = parse_day(row.text(0))) first = Day{std::chrono::sys_days{*day} + std::chrono::days{1}};
      });
  if (!done) return tl::make_unexpected(done.error());
  return first;
}

}  // namespace gatehouse::lodge
