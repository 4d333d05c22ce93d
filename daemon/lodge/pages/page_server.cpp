#include "lodge/pages/page_server.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "lists/names.h"
#include "lodge/identity/listen/sockets.h"
#include "lodge/pages/request_form.h"

namespace gatehouse::lodge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Code = boost::system::error_code;
using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;

constexpr std::uint32_t kMostHeaderBytes = 16 * 1024;

// Where an SSL object of ours keeps its connection. (Its "app data" is Asio's own.)
int connection_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

IpAddress address_of(const asio::ip::address& address) {
  if (address.is_v4()) return IpAddress::v4(address.to_v4().to_uint());
  return IpAddress::v6(address.to_v6().to_bytes());
}

}  // namespace

// What the server knows of each connection, whatever its stream.
class PageServer::Connection : public std::enable_shared_from_this<PageServer::Connection> {
 public:
  virtual ~Connection() = default;
  virtual void close() noexcept = 0;
  IpAddress client;
};

template <typename Stream>
class PageServer::Session final : public PageServer::Connection {
 public:
  template <typename... Args>
  explicit Session(PageServer& server, Args&&... args) : server_(&server), stream_(std::forward<Args>(args)...) {
    parser_.header_limit(kMostHeaderBytes);
    parser_.body_limit(kMostFormBytes);
  }

  void begin() {
    beast::get_lowest_layer(stream_).expires_after(kPatience);  // for the whole of it
    if constexpr (std::is_same_v<Stream, Tls>) {
      SSL_set_ex_data(stream_.native_handle(), connection_index(), static_cast<Connection*>(this));
      stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](const Code& error) {
        error ? self->leave() : self->read();
      });
    } else {
      read();
    }
  }
  void close() noexcept override {
    server_ = nullptr;
    beast::get_lowest_layer(stream_).close();
  }

 private:
  std::shared_ptr<Session> self() { return std::static_pointer_cast<Session>(shared_from_this()); }

  void read() {
    http::async_read(stream_, buffer_, parser_, [self = self()](const Code& error, std::size_t) {
      error ? self->leave() : self->respond();
    });
  }
  void respond() {
    if (server_ == nullptr) return;
    out_ = server_->pages_.answer(parser_.get(), client);
    asio::async_write(stream_, asio::buffer(out_), [self = self()](const Code& error, std::size_t) {
      error ? self->leave() : self->end();
    });
  }
  // Says goodbye properly, so that no browser takes the page for one that was cut.
  void end() {
    if constexpr (std::is_same_v<Stream, Tls>) {
      stream_.async_shutdown([self = self()](const Code&) { self->leave(); });
    } else {
      Code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      leave();
    }
  }
  void leave() {
    if (server_ == nullptr) return;
    PageServer* server = server_;
    close();
    server->connections_.erase(shared_from_this());
  }

  PageServer* server_;  // null: it has stopped, or is done with this one
  Stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::string_body> parser_;
  std::string out_;
};

PageServer::PageServer(boost::asio::io_context& io, BlockPages::Parts parts)
    : io_(io), settings_(parts.settings), clock_(parts.clock), log_(parts.log), pages_(std::move(parts)) {
  if (settings_.ca_certificate.empty()) return;
  certificates_ = std::make_unique<SiteCertificates>(settings_.ca_certificate, settings_.ca_key, clock_);
  SSL_CTX_set_tlsext_servername_callback(tls_.native_handle(), choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(tls_.native_handle(), this);
}

PageServer::~PageServer() { stop(); }

// In the middle of a handshake: the certificate of the name that was asked for, if it is a blocked one.
int PageServer::choose_certificate(SSL* ssl, int* alert, void* server) {
  auto& self = *static_cast<PageServer*>(server);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const auto* connection = static_cast<const Connection*>(SSL_get_ex_data(ssl, connection_index()));
  const auto host = name != nullptr ? lists::canonical_host(name) : std::nullopt;
  SSL_CTX* chosen = nullptr;
  if (host && connection != nullptr && self.pages_.is_ours(host->text.view(), connection->client)) {
    chosen = self.certificates_->context_for(std::string(host->text.view()));
  }
  if (chosen == nullptr) {
    ++self.refused_;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  SSL_set_SSL_CTX(ssl, chosen);
  return SSL_TLSEXT_ERR_OK;
}

void PageServer::start() {
  for (const IpAddress& address : settings_.listen) {
    listen(address, settings_.http_port, false);
    if (certificates_) listen(address, settings_.https_port, true);
  }
}

void PageServer::listen(const IpAddress& address, std::uint16_t port, bool tls) {
  const tcp::endpoint where(asio::ip::make_address(address.to_string()), port);
  auto listener = std::make_unique<Listener>(Listener{tcp::acceptor(io_), tls, asio::steady_timer(io_)});
  Code error;
  listener->acceptor.open(where.protocol(), error);
  if (!error) listener->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && where.protocol() == tcp::v6()) listener->acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) listener->acceptor.bind(where, error);
  if (!error) listener->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    throw SetupError({fmt::format("cannot listen on {} port {} for the block page: {}", address.to_string(), port, error.message()),
                      "give this machine the address, or free the port, or choose another under `pages:`", {}, 0});
  }
  accept(*listeners_.emplace_back(std::move(listener)));
}

void PageServer::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const Code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || stopped_) return;
    if (is_exhausted(error)) {  // the connection still waits: at once it would only fail again, and again
      listener.pause.expires_after(kExhaustedPause);
      listener.pause.async_wait([this, &listener](const Code& ended) {
        if (!ended && !stopped_) accept(listener);
      });
      return;
    }
    if (!error && connections_.size() < kMostConnections) {
      Code gone;
      const auto peer = socket.remote_endpoint(gone);
      if (!gone) {
        const auto begin = [&](auto session) {
          session->client = address_of(peer.address());
          connections_.insert(session);
          session->begin();
        };
        if (listener.tls) {
          begin(std::make_shared<Session<Tls>>(*this, beast::tcp_stream(std::move(socket)), tls_));
        } else {
          begin(std::make_shared<Session<Plain>>(*this, std::move(socket)));
        }
      }
    }
    accept(listener);
  });
}

void PageServer::stop() noexcept {
  stopped_ = true;
  Code ignored;
  for (const auto& listener : listeners_) {
    listener->acceptor.close(ignored);
    listener->pause.cancel();
  }
  for (const auto& connection : connections_) connection->close();
  connections_.clear();
}

std::vector<tcp::endpoint> PageServer::endpoints() const {
  std::vector<tcp::endpoint> out;
  for (const auto& listener : listeners_) out.push_back(listener->acceptor.local_endpoint());
  return out;
}

}  // namespace gatehouse::lodge
