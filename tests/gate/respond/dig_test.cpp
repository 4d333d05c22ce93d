// A resolver that only has the Responder behind it, asked by dig: what we write is what a real client understands.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <thread>

#include "gate/respond/responder_fixture.h"

namespace gatehouse::respond {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr) out += piece.data();
  ::pclose(pipe);
  return out;
}

class RealClient : public ResponderTest {
 protected:
  void SetUp() override {
    if (output_of("command -v dig").empty()) GTEST_SKIP() << "dig is not installed (bind9-dnsutils)";
  }

  // dig's whole output for one query, answered by `answer` from the message it sent.
  template <typename Answer>
  std::string dig(const std::string& arguments, Answer answer) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in self{};
    self.sin_family = AF_INET;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof self;
    auto* const address = reinterpret_cast<sockaddr*>(&self);
    EXPECT_EQ(::bind(socket, address, length), 0);
    EXPECT_EQ(::getsockname(socket, address, &length), 0);
    (void)responder();
    std::atomic<bool> stop{false};
    std::thread server([&] {
      while (!stop) {
        pollfd wait{socket, POLLIN, 0};
        if (::poll(&wait, 1, 50) <= 0) continue;
        std::array<std::uint8_t, 4096> in{};
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const ssize_t got = ::recvfrom(socket, in.data(), in.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
        if (got <= 0) continue;
        const test::Buffer out = answer(Bytes(in.data(), static_cast<std::size_t>(got)));
        (void)::sendto(socket, out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
      }
    });
    const std::string out = output_of("dig @127.0.0.1 -p " + std::to_string(htons(self.sin_port)) +
                                      " +tries=1 +time=3 " + arguments + " 2>&1");
    stop = true;
    server.join();
    ::close(socket);
    EXPECT_THAT(out, Not(HasSubstr("WARNING"))) << out;
    EXPECT_THAT(out, Not(HasSubstr("malformed"))) << out;
    return out;
  }
  auto refusing() {
    ends_.dst_port = 53;
    return [this](Bytes query) {
      const Reply reply = responder().make(udp(query), from(true), seen(inspect::AppProtocol::Dns), blocked());
      return reply.packets.empty() ? test::Buffer{} : buffer(read(reply.packets[0].bytes).payload);
    };
  }
};

TEST_F(RealClient, UnderstandsThatANameIsBlockedAndWhy) {
  const std::string out = dig("gUnS.test A +edns", refusing());
  EXPECT_THAT(out, HasSubstr("status: NXDOMAIN"));
  EXPECT_THAT(out, HasSubstr("EDE: 15 (Blocked): (Blocked: "));
}

TEST_F(RealClient, WithoutEdnsGetsAPlainAnswer) {
  const std::string out = dig("guns.test A +noedns", refusing());
  EXPECT_THAT(out, HasSubstr("status: NXDOMAIN"));
  EXPECT_THAT(out, Not(HasSubstr("OPT PSEUDOSECTION")));
}

TEST_F(RealClient, IsLedToTheBlockPage) {
  settings_.dns = DnsReply::Address;
  settings_.address_v6 = IpAddress::parse("2001:db8::1");
  EXPECT_THAT(dig("guns.test AAAA +dnssec +short", refusing()), HasSubstr("2001:db8::1"));
}

TEST_F(RealClient, ReadsServiceRecordsWithoutKeys) {
  ends_.dst_port = 53;
  const std::string out = dig("site.test HTTPS +noedns", [this](Bytes query) {
    test::Buffer answer = test::dns_header(static_cast<unsigned>(query[0] << 8 | query[1]), 0x8180, {1, 2, 0, 0});
    test::put_dns_question(answer, "site.test", 65);
    const test::Buffer mandatory = {0, 1, 0, 5}, alpn = {2, 'h', '2'}, hint = {192, 0, 2, 1};
    test::put_dns_record(answer, test::dns_pointer(12), 65, 300,
                         test::svcb_rdata(1, "", {{0, mandatory}, {1, alpn}, {4, hint}, {5, test::Buffer(70, 9)}}));
    test::put_dns_record(answer, test::dns_pointer(12), 65, 300,
                         test::svcb_rdata(2, "b.site.test", {{1, alpn}, {5, test::Buffer(70, 9)}}));
    const Reply reply = responder().dns(udp(answer, false), from(false), "staff");
    return reply.packet == InHand::Replace ? buffer(read(reply.replacement).payload) : test::Buffer{};
  });
  EXPECT_THAT(out, HasSubstr("ANSWER: 2"));
  EXPECT_THAT(out, HasSubstr("ipv4hint=192.0.2.1"));
  EXPECT_THAT(out, HasSubstr("b.site.test."));
  EXPECT_THAT(out, Not(HasSubstr("ech=")));
}

}  // namespace
}  // namespace gatehouse::respond
