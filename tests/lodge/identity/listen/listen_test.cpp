// The listeners when the machine has nothing left to give: they wait, and go on afterwards.
#include <gtest/gtest.h>

#include <boost/asio/write.hpp>

#include "lodge/identity/listen/http_listener.h"
#include "lodge/identity/listen/sockets.h"
#include "support/no_descriptors.h"

namespace gatehouse::lodge {
namespace {

using boost::asio::ip::tcp;
using test::NoDescriptors;

// A port that nobody has just now.
Endpoint free_endpoint(boost::asio::io_context& io) {
  tcp::acceptor probe(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  return {IpAddress::v4(0x7f000001), probe.local_endpoint().port()};
}

tcp::endpoint of(const Endpoint& at) { return {to_asio(at.address), at.port}; }

// Each failure is followed by a pause, so that few handlers run; a loop that spins runs as many as the processor can.
constexpr std::size_t kFew = 30;
constexpr std::chrono::milliseconds kWhile{500};

TEST(TcpListener, WaitsWithoutDescriptorsAndTakesTheConnectionWhenThereAreSome) {
  boost::asio::io_context io;
  std::string heard;
  TcpListener listener(io, [&](const IpAddress&) -> TcpListener::Handler {
    return [&](std::string_view bytes) {
      heard += bytes;
      io.stop();
      return true;
    };
  });
  const Endpoint at = free_endpoint(io);
  listener.start(at);
  tcp::socket client(io);
  client.open(tcp::v4());
  client.connect(of(at));
  boost::asio::write(client, boost::asio::buffer("hello", 5));

  NoDescriptors none;
  EXPECT_LT(io.run_for(kWhile), kFew);
  EXPECT_GE(listener.exhausted(), 1u);
  EXPECT_EQ(heard, "");
  none.give_back();
  io.run_for(std::chrono::seconds{10});
  EXPECT_EQ(heard, "hello");
  listener.stop();
}

TEST(TcpListener, EndsWhileItWaits) {
  boost::asio::io_context io;
  TcpListener listener(io, [](const IpAddress&) { return TcpListener::Handler(); });
  const Endpoint at = free_endpoint(io);
  listener.start(at);
  tcp::socket client(io);
  client.open(tcp::v4());
  client.connect(of(at));
  NoDescriptors none;
  io.run_for(std::chrono::milliseconds{50});
  EXPECT_EQ(listener.exhausted(), 1u);
  listener.stop();
  io.run_for(std::chrono::seconds{10});
  EXPECT_TRUE(io.stopped());  // nothing is left to wait for
}

TEST(HttpListener, WaitsWithoutDescriptorsAndAnswersWhenThereAreSome) {
  boost::asio::io_context io;
  std::string asked;
  HttpListener listener(io, [&](const HttpRequest& request) {
    asked = request.target;
    io.stop();
    return HttpResponse{};
  });
  const Endpoint at = free_endpoint(io);
  listener.start(at);
  tcp::socket client(io);
  client.open(tcp::v4());
  client.connect(of(at));
  boost::asio::write(client, boost::asio::buffer(std::string("GET /here HTTP/1.1\r\nHost: guests.college.example\r\n\r\n")));

  NoDescriptors none;
  EXPECT_LT(io.run_for(kWhile), kFew);
  EXPECT_GE(listener.exhausted(), 1u);
  EXPECT_EQ(asked, "");
  none.give_back();
  io.run_for(std::chrono::seconds{10});
  EXPECT_EQ(asked, "/here");
  listener.stop();
}

}  // namespace
}  // namespace gatehouse::lodge
