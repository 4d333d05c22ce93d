// One thing that a program does for as long as it runs: a listener, a loop, a schedule. Made by the program, started
// and stopped by it on the thread of its event loop.
#pragma once

#include <string_view>

namespace gatehouse {

class Service {
 public:
  virtual ~Service() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  // Puts its work on the event loop. Throws SetupError when it cannot do what the configuration asks.
  virtual void start() = 0;
  // Closes its sockets and cancels its timers, so that the loop runs out of its work. The object lives until the
  // loop has: handlers may still be called once, with `operation_aborted`. May be called without start().
  virtual void stop() noexcept = 0;
};

}  // namespace gatehouse
