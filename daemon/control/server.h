// The gate's end of the control socket: a Unix socket that only the group of the file may use, and no network port.
// The gate hands in what is to be done; everything is called on the thread of the event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>

#include "base/log.h"
#include "control/messages.h"

namespace gatehouse::control {

struct Handlers {
  std::function<Result<nlohmann::json>(const GroupsUpdate&)> groups;  // the answer names groups that are not known
  std::function<Result<void>(const ExemptionsUpdate&)> exemptions;
  std::function<Result<nlohmann::json>()> reload;  // the answer says what was loaded
  std::function<nlohmann::json()> status;
};

class Server {
 public:
  Server(boost::asio::io_context& io, std::filesystem::path socket, Handlers handlers, Log log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Throws SetupError: no such folder, no permission, or another gate listens there. What a gate that was killed left
  // is replaced.
  void start();
  // Closes everything and removes the socket; the loop runs out of this object's work.
  void stop() noexcept;

 private:
  class Connection;
  void accept();
  [[nodiscard]] Result<nlohmann::json> answer(std::string_view line) const;

  boost::asio::io_context& io_;
  std::filesystem::path path_;
  Handlers handlers_;
  Log log_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::set<std::shared_ptr<Connection>> connections_;
  bool listening_ = false;
};

}  // namespace gatehouse::control
