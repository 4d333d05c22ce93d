// The store in one SQLite file (WAL). Made by whoever starts the lodge; one thread.
#pragma once

#include <memory>
#include <string>

#include "lodge/store/sqlite.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

struct SqliteOptions {
  // Another process (a report beside the lodge) holds a lock for milliseconds; after this it is told as an
  // error.
  Milliseconds busy{5000};
};

class SqliteStore final : public Store {
 public:
  // Opens the file or makes it, and brings an older schema up to date. Errors: not a database, another
  // program's database, a newer Gatehouse's, a full disk, locked, no permission.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& file,
                                                   const SqliteOptions& options = {});

  Result<void> ingest(const IngestBatch& batch) override;
  [[nodiscard]] Result<std::optional<JournalPosition>> position(
      const std::string& journal_file) const override;
  [[nodiscard]] Result<bool> has_event(const std::string& id) const override;
  [[nodiscard]] Result<std::vector<Attempt>> attempts_between(Timestamp from, Timestamp to) const override;
  [[nodiscard]] Result<void> each_past(Timestamp from, Timestamp to,
                                       const std::function<void(const PastAttempt&)>& take) const override;
  [[nodiscard]] Result<std::vector<Attempt>> attempts_of_holder(const Attempt& like, Timestamp from,
                                                                Timestamp to) const override;
  [[nodiscard]] Result<std::vector<Attempt>> attempts_ending_since(Timestamp since) const override;
  [[nodiscard]] Result<std::optional<Attempt>> attempt(const std::string& id) const override;
  [[nodiscard]] Result<std::vector<KeptEvent>> events_of(const std::string& attempt) const override;
  [[nodiscard]] Result<std::vector<std::string>> evidence_of(const std::string& attempt) const override;
  [[nodiscard]] Result<std::vector<Sighting>> sightings_since(std::int32_t day) const override;
  [[nodiscard]] Result<std::optional<Timestamp>> newest_event() const override;
  [[nodiscard]] Result<std::vector<CoverageMinute>> coverage_between(Timestamp from,
                                                                     Timestamp to) const override;
  [[nodiscard]] Result<bool> has_coverage(Timestamp from, Timestamp to) const override;
  [[nodiscard]] Result<std::vector<GateNote>> notes_between(Timestamp from, Timestamp to) const override;
  [[nodiscard]] Result<std::vector<DayCount>> counts_by_day(Day first, Day last) const override;
  [[nodiscard]] Result<SetAside> set_aside(Timestamp from, Timestamp to) const override;
  [[nodiscard]] Result<SeenEarlier> seen_earlier(const Attempt& attempt) const override;
  [[nodiscard]] Result<std::optional<Timestamp>> host_first_seen(const std::string& host,
                                                                 Timestamp since) const override;

  // For the tables beside the journal's, each with a class of its own (ReportLog, look-ups, incidents, mail, alerts); the same thread.
  [[nodiscard]] const Connection& connection() const noexcept { return db_; }

 private:
  explicit SqliteStore(Connection connection) : db_(std::move(connection)) {}
  Result<void> save(const IngestBatch& batch);

  Connection db_;
};

}  // namespace gatehouse::lodge
