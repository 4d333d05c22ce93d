#include "lodge/identity/listen/http_listener.h"

#include <fmt/format.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/result.h"
#include "lodge/identity/listen/sockets.h"

namespace gatehouse::lodge {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMostConnections = 512;
constexpr std::uint32_t kLongestHeader = 8 * 1024;
constexpr std::uint64_t kLongestBody = 16 * 1024;
constexpr std::chrono::seconds kTime{10};  // for handshake, request and answer each

HttpRequest request_from(const http::request<http::string_body>& parsed, const IpAddress& from, bool encrypted) {
  HttpRequest out;
  out.method = std::string(parsed.method_string());
  out.target = std::string(parsed.target());
  out.host = std::string(parsed[http::field::host]);
  out.authorization = std::string(parsed[http::field::authorization]);
  out.body = parsed.body();
  out.from = from;
  out.encrypted = encrypted;
  return out;
}

http::response<http::string_body> response_from(const HttpResponse& answer, unsigned version) {
  http::response<http::string_body> out{static_cast<http::status>(answer.status), version};
  out.set(http::field::content_type, answer.content_type);
  out.set("X-Content-Type-Options", "nosniff");
  out.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
  out.set("Referrer-Policy", "no-referrer");
  for (const auto& [name, value] : answer.headers) out.set(name, value);
  out.body() = answer.body;
  out.keep_alive(false);
  out.prepare_payload();
  return out;
}

}  // namespace

class HttpListener::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(HttpListener& listener, tcp::socket socket, const IpAddress& from)
      : listener_(listener), plain_(std::move(socket)), from_(from) {
    parser_.header_limit(kLongestHeader);
    parser_.body_limit(kLongestBody);
    if (listener.tls_) tls_.emplace(std::move(plain_), *listener.tls_);
  }

  void begin() {
    lowest().expires_after(kTime);
    if (!tls_) {
      read(plain_);
      return;
    }
    tls_->async_handshake(boost::asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& error) {
      if (error) {
        self->end();
      } else {
        self->read(*self->tls_);
      }
    });
  }
  void close() {
    error_code unimportant;
    lowest().socket().close(unimportant);
  }

 private:
  beast::tcp_stream& lowest() { return tls_ ? tls_->next_layer() : plain_; }

  template <typename Stream>
  void read(Stream& stream) {
    lowest().expires_after(kTime);
    http::async_read(stream, buffer_, parser_, [self = shared_from_this(), &stream](const error_code& error, std::size_t) {
      if (error || self->stopped_) {
        self->end();
        return;
      }
      const auto& request = self->parser_.get();
      self->answer_ = response_from(self->listener_.handler_(request_from(request, self->from_, self->tls_.has_value())),
                                    request.version());
      self->write(stream);
    });
  }

  template <typename Stream>
  void write(Stream& stream) {
    lowest().expires_after(kTime);
    http::async_write(stream, answer_, [self = shared_from_this()](const error_code&, std::size_t) { self->finish(); });
  }

  void finish() {
    if (!tls_) {
      error_code unimportant;
      plain_.socket().shutdown(tcp::socket::shutdown_send, unimportant);
      end();
      return;
    }
    lowest().expires_after(kTime);
    tls_->async_shutdown([self = shared_from_this()](const error_code&) { self->end(); });
  }

  void end() {
    if (!stopped_) listener_.connections_.erase(shared_from_this());
  }

 public:
  void stop() {
    stopped_ = true;
    close();
  }

 private:
  HttpListener& listener_;
  beast::tcp_stream plain_;
  std::optional<boost::asio::ssl::stream<beast::tcp_stream>> tls_;
  IpAddress from_;
  beast::flat_buffer buffer_{kLongestHeader + kLongestBody};
  http::request_parser<http::string_body> parser_;
  http::response<http::string_body> answer_;
  bool stopped_ = false;  // the listener may be gone
};

HttpListener::~HttpListener() { stop(); }

void HttpListener::use_tls(const std::string& certificate, const std::string& key) {
  tls_.emplace(boost::asio::ssl::context::tls_server);
  error_code error;
  tls_->set_options(boost::asio::ssl::context::default_workarounds | boost::asio::ssl::context::no_tlsv1 |
                        boost::asio::ssl::context::no_tlsv1_1,
                    error);
  tls_->use_certificate_chain_file(certificate, error);
  if (error) {
    throw SetupError({fmt::format("the certificate cannot be used: {}", error.message()),
                      "give a PEM file with the certificate and its chain", certificate, 0});
  }
  tls_->use_private_key_file(key, boost::asio::ssl::context::pem, error);
  if (error) {
    throw SetupError({fmt::format("the key cannot be used: {}", error.message()),
                      "give the PEM file of the certificate's own key, readable to the lodge", key, 0});
  }
}

void HttpListener::start(const Endpoint& at) {
  listen_on(acceptor_, at);
  accept();
}

void HttpListener::stop() noexcept {
  error_code unimportant;
  acceptor_.close(unimportant);
  pause_.cancel();
  for (const auto& connection : connections_) connection->stop();
  connections_.clear();
}

void HttpListener::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (is_exhausted(error)) {
      accept_later();
      return;
    }
    if (!error && connections_.size() < kMostConnections) {
      error_code gone;
      const auto peer = socket.remote_endpoint(gone);
      if (!gone) {
        auto connection = std::make_shared<Connection>(*this, std::move(socket), from_asio(peer.address()));
        connections_.insert(connection);
        connection->begin();
      }
    }
    accept();
  });
}

void HttpListener::accept_later() {
  ++exhausted_;
  pause_.expires_after(kExhaustedPause);
  pause_.async_wait([this](const error_code& stopped) {
    if (!stopped && acceptor_.is_open()) accept();
  });
}

}  // namespace gatehouse::lodge
