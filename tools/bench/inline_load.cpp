// The two ends of tools/bench/inline: a client that opens connections with a real ClientHello and a server that answers
// them, without a handshake, so that what lies between them is what is measured.
//
//   inline_load serve PORT                               until it is ended
//   inline_load rate ADDRESS PORT SECONDS PARALLEL       connections opened, answered and closed in a second
//   inline_load latency ADDRESS PORT COUNT               from connect() to the first byte of the answer, one at a time
//   inline_load bulk ADDRESS PORT SECONDS STREAMS        bytes that come down
//
// One line of JSON says the result. An answer is 1,400 bytes, after which the server closes; to a name that begins with
// "bulk." it sends until the client leaves. HELLO_NAME and HELLO_BYTES in the environment change name and least length.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kAnswer = 1'400;
constexpr int kBatch = 256;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

[[noreturn]] void fail(std::string_view what) {
  fmt::print(stderr, "inline_load: {}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

Address address_of(const char* text, int port) {
  Address out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(port));
    out.length = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    out.length = sizeof(sockaddr_in6);
  } else {
    fail(text);
  }
  return out;
}

// OpenSSL's first flight for the name; protocols of no meaning fill it up to `least` bytes.
std::string make_hello(const std::string& name, std::size_t least) {
  std::string protocols = "\x02h2\x08http/1.1";
  for (int i = 0;; ++i) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* tls = SSL_new(context);
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(tls, BIO_new(BIO_s_mem()), out);
    SSL_set_tlsext_host_name(tls, name.c_str());
    SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    SSL_set_connect_state(tls);
    SSL_do_handshake(tls);
    std::string hello(static_cast<std::size_t>(BIO_pending(out)), '\0');
    BIO_read(out, hello.data(), static_cast<int>(hello.size()));
    SSL_free(tls);
    SSL_CTX_free(context);
    if (hello.size() >= least || i > 200) return hello;
    protocols += fmt::format("\x0f" "filler-{:08}", i);
  }
}

std::string hello_from_environment(const char* name) {
  const char* given = std::getenv("HELLO_NAME");
  const char* bytes = std::getenv("HELLO_BYTES");
  return make_hello(given != nullptr ? given : name, bytes != nullptr ? std::strtoul(bytes, nullptr, 10) : 0);
}

void quick(int socket) {
  const int one = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

void watch(int epoll, int socket, std::uint32_t events, int operation = EPOLL_CTL_ADD) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  if (::epoll_ctl(epoll, operation, socket, &event) != 0 && operation != EPOLL_CTL_DEL) fail("epoll");
}

// --- the server -------------------------------------------------------------------------------------------------

struct Served {
  std::string got;
  bool streaming = false;
};

class Server {
 public:
  explicit Server(int port) : epoll_(::epoll_create1(0)), listener_(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    const int one = 1, zero = 0;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);  // several of us may share the port
    ::setsockopt(listener_, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    const Address any = address_of("::", port);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&any.storage), any.length) != 0) fail("bind");
    if (::listen(listener_, 4'096) != 0) fail("listen");
    watch(epoll_, listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, kBatch> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), kBatch, -1);
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_) accept_all();
        else serve(socket);
      }
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (socket < 0) return;
      quick(socket);
      connections_[socket] = {};
      watch(epoll_, socket, EPOLLIN);
    }
  }

  void serve(int socket) {
    Served& served = connections_[socket];
    if (served.streaming) {
      stream(socket);
      return;
    }
    std::array<char, 8'192> buffer;
    const ssize_t size = ::read(socket, buffer.data(), buffer.size());
    if (size <= 0) {
      leave(socket);
      return;
    }
    served.got.append(buffer.data(), static_cast<std::size_t>(size));
    if (served.got.size() < 5) return;
    const std::size_t wanted = 5 + static_cast<std::size_t>(static_cast<unsigned char>(served.got[3]) << 8) +
                               static_cast<unsigned char>(served.got[4]);
    if (served.got.size() < wanted) return;
    if (served.got.find("bulk.") != std::string::npos) {
      served.streaming = true;
      watch(epoll_, socket, EPOLLOUT, EPOLL_CTL_MOD);
      return;
    }
    static const std::string answer(kAnswer, '\x16');
    if (::write(socket, answer.data(), answer.size()) < 0) errno = 0;
    leave(socket);
  }

  void stream(int socket) {
    static const std::string block(256 * 1'024, 'x');
    if (::send(socket, block.data(), block.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) leave(socket);
  }

  void leave(int socket) {
    ::close(socket);
    connections_.erase(socket);
  }

  int epoll_;
  int listener_;
  std::unordered_map<int, Served> connections_;
};

// --- the client -------------------------------------------------------------------------------------------------

int start_connecting(const Address& to) {
  const int socket = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (socket < 0) fail("socket");
  quick(socket);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to.storage), to.length) != 0 && errno != EINPROGRESS) {
    ::close(socket);
    return -1;
  }
  return socket;
}

class RateClient {
 public:
  RateClient(const Address& to, std::string hello) : to_(to), hello_(std::move(hello)), epoll_(::epoll_create1(0)) {}

