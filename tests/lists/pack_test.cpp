#include "lists/pack.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "lists/lists_testing.h"

namespace gatehouse::lists {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBundle = R"(bundle: 1
list: test-list
title: Test list
category: other-harm
source: made up
reviewer: A. Reviewer
reason: general reason
review_by: 2027-01-31
domains:
  - site.test
  - entry: other.test
    reason: special reason
    review_by: 2026-02-01
hosts: [only.host.test]
urls:
  - shared.test/bad/path
  - https://www.front.test/
host_patterns: ['(^|\.)mirror[0-9]+\.test$']
patterns: ['forum\.test/thread/[0-9]{4}']
keywords: [join the dark order]
)";

std::vector<MatchKind> kinds(const MatchSet& set) {
  std::vector<MatchKind> out;
  for (const Match& match : set.all()) out.push_back(match.kind);
  return out;
}

TEST(Pack, MatchesDomainWithEverythingBelowItAndHostAlone) {
  const auto pack = pack_of(kBundle);
  EXPECT_TRUE(listed(*pack, "site.test"));
  EXPECT_TRUE(listed(*pack, "a.b.site.test"));
  EXPECT_FALSE(listed(*pack, "notsite.test"));
  EXPECT_FALSE(listed(*pack, "test"));
  EXPECT_TRUE(listed(*pack, "only.host.test"));
  EXPECT_FALSE(listed(*pack, "www.only.host.test"));
  EXPECT_FALSE(listed(*pack, "host.test"));
}

TEST(Pack, TakesHostsAsClientsSendThem) {
  const auto pack = pack_of(kBundle);
  for (const char* const host : {"SITE.Test", "site.test.", "site.test:8443", "site.test.:443", "WWW.Site.TEST.."}) {
    EXPECT_TRUE(listed(*pack, host)) << host;
  }
  for (const char* const host : {"", ".", "..", "site.test x", ":443", "[", "[::1", "\x01.test", "a..site"}) {
    EXPECT_FALSE(listed(*pack, host)) << host;
  }
  EXPECT_FALSE(listed(*pack, std::string(300, 'a') + ".site.test"));
  EXPECT_TRUE(listed(*pack, "a..site.test"));
}

TEST(Pack, SaysListEntryLineAndReason) {
  const auto pack = pack_of(kBundle, input_named("rules/x.yaml", ""));
  const MatchSet found = pack->match_host("www.other.test");
  ASSERT_EQ(found.all().size(), 1u);
  const EntryInfo entry = pack->entry(found.all()[0].entry);
  EXPECT_EQ(entry.text, "other.test");
  EXPECT_EQ(entry.file, "rules/x.yaml");
  EXPECT_EQ(entry.line, 11u);
  EXPECT_EQ(entry.reason, "special reason");
  EXPECT_EQ(entry.source, "made up");
  EXPECT_EQ(entry.review_by, 20260201u);
  EXPECT_EQ(pack->list(entry.list).id, "test-list");
  EXPECT_EQ(pack->list(entry.list).reviewer, "A. Reviewer");
  EXPECT_EQ(pack->category(found.all()[0].category).id, "other-harm");
  const MatchSet plain = pack->match_host("site.test");
  EXPECT_EQ(pack->entry(plain.all()[0].entry).reason, "general reason");
  EXPECT_EQ(pack->entry(plain.all()[0].entry).review_by, 20270131u);
}

TEST(Pack, NeverWidensUrlEntryToItsHost) {
  const auto pack = pack_of(kBundle);
  const Matcher matcher(pack);
  for (const char* const host : {"shared.test", "www.shared.test", "front.test", "www.front.test", "a.shared.test"}) {
    EXPECT_TRUE(matcher.match_host(host).empty()) << host;
  }
  EXPECT_TRUE(matcher.match_url("shared.test", "/").empty());
  EXPECT_TRUE(matcher.match_url("shared.test", "/bad").empty());
  EXPECT_TRUE(matcher.match_url("shared.test", "/bad/pathology").empty());
  EXPECT_TRUE(matcher.match_url("other.shared.test", "/bad/path").empty());
  EXPECT_TRUE(pack->has_urls_on("shared.test"));
  EXPECT_TRUE(pack->has_urls_on("WWW.Shared.test"));
  EXPECT_FALSE(pack->has_urls_on("site.test"));
}

