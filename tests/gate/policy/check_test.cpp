// What check-config finds beyond spelling, and that every configuration we ship is clean.
#include "gate/policy/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <fstream>

#include "lists/compiler.h"

namespace gatehouse::policy {
namespace {

using ::testing::HasSubstr;

const Timestamp kNow = *parse_time("2026-11-10T10:00Z");

std::string words(const std::vector<ConfigProblem>& problems) {
  std::string out;
  for (const ConfigProblem& one : problems) out += one.to_string() + "\n";
  return out;
}

std::vector<ConfigProblem> check(std::string_view text) {
  lists::Compiler compiler(lists::CompileOptions{});
  lists::ListInput input;
  input.path = "guns.txt";
  input.id = "guns";
  input.format = "domains";
  input.category = "weapons-firearms";
  EXPECT_TRUE(compiler.add_text(input, "guns-direct.test\n"));
  input.id = "secret";
  input.category = "statutory";
  input.sealed = true;
  EXPECT_TRUE(compiler.add_text(input, "sealed-entry.test\n"));
  const ConfigFile file = ConfigFile::parse(text, "test.yaml");
  const PolicySettings settings = read_policy_settings(file);
  EXPECT_EQ(file.error_count(), 0u);
  return check_policy(settings, compiler.to_pack()->get(), kNow);
}

class TempFolder {
 public:
  TempFolder()
      : path(std::filesystem::temp_directory_path() / ("gatehouse-check-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path write(const char* name, std::string_view text) const {
    std::ofstream(path / name) << text;
    return path / name;
  }
  std::filesystem::path path;
};

TEST(CheckPolicy, FindsGroupsCategoriesAndListsThatDoNotExist) {
  const std::string found = words(check(R"(groups:
  students: {title: Students}
networks:
  - {name: A, group: studnets, addresses: [10.1.0.0/16]}
policy:
  rules:
    - {name: R, groups: [staff], categories: [weapon-firearms], action: block}
  allow:
    - {reason: P, lists: [gun]}
)"));
  EXPECT_THAT(found, HasSubstr("test.yaml:4: error: network 'A' names the group 'studnets'"));
  EXPECT_THAT(found, HasSubstr("Did you mean 'students'?"));
  EXPECT_THAT(found, HasSubstr("test.yaml:7: error: rule 'R' names the group 'staff'"));
  EXPECT_THAT(found, HasSubstr("Did you mean 'weapons-firearms'?"));
  EXPECT_THAT(found, HasSubstr("Did you mean 'guns'?"));
}

TEST(CheckPolicy, FindsNetworksThatClash) {
  const std::string found = words(check(R"(networks:
  - {name: A, group: a, addresses: [10.1.0.0/16], vlan: 5, macs: ["02:00:5e:10:00:01"]}
  - {name: B, group: b, addresses: [10.1.0.0/16], vlan: 5, macs: ["02:00:5e:10:00:01"]}
  - {name: C, group: b, addresses: [10.1.2.0/24]}
  - {name: D, group: a, addresses: [10.1.3.0/24]}
)"));
  EXPECT_THAT(found,
              HasSubstr("test.yaml:3: error: network 'B' and network 'A' (line 2) both have the addresses"));
  EXPECT_THAT(found, HasSubstr("both have VLAN 5"));
  EXPECT_THAT(found, HasSubstr("both have the MAC address"));
  EXPECT_THAT(found, HasSubstr("test.yaml:4: warning: the addresses 10.1.2.0/24 of 'C' overlap"));
}

TEST(CheckPolicy, FindsEndedExemptionsRulesThatNeverDecideAndSealedPermissions) {
  const std::string found = words(check(R"(policy:
  rules:
    - {name: All, action: block}
    - {name: Some, categories: [weapons-firearms], action: log}
  allow:
    - {reason: Old, hosts: [a.example], until: 2026-11-09}
    - {reason: Today, hosts: [a.example], until: 2026-11-10}
    - {reason: Never, lists: [secret]}
)"));
  EXPECT_THAT(found, HasSubstr("rule 'Some' never decides: 'All' in line 3"));
  EXPECT_THAT(found, HasSubstr("'Old' ended on 10 November 2026, 00:00:00 GMT"));
  EXPECT_THAT(found, ::testing::Not(HasSubstr("'Today'")));
  EXPECT_THAT(found, HasSubstr("'secret', which is sealed"));
}

TEST(CheckPolicy, IsLoudWhenNoStatutoryListIsLoaded) {
  EXPECT_THAT(words(check_policy({}, lists::Pack::empty().get(), kNow)), HasSubstr("NO LIST IS LOADED"));
  EXPECT_EQ(words(check("")), "");
}

TEST(CheckConfig, ListsEveryMistakeOfAFileInTheOrderOfItsLines) {
  const TempFolder folder;
  folder.write("guns.txt", "guns-direct.test\nnot a name at all!\n");
  const auto problems = check_config(folder.write("gatehouse.yaml", R"(jornal: {record: listed}
networks:
  - {name: A, group: a, addresses: [10.1.2.0/16]}
lists:
  - {path: guns.txt, category: weapons-firearms}
  - {path: missing.txt, category: weapons-firearms}
policy:
  rules:
    - {name: R, action: blok}
)"),
                                     kNow);
  const std::string found = words(problems);
  EXPECT_THAT(found, HasSubstr("gatehouse.yaml:1:1: error: there is no section 'jornal'"));
  EXPECT_THAT(found, HasSubstr("Did you mean 'journal'?"));
  EXPECT_THAT(found, HasSubstr("gatehouse.yaml:3:"));
  EXPECT_THAT(found, HasSubstr("gatehouse.yaml:6: error:"));
  EXPECT_THAT(found, HasSubstr("gatehouse.yaml:9:"));
  EXPECT_THAT(found, HasSubstr("guns.txt:2: warning:"));
  EXPECT_THAT(found, HasSubstr("NO STATUTORY LIST IS LOADED"));
}

TEST(CheckConfig, GivesTheOneErrorOfAFileThatIsNoYaml) {
  const TempFolder folder;
  const auto problems = check_config(folder.write("bad.yaml", "policy:\n\trules: []\n"), kNow);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].error.line, 2);
}

TEST(CheckConfig, FindsNoErrorInTheConfigurationsThatWeShip) {
  const std::filesystem::path folder = std::filesystem::path(GATEHOUSE_SOURCE_DIR) / "config";
  const auto read_as_the_lodge_does = [](const ConfigFile& file) {
    for (const char* section : {"college", "report", "store", "identity"})
      (void)file.section(section).is_map();
  };
  for (const char* name : {"gatehouse.yaml", "demo.yaml", "examples/small-sixth-form.yaml"}) {
    for (const ConfigProblem& one : check_config(folder / name, kNow, read_as_the_lodge_does)) {
      EXPECT_NE(one.severity, Severity::Error) << one.to_string();
    }
  }
  const auto with_pack =
      check_config(folder / "examples/multi-site-college.yaml", kNow, read_as_the_lodge_does);
  EXPECT_EQ(std::count_if(with_pack.begin(), with_pack.end(),
                          [](const auto& one) { return one.severity == Severity::Error; }),
            1)  // the pack is not there
      << words(with_pack);
}

}  // namespace
}  // namespace gatehouse::policy
