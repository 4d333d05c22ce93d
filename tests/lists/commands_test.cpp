#include "lists/commands.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "lists/categories.h"
#include "lists/lists_testing.h"

namespace gatehouse::lists {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path kRules = std::filesystem::path(GATEHOUSE_SOURCE_DIR) / "rules";
constexpr Day kToday{std::chrono::year{2026}, std::chrono::November, std::chrono::day{24}};

CompileOptions shipped_categories() {
  CompileOptions options;
  options.categories_file = (kRules / "categories.yaml").string();
  return options;
}

std::vector<ListInput> bundles_in(const char* folder) {
  std::vector<ListInput> out;
  for (const auto& file : std::filesystem::directory_iterator(kRules / folder)) {
    out.push_back(input_named(file.path().string(), ""));
  }
  return out;
}

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("gatehouse-commands-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const char* name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::filesystem::path folder_;
};

TEST_F(Commands, CheckFindsNothingWrongWithTheShippedRules) {
  for (const char* const folder : {"demo", "starter"}) {
    std::ostringstream out;
    CheckOptions options;
    options.compile = shipped_categories();
    options.today = kToday;
    EXPECT_EQ(check_lists(bundles_in(folder), options, out), CheckStatus::Clean) << out.str();
  }
}

TEST_F(Commands, CompileAndShowNameListsSourcesAndOverdueReviews) {
  const auto pack_path = folder_ / "lists.pack";
  const auto inputs = bundles_in("demo");
  const auto report = compile_lists(inputs, shipped_categories(), pack_path);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->lists.size(), inputs.size());
  EXPECT_EQ(report->pack_bytes, std::filesystem::file_size(pack_path));
  const auto pack = Pack::load(pack_path.string()).value();
  std::ostringstream shown;
  describe_pack(*pack, Day{std::chrono::year{2028}, std::chrono::March, std::chrono::day{1}}, shown);
  EXPECT_THAT(shown.str(), HasSubstr("Right-wing extremism [extremism-right-wing], severity 5"));
  EXPECT_THAT(shown.str(), HasSubstr("reviewer: Demo Reviewer"));
  EXPECT_THAT(shown.str(), HasSubstr("review by 2027-12-31: OVERDUE"));
  EXPECT_THAT(shown.str(), HasSubstr("demo-allow (allow)"));
  std::ostringstream entries;
  EXPECT_TRUE(print_entries(*pack, "demo-statutory", entries));
  EXPECT_THAT(entries.str(), HasSubstr("sealed"));
  EXPECT_THAT(entries.str(), Not(HasSubstr("sealed-entry-one")));
  EXPECT_TRUE(print_entries(*pack, "demo-weapons-other", entries));
  EXPECT_THAT(entries.str(), HasSubstr("domain zombie-blades.test  (demonstration entry"));
  EXPECT_FALSE(print_entries(*pack, "no-such-list", entries));
}

TEST_F(Commands, CheckSaysWhichOrdinarySitesWouldBeBlocked) {
  CheckOptions options;
  options.today = kToday;
  options.ordinary_sites = {write("top.json", "{\"list\": [\"library.test\", \"www.college.test\", \"news.test\"]}")};
  const std::vector<ListInput> inputs = {input_named(write("broad.txt", "college.test\nother.test\nco.uk\n"))};
  std::ostringstream out;
  EXPECT_EQ(check_lists(inputs, options, out), CheckStatus::Warnings);
  EXPECT_THAT(out.str(), HasSubstr("1 of 3 ordinary names would be blocked"));
  EXPECT_THAT(out.str(), HasSubstr("www.college.test: by the domain 'college.test'"));
  EXPECT_THAT(out.str(), HasSubstr("broad.txt:3: 'co.uk' is a public suffix"));
  EXPECT_THAT(out.str(), HasSubstr("2 problems"));
}

TEST_F(Commands, CheckSaysWhatMakesAListUnusable) {
  std::ostringstream out;
  const std::vector<ListInput> missing = {input_named((folder_ / "none.txt").string())};
  EXPECT_EQ(check_lists(missing, {}, out), CheckStatus::Unusable);
  EXPECT_THAT(out.str(), HasSubstr("none.txt: there is no such list"));
  const std::vector<ListInput> unknown = {input_named(write("a.txt", "a.test\n"), "no-such-category")};
  CheckOptions options;
  options.compile = shipped_categories();
  EXPECT_EQ(check_lists(unknown, options, out), CheckStatus::Unusable);
  EXPECT_THAT(out.str(), HasSubstr("use one of statutory, extremism-islamist"));
}

