#include "lodge/store/feeds.h"

namespace gatehouse::lodge {

Result<void> note_feed_silence(const Connection& db, const FeedSilence& silence) {
  auto insert = db.prepare("INSERT OR REPLACE INTO feed_silence VALUES (?,?,?)");
  if (!insert) return tl::make_unexpected(insert.error());
  return insert->bind(silence.feed).bind(silence.since).bind(silence.until).run();
}

Result<std::vector<FeedSilence>> feed_silences_between(const Connection& db, Timestamp from, Timestamp to) {
  std::vector<FeedSilence> out;
  auto done = each_row(
      db, "SELECT feed, since, until FROM feed_silence WHERE since < ? AND until > ? ORDER BY since, feed",
      [&](Statement& s) { s.bind(to).bind(from); },
      [&](const Statement& row) {
        out.push_back({row.text(0), row.time(1), row.time(2)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<void> note_reading(const Connection& db, const std::string& day, const ReportReading& reading) {
  auto insert = db.prepare("INSERT OR IGNORE INTO report_reading VALUES (?,?,?)");
  if (!insert) return tl::make_unexpected(insert.error());
  return insert->bind(day).bind(reading.person).bind(reading.at).run();
}

Result<std::vector<ReportReading>> readings_of(const Connection& db, const std::string& day) {
  std::vector<ReportReading> out;
  auto done = each_row(
      db, "SELECT person, at FROM report_reading WHERE day = ? ORDER BY at, person",
      [&](Statement& s) { s.bind(day); },
      [&](const Statement& row) {
        out.push_back({row.text(0), row.time(1)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

}  // namespace gatehouse::lodge
