// The two plain listeners of identity: datagrams (RADIUS, syslog) and streams (syslog). They hand bytes on and know no
// protocol. All on one event loop; stop() before the loop goes away.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "lodge/identity/listen/endpoint.h"

namespace gatehouse::lodge {

// Ours to theirs and back; an IPv4 address in its IPv6 form is one address.
IpAddress from_asio(const boost::asio::ip::address& address);
boost::asio::ip::address to_asio(const IpAddress& address);

class UdpListener {
 public:
  // What to send back; empty: nothing.
  using Handler = std::function<std::vector<std::uint8_t>(const IpAddress& from, std::uint16_t port, Bytes datagram)>;

  UdpListener(boost::asio::io_context& io, Handler handler) : socket_(io), handler_(std::move(handler)) {}
  // Throws SetupError when the port cannot be had.
  void start(const Endpoint& at);
  void stop() noexcept;

 private:
  void wait();
  void take_all();

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
  std::array<std::uint8_t, 65536> buffer_{};
  Handler handler_;
};

// Whether an accept failed because this program or this machine has no descriptor or memory left. The connection then
// still waits, so that accepting again at once would fail again at once, and the loop would do nothing else.
[[nodiscard]] bool is_exhausted(const boost::system::error_code& error) noexcept;
// After such a failure the next accept comes so much later: what is open ends itself meanwhile.
inline constexpr std::chrono::milliseconds kExhaustedPause{200};

class TcpListener {
 public:
  // Bytes of one connection go to the handler that `open` made for it; false closes the connection.
  using Handler = std::function<bool(std::string_view bytes)>;
  using Open = std::function<Handler(const IpAddress& from)>;  // an empty handler refuses the connection

  TcpListener(boost::asio::io_context& io, Open open) : io_(io), acceptor_(io), pause_(io), open_(std::move(open)) {}
  void start(const Endpoint& at);
  void stop() noexcept;
  // How often nothing could be accepted because descriptors had run out.
  [[nodiscard]] std::uint64_t exhausted() const noexcept { return exhausted_; }

 private:
  struct Connection;
  void accept();
  void accept_later();
  void read(const std::shared_ptr<Connection>& connection);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Open open_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::uint64_t exhausted_ = 0;
};

// Opens an acceptor; throws SetupError when the port cannot be had.
void listen_on(boost::asio::ip::tcp::acceptor& acceptor, const Endpoint& at);

}  // namespace gatehouse::lodge
