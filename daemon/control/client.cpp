#include "control/client.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

namespace gatehouse::control {
namespace {

using boost::asio::local::stream_protocol;
using Code = boost::system::error_code;

// A reload compiles lists before it is answered.
constexpr Seconds kPatience{60};

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& io, std::filesystem::path where)
      : path(std::move(where)), socket(io), timer(io) {}

  struct Waiting {
    std::string line;
    Answer answer;
  };

  void next() {
    if (busy || waiting.empty()) return;
    busy = true;
    timer.expires_after(kPatience);
    timer.async_wait([self = shared_from_this()](const Code& cancelled) {
      if (!cancelled) self->failed("the gate does not answer");
    });
    if (connected) return send();
    socket.async_connect(stream_protocol::endpoint(path.string()), [self = shared_from_this()](const Code& error) {
      if (error) return self->failed(fmt::format("no gate listens: {}", error.message()), error);
      self->connected = true;
      self->send();
      self->watch_for_end();
    });
  }
  void send() {
    boost::asio::async_write(socket, boost::asio::buffer(waiting.front().line),
                             [self = shared_from_this()](const Code& error, std::size_t) {
                               if (error) self->failed("the gate went away", error);
                             });
  }
  // Reads all the time, so that the end of the connection is noticed when nothing is asked too.
  void watch_for_end() {
    boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(text, kLongestLine), '\n',
                                  [self = shared_from_this()](const Code& error, std::size_t size) {
                                    if (error) return self->failed("the gate went away", error);
                                    self->took(size);
                                  });
  }
  void took(std::size_t size) {
    const auto answer = read_answer(std::string_view(text).substr(0, size - 1));
    text.erase(0, size);
    watch_for_end();
    if (!busy || waiting.empty()) return;  // an answer to no question
    busy = false;
    timer.cancel();
    const Waiting done = std::move(waiting.front());
    waiting.pop_front();
    done.answer(answer);
    next();
  }
  void failed(const std::string& what, const Code& error = {}) {
    if (stopped || error == boost::asio::error::operation_aborted) return;
    const bool was_connected = std::exchange(connected, false);
    Code ignored;
    socket.close(ignored);
    timer.cancel();
    busy = false;
    text.clear();
    const auto unanswered = std::exchange(waiting, {});
    for (const Waiting& one : unanswered) {
      one.answer(failure(what, "start gatehouse-gate, or look at its log", path.string()));
    }
    if (was_connected && lost) lost();
  }

  std::filesystem::path path;
  stream_protocol::socket socket;
  boost::asio::steady_timer timer;
  std::deque<Waiting> waiting;  // the first is the one being asked when `busy`
  std::string text;
  std::function<void()> lost;
  bool connected = false;
  bool busy = false;
  bool stopped = false;
};

Client::Client(boost::asio::io_context& io, std::filesystem::path socket)
    : state_(std::make_shared<State>(io, std::move(socket))) {}

Client::~Client() { stop(); }

void Client::ask(const Request& request, Answer answer) {
  state_->waiting.push_back({to_line(request), std::move(answer)});
  state_->next();
}

void Client::on_lost(std::function<void()> lost) { state_->lost = std::move(lost); }

void Client::stop() noexcept {
  state_->stopped = true;
  state_->lost = nullptr;
  state_->waiting.clear();
  state_->timer.cancel();
  Code ignored;
  state_->socket.close(ignored);
}

Result<nlohmann::json> ask_gate(const std::filesystem::path& socket, const Request& request, Milliseconds patience) {
  boost::asio::io_context io;
  Client client(io, socket);
  std::optional<Result<nlohmann::json>> answer;
  client.ask(request, [&](const Result<nlohmann::json>& got) {
    answer = got;
    io.stop();
  });
  io.run_for(patience);
  client.stop();
  if (!answer) return failure("the gate does not answer", "look at its log", socket.string());
  return *answer;
}

}  // namespace gatehouse::control
