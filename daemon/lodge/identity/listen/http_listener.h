// A small HTTP/1.1 server for the portal and the logon endpoint: one request a connection, bounded in size and time,
// with TLS or without. It knows no page; a handler answers. On one event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/address.h"
#include "lodge/identity/listen/endpoint.h"

namespace gatehouse::lodge {

struct HttpRequest {
  std::string method;
  std::string target;
  std::string host;
  std::string authorization;
  std::string body;
  IpAddress from;
  bool encrypted = false;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class HttpListener {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  HttpListener(boost::asio::io_context& io, Handler handler)
      : acceptor_(io), pause_(io), handler_(std::move(handler)) {}
  ~HttpListener();
  // Before start(): serve with this certificate (PEM, with its chain) and key. Throws SetupError.
  void use_tls(const std::string& certificate, const std::string& key);
  void start(const Endpoint& at);
  void stop() noexcept;
  // How often nothing could be accepted because descriptors had run out.
  [[nodiscard]] std::uint64_t exhausted() const noexcept { return exhausted_; }

  // An open connection; it ends itself by its time limit.
  class Connection;

 private:
  void accept();
  void accept_later();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::optional<boost::asio::ssl::context> tls_;
  Handler handler_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::uint64_t exhausted_ = 0;
};

}  // namespace gatehouse::lodge
