// The small types that everything stands on: bytes, addresses, text, pools and hashes.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bounded_pool.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/text.h"

namespace gatehouse {
namespace {

constexpr std::array<std::uint8_t, 16> kBytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

TEST(ByteReader, ReadsIntegersInBothOrders) {
  ByteReader big{Bytes(kBytes)};
  EXPECT_EQ(big.u8(), 1u);
  EXPECT_EQ(big.u16(), 0x0203u);
  EXPECT_EQ(big.u24(), 0x040506u);
  EXPECT_EQ(big.u32(), 0x0708090au);
  EXPECT_EQ(big.remaining(), 6u);
  ByteReader little{Bytes(kBytes)};
  EXPECT_EQ(little.u16_le(), 0x0201u);
  EXPECT_EQ(little.u32_le(), 0x06050403u);
  EXPECT_EQ(little.u64_le(), 0x0e0d0c0b0a090807u);
  ByteReader wide{Bytes(kBytes)};
  EXPECT_EQ(wide.u64(), 0x0102030405060708u);
}

TEST(ByteReader, FailsForGoodAtTheFirstReadPastTheEnd) {
  ByteReader reader(Bytes(kBytes).first(3));
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0u);  // there is a byte, but not for a failed reader
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_EQ(reader.peek(), 0u);
}

TEST(ByteReader, NeverOverflowsOnAHugeLength) {
  ByteReader reader{Bytes(kBytes)};
  reader.skip(1);
  EXPECT_TRUE(reader.bytes(~std::size_t{0}).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, ReadsTheVarintExamplesOfRfc9000AppendixA1) {
  const auto read = [](std::initializer_list<std::uint8_t> bytes) {
    const std::vector<std::uint8_t> held(bytes);
    ByteReader reader{Bytes(held)};
    const std::uint64_t value = reader.quic_varint();
    EXPECT_TRUE(reader.ok() && reader.empty());
    return value;
  };
  EXPECT_EQ(read({0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c}), 151288809941952652u);
  EXPECT_EQ(read({0x9d, 0x7f, 0x3e, 0x7d}), 494878333u);
  EXPECT_EQ(read({0x7b, 0xbd}), 15293u);
  EXPECT_EQ(read({0x25}), 37u);
  EXPECT_EQ(read({0x40, 0x25}), 37u);
  const std::array<std::uint8_t, 1> cut = {0xc2};
  ByteReader reader{Bytes(cut)};
  (void)reader.quic_varint();
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, GivesAPartItsOwnEnd) {
  ByteReader outer{Bytes(kBytes)};
  ByteReader inner = outer.sub(2);
  EXPECT_EQ(inner.u16(), 0x0102u);
  (void)inner.u8();
  EXPECT_FALSE(inner.ok());
  EXPECT_TRUE(outer.ok());
  EXPECT_EQ(outer.u8(), 3u);
  ByteReader too_long = outer.sub(100);
  EXPECT_FALSE(too_long.ok());
  EXPECT_FALSE(outer.ok());
}

TEST(ByteReader, JumpsOnlyInside) {
  ByteReader reader{Bytes(kBytes)};
  reader.seek(16);
  EXPECT_TRUE(reader.ok() && reader.empty());
  reader.seek(17);
  EXPECT_FALSE(reader.ok());
}

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  for (const char* text : {"10.0.0.1", "255.255.255.255", "2001:db8::1", "::", "fe80::1"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1"), IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(IpAddress::v4(0x0a000001), IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(IpAddress::parse("10.0.0.1")->wire().size(), 4u);
  EXPECT_EQ(IpAddress::v4(Bytes(kBytes)), IpAddress{});  // not four bytes
  for (const char* bad : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "2001:db8::1::2", "host.example"}) {
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  }
}

TEST(IpPrefix, ContainsExactlyItsAddresses) {
  struct Case {
    const char* prefix;
    const char* inside;
    const char* outside;
  };
  for (const Case& one :
       {Case{"10.20.0.0/16", "10.20.255.255", "10.21.0.0"}, Case{"10.20.0.0/15", "10.21.0.1", "10.22.0.0"},
        Case{"192.0.2.7", "192.0.2.7", "192.0.2.6"},
        Case{"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        Case{"0.0.0.0/0", "203.0.113.1", "2001:db8::1"}}) {
    const auto prefix = IpPrefix::parse(one.prefix);
    ASSERT_TRUE(prefix) << one.prefix;
    EXPECT_TRUE(prefix->contains(*IpAddress::parse(one.inside))) << one.prefix;
    EXPECT_FALSE(prefix->contains(*IpAddress::parse(one.outside))) << one.prefix;
  }
  for (const char* bad :
       {"10.20.0.1/16", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "2001:db8::/129", "/8"}) {
    EXPECT_FALSE(IpPrefix::parse(bad)) << bad;
  }
  EXPECT_EQ(IpPrefix::parse("10.20.0.0/16")->to_string(), "10.20.0.0/16");
  EXPECT_EQ(IpPrefix::parse("2001:db8::/32")->to_string(), "2001:db8::/32");
}

TEST(MacAddress, ReadsTheUsualSpellings) {
  const auto wanted = MacAddress::parse("02:00:5e:10:00:01");
  ASSERT_TRUE(wanted);
  for (const char* text : {"02-00-5E-10-00-01", "0200.5e10.0001", "02005e100001"})
    EXPECT_EQ(MacAddress::parse(text), wanted);
  EXPECT_EQ(wanted->to_string(), "02:00:5e:10:00:01");
  EXPECT_TRUE(wanted->is_random());
  EXPECT_FALSE(MacAddress::parse("00:16:3e:00:00:01")->is_random());
  for (const char* bad : {"", "02:00:5e:10:00", "02:00:5e:10:00:01:02", "02:00:5e:10:00:0g"})
    EXPECT_FALSE(MacAddress::parse(bad));
}

TEST(Text, TrimsSplitsAndLowers) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  const auto parts = split("a,,b,", ',');
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[1], "");
  EXPECT_EQ(parts[3], "");
  EXPECT_EQ(split("", ',').size(), 1u);
  EXPECT_EQ(to_lower("AbC-Z[\xc3\x84"), "abc-z[\xc3\x84");
  EXPECT_TRUE(equals_ignoring_case("HoSt", "hOsT"));
  EXPECT_FALSE(equals_ignoring_case("host", "hos"));
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
}

TEST(Text, EscapesForJsonWhateverTheBytes) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    append_json_escaped(out, text);
    return out;
  };
  EXPECT_EQ(escaped("plain \xc3\xa9"), "plain \xc3\xa9");
  EXPECT_EQ(escaped("\"\\\n"), "\\\"\\\\\\u000a");
  EXPECT_EQ(escaped(std::string_view("\0\x1f", 2)), "\\u0000\\u001f");
  EXPECT_EQ(escaped("a\xff"), "a\\u00ff");
  EXPECT_EQ(escaped("\xc3"), "\\u00c3");                        // cut in the middle
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\u00ed\\u00a0\\u0080");  // a surrogate is no UTF-8
}

