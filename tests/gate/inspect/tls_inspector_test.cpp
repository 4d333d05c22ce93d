// TLS hellos over every split, with the server's side where it can tell more.
#include "gate/inspect/certificate_names.h"
#include "gate/inspect/tls_inspector.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>

#include "support/tls_hellos.h"

namespace gatehouse::inspect {
namespace {

using namespace test;

// Plays the flow room: keeps unconsumed bytes, offers when there are `need` of them.
class Stream {
 public:
  void send(Direction direction, Bytes bytes, bool ended = false) {
    Side& side = sides_[static_cast<std::size_t>(direction)];
    for (const std::uint8_t byte : bytes) {
      if (side.skip > 0) {
        --side.skip;
      } else {
        side.kept.push_back(byte);
      }
    }
    while (!done && (side.kept.size() >= side.need || ended)) {
      ++feeds;
      const Progress progress = inspector.feed(direction, side.kept, ended, sink);
      done = progress.step == Step::Done;
      const std::size_t taken = std::min<std::uint64_t>(progress.consumed, side.kept.size());
      side.skip = progress.consumed - taken;
      side.kept.erase(side.kept.begin(), side.kept.begin() + static_cast<std::ptrdiff_t>(taken));
      side.need = progress.need;
      if (taken == 0 || side.kept.empty()) break;
    }
  }

  TlsInspector inspector;
  Sink sink;
  bool done = false;
  int feeds = 0;

