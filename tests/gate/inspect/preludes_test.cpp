#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/inspect/seen.h"

namespace gatehouse::inspect {
namespace {

using testing::ElementsAre;

const std::string kRequest = "GET / HTTP/1.1\r\nHost: inner.test\r\n\r\n";

class Preludes : public testing::Test {
 protected:
  InspectionResources resources;
  StreamFeeder flow{resources};
};

TEST_F(Preludes, Socks5NamesItsTargetAndWhatIsInside) {
  flow.client(from_hex("050100"));
  flow.server(from_hex("0500"));
  flow.client(from_hex("05010003 0b") + "target.test" + from_hex("0050"));
  flow.server(from_hex("05000001 00000000 0000"));
  flow.client(kRequest);
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("target.test", "inner.test"));
  EXPECT_EQ(flow.sink.all[0].from, NameSource::SocksRequest);
  EXPECT_EQ(flow.sink.all[0].port, 80);
  EXPECT_EQ(flow.sink.all[0].tunnel, "socks");
}

TEST_F(Preludes, Socks5WithALoginInAnySegments) {
  const std::string stream = from_hex("050102") + from_hex("0104") + "user" + from_hex("04") + "pass" +
                             from_hex("05010003 0b") + "target.test" + from_hex("0050") + kRequest;
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    StreamFeeder one{resources};
    for (std::size_t at = 0; at < stream.size(); at += size) one.client(stream.substr(at, size));
    EXPECT_THAT(one.sink.hosts(), ElementsAre("target.test", "inner.test")) << size;
  }
}

TEST_F(Preludes, Socks5WritesAddresses) {
  flow.client(from_hex("050100") + from_hex("05010004 20010db8000000000000000000000001 01bb"));
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("2001:db8::1"));
}

TEST_F(Preludes, Socks4AndItsExtensionForNames) {
  flow.client(from_hex("04010050 c0000201") + std::string("me\0", 3));
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("192.0.2.1"));
  StreamFeeder named{resources};
  named.client(from_hex("04010050 00000001") + std::string("me\0target.test\0", 15) + kRequest);
  EXPECT_THAT(named.sink.hosts(), ElementsAre("target.test", "inner.test"));
  EXPECT_EQ(named.sink.all[0].protocol, AppProtocol::Socks4);
}

TEST_F(Preludes, ProxyHeaderVersion2IsSkippedInAnySegments) {
  const std::string stream =
      from_hex("0d0a0d0a000d0a515549540a 21 11 000c c0000201 c0000202 03e8 0050") + kRequest;
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    StreamFeeder one{resources};
    for (std::size_t at = 0; at < stream.size(); at += size) one.client(stream.substr(at, size));
    EXPECT_THAT(one.sink.hosts(), ElementsAre("inner.test")) << size;
  }
}

struct TextCase {
  const char* what;
  AppProtocol protocol;
  std::string server, client;
};

TEST_F(Preludes, TextProtocolsAreToldApart) {
  const std::vector<TextCase> cases = {
      {"SMTP", AppProtocol::Smtp, "220 mail.test ESMTP\r\n", "EHLO me.test\r\n"},
      {"IMAP", AppProtocol::Imap, "* OK ready\r\n", "a1 CAPABILITY\r\n"},
      {"POP3", AppProtocol::Pop3, "+OK ready\r\n", "CAPA\r\n"},
      {"FTP", AppProtocol::Ftp, "220 FTP server\r\n", "USER me\r\n"},
      {"XMPP", AppProtocol::Xmpp, "", "<?xml version='1.0'?><stream:stream to='chat.test'>"},
  };
  for (const TextCase& one : cases) {
    StreamFeeder text{resources};
    text.server(one.server);
    text.client(one.client);
    EXPECT_EQ(text.inspection.protocol(), one.protocol) << one.what;
    EXPECT_EQ(text.inspection.unnamed(), Unnamed::KnownOther) << one.what;
  }
}

// The start of a TLS handshake record: enough for the chooser to hand over.
const std::string kTls = from_hex("160301020001000100");

TEST_F(Preludes, GiveWayToTls) {
  struct Case {
    const char* what;
    std::string server, client;
  };
  const std::vector<Case> cases = {
      {"SMTP", "220 mail.test ESMTP\r\n", "EHLO me.test\r\nSTARTTLS\r\n"},
      {"IMAP", "* OK ready\r\n", "a1 STARTTLS\r\n"},
      {"POP3", "+OK ready\r\n", "STLS\r\n"},
      {"FTP", "220 FTP\r\n", "AUTH TLS\r\n"},
      {"XMPP", "",
       "<?xml version='1.0'?><stream:stream to='chat.test'><starttls "
       "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
      {"PostgreSQL", "", from_hex("00000008 04d2162f")},
      {"RDP", "", from_hex("0300000b 06e00000000000")},
      {"MySQL", "", from_hex("20000001 85ae7f00 00000001 21") + std::string(23, '\0')},
      {"MySQL, greeted", from_hex("0a000000 0a") + "8.0.3" + from_hex("00"),
       from_hex("20000001 85ae7f00 00000001 21") + std::string(23, '\0')},
      {"LDAP, long lengths", "", from_hex("30840000001d 020101 7718 8016") + "1.3.6.1.4.1.1466.20037"},
      {"CONNECT", "", "CONNECT a.test:443 HTTP/1.1\r\n\r\n"},
      {"SOCKS 5", "", from_hex("050100 05010001 c0000201 01bb")},
      {"PROXY", "", "PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\r\n"},
  };
  for (const Case& one : cases) {
    StreamFeeder text{resources};
    text.server(one.server);
    text.client(one.client);
    EXPECT_NE(text.inspection.protocol(), AppProtocol::Tls) << one.what;
    text.client(kTls);
    EXPECT_EQ(text.inspection.protocol(), AppProtocol::Tls) << one.what;
  }
}

TEST_F(Preludes, AnEmptyFlowSaysThatNothingWasSent) {
  EXPECT_EQ(flow.inspection.unnamed(), Unnamed::NoPayload);
  EXPECT_EQ(flow.inspection.protocol(), AppProtocol::Unknown);
}

TEST_F(Preludes, AnUnknownStreamIsGivenUp) {
  for (int i = 0; i < 20 && !flow.done; ++i) flow.client(from_hex("fffe0001020304050607"));
  EXPECT_TRUE(flow.done);
  EXPECT_EQ(flow.inspection.unnamed(), Unnamed::UnknownProtocol);
}

TEST_F(Preludes, AnInspectionCanBeMovedInTheMiddle) {
  SeenSink sink;
  StreamInspection first(resources);
  const std::string head = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  first.feed(Direction::ToServer, as_bytes(head), false, sink);
  StreamInspection second(std::move(first));
  const std::string frame = from_hex("00001101 04 00000001 8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff");
  second.feed(Direction::ToServer, as_bytes(frame), false, sink);
  EXPECT_THAT(sink.hosts(), ElementsAre("www.example.com"));
}

}  // namespace
}  // namespace gatehouse::inspect
