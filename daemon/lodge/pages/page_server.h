// The sockets of the pages: HTTP, and HTTPS where the college's own authority is configured. One request a connection,
// with bounds on size, time and number, so that no client can hold it up. On the event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "base/service.h"
#include "lodge/pages/block_pages.h"
#include "lodge/pages/site_certificates.h"

namespace gatehouse::lodge {

class PageServer final : public Service {
 public:
  static constexpr std::size_t kMostConnections = 256;
  static constexpr Seconds kPatience{15};

  // Throws SetupError when the authority's files cannot be used.
  PageServer(boost::asio::io_context& io, BlockPages::Parts parts);
  ~PageServer() override;
  [[nodiscard]] std::string_view name() const noexcept override { return "block page"; }
  void start() override;
  void stop() noexcept override;

  // Refused handshakes: no name, or one that is not blocked.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  // Where it listens, HTTP first; for tests that give port 0 by taking any.
  [[nodiscard]] std::vector<boost::asio::ip::tcp::endpoint> endpoints() const;

 private:
  struct Listener {
    boost::asio::ip::tcp::acceptor acceptor;
    bool tls;
    boost::asio::steady_timer pause;  // after descriptors ran out
  };
  class Connection;
  template <typename Stream>
  class Session;

  void listen(const IpAddress& address, std::uint16_t port, bool tls);
  void accept(Listener& listener);
  static int choose_certificate(SSL* ssl, int* alert, void* server);

  boost::asio::io_context& io_;
  PagesSettings settings_;
  const Clock& clock_;
  Log log_;
  BlockPages pages_;
  std::unique_ptr<SiteCertificates> certificates_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::uint64_t refused_ = 0;
  bool stopped_ = false;
};

}  // namespace gatehouse::lodge
