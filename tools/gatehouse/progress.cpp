#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace gatehouse::cli {
namespace {

constexpr std::uint64_t kWorthWatching = 16 * 1024 * 1024;  // less is read before a bar could be looked at
constexpr std::size_t kWidth = 40;
constexpr std::chrono::milliseconds kEvery{100};

}  // namespace

Progress::Progress(std::string what, std::uint64_t total, bool wanted)
    : what_(std::move(what)), total_(total), shown_(wanted && total >= kWorthWatching && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r{:{}}\r", "", what_.size() + kWidth + 16);
}

void Progress::at(std::uint64_t done) {
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kEvery;
  drawn_ = true;
  const std::size_t filled = std::min<std::size_t>(kWidth, done * kWidth / total_);
  fmt::print(stderr, "\r{} [{:=<{}}{: <{}}] {:3} %", what_, "", filled, "", kWidth - filled,
             std::min<std::uint64_t>(100, done * 100 / total_));
  std::fflush(stderr);
}

}  // namespace gatehouse::cli
