// Lines of EVE JSON back into events, and a reader that follows a journal file from where it stopped. Used by
// the lodge; one thread.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/event.h"
#include "journal/position.h"

namespace gatehouse::journal {

// One line, without its line end. The error says what is wrong with it; the caller knows file and line.
Result<Event> read_event(std::string_view line);

// Reads whole lines from a position; a last line without its end is left for later, since the gate may still be
// writing it.
class JournalReader {
 public:
  // Starts at `from` if it is in this file (same inode and not past the end), otherwise at the beginning.
  static Result<JournalReader> open(const std::string& file, const JournalPosition& from);

  // The next whole line (valid until the next call), or nullopt at the end for now.
  std::optional<std::string_view> next_line();
  // After the last line that next_line gave.
  [[nodiscard]] const JournalPosition& position() const noexcept { return position_; }
  // Counted from where reading began.
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
  std::size_t at_ = 0;
  JournalPosition position_;
  std::uint64_t lines_ = 0;
};

}  // namespace gatehouse::journal