TEST(BoundedPool, HandsOutNoMoreThanItsBoundAndUsesWhatComesBack) {
  BoundedPool<std::string> pool(2);
  const auto first = pool.acquire("first, long enough to be on the heap");
  const auto second = pool.acquire("second");
  EXPECT_EQ(pool.acquire("third"), BoundedPool<std::string>::kNone);
  EXPECT_EQ(pool.in_use(), 2u);
  pool.release(first);
  const auto again = pool.acquire("again");
  EXPECT_EQ(again, first);
  EXPECT_EQ(pool[again], "again");
  EXPECT_EQ(pool[second], "second");
}

TEST(BoundedPool, DestroysWhatIsStillInUseOnce) {
  const auto alive = std::make_shared<int>(1);
  {
    BoundedPool<std::shared_ptr<int>> pool(4);
    const auto released = pool.acquire(alive);
    (void)pool.acquire(alive);
    EXPECT_EQ(alive.use_count(), 3);
    pool.release(released);
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

// Values from CPython 3.11, whose hash of bytes is SipHash-1-3; with PYTHONHASHSEED=0 its key is zero.
TEST(SipHash, AgreesWithAnotherImplementation) {
  const HashKey zero{0, 0};
  const auto hash = [&](std::string_view text) { return siphash13(zero, as_bytes(text)); };
  EXPECT_EQ(hash("a"), 0x407448d2b89b1813u);
  EXPECT_EQ(hash("1234567"), 0xa33d651594fdae81u);
  EXPECT_EQ(hash("12345678"), 0x3489982430560a87u);
  EXPECT_EQ(hash("guns-direct.test"), 0xe8decba97b1c4d78u);
  EXPECT_EQ(hash("The safeguarding lead reads the report"), 0x80792b60c66685e3u);
}

TEST(SipHash, DependsOnItsKeyAndEveryByte) {
  const HashKey one{1, 2};
  const HashKey other{1, 3};
  EXPECT_NE(siphash13(one, as_bytes("flow")), siphash13(other, as_bytes("flow")));
  EXPECT_NE(siphash13(one, as_bytes("flow")), siphash13(one, as_bytes(std::string_view("flow\0", 5))));
}

TEST(Fnv1a, GivesThePublishedValues) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

TEST(Error, SaysWhereWhatAndWhatToDo) {
  EXPECT_EQ((Error{"a is wrong", "Mend it.", "f.yaml", 3}.to_string()),
            "f.yaml:3: a is wrong\n  remedy: Mend it.");
  EXPECT_EQ((Error{"a is wrong", "", "", 0}.to_string()), "a is wrong");
  EXPECT_STREQ(SetupError({"x", "", "f", 0}).what(), "f: x");
}

TEST(PlainLine, KeepsWhatCanBeReadAndNothingElse) {
  EXPECT_EQ(plain_line("  Zo\u00eb \t\r\n O'Neill  ", 80), "Zo\u00eb O'Neill");
  EXPECT_EQ(plain_line(std::string_view("a\x1b[2J\0b\x7f", 8), 80), "a[2Jb");
  EXPECT_EQ(plain_line("\u202egnp.exe\u200b\ufeff\u2066\u00ad\u0085\U000e0041", 80), "gnp.exe");
  EXPECT_EQ(plain_line("\xc3(\xed\xa0\x80\xf5z\xe2\x82", 80), "(z");
  EXPECT_EQ(plain_line("\u00eb\u00eb\u00eb", 5), "\u00eb\u00eb");  // cut between characters
  EXPECT_EQ(plain_line("ab cd", 3), "ab");
  EXPECT_EQ(plain_line("\U0001f600 x", 80), "\U0001f600 x");
  EXPECT_EQ(plain_line(" \n ", 80), "");
  // Fillers, selectors and other blanks: a name of them alone would be one that nobody can see.
  EXPECT_EQ(plain_line("\u3164\u115f\uffa0\u034f\u180e\ufe0f\U000e0100\U0001d173\u2800\u00a0\u3000\u2003", 80), "");
  EXPECT_EQ(plain_line("A\u00a0\u2003\u3000B\u3164", 80), "A B");
}

TEST(HtmlEscape, LeavesNothingThatEndsAnElementOrAnAttribute) {
  EXPECT_EQ(html_escape("<b a=\"x\" c='y'> & so\non\t\x1b[2J\x7f"),
            "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt; &amp; so\non\t?[2J?");
}

}  // namespace
}  // namespace gatehouse
