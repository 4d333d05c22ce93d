#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "gate/inspect/seen.h"
#include "gate/inspect/tunnels_names.h"
#include "gate/inspect/tunnels_vpn.h"

namespace gatehouse::inspect {
namespace {

using testing::IsEmpty;

std::string bytes(std::size_t n, int seed = 1) {  // pseudo-random, without zeros
  std::string out;
  std::uint32_t x = static_cast<std::uint32_t>(seed) * 2654435761u;
  while (out.size() < n) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    if ((x >> 8 & 0xff) != 0) out += static_cast<char>(x >> 8 & 0xff);
  }
  return out;
}

struct DatagramCase {
  const char* what;
  std::uint16_t port;
  std::string datagram;
  AppProtocol protocol;
  std::string tunnel;
  int at_least;
};

TEST(Tunnels, AreKnownByTheirFirstDatagram) {
  const std::string time = from_hex("65a1b2c3");
  const std::vector<DatagramCase> cases = {
      {"WireGuard handshake", 443, from_hex("01000000") + bytes(144), AppProtocol::WireGuard, "wireguard",
       90},
      {"WireGuard response", 51820, from_hex("02000000") + bytes(88), AppProtocol::WireGuard, "wireguard",
       90},
      {"WireGuard data", 51820, from_hex("04000000") + bytes(4) + from_hex("0500000000000000") + bytes(48),
       AppProtocol::WireGuard, "wireguard", 60},
      {"OpenVPN", 53, from_hex("38") + bytes(8) + from_hex("0000000000"), AppProtocol::OpenVpn, "openvpn",
       90},
      {"OpenVPN tls-auth", 1194,
       from_hex("38") + bytes(28) + from_hex("00000001") + time + from_hex("0000000000"),
       AppProtocol::OpenVpn, "openvpn", 90},
      {"OpenVPN tls-crypt", 1194, from_hex("38") + bytes(8) + from_hex("00000001") + time + bytes(37),
       AppProtocol::OpenVpn, "openvpn", 80},
      {"IKEv2", 500, bytes(8) + from_hex("0000000000000000 21 20 22 08 00000000 00000030") + bytes(20),
       AppProtocol::Ike, "ike", 90},
      {"IKEv2 past NAT", 4500,
       from_hex("00000000") + bytes(8) + from_hex("0000000000000000 21 20 22 08 00000000 00000030") +
           bytes(20),
       AppProtocol::Ike, "ike", 90},
      {"ESP", 4500, from_hex("c0ffee01 00000001") + bytes(64), AppProtocol::EspInUdp, "esp-in-udp", 60},
      {"L2TP", 1701, from_hex("c802 0014 0000 0000 0000 0000") + bytes(8), AppProtocol::L2tp, "l2tp", 90},
      {"DNSCrypt", 443, "r6fnvWj8" + bytes(80), AppProtocol::DnsCrypt, "dnscrypt", 90},
  };
  for (const DatagramCase& one : cases) {
    InspectionResources resources;
    DatagramInspection inspection(resources);
    SeenSink sink;
    DatagramFacts facts;
    facts.client_port = 40000;
    facts.server_port = one.port;
    inspection.feed(Direction::ToServer, as_bytes(one.datagram), facts, sink);
    ASSERT_EQ(sink.all.size(), 1u) << one.what;
    EXPECT_EQ(sink.all[0].protocol, one.protocol) << one.what;
    EXPECT_EQ(sink.all[0].tunnel, one.tunnel) << one.what;
    EXPECT_GE(sink.all[0].confidence, one.at_least) << one.what;
    EXPECT_NE(sink.all[0].reason, "") << one.what;
    EXPECT_EQ(inspection.unnamed(), Unnamed::Tunnel) << one.what;
  }
}

TEST(Tunnels, AreNotSeenInOrdinaryDatagrams) {
  struct Case {
    const char* what;
    std::uint16_t port;
    std::string datagram;
    AppProtocol protocol;
  };
  const std::vector<Case> cases = {
      {"STUN", 3478, from_hex("0001 0000 2112a442") + bytes(12), AppProtocol::Stun},
      {"NTP", 123, from_hex("23000000") + std::string(44, '\0'), AppProtocol::Ntp},
      {"DHCP", 67, from_hex("01010600") + std::string(232, '\0') + from_hex("63825363 350101ff"),
       AppProtocol::Dhcp},
      {"a short WireGuard-like start", 9999, from_hex("01000000") + bytes(20), AppProtocol::Unknown},
      {"an OpenVPN opcode alone", 9999, from_hex("38") + bytes(40), AppProtocol::Unknown},
  };
  for (const Case& one : cases) {
    InspectionResources resources;
    DatagramInspection inspection(resources);
    SeenSink sink;
    DatagramFacts facts;
    facts.client_port = one.port;
    facts.server_port = one.port;
    inspection.feed(Direction::ToServer, as_bytes(one.datagram), facts, sink);
    EXPECT_THAT(sink.all, IsEmpty()) << one.what;
    EXPECT_EQ(inspection.protocol(), one.protocol) << one.what;
  }
}

TEST(Tunnels, AreKnownByTheirFirstStreamBytes) {
  struct Case {
    const char* what;
    std::string first;
    std::string tunnel;
  };
  const std::vector<Case> cases = {
      {"OpenVPN over TCP", from_hex("000e38") + bytes(8) + from_hex("0000000000"), "openvpn"},
      {"PPTP", from_hex("009c00011a2b3c4d00010000") + std::string(144, '\0'), "pptp"},
      {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", "ssh"},
      {"Ultrasurf", from_hex("cc1c30415ba43866") + bytes(40), "ultrasurf"},
      {"random from the start", bytes(400, 9), "fully-encrypted"},
  };
  for (const Case& one : cases) {
    InspectionResources resources;
    StreamFeeder flow{resources};
    flow.client(one.first);
    ASSERT_EQ(flow.sink.all.size(), 1u) << one.what;
    EXPECT_EQ(flow.sink.all[0].tunnel, one.tunnel) << one.what;
  }
}

TEST(Tunnels, OnlyRandomBytesLookFullyEncrypted) {
  EXPECT_TRUE(fully_encrypted(as_bytes(bytes(300))).has_value());
  EXPECT_FALSE(fully_encrypted(as_bytes(bytes(30)))) << "too short to tell";
  EXPECT_FALSE(fully_encrypted(as_bytes("LOGIN: " + bytes(300)))) << "begins with text";
  EXPECT_FALSE(fully_encrypted(as_bytes(from_hex("00000001") + bytes(300)))) << "has a header";
  EXPECT_FALSE(fully_encrypted(as_bytes(std::string(300, '\x7f')))) << "too many bits set";
  EXPECT_LE(fully_encrypted(as_bytes(bytes(300)))->confidence, 50) << "it is no proof";
}

TEST(Tunnels, AreKnownByTheNameOfAHello) {
  const auto tunnel_of = [](std::string_view host, std::string_view alpn, std::uint16_t port = 443,
                            AppProtocol protocol = AppProtocol::Tls) -> std::string {
    Observation seen;
    seen.protocol = protocol;
    seen.host = host;
    seen.alpn = alpn;
    const auto verdict = tunnel_by_hello(seen, port, false);
    return verdict ? std::string(verdict->tunnel) : "";
  };
  EXPECT_EQ(tunnel_of("dns.google", "h2,http/1.1"), "doh");
  EXPECT_EQ(tunnel_of("abc.dns.nextdns.io", "h2"), "doh");
  EXPECT_EQ(tunnel_of("notdns.google.test", "h2"), "");
  EXPECT_EQ(tunnel_of("resolver.test", "dot"), "dot");
  EXPECT_EQ(tunnel_of("resolver.test", "", 853), "dot");
  EXPECT_EQ(tunnel_of("resolver.test", "doq", 8853, AppProtocol::Quic), "doq");
  EXPECT_EQ(tunnel_of("www.7xk3bqzmwt2lf.com", ""), "tor");
  EXPECT_EQ(tunnel_of("www.7xk3bqzmwt2lf.com", "h2,http/1.1"), "") << "browsers name an application";
  EXPECT_EQ(tunnel_of("www.bankofscotland.com", ""), "");
  EXPECT_EQ(tunnel_of("www.school4u.net", ""), "");
}

TEST(Tunnels, AResolversAddressIsEnoughWhenItWasHandedIn) {
  Observation seen;
  seen.protocol = AppProtocol::Tls;
  EXPECT_EQ(tunnel_by_hello(seen, 443, true)->tunnel, "doh");
  EXPECT_FALSE(tunnel_by_hello(seen, 443, false).has_value());
}

TEST(Tunnels, DnsInsideAWebAddressIsRead) {
  InspectionResources resources;
  StreamFeeder flow{resources};
  // RFC 8484 section 4.1.1: www.example.com, A
  flow.client(
      "GET /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB HTTP/1.1\r\nHost: doh.test\r\n\r\n");
  ASSERT_EQ(flow.sink.all.size(), 2u);
  EXPECT_EQ(flow.sink.all[1].host, "www.example.com");
  EXPECT_EQ(flow.sink.all[1].tunnel, "doh");
}

}  // namespace
}  // namespace gatehouse::inspect
