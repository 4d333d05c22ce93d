// What the programs tell systemd, over its socket; nothing happens where there is none. Heartbeat is the watchdog's
// feeder: a program that is not well is not fed for, and ends, so that it is started anew and the kernel does meanwhile
// what the fail policy says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/service.h"
#include "base/time.h"

namespace gatehouse::process {

void tell_ready(const std::string& status);
void tell_status(const std::string& status);
void tell_stopping();
void tell_alive();
// How long systemd waits for tell_alive() before it acts; nullopt: it does not.
std::optional<Microseconds> watchdog_time();

// Whether some of many workers has stood still: each has a number that grows while it is well.
class BeatWatch {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  explicit BeatWatch(Seconds patience) : patience_(patience) {}
  // The index of one whose number has not grown for the patience; nullopt: all are well.
  std::optional<std::size_t> stuck(std::span<const std::uint64_t> beats, Moment now);

 private:
  struct Seen {
    std::uint64_t beats = 0;
    Moment since;
  };
  Seconds patience_;
  std::vector<Seen> seen_;
};

// Asks several times a watchdog interval whether all is well. `trouble` gives the reason when it is not; then systemd is
// told, fed no more, and the program ends at once with kExitHung.
class Heartbeat final : public Service {
 public:
  static constexpr int kExitHung = 70;
  using Trouble = std::function<std::optional<std::string>()>;
  Heartbeat(boost::asio::io_context& io, Log log, Trouble trouble = {});
  [[nodiscard]] std::string_view name() const noexcept override { return "heartbeat"; }
  void start() override;
  void stop() noexcept override { timer_.cancel(); }

 private:
  void beat();

  boost::asio::steady_timer timer_;
  Log log_;
  Trouble trouble_;
  Microseconds every_{};
};

}  // namespace gatehouse::process
