// The rendered report, byte for byte. After a wanted change: GATEHOUSE_UPDATE_GOLDEN=1 ctest -R Golden, then
// look at the files before committing them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "lodge/report/brief.h"
#include "lodge/report/build_report.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"
#include "lodge/report/sample_days.h"

namespace gatehouse::lodge {
namespace {

void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(GATEHOUSE_SOURCE_DIR) + "/tests/lodge/report/golden/" + name;
  if (std::getenv("GATEHOUSE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << name;
}

TEST(GoldenReport, BusyDayAsText) {
  expect_golden("busy.txt", render_text(build_report(sample::busy_day())));
}
TEST(GoldenReport, BusyDayAsHtml) {
  expect_golden("busy.html", render_html(build_report(sample::busy_day())));
}
TEST(GoldenReport, QuietDayAsText) {
  expect_golden("quiet.txt", render_text(build_report(sample::quiet_day())));
}
TEST(GoldenReport, QuietDayAsHtml) {
  expect_golden("quiet.html", render_html(build_report(sample::quiet_day())));
}

TEST(GoldenReport, FailedDayAsHtml) {
  expect_golden("failed.html", render_html(build_report(sample::failed_day())));
}
TEST(GoldenReport, SeniorLeadersAsText) {
  expect_golden("leaders.txt", render_brief_text(leaders_brief(build_report(sample::busy_day()))));
}
TEST(GoldenReport, MailAsText) {
  expect_golden("mail.txt", render_brief_text(mail_brief(build_report(sample::busy_day()))));
}

}  // namespace
}  // namespace gatehouse::lodge
