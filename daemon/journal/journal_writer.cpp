#include "journal/journal_writer.h"

#include <fcntl.h>
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
  file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (truncate ? O_TRUNC : O_APPEND), 0640);
  if (file_ < 0) {
    throw SetupError({fmt::format("cannot write the journal: {}", std::strerror(errno)),
                      "name a folder that exists and that Gatehouse may write to", file, 0});
  }
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
