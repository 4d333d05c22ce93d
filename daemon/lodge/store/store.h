// What the lodge keeps, behind one interface: SQLite now, PostgreSQL for many sites later. One writer
// (ingest); readers see whole batches only. One thread per Store object.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/london.h"
#include "base/result.h"
#include "lodge/store/records.h"

namespace gatehouse::lodge {

// A record beside the id of the event it came from, so that reading the journal twice changes nothing.
template <typename Record>
struct FromEvent {
  std::string event_id;
  Record record;
};

// The raw intervals behind an attempt's attribution (they may name people where the grade is C).
struct AttemptEvidence {
  std::string attempt;
  std::vector<std::string> lines;
};

// What one transaction takes: all of it and the new position, or nothing.
struct IngestBatch {
  std::vector<Attempt>
      attempts;  // new ones, and changed ones as they are now (event_ids are taken from `events`)
  std::vector<KeptEvent> events;          // new ones
  std::vector<AttemptEvidence> evidence;  // replaces what was kept for that attempt
  std::vector<FromEvent<CoverageMinute>> coverage;
  std::vector<FromEvent<GateNote>> notes;
  std::vector<Sighting> sightings;  // new ones
  JournalPosition position;
};

// Attempts of one category that began on one London day.
struct DayCount {
  Day day;
  std::string category;
  std::uint32_t attempts = 0;
  std::uint32_t deliberate = 0;
  std::uint32_t unclear = 0;
  std::uint32_t background = 0;
  std::uint32_t hits = 0;
  std::uint32_t people = 0;  // different logins, and devices where no login is established
};

// What was folded away between two times.
struct SetAside {
  std::uint64_t hits = 0;             // all observations of listed names
  std::uint64_t attempts = 0;         // what they were folded to
  std::uint64_t background_hits = 0;  // observations in attempts that are likely background
  std::uint64_t background_attempts = 0;
};

// What is known of the same person (or, without a login, device) from before.
struct SeenEarlier {
  std::uint32_t attempts = 0;
  std::uint32_t days = 0;  // different London days before the attempt's own
  std::optional<Timestamp> last;
};

inline constexpr std::chrono::days kSeenBeforeWindow{30};

// An attempt without its hosts, events and words: what counting weeks of them needs.
struct PastAttempt {
  Timestamp first{};
  std::string category;
  Grade grade = Grade::D;
  std::string login;
  std::string device;
  std::string address;
  journal::Outcome outcome = journal::Outcome::Unknown;
  bool sealed = false;
  Band band = Band::Unclear;
};

// Times are [from, to). Every function can fail: the error says what is wrong with the store and what to do.
class Store {
 public:
  virtual ~Store() = default;

  // Saves the batch and the position in one transaction. After an error nothing of it is saved.
  virtual Result<void> ingest(const IngestBatch& batch) = 0;
  // Where reading of this journal file stands; nullopt when it was never read.
  [[nodiscard]] virtual Result<std::optional<JournalPosition>> position(
      const std::string& journal_file) const = 0;
  [[nodiscard]] virtual Result<bool> has_event(const std::string& id) const = 0;

  // Attempts that began in the time, oldest first, equal times by id.
  [[nodiscard]] virtual Result<std::vector<Attempt>> attempts_between(Timestamp from, Timestamp to) const = 0;
  // The same one after another, without hosts, events and words, in no memory but the caller's.
  [[nodiscard]] virtual Result<void> each_past(Timestamp from, Timestamp to,
                                               const std::function<void(const PastAttempt&)>& take) const = 0;
  // All of one holder (the login where the attempt carries one, else its device) in the time, oldest first.
  [[nodiscard]] virtual Result<std::vector<Attempt>> attempts_of_holder(const Attempt& like, Timestamp from,
                                                                        Timestamp to) const = 0;
  // Attempts that had not ended before `since`: what folding goes on with after a restart.
  [[nodiscard]] virtual Result<std::vector<Attempt>> attempts_ending_since(Timestamp since) const = 0;
  [[nodiscard]] virtual Result<std::optional<Attempt>> attempt(const std::string& id) const = 0;
  // Its events, in the journal's order.
  [[nodiscard]] virtual Result<std::vector<KeptEvent>> events_of(const std::string& attempt) const = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> evidence_of(const std::string& attempt) const = 0;
  // Of that day (since 1970, UTC) and later.
  [[nodiscard]] virtual Result<std::vector<Sighting>> sightings_since(std::int32_t day) const = 0;
  // The time of the newest listed event; nullopt when there is none.
  [[nodiscard]] virtual Result<std::optional<Timestamp>> newest_event() const = 0;

  [[nodiscard]] virtual Result<std::vector<CoverageMinute>> coverage_between(Timestamp from,
                                                                             Timestamp to) const = 0;
  // True when the gate reported any minute in the time.
  [[nodiscard]] virtual Result<bool> has_coverage(Timestamp from, Timestamp to) const = 0;
  [[nodiscard]] virtual Result<std::vector<GateNote>> notes_between(Timestamp from, Timestamp to) const = 0;

  // Counts by category and London day of the days from `first` to `last`, both included; days without are
  // left out.
  [[nodiscard]] virtual Result<std::vector<DayCount>> counts_by_day(Day first, Day last) const = 0;
  [[nodiscard]] virtual Result<SetAside> set_aside(Timestamp from, Timestamp to) const = 0;
  // What the holder of `attempt` did in its category in the kSeenBeforeWindow before it.
  [[nodiscard]] virtual Result<SeenEarlier> seen_earlier(const Attempt& attempt) const = 0;
  // When this host was first tried by anyone since `since`; nullopt: never.
  [[nodiscard]] virtual Result<std::optional<Timestamp>> host_first_seen(const std::string& host,
                                                                         Timestamp since) const = 0;
};

}  // namespace gatehouse::lodge
