#include "process/notify.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>

namespace gatehouse::process {
namespace {

constexpr Microseconds kLookWithoutWatchdog{1'000'000};

}  // namespace

void tell_ready(const std::string& status) { (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status.c_str()); }
void tell_status(const std::string& status) { (void)sd_notifyf(0, "STATUS=%s", status.c_str()); }
void tell_stopping() { (void)sd_notify(0, "STOPPING=1"); }
void tell_alive() { (void)sd_notify(0, "WATCHDOG=1"); }

std::optional<Microseconds> watchdog_time() {
  std::uint64_t us = 0;
  if (sd_watchdog_enabled(0, &us) <= 0) return std::nullopt;
  return Microseconds{static_cast<std::int64_t>(us)};
}

std::optional<std::size_t> BeatWatch::stuck(std::span<const std::uint64_t> beats, Moment now) {
  if (seen_.size() != beats.size()) seen_.assign(beats.size(), {0, now});
  std::optional<std::size_t> out;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    if (beats[i] != seen_[i].beats) {
      seen_[i] = {beats[i], now};
    } else if (now - seen_[i].since >= patience_ && !out) {
      out = i;
    }
  }
  return out;
}

Heartbeat::Heartbeat(boost::asio::io_context& io, Log log, Trouble trouble)
    : timer_(io), log_(std::move(log)), trouble_(std::move(trouble)) {}

// Three times an interval, so that one late turn of a busy loop is no alarm.
void Heartbeat::start() {
  const auto watchdog = watchdog_time();
  every_ = watchdog ? std::min(*watchdog / 3, kLookWithoutWatchdog) : kLookWithoutWatchdog;
  beat();
}

void Heartbeat::beat() {
  const auto trouble = trouble_ ? trouble_() : std::nullopt;
  if (trouble) {
    // Not an orderly end: a thread that hangs would hold that up for ever.
    log_->critical("{}; ending, to be started anew", *trouble);
    log_->flush();
    tell_status(*trouble);
    std::_Exit(kExitHung);
  }
  tell_alive();
  timer_.expires_after(every_);
  timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped) beat();
  });
}

}  // namespace gatehouse::process
