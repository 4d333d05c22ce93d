#include "lodge/identity/listen/sockets.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/errc.hpp>

namespace gatehouse::lodge {
namespace {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;
using boost::system::error_code;

// A burst at nine o'clock waits here while the loop does something else.
constexpr int kReceiveBuffer = 4 * 1024 * 1024;
// So many datagrams in a row before others come to their turn.
constexpr int kBurst = 256;
// A college has some forwarders; a thousand connections is somebody's mistake or mischief.
constexpr std::size_t kMostConnections = 256;
constexpr std::chrono::minutes kIdle{60};

[[noreturn]] void cannot_listen(const Endpoint& at, const error_code& error) {
  throw SetupError({fmt::format("cannot listen on {}: {}", at.to_string(), error.message()),
                    "give another address and port in section `identity`, or end the program that has it", {}, 0});
}

}  // namespace

IpAddress from_asio(const boost::asio::ip::address& address) {
  if (address.is_v4()) return IpAddress::v4(Bytes(address.to_v4().to_bytes()));
  return IpAddress::v6(Bytes(address.to_v6().to_bytes()));
}

boost::asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) {
    boost::asio::ip::address_v4::bytes_type four{};
    std::copy(address.wire().begin(), address.wire().end(), four.begin());
    return boost::asio::ip::address_v4(four);
  }
  return boost::asio::ip::address_v6(address.bytes());
}

void UdpListener::start(const Endpoint& at) {
  const udp::endpoint endpoint(to_asio(at.address), at.port);
  error_code error;
  socket_.open(endpoint.protocol(), error);
  if (!error) socket_.bind(endpoint, error);
  if (error) cannot_listen(at, error);
  error_code unimportant;
  socket_.set_option(boost::asio::socket_base::receive_buffer_size(kReceiveBuffer), unimportant);
  socket_.non_blocking(true, unimportant);
  wait();
}

void UdpListener::stop() noexcept {
  error_code unimportant;
  socket_.close(unimportant);
}

void UdpListener::wait() {
  socket_.async_wait(udp::socket::wait_read, [this](const error_code& stopped) {
    if (stopped) return;
    take_all();
    if (socket_.is_open()) wait();
  });
}

void UdpListener::take_all() {
  for (int i = 0; i < kBurst; ++i) {
    error_code error;
    const std::size_t size = socket_.receive_from(boost::asio::buffer(buffer_), from_, 0, error);
    if (error) return;
    const auto answer = handler_(from_asio(from_.address()), from_.port(), Bytes(buffer_).first(size));
    if (!answer.empty()) socket_.send_to(boost::asio::buffer(answer), from_, 0, error);
  }
}

void listen_on(tcp::acceptor& acceptor, const Endpoint& at) {
  const tcp::endpoint endpoint(to_asio(at.address), at.port);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) cannot_listen(at, error);
}

bool is_exhausted(const error_code& error) noexcept {
  namespace errc = boost::system::errc;
  return error == errc::too_many_files_open || error == errc::too_many_files_open_in_system ||
         error == errc::no_buffer_space || error == errc::not_enough_memory;
}

struct TcpListener::Connection {
  explicit Connection(boost::asio::io_context& io) : socket(io), idle(io) {}
  tcp::socket socket;
  boost::asio::steady_timer idle;
  std::array<char, 16384> buffer{};
  Handler handler;
};

void TcpListener::start(const Endpoint& at) {
  listen_on(acceptor_, at);
  accept();
}

void TcpListener::stop() noexcept {
  error_code unimportant;
  acceptor_.close(unimportant);
  pause_.cancel();
  for (const auto& connection : connections_) {
    connection->socket.close(unimportant);
    connection->idle.cancel();
  }
  connections_.clear();
}

void TcpListener::accept() {
  auto connection = std::make_shared<Connection>(io_);
  acceptor_.async_accept(connection->socket, [this, connection](const error_code& error) {
    if (!acceptor_.is_open()) return;
    if (is_exhausted(error)) {
      accept_later();
      return;
    }
    if (!error && connections_.size() < kMostConnections) {
      error_code gone;
      const auto peer = connection->socket.remote_endpoint(gone);
      if (!gone) connection->handler = open_(from_asio(peer.address()));
      if (connection->handler) {
        connections_.insert(connection);
        read(connection);
      }
    }
    accept();
  });
}

void TcpListener::accept_later() {
  ++exhausted_;
  pause_.expires_after(kExhaustedPause);
  pause_.async_wait([this](const error_code& stopped) {
    if (!stopped && acceptor_.is_open()) accept();
  });
}

void TcpListener::read(const std::shared_ptr<Connection>& connection) {
  connection->idle.expires_after(kIdle);
  connection->idle.async_wait([connection](const error_code& cancelled) {
    error_code unimportant;
    if (!cancelled) connection->socket.close(unimportant);
  });
  connection->socket.async_read_some(boost::asio::buffer(connection->buffer),
                                     [this, connection](const error_code& error, std::size_t size) {
                                       if (!acceptor_.is_open()) return;
                                       const bool going = !error && connection->handler({connection->buffer.data(), size});
                                       if (going) {
                                         read(connection);
                                         return;
                                       }
                                       connection->idle.cancel();
                                       connections_.erase(connection);
                                     });
}

}  // namespace gatehouse::lodge
