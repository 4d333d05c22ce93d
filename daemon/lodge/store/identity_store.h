// The intervals of identity on disk, in the store's file: so that a restart forgets nothing that was heard, attempts
// can be corrected by evidence that comes late, and old evidence is deleted on record. One thread.
#pragma once

#include <string>
#include <vector>

#include "lodge/identity/timeline.h"
#include "lodge/store/records.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::lodge {

// An attempt of which is now known better who made it.
struct Correction {
  Attempt attempt;  // as it is now; `who` is the new one
  Who before;
  std::vector<std::string> evidence;
};

// What was deleted for its age, and when.
struct Deletion {
  Timestamp at{};
  std::string what;  // "leases", "logins", "guest requests" ...
  Timestamp before{};
  std::uint64_t number = 0;
};

class IdentityStore {
 public:
  // The same file as the store's, by a connection of its own.
  static Result<IdentityStore> open(const std::string& file, const SqliteOptions& options = {});

  // Puts everything that was saved into the timeline.
  Result<void> load(SessionTimeline& timeline) const;
  // Saves the intervals that changed, as they are now, in one transaction.
  Result<void> save(const std::vector<TimelineChange>& changes, const SessionTimeline& timeline) const;
  // Writes who made these attempts, and that it was corrected at `at`.
  Result<void> correct(const std::vector<Correction>& corrections, Timestamp at) const;
  // Deletes intervals that ended before, guests' requests and the evidence lines of attempts before; records it. What was
  // deleted.
  Result<std::vector<Deletion>> forget(Timestamp before, Timestamp at) const;
  [[nodiscard]] Result<std::vector<Deletion>> deletions() const;

 private:
  explicit IdentityStore(Connection db) : db_(std::move(db)) {}
  template <typename Work>
  Result<void> in_transaction(Work work) const;

  Connection db_;
};

}  // namespace gatehouse::lodge