 private:
  struct Side {
    Buffer kept;
    std::size_t need = 1;
    std::uint64_t skip = 0;
  };
  std::array<Side, 2> sides_;
};

Buffer server_hello(std::uint16_t version, bool retry = false) {
  Buffer body;
  put(body, 0x0303, 2);
  const Buffer retry_random{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                            0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  put(body, Bytes(retry ? retry_random : Buffer(32, 5)));
  put(body, 0, 1);
  put(body, 0x130100, 3);
  Buffer extensions;
  if (version == 0x0304) put(extensions, Bytes(extension(43, {3, 4})));
  put_list(body, extensions, 2);
  Buffer message{2};
  put_list(message, body, 3);
  return message;
}

// DER by hand: a certificate for the names, as far as the reader walks.
Buffer der(std::uint8_t tag, const Buffer& content) {
  Buffer out{tag, 0x82};
  put(out, content.size(), 2);
  put(out, Bytes(content));
  return out;
}
Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer out;
  for (const Buffer& part : parts) put(out, Bytes(part));
  return out;
}
Buffer text(std::string_view value) { return Buffer(value.begin(), value.end()); }

Buffer certificate(std::string_view common, std::string_view alternative) {
  const Buffer name = der(0x30, joined({der(0x06, {0x55, 0x04, 0x03}), der(0x0c, text(common))}));
  const Buffer subject = der(0x30, der(0x31, name));
  const Buffer names = der(0x30, der(0x82, text(alternative)));
  const Buffer san = der(0x30, joined({der(0x06, {0x55, 0x1d, 0x11}), der(0x04, names)}));
  const Buffer tbs = joined({der(0xa0, der(2, {2})), der(2, {1}), der(0x30, {}), der(0x30, {}), der(0x30, {}), subject,
                             der(0x30, {}), der(0xa3, der(0x30, san))});
  return der(0x30, joined({der(0x30, tbs), der(0x30, {}), der(3, {0})}));
}

Buffer certificate_message(const Buffer& leaf) {
  Buffer one;
  put_list(one, leaf, 3);
  Buffer list;
  put_list(list, one, 3);
  Buffer message{11};
  put_list(message, list, 3);
  return message;
}

TEST(TlsInspector, FindsSniWhereverTheHelloIsCutInTwoSegments) {
  const Buffer bytes = records(hello_message());
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Stream stream;
    stream.send(Direction::ToServer, Bytes(bytes).first(cut));
    stream.send(Direction::ToServer, Bytes(bytes).subspan(cut));
    ASSERT_EQ(stream.sink.seen.size(), 1u) << cut;
    EXPECT_EQ(stream.sink.host(), "www.site.test");
    EXPECT_TRUE(stream.done);
    EXPECT_EQ(stream.inspector.unnamed(), Unnamed::None);
  }
}

TEST(TlsInspector, TellsAlpnVersionAndFingerprint) {
  Stream stream;
  stream.send(Direction::ToServer, records(hello_message()));
  const Seen& seen = stream.sink.seen.at(0);
  EXPECT_EQ(seen.alpn, "h2,http/1.1");
  EXPECT_EQ(seen.version, 0x0304);
  EXPECT_EQ(seen.ja4.substr(0, 11), "t13d0205h2_");
  EXPECT_EQ(seen.evasion, 0u);
}

TEST(TlsInspector, FindsSniInRecordsOfAnySizeAndSaysThatTheyAreTiny) {
  for (std::size_t size = 1; size < 60; ++size) {
    Stream stream;
    const Buffer bytes = records(hello_message(), size);
    for (const std::uint8_t byte : bytes) stream.send(Direction::ToServer, Bytes(&byte, 1));
    ASSERT_EQ(stream.sink.host(), "www.site.test") << size;
    EXPECT_EQ(stream.sink.seen[0].evasion, evasion::kTinyRecords);
    EXPECT_LT(stream.feeds, 100) << "re-reads must grow with the logarithm, not with the bytes";
  }
}

TEST(TlsInspector, SeesPastAlertsAndChangeCipherSpecBeforeTheHello) {
  Buffer bytes = record(21, Buffer{1, 0});
  put(bytes, Bytes(record(20, Buffer{1})));
  put(bytes, Bytes(records(hello_message())));
  Stream stream;
  stream.send(Direction::ToServer, bytes);
  ASSERT_EQ(stream.sink.host(), "www.site.test");
  EXPECT_EQ(stream.sink.seen[0].evasion, evasion::kOddRecord);
}

TEST(TlsInspector, AHelloThatNeverEndsIsIncompleteOrGivesTheNameItHolds) {
  const Buffer bytes = records(hello_message({.padding = 800}));
  Stream early;
  early.send(Direction::ToServer, Bytes(bytes).first(40), true);
  EXPECT_TRUE(early.sink.seen.empty());
  EXPECT_EQ(early.inspector.unnamed(), Unnamed::HelloIncomplete);
  Stream late;
  late.send(Direction::ToServer, Bytes(bytes).first(300), true);
  EXPECT_EQ(late.sink.host(), "www.site.test");
  EXPECT_EQ(late.sink.seen[0].ja4, "");
}

TEST(TlsInspector, AHelloBeyondTheBoundIsCountedButItsNameIsRead) {
  HelloOptions huge;
  huge.padding = 60000;
  huge.host = "";
  Buffer message = hello_message(huge);
  message[1] = 2;  // claims 131,072 bytes and more
  for (int i = 0; i < 300; ++i) message.insert(message.end(), 30, 0);
  Stream stream;
  stream.send(Direction::ToServer, records(message), false);
  EXPECT_TRUE(stream.done);
  EXPECT_EQ(stream.inspector.unnamed(), Unnamed::BoundReached);
}

TEST(TlsInspector, ReadsSslv2FramedHellos) {
  Buffer hello{0x80, 0x00, 0x01, 0x03, 0x01, 0x00, 0x03, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x2f};
  hello.insert(hello.end(), 16, 9);
  hello[1] = static_cast<std::uint8_t>(hello.size() - 2);
  EXPECT_EQ(TlsInspector::probe(hello), Probe::Yes);
  Stream stream;
  stream.send(Direction::ToServer, hello);
  ASSERT_EQ(stream.sink.seen.size(), 1u);
  EXPECT_EQ(stream.sink.seen[0].version, 0x0301);
  EXPECT_EQ(stream.inspector.unnamed(), Unnamed::NoNameSent);
}

TEST(TlsInspector, ReportsASecondHelloAfterARetryOnlyWhenItAsksForAnotherName) {
  for (const bool changed : {false, true}) {
    Stream stream;
    HelloOptions first;
    first.share_group = 0x0018;  // only P-384: a retry is likely
    stream.send(Direction::ToServer, records(hello_message(first)));
    EXPECT_FALSE(stream.done);
    stream.send(Direction::ToClient, records(server_hello(0x0304, true)));
    HelloOptions second;
    if (changed) second.host = "other.test";
    Buffer bytes = record(20, Buffer{1});
    put(bytes, Bytes(records(hello_message(second))));
    stream.send(Direction::ToServer, bytes);
    EXPECT_TRUE(stream.done);
    ASSERT_EQ(stream.sink.seen.size(), changed ? 2u : 1u);
    if (!changed) continue;
    EXPECT_EQ(stream.sink.host(1), "other.test");
    EXPECT_EQ(stream.sink.seen[1].evasion, evasion::kTwoNames);
  }
}

TEST(TlsInspector, ACertificateNamesTheCustomerBeforeTheContentNetwork) {
  const Buffer own = certificate("sni.cloudflaressl.com", "*.customer.test");
  const auto names = read_certificate_names(own);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->best(), "customer.test");
}

