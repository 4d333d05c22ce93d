#include "journal/journal_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "journal/journal_files.h"

namespace gatehouse::journal {
namespace {

constexpr mode_t kMode = 0640;  // the lodge reads it through its group

}  // namespace

JournalFile::JournalFile(const std::string& file, const RotateLimits& rotate, bool truncate)
    : path_(file), rotate_(rotate) {
  if (file == "-") {
    file_ = STDOUT_FILENO;
    return;
  }
  file_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (truncate ? O_TRUNC : O_APPEND), kMode);
  if (file_ < 0) {
    throw SetupError({fmt::format("cannot write the journal: {}", std::strerror(errno)),
                      "name a folder that exists and that Gatehouse may write to", file, 0});
  }
}

JournalFile::~JournalFile() {
  if (file_ > STDERR_FILENO) ::close(file_);
}

bool JournalFile::ends_in_half_a_line() const noexcept {
  struct stat facts {};
  char last = '\n';
  return fstat(file_, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0 &&
         pread(file_, &last, 1, facts.st_size - 1) == 1 && last != '\n';
}

// Of `done` bytes that were written, how many stay: those of whole lines. What can be taken back is a file's only.
std::size_t JournalFile::take_back_half_a_line(const std::string& lines, std::size_t done) noexcept {
  struct stat facts {};
  if (done == 0 || fstat(file_, &facts) != 0 || !S_ISREG(facts.st_mode)) return done;
  const std::size_t whole = lines.rfind('\n', done - 1) + 1;  // npos + 1: no line is whole
  const off_t end = facts.st_size - static_cast<off_t>(done - whole);
  return whole < done && (end < 0 || ftruncate(file_, end) != 0) ? done : whole;
}

Result<void> JournalFile::write(std::string& lines) {
  if (rotate_.size > 0 && !lines.empty()) rotate_if_large();
  std::size_t done = 0;
  int problem = 0;
  while (done < lines.size()) {
    const ssize_t wrote = ::write(file_, lines.data() + done, lines.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      problem = errno;
      break;
    }
    done += static_cast<std::size_t>(wrote);
  }
  if (problem != 0) done = take_back_half_a_line(lines, done);
  lines.erase(0, done);
  written_ += done;
  if (problem != 0) {
    return failure(fmt::format("the journal could not be written: {}", std::strerror(problem)),
                   "make room on the disk; what was recorded waits in memory and is written as soon as it fits",
                   path_);
  }
  return {};
}

// When the new file cannot be made, the old one gets its name back and is written on: better large than lost.
void JournalFile::rotate_if_large() {
  struct stat facts {};
  if (fstat(file_, &facts) != 0 || !S_ISREG(facts.st_mode)) return;
  if (static_cast<std::uint64_t>(facts.st_size) < rotate_.size) return;
  const auto numbers = rotated_numbers(path_);
  const std::uint64_t number = numbers.empty() ? 1 : numbers.back() + 1;
  const std::string rotated = rotated_name(path_, number);
  if (::rename(path_.c_str(), rotated.c_str()) != 0) return;
  const int fresh = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, kMode);
  if (fresh < 0) {
    (void)::rename(rotated.c_str(), path_.c_str());
    return;
  }
  ::close(file_);
  file_ = fresh;
  ++rotations_;
  remove_old(number);
}

void JournalFile::remove_old(std::uint64_t newest) {
  for (const std::uint64_t number : rotated_numbers(path_)) {
    if (number + rotate_.keep <= newest) ::unlink(rotated_name(path_, number).c_str());
  }
}

}  // namespace gatehouse::journal