TEST_F(Commands, CompileLeavesTheOldPackWhenAListIsBroken) {
  const auto pack_path = folder_ / "lists.pack";
  const std::vector<ListInput> good = {input_named(write("good.txt", "good.test\n"))};
  ASSERT_TRUE(compile_lists(good, {}, pack_path));
  const std::vector<ListInput> bad = {input_named(write("bad.txt", std::string(100, '\1')))};
  EXPECT_FALSE(compile_lists(bad, {}, pack_path));
  EXPECT_TRUE(listed(*Pack::load(pack_path.string()).value(), "good.test"));
}

struct BadBundle {
  const char* from;
  const char* to;
  const char* because;
  int line;
};

TEST(Bundle, MistakesNameFileLineAndRemedy) {
  const std::string good =
      "bundle: 1\nlist: x\ncategory: other-harm\nsource: s\nreviewer: r\nreason: why\nreview_by: 2027-01-31\n"
      "domains:\n  - a.test\n  - entry: b.test\n    reason: special\n";
  ASSERT_TRUE(Compiler(CompileOptions{}).add_text(input_named("good.yaml", ""), good));
  const BadBundle cases[] = {
      {"reviewer", "reveiwer", "did you mean 'reviewer'?", 5},
      {"    reason: special", "    because: special", "the keys are: entry, reason", 11},
      {"2027-01-31", "31 January", "write it as 2027-12-31", 7},
      {"bundle: 1", "bundle: 2", "begin the file with 'bundle: 1'", 1},
      {"source: s\n", "", "does not say its 'source'", 1},
      {"domains:\n", "sealed: perhaps\ndomains:\n", "neither true nor false", 8},
      {"domains:\n", "role: allow\nsealed: true\ndomains:\n", "cannot be sealed", 1},
      {"domains:\n  - a.test", "domains: a.test\nhosts:\n  - a.test", "is no list", 8},
      {"  - a.test", "  - a.test\n - x", "not valid YAML", 0},
      {"  - a.test", "  - [a.test]", "neither a text nor a mapping", 9},
  };
  for (const BadBundle& one : cases) {
    std::string text = good;
    text.replace(text.find(one.from), std::string_view(one.from).size(), one.to);
    const auto added = Compiler(CompileOptions{}).add_text(input_named("bad.yaml", ""), text);
    ASSERT_FALSE(added) << text;
    EXPECT_THAT(added.error().to_string(), HasSubstr(one.because)) << text;
    EXPECT_THAT(added.error().to_string(), HasSubstr("bad.yaml:"));
    if (one.line > 0) {
      EXPECT_EQ(added.error().line, one.line) << added.error().to_string();
    }
  }
}

TEST(Categories, MistakesNameFileLineAndRemedy) {
  EXPECT_THAT(read_categories_text("categories:\n  - id: a\n    severty: 3\n", "c.yaml").error().to_string(),
              HasSubstr("c.yaml:3: there is no key 'severty'\n  remedy: did you mean 'severity'?"));
  EXPECT_THAT(read_categories_text("categories:\n  - id: a\n    severity: 9\n", "c.yaml").error().to_string(),
              HasSubstr("c.yaml:3: 'severity' is no number from 1 to 5"));
  EXPECT_THAT(read_categories_text("categories:\n  - id: a\n  - id: a\n", "c.yaml").error().message,
              HasSubstr("two categories 'a'"));
  EXPECT_FALSE(read_categories_text("- a\n", "c.yaml"));
  EXPECT_FALSE(read_categories_text("other: 1\n", "c.yaml"));
}

TEST(Categories, ShippedOnesAreInOrderAndTheStatutoryOneIsSealed) {
  const auto all = read_categories_file((kRules / "categories.yaml").string());
  ASSERT_TRUE(all) << all.error().to_string();
  EXPECT_EQ(all->size(), 8u);
  int before = 0;
  for (const CategorySource& one : *all) {
    EXPECT_GT(one.order, before);
    before = one.order;
    EXPECT_FALSE(one.description.empty());
    EXPECT_EQ(one.sealed, one.id == "statutory");
  }
}

}  // namespace
}  // namespace gatehouse::lists