TEST(Pack, FindsUrlEntryUnderEverySpellingOfItsPath) {
  const Matcher matcher(pack_of(kBundle));
  for (const char* const path : {"/bad/path", "/bad/path/", "/bad/path/more", "/bad/path?x=1", "/BAD/Path", "//bad///path",
                                 "/./bad/path", "/x/../bad/path", "/%62ad/p%61th", "/bad/path#part", "bad/path"}) {
    EXPECT_EQ(kinds(matcher.match_url("www.shared.test", path)), std::vector{MatchKind::UrlPrefix}) << path;
  }
  EXPECT_EQ(kinds(matcher.match_url("front.test", "/anything")), std::vector{MatchKind::UrlPrefix});
}

TEST(Pack, FindsPatternsAndKeywords) {
  const auto pack = pack_of(kBundle);
  const Matcher matcher(pack);
  EXPECT_EQ(kinds(matcher.match_host("Mirror42.TEST")), std::vector{MatchKind::Pattern});
  EXPECT_TRUE(matcher.match_host("mirror.test").empty());
  EXPECT_EQ(kinds(matcher.match_url("forum.test", "/thread/1234")), std::vector{MatchKind::Pattern});
  const MatchSet search = matcher.match_url("search.test", "/q?text=Join+the%20DARK+order");
  ASSERT_EQ(kinds(search), std::vector{MatchKind::Keyword});
  EXPECT_EQ(pack->entry(search.all()[0].entry).text, "join the dark order");
  EXPECT_EQ(kinds(matcher.match_url("search.test", "/q?text=join-the-d\xd0\xb0rk-\xd0\xberder")),
            std::vector{MatchKind::Keyword});
  EXPECT_TRUE(matcher.match_url("search.test", "/q?text=join+the+dark+ordering").empty());
}

TEST(Pack, OrdersMatchesFromMostParticular) {
  Compiler compiler{CompileOptions{}};
  ASSERT_TRUE(compiler.add_text(input_named("a.txt"), "deep.site.test\nsite.test\ndeep.site.test/x\n"));
  ASSERT_TRUE(compiler.add_text(input_named("b.txt"), "0.0.0.0 deep.site.test\n"));
  const Matcher matcher(compiler.to_pack().value());
  EXPECT_EQ(kinds(matcher.match_url("deep.site.test", "/x/y")),
            (std::vector{MatchKind::UrlPrefix, MatchKind::Host, MatchKind::Domain, MatchKind::Domain}));
}

TEST(Pack, KeepsTheFlagsOfSealedAndAllowLists) {
  Compiler compiler{CompileOptions{}};
  ListInput sealed = input_named("sealed.txt", "statutory");
  sealed.sealed = true;
  ListInput allow = input_named("allow.txt");
  allow.allow = true;
  ASSERT_TRUE(compiler.add_text(sealed, "secret.test\nbad secret line.test\n"));
  ASSERT_TRUE(compiler.add_text(allow, "secret.test\n"));
  for (const Error& problem : compiler.report().lists[0].problems) {
    EXPECT_EQ(problem.to_string().find("secret line"), std::string::npos);
  }
  const auto pack = compiler.to_pack().value();
  const MatchSet found = pack->match_host("secret.test");
  ASSERT_EQ(found.all().size(), 2u);
  for (const Match& match : found.all()) {
    const ListInfo& list = pack->list(match.list);
    EXPECT_NE(list.sealed, list.allow);
    EXPECT_EQ(pack->entry(match.entry).text, list.sealed ? "" : "secret.test");
  }
}

TEST(Pack, AnswersAddressesWithTheNarrowestNetworkFirst) {
  const auto pack = pack_of("198.51.100.0/24\n198.51.100.64/26\n198.51.100.77\n203.0.113.9\n2001:db8::/32\n2001:db8:5::/48\n");
  const auto texts = [&](const char* address) {
    std::vector<std::string> out;
    const MatchSet found = pack->match_address(*IpAddress::parse(address));
    for (const Match& match : found.all()) out.emplace_back(pack->entry(match.entry).text);
    return out;
  };
  EXPECT_EQ(texts("198.51.100.77"),
            (std::vector<std::string>{"198.51.100.77", "198.51.100.64/26", "198.51.100.0/24"}));
  EXPECT_EQ(texts("198.51.100.200"), std::vector<std::string>{"198.51.100.0/24"});
  EXPECT_TRUE(texts("198.51.101.0").empty());
  EXPECT_TRUE(texts("203.0.113.10").empty());
  EXPECT_EQ(texts("2001:db8:5::1"), (std::vector<std::string>{"2001:db8:5::/48", "2001:db8::/32"}));
  EXPECT_TRUE(texts("2001:db9::").empty());
  EXPECT_TRUE(listed(*pack, "203.0.113.9:8080"));
  EXPECT_TRUE(listed(*pack, "[2001:db8::7]:443"));
}

