// Follows a journal from where reading stopped, through the files that were rotated away meanwhile, to the end for
// now. Gives whole lines only: a last line without its end is left for later, since the gate may still be writing it.
// Used by the lodge; one thread.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/position.h"

namespace gatehouse::journal {

class JournalReader {
 public:
  // Goes on after `from`. Begins with the oldest file when `from` is nowhere, or in none of the files that are left:
  // then missed() is true, since what was between may be gone. What is read twice has the ids it had.
  static Result<JournalReader> open(const std::string& journal, const JournalPosition& from);

  // The next whole line (valid until the next call), or nullopt at the end for now.
  std::optional<std::string_view> next_line();
  // After the last line that next_line gave.
  [[nodiscard]] const JournalPosition& position() const noexcept { return position_; }
  // Of the file in hand: its name now, and the lines of it that were read here.
  [[nodiscard]] const std::string& file() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
  // The byte at which reading of it began.
  [[nodiscard]] std::uint64_t began_at() const noexcept { return began_at_; }
  [[nodiscard]] bool missed() const noexcept { return missed_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  explicit JournalReader(std::string journal) : journal_(std::move(journal)) {}
  // The file with that identity, opened; null when none of the files is it.
  [[nodiscard]] File find(std::uint64_t identity, std::string& name) const;
  [[nodiscard]] File open_oldest(std::string& name) const;
  Result<void> take(File file, std::string name, std::uint64_t offset);
  bool read_more();
  bool go_on_to_next_file();
  [[nodiscard]] bool was_rotated() const;

  std::string journal_;
  File file_;
  std::string name_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t offset_ = 0;    // of buffer_[at_] in the file
  std::uint64_t identity_ = 0;  // of the file in hand; 0: not known yet
  JournalPosition position_;
  std::uint64_t lines_ = 0;
  std::uint64_t began_at_ = 0;
  bool missed_ = false;
};

}  // namespace gatehouse::journal
