// How several workers write one journal: each gathers its lines in a feed of its own and hands them over once a burst;
// one thread takes them all and writes them. A worker never waits for the disk, only for another's hand-over.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "journal/journal_writer.h"

namespace gatehouse::journal {

// What was handed over and is not written yet. Any thread.
class JournalTray {
 public:
  explicit JournalTray(std::size_t most_bytes = 64 * 1024 * 1024) : most_bytes_(most_bytes) {}

  // Leaves `lines` empty, with its memory. What is beyond the bound (the writer hangs) is dropped and counted.
  void hand_over(std::string& lines, std::uint64_t count);
  // Gives what is there to the writer and has it written; the writing thread's. The error is the writer's.
  Result<void> empty_into(JournalWriter& writer);
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  mutable std::mutex mutex_;
  std::string lines_;
  std::string taken_;  // the writing thread's
  std::size_t most_bytes_;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_dropped_ = 0;  // to the writer
};

// One worker's. One thread.
class JournalFeed final : public EventSink {
 public:
  explicit JournalFeed(JournalTray& tray) : tray_(tray) {}
  void append(const Event& event) override;
  void append_line(std::string_view line) override;
  void hand_over() {
    if (count_ > 0) tray_.hand_over(lines_, count_);
    count_ = 0;
  }

 private:
  JournalTray& tray_;
  std::string lines_;
  std::uint64_t count_ = 0;
};

}  // namespace gatehouse::journal
