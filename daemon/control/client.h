// The other end of the control socket. `Client` keeps a connection for the lodge: it never waits, connects when
// something is to be said, and tells when it could not be. `ask_gate` is for a command: one question, then done.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/time.h"
#include "control/messages.h"

namespace gatehouse::control {

// On the thread of the event loop.
class Client {
 public:
  using Answer = std::function<void(const Result<nlohmann::json>&)>;

  Client(boost::asio::io_context& io, std::filesystem::path socket);
  ~Client();

  // Requests are sent in their order. After an error nothing that waited is sent: each is answered with it.
  void ask(const Request& request, Answer answer);
  // Called when the gate goes away: what it was told is to be told again to the next.
  void on_lost(std::function<void()> lost);
  void stop() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Fails when there is no gate, or none that answers in time.
Result<nlohmann::json> ask_gate(const std::filesystem::path& socket, const Request& request, Milliseconds patience);

}  // namespace gatehouse::control
