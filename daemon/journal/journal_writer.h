// The journal file as the gate writes it: lines gathered in a buffer and written in batches, so that a packet
// never waits for a disk. When the disk is full nothing recorded is dropped at once: lines wait in memory up to
// a bound and are written when there is room again; what had to be dropped is counted, and an event in the journal says
// how long it was and what was lost. The file holds whole lines only, and a new one is begun at its size. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/event.h"
#include "journal/journal_file.h"

namespace gatehouse::journal {

struct JournalLimits {
  std::size_t batch = 64 * 1024;              // bytes gathered before a write
  std::size_t waiting = 64 * 1024 * 1024;     // bytes held while the disk takes nothing
  RotateLimits rotate = {};
};

// Whoever takes events to the journal: the writer itself, or a worker's feed to it.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void append(const Event& event) = 0;
  virtual void append_line(std::string_view line) = 0;  // with its line end
};

class JournalWriter final : public EventSink {
 public:
  // Appends to `file`, making it when it is not there; "-" is standard output. Throws SetupError. Where the file
  // ends in half a line (the power went), ours begin on the next.
  explicit JournalWriter(const std::string& file, const JournalLimits& limits = {}, bool truncate = false);
  ~JournalWriter() override;
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void append(const Event& event) override;
  void append_line(std::string_view line) override;
  // From now on an event is written when trouble is over, with the times of this clock.
  void tell_trouble_by(const Clock& clock) noexcept { clock_ = &clock; }
  // Lines that somebody else had to drop before they came here.
  void add_dropped(std::uint64_t lines) noexcept { dropped_ += lines; }
  // Writes what waits. The error tells why it could not; the lines are kept and written at the next flush.
  Result<void> flush();

  [[nodiscard]] std::uint64_t written() const noexcept { return file_.written(); }  // bytes
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }  // lines
  [[nodiscard]] bool failing() const noexcept { return failing_; }

 private:
  void flush_if_full();
  Result<void> write();
  void note_that_trouble_is_over();

  JournalLimits limits_;
  JournalFile file_;
  const Clock* clock_ = nullptr;
  std::string buffer_;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_dropped_ = 0;
  std::optional<Timestamp> failing_since_;
  bool failing_ = false;
};

}  // namespace gatehouse::journal
