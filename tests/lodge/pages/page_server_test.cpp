// The block page's listeners when the machine has nothing left to give: they wait, and answer afterwards.
#include "lodge/pages/page_server.h"

#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "lodge/test_events.h"
#include "support/no_descriptors.h"

namespace gatehouse::lodge {
namespace {

using boost::asio::ip::tcp;
using test::NoDescriptors;

// A pause follows each failure, so that few handlers run; a loop that spins runs as many as the processor can.
constexpr std::size_t kFew = 30;

class PageServerTest : public ::testing::Test {
 protected:
  PageServerTest() {
    server_.start();
    client_.connect(server_.endpoints().front());
    boost::asio::write(client_, boost::asio::buffer(std::string("GET / HTTP/1.1\r\nHost: history.example\r\n\r\n")));
  }
  ~PageServerTest() override { server_.stop(); }

  BlockPages::Parts parts() {
    PagesSettings settings;
    settings.listen = {IpAddress::v4(0x7f000001)};
    settings.http_port = 0;  // any that is free
    return {settings, {}, std::make_shared<const policy::PolicySnapshot>(policy::PolicySettings{}, lists::Pack::empty()),
            store_, clock_, make_silent_log(), {}};
  }

  testing::TemporaryFolder folder_;
  Connection store_ = value_or_throw(Connection::open(folder_.file("store.db"), Milliseconds{1000}));
  SystemClock clock_;
  boost::asio::io_context io_;
  PageServer server_{io_, parts()};
  tcp::socket client_{io_};
};

TEST_F(PageServerTest, WaitsWithoutDescriptorsAndAnswersWhenThereAreSome) {
  std::string answer;
  bool answered = false;
  boost::asio::async_read(client_, boost::asio::dynamic_buffer(answer), [&](const boost::system::error_code&, std::size_t) {
    answered = true;
    io_.stop();
  });
  NoDescriptors none;
  EXPECT_LT(io_.run_for(std::chrono::milliseconds{500}), kFew);
  EXPECT_FALSE(answered);
  none.give_back();
  io_.run_for(std::chrono::seconds{10});
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 404");
}

TEST_F(PageServerTest, EndsWhileItWaits) {
  NoDescriptors none;
  io_.run_for(std::chrono::milliseconds{50});
  server_.stop();
  io_.run_for(std::chrono::seconds{10});
  EXPECT_TRUE(io_.stopped());  // nothing is left to wait for
}

}  // namespace
}  // namespace gatehouse::lodge
