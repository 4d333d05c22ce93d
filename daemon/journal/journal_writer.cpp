#include "journal/journal_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "journal/eve_writer.h"

namespace gatehouse::journal {

JournalWriter::JournalWriter(const std::string& file, const JournalLimits& limits, bool truncate)
    : path_(file), limits_(limits) {
  buffer_.reserve(limits_.batch + 16 * 1024);
  if (file == "-") {
    file_ = STDOUT_FILENO;
    return;
  }
  file_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (truncate ? O_TRUNC : O_APPEND), 0640);
  if (file_ < 0) {
    throw SetupError({fmt::format("cannot write the journal: {}", std::strerror(errno)),
                      "name a folder that exists and that Gatehouse may write to", file, 0});
  }
  if (ends_in_half_a_line()) buffer_.push_back('\n');
}

JournalWriter::~JournalWriter() {
  (void)flush();
  if (file_ > STDERR_FILENO) ::close(file_);
}

void JournalWriter::append(const Event& event) {
  const std::size_t before = buffer_.size();
  append_eve_line(buffer_, event);
  if (buffer_.size() > limits_.waiting) {
    buffer_.resize(before);
    ++dropped_;
  }
  flush_if_full();
}

void JournalWriter::append_line(std::string_view line) {
  if (buffer_.size() + line.size() > limits_.waiting) {
    ++dropped_;
  } else {
    buffer_.append(line);
  }
  flush_if_full();
}

void JournalWriter::flush_if_full() {
  // While the disk refuses, the next attempt is left to flush(), which the worker calls by the clock.
  if (buffer_.size() >= limits_.batch && !failing_) (void)flush();
}

bool JournalWriter::ends_in_half_a_line() const noexcept {
  struct stat facts {};
  char last = '\n';
  return fstat(file_, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0 &&
         pread(file_, &last, 1, facts.st_size - 1) == 1 && last != '\n';
}

// Of `done` bytes that were written, how many stay: those of whole lines. What can be taken back is a file's only.
std::size_t JournalWriter::take_back_half_a_line(std::size_t done) noexcept {
  struct stat facts {};
  if (done == 0 || fstat(file_, &facts) != 0 || !S_ISREG(facts.st_mode)) return done;
  const std::size_t whole = buffer_.rfind('\n', done - 1) + 1;  // npos + 1: no line is whole
  const off_t end = facts.st_size - static_cast<off_t>(done - whole);
  return whole < done && (end < 0 || ftruncate(file_, end) != 0) ? done : whole;
}

Result<void> JournalWriter::flush() {
  std::size_t done = 0;
  int problem = 0;
  while (done < buffer_.size()) {
    const ssize_t wrote = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      problem = errno;
      break;
    }
    done += static_cast<std::size_t>(wrote);
  }
  if (problem != 0) done = take_back_half_a_line(done);
  buffer_.erase(0, done);
  written_ += done;
  failing_ = problem != 0;
  if (failing_) {
    return failure(fmt::format("the journal could not be written: {}", std::strerror(problem)),
                   "make room on the disk; what was recorded waits in memory and is written as soon as it fits",
                   path_);
  }
  return {};
}

}  // namespace gatehouse::journal
