// From the journal into the store: reads from where it stopped, says who held each address, folds listed
// events to attempts, judged by what the same device did around them, and saves a batch and its position in one
// transaction. Used by replay (once) and by the lodge (again and again); one thread. After an error or a crash the
// next run goes on from the last saved batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "lodge/identity/timeline.h"
#include "lodge/store/store.h"
#include "lodge/visits/attempt_folder.h"

namespace gatehouse::lodge {

struct IngestOptions {
  // Lines a transaction: large enough that syncing costs little, small enough to repeat after a crash.
  std::size_t batch_lines = 5000;
  std::size_t most_batches = 0;  // a run; 0: to the end
  // Told of each batch after it was saved: attempts that are new, and changed ones as they are now.
  std::function<void(std::span<const Attempt>)> saved = {};
  // Told of each `dhcp` event as it is read: the events after it are attributed with what was made of it.
  std::function<void(const journal::Event&)> dhcp_seen = {};
  // Called before a batch that held any is saved: what was made of them is to be kept first, for they are not read again.
  std::function<Result<void>()> keep_evidence = {};
};

// Of one run.
struct IngestCounts {
  std::uint64_t events = 0;     // lines that were events
  std::uint64_t listed = 0;     // events folded into attempts
  std::uint64_t known = 0;      // listed events that the store had already
  std::uint64_t attempts = 0;   // new ones
  std::uint64_t malformed = 0;  // lines that were no event; they are skipped
  std::optional<Error> first_malformed;
  std::optional<Timestamp> newest;  // the latest time of any event read
  bool more = false;            // the run ended at its bound, not at the journal's end
  bool missed = false;          // the file where reading stopped is gone: what was in it unread is lost
};

class Ingest {
 public:
  // Both must outlive it.
  Ingest(Store& store, const SessionTimeline& timeline, const IngestOptions& options = {});

  // Reads the journal file to its end for now, or as far as the options let it. The error is the store's or the
  // file's; what was saved before
  // it stays saved, and the position with it.
  Result<IngestCounts> run(const std::string& journal_file);
  // Between two runs: attempts in the store were changed by someone else; the next run goes on from what is there.
  void forget() { folder_.reset(); }

 private:
  Result<IngestCounts> read_to_end(const std::string& journal_file);
  Result<void> restore_folder(const JournalPosition& from);
  Result<void> restore_attempts(AttemptFolder& folder, Timestamp newest);
  Result<void> take_line(std::string_view line, IngestBatch& batch, IngestCounts& counts);
  Result<void> take_listed(journal::Event event, IngestCounts& counts);
  Result<void> save(IngestBatch& batch, IngestCounts& counts);

  Store& store_;
  const SessionTimeline& timeline_;
  IngestOptions options_;
  std::unique_ptr<AttemptFolder> folder_;  // null: to be made from what the store has
  std::set<std::string> pending_;          // ids of listed events of the batch in hand
  bool new_evidence_ = false;              // since the last batch was saved
};

}  // namespace gatehouse::lodge