TEST(Pack, HoldsManyNamesAndFindsEachAndNoOther) {
  std::ostringstream text;
  for (int i = 0; i < 20000; ++i) text << "name" << i * 2 << ".zone" << i % 7 << ".test\n";
  const auto pack = pack_of(text.str());
  EXPECT_EQ(pack->entry_count(), 20000u);
  for (int i = 0; i < 20000; ++i) {
    const std::string zone = ".zone" + std::to_string(i % 7) + ".test";
    EXPECT_TRUE(listed(*pack, "www.name" + std::to_string(i * 2) + zone));
    EXPECT_FALSE(listed(*pack, "www.name" + std::to_string(i * 2 + 1) + zone));
  }
}

class PackFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("gatehouse-pack-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    Compiler compiler{CompileOptions{}};
    ASSERT_TRUE(compiler.add_text(input_named("x.yaml", ""), kBundle));
    ASSERT_TRUE(compiler.add_text(input_named("nets.txt"), "198.51.100.0/24\n"));
    ASSERT_TRUE(compiler.write(path()));
    std::ifstream in(path(), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "lists.pack").string(); }

  std::filesystem::path folder_;
  std::string bytes_;
};

TEST_F(PackFile, LoadsWhatWasWritten) {
  const auto pack = Pack::load(path());
  ASSERT_TRUE(pack) << pack.error().to_string();
  EXPECT_TRUE(listed(**pack, "site.test"));
  EXPECT_EQ(kinds(Matcher(*pack).match_host("mirror1.test")), std::vector{MatchKind::Pattern});
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) files += file.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 1u) << "a temporary file was left";
}

TEST_F(PackFile, RefusesEveryCutPack) {
  for (std::size_t size = 0; size < bytes_.size(); size += size < 400 ? 1 : 97) {
    const auto pack = Pack::from_bytes(as_bytes(std::string_view(bytes_).substr(0, size)), "cut.pack");
    ASSERT_FALSE(pack) << size;
    EXPECT_THAT(pack.error().to_string(), HasSubstr("cut.pack"));
    EXPECT_FALSE(pack.error().remedy.empty());
  }
}

TEST_F(PackFile, RefusesEveryChangedByte) {
  for (std::size_t at = 0; at < bytes_.size(); at += at < 400 ? 1 : 31) {
    std::string changed = bytes_;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    EXPECT_FALSE(Pack::from_bytes(as_bytes(changed))) << at;
  }
}

TEST_F(PackFile, SaysWhatIsWrongWithFilesThatAreNoPack) {
  const auto missing = Pack::load((folder_ / "none.pack").string());
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().to_string(), HasSubstr("none.pack"));
  const auto folder = Pack::load(folder_.string());
  EXPECT_FALSE(folder);
  const auto text = Pack::from_bytes(as_bytes(std::string(5000, 'x')), "x");
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("not a Gatehouse pack"));
  std::string newer = bytes_;
  newer[8] = 9;
  EXPECT_THAT(Pack::from_bytes(as_bytes(newer)).error().message, HasSubstr("format version 9"));
}

TEST_F(PackFile, KeepsTheOldPackWhenTheNewOneCannotBeWritten) {
  Compiler compiler{CompileOptions{}};
  ASSERT_TRUE(compiler.add_text(input_named("a.txt"), "new.test\n"));
  const auto written = compiler.write(folder_ / "no-such-folder" / "lists.pack");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().to_string(), HasSubstr("cannot write the pack"));
  EXPECT_TRUE(Pack::load(path()));
}

TEST(Pack, EmptyOneMatchesNothing) {
  const Matcher matcher(Pack::empty());
  EXPECT_TRUE(matcher.match_url("site.test", "/x").empty());
  EXPECT_TRUE(matcher.match_host("198.51.100.1").empty());
}

}  // namespace
}  // namespace gatehouse::lists