  void run(int seconds, int parallel) {
    const auto begin = SteadyClock::now();
    const auto end = begin + std::chrono::seconds(seconds);
    for (int i = 0; i < parallel; ++i) open_one();
    std::array<epoll_event, kBatch> events;
    while (SteadyClock::now() < end) {
      const int count = ::epoll_wait(epoll_, events.data(), kBatch, 50);
      for (int i = 0; i < count; ++i) step(events[static_cast<std::size_t>(i)]);
    }
    const double took = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    fmt::print("{{\"per_second\": {:.0f}, \"done\": {}, \"failed\": {}}}\n", static_cast<double>(done_) / took, done_, failed_);
  }

 private:
  void open_one() {
    const int socket = start_connecting(to_);
    if (socket < 0) {
      ++failed_;
      return;
    }
    answered_[socket] = 0;
    watch(epoll_, socket, EPOLLOUT);
  }

  void step(const epoll_event& event) {
    const int socket = event.data.fd;
    if ((event.events & EPOLLOUT) != 0) {
      if (::send(socket, hello_.data(), hello_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello_.size())) {
        finish(socket, false);
        return;
      }
      watch(epoll_, socket, EPOLLIN, EPOLL_CTL_MOD);
      return;
    }
    std::array<char, 4'096> buffer;
    const ssize_t size = ::read(socket, buffer.data(), buffer.size());
    if (size > 0) answered_[socket] += static_cast<std::size_t>(size);
    else if (size == 0 || errno != EAGAIN) finish(socket, size == 0 && answered_[socket] == kAnswer);
  }

  void finish(int socket, bool good) {
    ++(good ? done_ : failed_);
    ::close(socket);
    answered_.erase(socket);
    open_one();
  }

  Address to_;
  std::string hello_;
  int epoll_;
  std::unordered_map<int, std::size_t> answered_;
  std::uint64_t done_ = 0;
  std::uint64_t failed_ = 0;
};

int connect_blocking(const Address& to, const std::string& hello) {
  const int socket = ::socket(to.storage.ss_family, SOCK_STREAM, 0);
  const timeval patience{5, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  quick(socket);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to.storage), to.length) != 0 ||
      ::send(socket, hello.data(), hello.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello.size())) {
    ::close(socket);
    return -1;
  }
  return socket;
}

void measure_latency(const Address& to, const std::string& hello, int count) {
  std::vector<double> micros;
  int failed = 0;
  std::array<char, 4'096> buffer;
  for (int i = 0; i < count; ++i) {
    const auto begin = SteadyClock::now();
    const int socket = connect_blocking(to, hello);
    if (socket < 0 || ::read(socket, buffer.data(), buffer.size()) <= 0) ++failed;
    else micros.push_back(std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count());
    while (socket >= 0 && ::read(socket, buffer.data(), buffer.size()) > 0) {}
    if (socket >= 0) ::close(socket);
  }
  std::sort(micros.begin(), micros.end());
  const auto at = [&](double share) {
    return micros.empty() ? 0.0 : micros[static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  fmt::print("{{\"median_us\": {:.1f}, \"p99_us\": {:.1f}, \"failed\": {}}}\n", at(0.5), at(0.99), failed);
}

void measure_bulk(const Address& to, const std::string& hello, int seconds, int streams) {
  const int epoll = ::epoll_create1(0);
  for (int i = 0; i < streams; ++i) {
    const int socket = connect_blocking(to, hello);
    if (socket < 0) fail("connect");
    watch(epoll, socket, EPOLLIN);
  }
  std::vector<char> buffer(1 << 20);
  std::array<epoll_event, kBatch> events;
  std::uint64_t bytes = 0;
  const auto begin = SteadyClock::now();
  const auto end = begin + std::chrono::seconds(seconds);
  while (SteadyClock::now() < end) {
    const int count = ::epoll_wait(epoll, events.data(), kBatch, 50);
    for (int i = 0; i < count; ++i) {
      const ssize_t size = ::read(events[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size());
      if (size > 0) bytes += static_cast<std::uint64_t>(size);
    }
  }
  const double took = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  fmt::print("{{\"gbit_per_second\": {:.3f}}}\n", static_cast<double>(bytes) * 8 / took / 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> args(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return std::atoi(args.at(i).c_str()); };
  if (args.size() == 2 && args[0] == "serve") {
    Server(number(1)).run();
  } else if (args.size() == 5 && args[0] == "rate") {
    RateClient(address_of(args[1].c_str(), number(2)), hello_from_environment("short.library.test")).run(number(3), number(4));
  } else if (args.size() == 4 && args[0] == "latency") {
    measure_latency(address_of(args[1].c_str(), number(2)), hello_from_environment("short.library.test"), number(3));
  } else if (args.size() == 5 && args[0] == "bulk") {
    measure_bulk(address_of(args[1].c_str(), number(2)), hello_from_environment("bulk.library.test"), number(3), number(4));
  } else {
    fmt::print(stderr, "usage: inline_load serve PORT | rate ADDRESS PORT SECONDS PARALLEL | latency ADDRESS PORT COUNT | "
                       "bulk ADDRESS PORT SECONDS STREAMS\n");
    return 2;
  }
  return 0;
}
