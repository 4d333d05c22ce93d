#include "lists/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lists/patterns.h"

namespace gatehouse::lists {
namespace {

using ::testing::HasSubstr;

struct Accepted {
  EntryKind kind;
  const char* written;
  MatchKind becomes;
  const char* text;
};

TEST(EntryReader, BringsEntriesIntoOneForm) {
  const EntryReader reader;
  const Accepted cases[] = {
      {EntryKind::Domain, "Example.TEST.", MatchKind::Domain, "example.test"},
      {EntryKind::Domain, "*.example.test", MatchKind::Domain, "example.test"},
      {EntryKind::Domain, ".example.test", MatchKind::Domain, "example.test"},
      {EntryKind::Domain, "b\xc3\xbc" "cher.test", MatchKind::Domain, "xn--bcher-kva.test"},
      {EntryKind::Domain, "http://example.test/", MatchKind::Host, "example.test"},
      {EntryKind::Domain, "example.test:443", MatchKind::Domain, "example.test"},
      {EntryKind::Domain, "https://user:word@Example.test:8443/a/B?c#d", MatchKind::UrlPrefix, "example.test/a/b?c"},
      {EntryKind::Domain, "www.example.test/page/", MatchKind::UrlPrefix, "example.test/page"},
      {EntryKind::Domain, "name.github.io", MatchKind::Domain, "name.github.io"},
      {EntryKind::Host, "github.io", MatchKind::Host, "github.io"},
      {EntryKind::Url, "github.io/page", MatchKind::UrlPrefix, "github.io/page"},
      {EntryKind::Url, "example.test", MatchKind::UrlPrefix, "example.test/"},
      {EntryKind::Domain, "198.51.100.7", MatchKind::Address, "198.51.100.7"},
      {EntryKind::Domain, "198.51.100.0/24", MatchKind::Address, "198.51.100.0/24"},
      {EntryKind::Host, "2001:db8::/32", MatchKind::Address, "2001:db8::/32"},
      {EntryKind::Domain, "http://198.51.100.7/", MatchKind::Address, "198.51.100.7"},
      {EntryKind::Url, "198.51.100.7/page", MatchKind::UrlPrefix, "198.51.100.7/page"},
      {EntryKind::Domain, "_srv.example.test", MatchKind::Domain, "_srv.example.test"},
  };
  for (const Accepted& one : cases) {
    CanonicalEntry out;
    const auto refused = reader.read(one.kind, one.written, out);
    ASSERT_FALSE(refused) << one.written << ": " << refused->message;
    EXPECT_EQ(out.text, one.text) << one.written;
    EXPECT_EQ(out.kind, one.becomes) << one.written;
  }
}

struct Refused {
  EntryKind kind;
  const char* written;
  const char* because;
};

TEST(EntryReader, RefusesWhatWouldDoHarmOrNothing) {
  const EntryReader reader;
  const std::string long_label = std::string(64, 'a') + ".test";
  std::string deep = "example.test";
  for (int part = 0; part < 64; ++part) deep += "/a";
  const Refused cases[] = {
      {EntryKind::Url, deep.c_str(), "parts"},
      {EntryKind::Domain, "com", "top-level"},
      {EntryKind::Domain, "co.uk", "public suffix"},
      {EntryKind::Host, "co.uk", "public suffix"},
      {EntryKind::Domain, "*.ac.uk", "public suffix"},
      {EntryKind::Domain, "http://co.uk/", "public suffix"},
      {EntryKind::Domain, "github.io", "list single hosts below it"},
      {EntryKind::Domain, "*.blogspot.com", "list single hosts below it"},
      {EntryKind::Domain, "localhost", "top-level"},
      {EntryKind::Domain, "exa*mple.test", "wildcard"},
      {EntryKind::Domain, "a.*.test", "wildcard"},
      {EntryKind::Domain, "example..test", "empty part"},
      {EntryKind::Domain, "example.test:8080", "port"},
      {EntryKind::Domain, "exam ple.test", "not a host name"},
      {EntryKind::Domain, "ex\"ample.test", "cannot be in a host name"},
      {EntryKind::Domain, "300.400.500.600", "neither a name nor an address"},
      {EntryKind::Domain, "198.51.100.7/24", "bits set"},
      {EntryKind::Domain, "2001:db8::tes", "cannot be in a host name"},
      {EntryKind::Domain, "0.0.0.0/0", "so wide"},
      {EntryKind::Domain, "::/0", "so wide"},
      {EntryKind::Domain, "10.1.2.3", "private"},
      {EntryKind::Domain, "127.0.0.1", "private"},
      {EntryKind::Domain, "::1", "private"},
      {EntryKind::Domain, "", "empty"},
      {EntryKind::Domain, long_label.c_str(), "63"},
      {EntryKind::Keyword, "gun", "four letters"},
      {EntryKind::Keyword, "+ - +", "four letters"},
  };
  for (const Refused& one : cases) {
    CanonicalEntry out;
    const auto refused = reader.read(one.kind, one.written, out);
    ASSERT_TRUE(refused) << one.written << " became " << out.text;
    EXPECT_THAT(refused->message + " " + refused->remedy, HasSubstr(one.because)) << one.written;
    EXPECT_FALSE(refused->remedy.empty()) << one.written;
  }
}

TEST(PatternFault, RefusesPatternsThatMatchAlmostAnythingOrAreWrong) {
  EXPECT_EQ(pattern_fault("(^|\\.)mirror[0-9]+\\.test$", PatternGroup::Host), "");
  EXPECT_THAT(pattern_fault(".*", PatternGroup::Host), HasSubstr("fewer than four"));
  EXPECT_THAT(pattern_fault("uk?", PatternGroup::Url), HasSubstr("fewer than four"));
  EXPECT_THAT(pattern_fault("[a-z]+\\.[a-z]+\\.[a-z]+", PatternGroup::Host), HasSubstr("ordinary sites"));
  EXPECT_NE(pattern_fault("(unclosed", PatternGroup::Host), "");
  EXPECT_NE(pattern_fault("(same)\\1", PatternGroup::Host), "");
}

}  // namespace
}  // namespace gatehouse::lists
