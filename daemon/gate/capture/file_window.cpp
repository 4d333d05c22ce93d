#include "gate/capture/file_window.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::capture {

FileWindow::FileWindow(int file, std::size_t size, std::uint64_t read) : file_(file), buffer_(size), read_(read) {
  (void)::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

FileWindow::~FileWindow() { ::close(file_); }

bool FileWindow::refill() noexcept {
  std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
  end_ -= at_;
  at_ = 0;
  while (!at_end_ && end_ < buffer_.size()) {
    const ssize_t got = ::read(file_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    at_end_ = got == 0;
    end_ += static_cast<std::size_t>(got);
    read_ += static_cast<std::uint64_t>(got);
  }
  return true;
}

}  // namespace gatehouse::capture
