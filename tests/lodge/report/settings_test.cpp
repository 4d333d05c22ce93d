#include "lodge/report/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;

TEST(ReportSettings, AreReadFromTheConfiguration) {
  const ConfigFile file = ConfigFile::parse(
      "college:\n  name: Northfield College\n  site: Main site\n  terms:\n"
      "    - {name: Autumn term, first: 2026-09-07, last: 2026-12-18}\n"
      "report:\n  names: logins\n  pseudonym_key: 0123456789abcdef\n  gap: 20 min\n  next_step:\n    today: "
      "Ring the DSL.\n",
      "gatehouse.yaml");
  const ReportSettings settings = read_report_settings(file);
  EXPECT_EQ(file.error_count(), 0u);
  EXPECT_EQ(settings.college, "Northfield College");
  ASSERT_EQ(settings.terms.size(), 1u);
  EXPECT_EQ(settings.terms[0].last, *parse_day("2026-12-18"));
  EXPECT_EQ(settings.names, Names::Logins);
  EXPECT_EQ(settings.gap_minutes, 20);
  EXPECT_EQ(settings.next_step_today, "Ring the DSL.");
  EXPECT_TRUE(settings.pseudonym_key_set);
}

TEST(ReportSettings, ShowCodesUnlessToldOtherwise) {
  const ReportSettings settings =
      read_report_settings(ConfigFile::parse("college:\n  name: X\n", "gatehouse.yaml"));
  EXPECT_EQ(settings.names, Names::Pseudonyms);
  EXPECT_FALSE(settings.pseudonym_key_set);
}

TEST(ReportSettings, SayWhereAMistakeIs) {
  struct Case {
    const char* yaml;
    const char* expected;
  };
  for (const Case& one :
       {Case{"report:\n  names: everyone\n", "gatehouse.yaml:2"},
        Case{"report:\n  nmaes: logins\n", "gatehouse.yaml:2"},
        Case{"report:\n  pseudonym_key: short\n", "too short"},
        Case{"college:\n  terms:\n    - {name: T, first: 2026-13-40, last: 2026-12-18}\n", "not a day"},
        Case{"college:\n  terms:\n    - {name: T, first: 2026-12-18, last: 2026-09-07}\n", "ends before"}}) {
    const ConfigFile file = ConfigFile::parse(one.yaml, "gatehouse.yaml");
    (void)read_report_settings(file);
    ASSERT_GE(file.error_count(), 1u) << one.yaml;
    EXPECT_THAT(file.problems()[0].to_string(), HasSubstr(one.expected));
  }
}

}  // namespace
}  // namespace gatehouse::lodge
