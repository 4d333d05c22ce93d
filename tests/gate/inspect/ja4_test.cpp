// JA4 by FoxIO's published example, and its rules for odd hellos.
#include "gate/inspect/ja4.h"

#include <gtest/gtest.h>

#include "support/tls_hellos.h"

namespace gatehouse::inspect {
namespace {

using namespace test;

std::string ja4_of(const Buffer& body) {
  const auto hello = parse_client_hello(body, HelloForm::Tls);
  return hello ? std::string(Ja4(*hello, Ja4Transport::Tcp).text()) : "(none)";
}

// The example in FoxIO's description of JA4: its cipher suites, extensions and signature algorithms.
TEST(Ja4, EqualsThePublishedExample) {
  Buffer body;
  put(body, 0x0303, 2);
  body.insert(body.end(), 32, 0);
  put(body, 0, 1);
  Buffer ciphers;
  for (const unsigned cipher : {0x1a1au, 0x1301u, 0x1302u, 0x1303u, 0xc02bu, 0xc02fu, 0xc02cu, 0xc030u, 0xcca9u, 0xcca8u,
                                0xc013u, 0xc014u, 0x009cu, 0x009du, 0x002fu, 0x0035u}) {
    put(ciphers, cipher, 2);
  }
  put_list(body, ciphers, 2);
  put_list(body, Buffer{0}, 1);
  Buffer block;
  for (const unsigned type : {0x001bu, 0x0033u, 0x4469u, 0x0017u, 0x002du, 0x0005u, 0x0023u, 0x0012u, 0x000au, 0x000bu,
                              0xff01u, 0x0015u}) {
    put(block, Bytes(extension(static_cast<std::uint16_t>(type), {})));
  }
  put(block, Bytes(server_name("site.test")));
  put(block, Bytes(extension(0x0010, {0, 3, 2, 'h', '2'})));
  put(block, Bytes(extension(0x000d, {0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1})));
  put(block, Bytes(extension(0x002b, {4, 0xaa, 0xaa, 3, 4})));
  put(block, Bytes(extension(0x2a2a, {})));
  put_list(body, block, 2);
  EXPECT_EQ(ja4_of(body), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4, HasZeroesForAHelloWithoutExtensions) {
  Buffer body;
  put(body, 0x0301, 2);
  body.insert(body.end(), 32, 0);
  put(body, 0, 1);
  put_list(body, Buffer{0, 0x2f}, 2);
  put_list(body, Buffer{0}, 1);
  EXPECT_EQ(ja4_of(body).substr(0, 11), "t10i010000_");
  EXPECT_EQ(ja4_of(body).substr(23), "_000000000000");
}

TEST(Ja4, IsEmptyForAHelloThatWasCut) {
  Buffer body = hello_body();
  body.pop_back();
  EXPECT_EQ(ja4_of(body), "");
}

TEST(ClientHello, FlagsServerNamesThatNoClientSends) {
  const auto malformed = [](const HelloOptions& options) {
    const Buffer body = hello_body(options);
    return parse_client_hello(body, HelloForm::Tls)->names_malformed;
  };
  EXPECT_FALSE(malformed({}));
  EXPECT_FALSE(malformed({.host = "192.0.2.1"}));
  EXPECT_TRUE(malformed({.host = std::string("a\0b.test", 8)}));
  EXPECT_TRUE(malformed({.host = "", .more_extensions = extension(0, {})}));
  EXPECT_TRUE(malformed({.host = "", .more_extensions = extension(0, {0, 3, 0, 0, 0})}));
  EXPECT_TRUE(malformed({.host = "one.test", .more_extensions = server_name("two.test")}));
}

TEST(ClientHello, TellsGreaseLikeEchFromAKnownOffer) {
  Buffer ech{0, 0, 1, 0, 1, 7, 0, 2, 1, 1, 0, 3, 1, 2, 3};
  const auto ech_for = [&](std::string_view host) {
    const Buffer body = hello_body({.host = std::string(host), .more_extensions = extension(0xfe0d, ech)});
    return ech_of(*parse_client_hello(body, HelloForm::Tls));
  };
  EXPECT_EQ(ech_for("www.site.test"), Ech::GreaseLike);
  EXPECT_EQ(ech_for("cloudflare-ech.com"), Ech::Offered);
  const Buffer plain = hello_body();
  EXPECT_EQ(ech_of(*parse_client_hello(plain, HelloForm::Tls)), Ech::Absent);
}

}  // namespace
}  // namespace gatehouse::inspect
