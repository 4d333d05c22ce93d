#include "lists/names.h"

#include "lists/lists_testing.h"

namespace gatehouse::lists {
namespace {

std::string canonical(std::string_view host) {
  const auto out = canonical_host(host);
  return out ? std::string(out->text.view()) : "(none)";
}

std::string url(std::string_view host, std::string_view path) {
  UrlText out;
  canonical_url(host, path, out);
  return std::string(out.view());
}

TEST(Names, BringHostsIntoOneForm) {
  EXPECT_EQ(canonical("WWW.Example.TEST"), "www.example.test");
  EXPECT_EQ(canonical("example.test."), "example.test");
  EXPECT_EQ(canonical("example.test:443"), "example.test");
  EXPECT_EQ(canonical("[2001:DB8::1]:443"), "2001:db8::1");
  EXPECT_EQ(canonical("a b.test"), "(none)");
  EXPECT_EQ(canonical(std::string_view("a\0b.test", 8)), "(none)");
  EXPECT_EQ(canonical(std::string(254, 'a')), "(none)");
  EXPECT_EQ(canonical(std::string(253, 'a')).size(), 253u);
}

TEST(Names, InternationalNamesBecomeALabelsByUts46NonTransitional) {
  EXPECT_EQ(canonical("b\xc3\xbc" "cher.test"), "xn--bcher-kva.test");
  EXPECT_EQ(canonical("B\xc3\x9c" "CHER.test"), "xn--bcher-kva.test");
  EXPECT_EQ(canonical("fa\xc3\x9f.test"), "xn--fa-hia.test");          // not "fass.test"
  EXPECT_EQ(canonical("\xef\xbd\x81\xef\xbd\x82.test"), "ab.test");    // fullwidth
  EXPECT_EQ(canonical("a\xe3\x80\x82test"), "a.test");                 // ideographic full stop
  EXPECT_TRUE(canonical_host("www.xn--bcher-kva.test")->international);
  EXPECT_FALSE(canonical_host("www.example.test")->international);
}

TEST(Names, HostsThatAreNotUtf8StayBytesAndNeverFail) {
  EXPECT_EQ(canonical("\xff\xfe.TEST"), "\xff\xfe.test");
}

TEST(Names, DecodesPunycodeLabels) {
  std::array<char32_t, 64> out{};
  ASSERT_EQ(decode_punycode("bcher-kva", out), 6u);
  EXPECT_EQ(out[1], U'\u00fc');
  ASSERT_EQ(decode_punycode("80ak6aa92e", out), 5u);  // RFC 3492 decoding of a name all in Cyrillic
  EXPECT_EQ(out[0], U'\u0430');
  EXPECT_EQ(decode_punycode("99999999", out), 0u);
  EXPECT_EQ(decode_punycode("a-\xff", out), 0u);
  EXPECT_EQ(decode_punycode(std::string(80, 'a'), out), 0u);
}

TEST(Names, BringUrlsIntoOneForm) {
  EXPECT_EQ(url("www.site.test", "/A/./B/../c//d/"), "site.test/a/c/d");
  EXPECT_EQ(url("site.test", ""), "site.test/");
  EXPECT_EQ(url("site.test", "/"), "site.test/");
  EXPECT_EQ(url("site.test", "/../.."), "site.test/");
  EXPECT_EQ(url("site.test", "/?Q=1#x"), "site.test/?q=1");
  EXPECT_EQ(url("site.test", "?q=1"), "site.test/?q=1");
  EXPECT_EQ(url("site.test", "/a%2Fb%41"), "site.test/a%2fba");
  EXPECT_EQ(url("site.test", "/%zz%"), "site.test/%25zz%25");
  EXPECT_EQ(url("www.test", "/"), "www.test/");
  EXPECT_EQ(url("site.test", "/" + std::string(5000, 'a')).size(), kMostUrl);
}

TEST(Names, ReadsSearchWordsAsAPersonWould) {
  UrlText out;
  search_text("/s?q=B%C3%9ccher+%D0%B0bc&x=%ef%bd%81", out);
  EXPECT_EQ(out.view(), "/s?q=b\xc3\x9c" "cher abc&x=a");
}

TEST(Lookalikes, AreFoundForListedNamesInOtherScripts) {
  const auto pack = pack_of("northern-order.test\nguns-direct.test\npaypal.test\n");
  for (const char* const host : {
           "n\xd0\xberth\xd0\xb5rn-order.test",          // Cyrillic o and e
           "www.n\xd0\xberthern-\xce\xbfrder.test",      // Cyrillic and Greek o
           "gun\xd1\x95-direct.test",                    // Cyrillic dze
           "p\xd0\xb0yp\xd0\xb0l.test",
           "g\xc3\xbcns-direct.test",                    // u with diaeresis
           "xn--pypal-4ve.test"}) {
    const MatchSet found = pack->match_host(host);
    ASSERT_EQ(found.all().size(), 1u) << host;
    EXPECT_EQ(found.all()[0].kind, MatchKind::Homoglyph) << host;
  }
}

TEST(Lookalikes, AreFoundForDigitSpellingsOfLongNames) {
  const auto pack = pack_of("northern-order.test\nfree-tunnel.test\nmodern-times.test\nswamp-meet.test\ngo.test\n");
  for (const char* const host : {"n0rthern-0rder.test", "fr33-tunne1.test", "www.n0rthern-order.test",
                                 "svvarnp-rneet.test", "m0dern-t1mes.test"}) {
    const MatchSet found = pack->match_host(host);
    ASSERT_EQ(found.all().size(), 1u) << host;
    EXPECT_EQ(found.all()[0].kind, MatchKind::Homoglyph) << host;
  }
  EXPECT_FALSE(listed(*pack, "g0.test"));
}

TEST(Lookalikes, AreNotSeenInListedNamesThemselvesNorInOtherNames) {
  const auto pack = pack_of("n0rthern-0rder.test\nnorthern-order.test\n");
  const MatchSet found = pack->match_host("n0rthern-0rder.test");
  ASSERT_EQ(found.all().size(), 1u);
  EXPECT_EQ(found.all()[0].kind, MatchKind::Domain);
  EXPECT_FALSE(listed(*pack, "\xd0\xbd\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x81\xd1\x82\xd0\xb8.test"));
  EXPECT_FALSE(listed(*pack, "northern-orders.test"));
}

// The ordinary sites of the world against 180,000 real entries: a look-alike among them would be a false alarm.
TEST(Lookalikes, AreNotSeenInOrdinarySites) {
  const auto folder = real_lists();
  if (folder.empty()) GTEST_SKIP() << "the real lists are not on this machine";
  Compiler listed_sites{CompileOptions{}};
  for (const auto& category : std::filesystem::directory_iterator(folder / "ut1")) {
    ASSERT_TRUE(listed_sites.add(input_named(category.path().string())));
  }
  const auto pack = listed_sites.to_pack().value();
  std::size_t asked = 0;
  std::vector<std::string> lookalikes;
  for (const char* const file : {"cloudflare-top10k.json", "cisco_top1000.json", "university_domains.json",
                                 "bank-website.json", "microsoft-office365.json", "captive-portals.json"}) {
    Compiler ordinary{CompileOptions{}};
    ASSERT_TRUE(ordinary.add(input_named((folder / "misp" / file).string())));
    const auto sites = ordinary.to_pack().value();
    for (std::size_t i = 0; i < sites->entry_count(); ++i) {
      const std::string host(sites->entry(i).text);
      ++asked;
      const MatchSet found = pack->match_host(host);
      for (const Match& match : found.all()) {
        if (match.kind == MatchKind::Homoglyph) lookalikes.push_back(host + " for " + std::string(pack->entry(match.entry).text));
      }
    }
  }
  EXPECT_GT(asked, 20000u);
  std::cout << asked << " ordinary names, " << lookalikes.size() << " taken for look-alikes\n";
  for (const std::string& one : lookalikes) std::cout << "  " << one << "\n";
  EXPECT_EQ(lookalikes.size(), 0u);
}

}  // namespace
}  // namespace gatehouse::lists
