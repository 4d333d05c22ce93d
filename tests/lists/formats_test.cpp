#include "lists/formats/format.h"

#include <gmock/gmock.h>

#include "lists/lists_testing.h"

namespace gatehouse::lists {
namespace {

using ::testing::HasSubstr;

struct Sample {
  const char* format;
  const char* text;
  std::size_t entries;
};

// Each holds bad.test with what is below it, or bad.test alone, and one line that is wrong.
const Sample kSamples[] = {
    {"domains", "# c\r\nbad.test # why\r\nworse.test\r\nco.uk\r\n", 2},
    {"domains", "*.bad.test\n*.worse.test\n*.com\n", 2},
    {"domains", "\xef\xbb\xbf" "bad.test\nsite.test/page\nworse.test\nexa mple\n", 3},
    {"hosts", "127.0.0.1 localhost\n0.0.0.0 bad.test worse.test # c\n::1 ip6-localhost\n0.0.0.0 third.test\nbad\n", 3},
    {"adblock", "[Adblock Plus]\n! c\n||bad.test^\n||worse.test^$important\n||third.test^$third-party\n", 2},
    {"dnsmasq", "# c\naddress=/bad.test/#\nserver=/worse.test/third.test/\ncache-size=0\n", 3},
    {"unbound", "server:\nlocal-zone: \"bad.test.\" always_null\nlocal-zone: \"fine.test\" transparent\n"
                "local-data: \"worse.test A 0.0.0.0\"\nverbosity: 1\n", 2},
    {"cidr", "198.51.100.0/24\n203.0.113.7\t# bad.test\n2001:db8::/32\n198.51.100.1/24\n", 3},
    {"json", "[\n\"bad.test\",\n\"worse.test\",\n\"com\"\n]\n", 2},
    {"json", "{\"description\": \"x\", \"list\": [\".bad.test\", \"worse.test\", \"a b\"], \"version\": 1}", 2},
    {"csv", "url,notes\r\nhttps://bad.test/,\"two\r\nlines\"\r\nhttps://worse.test/page,\"a \"\"b\"\"\"\r\nhttps://com/,x\r\n", 2},
};

TEST(Formats, AreRecognisedReadAndSkipTheirBadLine) {
  for (const Sample& sample : kSamples) {
    CompileReport report;
    const auto pack = pack_of(sample.text, input_named("list.txt"), &report);
    ASSERT_EQ(report.lists.size(), 1u) << sample.text;
    EXPECT_EQ(report.lists[0].format, sample.format) << sample.text;
    EXPECT_EQ(report.lists[0].entries, sample.entries) << sample.text;
    EXPECT_EQ(report.lists[0].skipped, 1u) << sample.text;
    ASSERT_EQ(report.lists[0].problems.size(), 1u);
    EXPECT_EQ(report.lists[0].problems[0].file, "list.txt");
    EXPECT_GT(report.lists[0].problems[0].line, 0);
    EXPECT_FALSE(report.lists[0].problems[0].remedy.empty());
    if (std::string_view(sample.format) != "cidr") {
      EXPECT_TRUE(listed(*pack, "bad.test")) << sample.text;
    }
  }
}

TEST(Formats, SayTheLineOfABadOne) {
  CompileReport report;
  (void)pack_of("a.test\n\n# comment\nb.test\nco.uk\nc.test\n", input_named("my.list"), &report);
  ASSERT_EQ(report.lists[0].problems.size(), 1u);
  EXPECT_THAT(report.lists[0].problems[0].to_string(), HasSubstr("my.list:5: 'co.uk' is a public suffix"));
}

TEST(Formats, ReadASquidGuardFolder) {
  const auto folder = std::filesystem::temp_directory_path() / ("gatehouse-ut1-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const char* text) {
    std::FILE* const file = std::fopen((folder / name).c_str(), "w");
    std::fputs(text, file);
    std::fclose(file);
  };
  write("domains", "bad.test\n198.51.100.9\n");
  write("urls", "shared.test/bad/\n");
  write("expressions", "(/banner-wall/|/sponsor-wall/)\n");
  Compiler compiler{CompileOptions{}};
  const auto added = compiler.add(input_named(folder.string()));
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(added) << added.error().to_string();
  EXPECT_EQ(compiler.report().lists[0].format, "squidguard");
  const Matcher matcher(compiler.to_pack().value());
  EXPECT_FALSE(matcher.match_host("www.bad.test").empty());
  EXPECT_FALSE(matcher.match_host("198.51.100.9").empty());
  EXPECT_TRUE(matcher.match_host("shared.test").empty());
  EXPECT_FALSE(matcher.match_url("shared.test", "/bad/x").empty());
  EXPECT_FALSE(matcher.match_url("fine.test", "/x/Banner-Wall/y").empty());
}

TEST(Formats, RefuseWhatIsNoList) {
  const std::pair<std::string, const char*> cases[] = {
      {std::string("\x7f""ELF\x02\x01\0\0\0\x03", 10), "binary data"},
      {std::string("\x1f\x8b\x08\0", 4), "gzip"},
      {"<!DOCTYPE html><html>", "web page"},
      {"", "empty"},
      {"one two three\nfour five six\n", "no list in any format"},
      {"{\"list\": [\"a.test\"", "not valid JSON"},
      {"{\"names\": 5}", "no array"},
  };
  for (const auto& [text, because] : cases) {
    for (const char* const format : {"", "domains"}) {
      Compiler compiler{CompileOptions{}};
      ListInput input = input_named("strange.txt");
      input.format = format;
      const auto added = compiler.add_text(input, text);
      if (input.format.empty() || std::string_view(because) == "binary data") {
        ASSERT_FALSE(added) << text;
        EXPECT_THAT(added.error().to_string(), HasSubstr(because));
        EXPECT_THAT(added.error().to_string(), HasSubstr("strange.txt"));
        EXPECT_FALSE(added.error().remedy.empty());
      }
    }
  }
}

TEST(Formats, CanBeNamedAgainstRecognition) {
  ListInput input = input_named("list.txt");
  input.format = "hosts";
  CompileReport report;
  (void)pack_of("bad.test\nworse.test\n", input, &report);
  EXPECT_EQ(report.lists[0].skipped, 2u);
  input.format = "no-such";
  Compiler compiler{CompileOptions{}};
  EXPECT_THAT(compiler.add_text(input, "a.test\n").error().to_string(), HasSubstr("adblock"));
}

TEST(Formats, CountAnEntryOnceAList) {
  CompileReport report;
  (void)pack_of("bad.test\nBAD.test.\n*.bad.test\n", input_named("list.txt"), &report);
  EXPECT_EQ(report.lists[0].entries, 1u);
  EXPECT_EQ(report.lists[0].duplicates, 2u);
}

TEST(Compiler, NeedsACategoryAndDistinctIds) {
  Compiler compiler{CompileOptions{}};
  EXPECT_THAT(compiler.add_text(input_named("a.txt", ""), "a.test\n").error().remedy, HasSubstr("--category"));
  ASSERT_TRUE(compiler.add_text(input_named("x/a.txt"), "a.test\n"));
  EXPECT_THAT(compiler.add_text(input_named("y/a.txt"), "a.test\n").error().message, HasSubstr("two lists"));
}

TEST(Compiler, KeepsTheFirstProblemsAndCountsTheRest) {
  CompileOptions options;
  options.keep_problems = 3;
  Compiler compiler(options);
  std::string text = "good.test\n";
  for (int i = 0; i < 10; ++i) text += "co.uk\n";
  ASSERT_TRUE(compiler.add_text(input_named("a.txt"), text));
  EXPECT_EQ(compiler.report().skipped(), 10u);
  EXPECT_EQ(compiler.report().lists[0].problems.size(), 3u);
}

TEST(RealLists, SixFormatsOfOneListAgree) {
  const auto folder = real_lists();
  if (folder.empty()) GTEST_SKIP() << "the real lists are not on this machine";
  std::vector<std::shared_ptr<const Pack>> packs;
  std::vector<std::string> names;
  for (const auto& [kind, format] : {std::pair{"adblock", "adblock"}, std::pair{"dnsmasq", "dnsmasq"},
                                     std::pair{"domains", "domains"}, std::pair{"hosts", "hosts"},
                                     std::pair{"unbound", "unbound"}, std::pair{"wildcard", "domains"}}) {
    for (const auto& file : std::filesystem::directory_iterator(folder / "hagezi" / kind)) {
      Compiler compiler{CompileOptions{}};
      ASSERT_TRUE(compiler.add(input_named(file.path().string())));
      EXPECT_EQ(compiler.report().lists[0].format, format);
      for (const Error& problem : compiler.report().lists[0].problems) std::cout << problem.to_string() << "\n";
      EXPECT_EQ(compiler.report().skipped(), 0u) << kind;
      packs.push_back(compiler.to_pack().value());
      for (std::size_t i = 0; i < packs.back()->entry_count(); ++i) names.emplace_back(packs.back()->entry(i).text);
    }
  }
  ASSERT_EQ(packs.size(), 6u);
  std::size_t disagreed = 0;
  for (const std::string& name : names) {
    for (const auto& pack : packs) disagreed += listed(*pack, name) ? 0 : 1;
  }
  EXPECT_GT(names.size(), 5000u);
  EXPECT_EQ(disagreed, 0u);
}

TEST(RealLists, AreReadWithoutFuss) {
  const auto folder = real_lists();
  if (folder.empty()) GTEST_SKIP() << "the real lists are not on this machine";
  for (const char* const path : {"x4bnet/ipv4.txt", "x4bnet/ipv6.txt", "dibdot/doh-domains.txt", "dibdot/doh-ipv4.txt",
                                 "dibdot/doh-domains.json", "citizenlab/global.csv", "ut1/vpn", "ut1/redirector",
                                 "ut1/doh", "misp/vpn-ipv4.json"}) {
    Compiler compiler{CompileOptions{}};
    const auto added = compiler.add(input_named((folder / path).string()));
    ASSERT_TRUE(added) << added.error().to_string();
    const ListReport& list = compiler.report().lists[0];
    std::cout << path << ": " << list.format << ", " << list.entries << " entries, " << list.skipped << " skipped, "
              << list.duplicates << " twice\n";
    EXPECT_GT(list.entries, 400u) << path;
    EXPECT_LT(list.skipped * 50, list.entries) << path;
  }
}

}  // namespace
}  // namespace gatehouse::lists
