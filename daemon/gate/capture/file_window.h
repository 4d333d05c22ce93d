// A file read from its front to its end through one buffer: what was read and is not used yet lies together, and
// bytes are moved once a buffer, not once a packet. For PcapStream and PcapngStream. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::capture {

class FileWindow {
 public:
  // Owns the descriptor; `read` bytes of the file lie before where it stands.
  FileWindow(int file, std::size_t size, std::uint64_t read = 0);
  ~FileWindow();
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;

  // Not used yet; lives until the next refill.
  [[nodiscard]] Bytes rest() const noexcept { return Bytes(buffer_).subspan(at_, end_ - at_); }
  [[nodiscard]] std::size_t size() const noexcept { return buffer_.size(); }  // the most that can lie in it
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }              // nothing comes behind rest()
  [[nodiscard]] std::uint64_t position() const noexcept { return read_ - (end_ - at_); }
  void use(std::size_t bytes) noexcept { at_ += bytes; }  // at most rest().size()
  // Fills the buffer up behind rest(). False: the file could not be read.
  bool refill() noexcept;

 private:
  int file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t read_;
  bool at_end_ = false;
};

}  // namespace gatehouse::capture