TEST(TlsInspector, NamesAServerByItsCertificateWhenTheClientSentNoName) {
  HelloOptions old;
  old.host = "";
  old.only_tls12 = true;
  Buffer flight = server_hello(0x0303);
  put(flight, Bytes(certificate_message(certificate("Some CA Name", "*.site.test"))));
  for (const std::size_t size : {std::size_t{16384}, std::size_t{7}}) {
    Stream stream;
    stream.send(Direction::ToServer, records(hello_message(old)));
    EXPECT_EQ(stream.inspector.unnamed(), Unnamed::NoNameSent);
    for (const std::uint8_t byte : records(flight, size)) stream.send(Direction::ToClient, Bytes(&byte, 1));
    ASSERT_EQ(stream.sink.seen.size(), 2u);
    EXPECT_EQ(stream.sink.seen[1].from, NameSource::TlsCertificate);
    EXPECT_EQ(stream.sink.seen[1].direction, Direction::ToClient);
    EXPECT_EQ(stream.sink.host(1), "site.test");
    EXPECT_EQ(stream.inspector.unnamed(), Unnamed::None);
    EXPECT_TRUE(stream.done);
  }
}

TEST(TlsInspector, StopsAtTheServersAnswerWhenItEncryptsTheRest) {
  Stream stream;
  stream.send(Direction::ToServer, records(hello_message({.host = ""})));
  EXPECT_FALSE(stream.done);
  stream.send(Direction::ToClient, records(server_hello(0x0304)));
  EXPECT_TRUE(stream.done);
  EXPECT_EQ(stream.inspector.unnamed(), Unnamed::NoNameSent);
}

TEST(TlsInspector, SaysThatTheStartWasMissed) {
  Stream stream;
  stream.send(Direction::ToServer, record(23, Buffer(50, 1), 0x0303));
  EXPECT_TRUE(stream.done);
  EXPECT_EQ(stream.inspector.unnamed(), Unnamed::StartMissed);
}

TEST(TlsInspector, SwapsTheSidesWhenTheHelloComesFromTheOther) {
  Stream stream;
  stream.send(Direction::ToClient, records(hello_message()));
  ASSERT_EQ(stream.sink.host(), "www.site.test");
  EXPECT_EQ(stream.sink.seen[0].direction, Direction::ToClient);
}

TEST(TlsInspector, ProbeKnowsTlsFromOthers) {
  const auto probe = [](std::string_view bytes) { return TlsInspector::probe(as_bytes(bytes)); };
  EXPECT_EQ(probe(std::string_view("\x16\x03\x01\x02\x00\x01", 6)), Probe::Yes);
  EXPECT_EQ(probe(std::string_view("\x16\x03", 2)), Probe::Maybe);
  EXPECT_EQ(probe(std::string_view("\x17\x03\x03\x00\x20", 5)), Probe::Yes);
  EXPECT_EQ(probe("GET / HTTP/1.1\r\n"), Probe::No);
  EXPECT_EQ(probe(std::string_view("\x16\x03\x01\xff\xff\x01", 6)), Probe::No);
  EXPECT_EQ(probe(std::string_view("\x80\x2e\x05", 3)), Probe::No);
}

TEST(TlsInspector, ReadsWhatOpenSslSends) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_set_tlsext_host_name(ssl.get(), "real.site.test");
  SSL_connect(ssl.get());
  char* data = nullptr;
  const auto length = static_cast<std::size_t>(BIO_get_mem_data(out, &data));
  Stream stream;
  stream.send(Direction::ToServer, as_bytes({data, length}));
  ASSERT_EQ(stream.sink.host(), "real.site.test");
  EXPECT_EQ(stream.sink.seen[0].version, 0x0304);
  EXPECT_EQ(stream.sink.seen[0].ja4.size(), 36u);
  EXPECT_TRUE(stream.done);
}

}  // namespace
}  // namespace gatehouse::inspect
