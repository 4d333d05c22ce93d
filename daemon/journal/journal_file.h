// The journal on the disk: appends whole lines, takes back what a full disk cut in the middle of one, and begins a new
// file when the old one is large enough (journal_files.h has the names). One thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace gatehouse::journal {

struct RotateLimits {
  std::uint64_t size = 0;   // bytes at which a new file is begun; 0: never
  std::uint64_t keep = 14;  // rotated files that are kept; older ones are removed
};

class JournalFile {
 public:
  // Appends to `file`, making it when it is not there; "-" is standard output. Throws SetupError.
  JournalFile(const std::string& file, const RotateLimits& rotate, bool truncate);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  // Writes `lines` and takes from it what stands in the file now. After an error the rest is to be given again.
  Result<void> write(std::string& lines);
  // A file that ends in half a line (the power went): ours are to begin on the next.
  [[nodiscard]] bool ends_in_half_a_line() const noexcept;

  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }  // bytes
  [[nodiscard]] std::uint64_t rotations() const noexcept { return rotations_; }

 private:
  [[nodiscard]] std::size_t take_back_half_a_line(const std::string& lines, std::size_t done) noexcept;
  void rotate_if_large();
  void remove_old(std::uint64_t newest);

  std::string path_;
  RotateLimits rotate_;
  int file_ = -1;
  std::uint64_t written_ = 0;
  std::uint64_t rotations_ = 0;
};

}  // namespace gatehouse::journal
