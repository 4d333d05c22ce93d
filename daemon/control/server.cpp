#include "control/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

namespace gatehouse::control {
namespace {

using boost::asio::local::stream_protocol;

// The lodge and a few commands; who opens more is refused until some have gone.
constexpr std::size_t kMostConnections = 16;

// True when somebody answers there.
bool somebody_listens(boost::asio::io_context& io, const std::filesystem::path& path) {
  stream_protocol::socket probe(io);
  boost::system::error_code error;
  probe.connect(stream_protocol::endpoint(path.string()), error);
  return !error;
}

}  // namespace

// One caller. Lives as long as the server has it or a handler is under way.
class Server::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server& server, stream_protocol::socket socket) : server_(&server), socket_(std::move(socket)) {}

  void read() {
    boost::asio::async_read_until(socket_, boost::asio::dynamic_buffer(text_, kLongestLine), '\n',
                                  [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
                                    self->took(error, size);
                                  });
  }
  // The server is going, or done with this one.
  void close() noexcept {
    server_ = nullptr;
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  void took(const boost::system::error_code& error, std::size_t size) {
    if (server_ == nullptr) return;
    if (error) {
      if (error == boost::asio::error::not_found) {
        server_->log_->warn("the control socket was sent a line of more than {} bytes", kLongestLine);
      }
      return leave();
    }
    out_ = to_line(server_->answer(std::string_view(text_).substr(0, size - 1)));
    text_.erase(0, size);
    boost::asio::async_write(socket_, boost::asio::buffer(out_),
                             [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
                               if (self->server_ == nullptr) return;
                               if (failed) return self->leave();
                               self->read();
                             });
  }
  void leave() {
    Server* server = server_;
    close();
    server->connections_.erase(shared_from_this());
  }

  Server* server_;
  stream_protocol::socket socket_;
  std::string text_;
  std::string out_;
};

Server::Server(boost::asio::io_context& io, std::filesystem::path socket, Handlers handlers, Log log)
    : io_(io), path_(std::move(socket)), handlers_(std::move(handlers)), log_(std::move(log)), acceptor_(io) {}

Server::~Server() { stop(); }

void Server::start() {
  std::error_code ignored;
  std::filesystem::create_directories(path_.parent_path(), ignored);
  if (std::filesystem::is_socket(path_, ignored)) {
    if (somebody_listens(io_, path_)) {
      throw SetupError({"another gate listens on the control socket", "stop it, or name another with control: {socket: ...}",
                        path_.string(), 0});
    }
    std::filesystem::remove(path_, ignored);
  }
  const mode_t before = ::umask(0117);  // 0660 from the first moment on
  boost::system::error_code error;
  acceptor_.open(stream_protocol(), error);
  if (!error) acceptor_.bind(stream_protocol::endpoint(path_.string()), error);
  if (!error) acceptor_.listen(static_cast<int>(kMostConnections), error);
  ::umask(before);
  if (error) {
    throw SetupError({fmt::format("cannot listen on the control socket: {}", error.message()),
                      "make its folder, or name another with control: {socket: ...}", path_.string(), 0});
  }
  listening_ = true;
  accept();
}

void Server::stop() noexcept {
  if (!listening_) return;
  listening_ = false;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& connection : connections_) connection->close();
  connections_.clear();
  ::unlink(path_.c_str());
}

void Server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, stream_protocol::socket socket) {
    if (error == boost::asio::error::operation_aborted || !listening_) return;
    if (error) {
      log_->warn("the control socket: {}", error.message());
    } else if (connections_.size() >= kMostConnections) {
      log_->warn("the control socket has {} callers already; one more was refused", connections_.size());
    } else {
      (*connections_.insert(std::make_shared<Connection>(*this, std::move(socket))).first)->read();
    }
    accept();
  });
}

Result<nlohmann::json> Server::answer(std::string_view line) const {
  struct Visitor {
    const Handlers& handlers;
    Result<nlohmann::json> operator()(const GroupsUpdate& update) const { return handlers.groups(update); }
    Result<nlohmann::json> operator()(const ExemptionsUpdate& update) const {
      if (const auto done = handlers.exemptions(update); !done) return tl::make_unexpected(done.error());
      return nlohmann::json::object();
    }
    Result<nlohmann::json> operator()(const ReloadRequest&) const { return handlers.reload(); }
    Result<nlohmann::json> operator()(const StatusRequest&) const { return handlers.status(); }
  };
  const auto request = read_request(line);
  if (!request) {
    log_->warn("the control socket: {}", request.error().message);
    return tl::make_unexpected(request.error());
  }
  return std::visit(Visitor{handlers_}, *request);
}

}  // namespace gatehouse::control
