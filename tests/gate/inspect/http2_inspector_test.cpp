#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "gate/inspect/hpack_decoder.h"
#include "gate/inspect/seen.h"

namespace gatehouse::inspect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Kept final : public HpackFields {
 public:
  void field(std::string_view name, std::string_view value) noexcept override {
    all.push_back(std::string(name) + ": " + std::string(value));
  }
  std::vector<std::string> all;
};

std::vector<std::string> decode(HpackDecoder& decoder, std::string_view hex) {
  std::array<char, 8192> room{};
  Kept kept;
  const std::string block = from_hex(hex);
  EXPECT_EQ(decoder.decode(as_bytes(block), room, kept), HpackDecoder::Result::Good);
  return kept.all;
}

// RFC 7541 appendix C.4: three requests on one connection, with Huffman codes.
TEST(HpackDecoder, ReadsTheExamplesOfTheRfc) {
  HpackDecoder decoder;
  EXPECT_THAT(decode(decoder, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"),
              ElementsAre(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"));
  EXPECT_THAT(decode(decoder, "8286 84be 5886 a8eb 1064 9cbf"),
              ElementsAre(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com",
                          "cache-control: no-cache"));
  EXPECT_THAT(decode(decoder, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"),
              ElementsAre(":method: GET", ":scheme: https", ":path: /index.html",
                          ":authority: www.example.com", "custom-key: custom-value"));
}

TEST(HpackDecoder, EvictsTheOldestAndGoesRoundTheRing) {
  HpackDecoder decoder;
  for (int i = 0; i < 300; ++i) {
    const std::string value = "value-" + std::to_string(i) + std::string(60, 'x');
    std::string block = "\x40\x01n";
    block += static_cast<char>(value.size());
    block += value;
    block += '\xbe';  // the newest entry again
    std::array<char, 8192> room{};
    Kept kept;
    ASSERT_EQ(decoder.decode(as_bytes(block), room, kept), HpackDecoder::Result::Good);
    EXPECT_THAT(kept.all, ElementsAre("n: " + value, "n: " + value));
  }
}

TEST(HpackDecoder, RefusesATableLargerThanItHolds) {
  HpackDecoder decoder;
  std::array<char, 64> room{};
  Kept kept;
  const std::string block = from_hex("3fe2ff03");  // 65537
  EXPECT_EQ(decoder.decode(as_bytes(block), room, kept), HpackDecoder::Result::TableTooLarge);
}

TEST(HpackDecoder, RefusesAnIndexThatIsNotThere) {
  HpackDecoder decoder;
  std::array<char, 64> room{};
  Kept kept;
  EXPECT_EQ(decoder.decode(as_bytes("\xc5"), room, kept), HpackDecoder::Result::Malformed);
}

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(int type, int flags, const std::string& payload, int stream = 1) {
  std::string out{'\0',
                  static_cast<char>(payload.size() >> 8),
                  static_cast<char>(payload.size() & 0xff),
                  static_cast<char>(type),
                  static_cast<char>(flags),
                  '\0',
                  '\0',
                  '\0',
                  static_cast<char>(stream)};
  return out + payload;
}

TEST(Http2Inspector, ReportsEveryStreamInAnySegments) {
  InspectionResources resources;
  const std::string first = from_hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff");
  const std::string second = from_hex("8286 85be");
  const std::string stream =
      kPreface + frame(4, 0, "") + frame(1, 0x04, first) + frame(0, 1, "body that is skipped") +
      frame(1, 0x2c, std::string("\x03", 1) + std::string(5, '\0') + second + "pad", 3);
  for (std::size_t size = 1; size <= stream.size(); size += 3) {
    StreamFeeder flow{resources};
    for (std::size_t at = 0; at < stream.size(); at += size) flow.client(stream.substr(at, size));
    ASSERT_THAT(flow.sink.hosts(), ElementsAre("www.example.com", "www.example.com")) << size;
    EXPECT_EQ(flow.sink.all[1].url, "/index.html");
    EXPECT_EQ(flow.sink.all[0].from, NameSource::Http2Authority);
  }
}

TEST(Http2Inspector, PutsContinuationsTogether) {
  InspectionResources resources;
  StreamFeeder flow{resources};
  const std::string block = from_hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff");
  flow.client(kPreface + frame(1, 0, block.substr(0, 6)) + frame(9, 0, block.substr(6, 4)) +
              frame(9, 4, block.substr(10)));
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("www.example.com"));
}

TEST(Http2Inspector, IsReadAfterAnUpgradeFromHttp1) {
  InspectionResources resources;
  StreamFeeder flow{resources};
  flow.client("GET / HTTP/1.1\r\nHost: first.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  flow.server("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  flow.client(kPreface + frame(1, 4, from_hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")));
  EXPECT_THAT(flow.sink.hosts(), ElementsAre("first.test", "www.example.com"));
}

TEST(Http2Inspector, SaysSoWhenNoTableIsLeft) {
  InspectionLimits limits;
  limits.http2_connections = 1;
  InspectionResources resources(limits);
  StreamFeeder one{resources};
  StreamFeeder two{resources};
  one.client(kPreface + frame(4, 0, ""));
  two.client(kPreface + frame(4, 0, ""));
  EXPECT_EQ(two.inspection.unnamed(), Unnamed::BoundReached);
  EXPECT_TRUE(two.done);
}

}  // namespace
}  // namespace gatehouse::inspect
