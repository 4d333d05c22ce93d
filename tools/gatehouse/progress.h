// A progress bar on standard error, for people who wait: nothing when it is not a terminal or the file is small.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gatehouse::cli {

class Progress {
 public:
  Progress(std::string what, std::uint64_t total, bool wanted);
  ~Progress();
  void at(std::uint64_t done);
  [[nodiscard]] bool shown() const noexcept { return shown_; }

 private:
  std::string what_;
  std::uint64_t total_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace gatehouse::cli
