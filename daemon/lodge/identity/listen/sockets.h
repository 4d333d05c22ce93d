// The two plain listeners of identity: datagrams (RADIUS, syslog) and streams (syslog). They hand bytes on and know no
// protocol. All on one event loop; stop() before the loop goes away.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
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

class TcpListener {
 public:
  // Bytes of one connection go to the handler that `open` made for it; false closes the connection.
  using Handler = std::function<bool(std::string_view bytes)>;
  using Open = std::function<Handler(const IpAddress& from)>;  // an empty handler refuses the connection

  TcpListener(boost::asio::io_context& io, Open open) : io_(io), acceptor_(io), open_(std::move(open)) {}
  void start(const Endpoint& at);
  void stop() noexcept;

 private:
  struct Connection;
  void accept();
  void read(const std::shared_ptr<Connection>& connection);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Open open_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
};

// Opens an acceptor; throws SetupError when the port cannot be had.
void listen_on(boost::asio::ip::tcp::acceptor& acceptor, const Endpoint& at);

}  // namespace gatehouse::lodge
