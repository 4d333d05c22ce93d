#include "lodge/report/write_report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "lodge/report/build_report.h"
#include "lodge/report/render_html.h"
#include "lodge/report/sample_days.h"

namespace gatehouse::lodge {
namespace {

namespace fs = std::filesystem;

class WriteReport : public ::testing::Test {
 protected:
  WriteReport()
      : folder_(fs::temp_directory_path() / ("gatehouse-report-test-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
  }
  ~WriteReport() override { fs::remove_all(folder_); }
  fs::path folder_;
};

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST_F(WriteReport, MakesThreeFilesNamedByTheDayAndLeavesNothingElse) {
  const DailyReport report = build_report(sample::quiet_day());
  const auto files = write_report(report, folder_ / "deep" / "er");
  ASSERT_TRUE(files.has_value()) << files.error().to_string();
  EXPECT_EQ(files->html.filename(), "gatehouse-2026-11-10.html");
  EXPECT_EQ(content_of(files->html), render_html(report));
  EXPECT_GT(fs::file_size(files->text), 0u);
  EXPECT_GT(fs::file_size(files->csv), 0u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "deep" / "er"), fs::directory_iterator{}), 3);
  EXPECT_EQ(fs::status(files->html).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(WriteReport, SaysWhichFolderAndWhatToDoWhenItCannot) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  const auto files = write_report(build_report(sample::quiet_day()), folder_ / "file" / "sub");
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().file, (folder_ / "file" / "sub").string());
  EXPECT_FALSE(files.error().remedy.empty());
}

TEST_F(WriteReport, LeavesTheOldReportWhenTheNewOneCannotBeWritten) {
  const auto first = write_report(build_report(sample::quiet_day()), folder_);
  ASSERT_TRUE(first.has_value());
  const std::string before = content_of(first->html);
  // A folder in the place of the part file: opening it for writing fails, also for root.
  fs::create_directories(first->html.string() + ".part");
  const auto second = write_report(build_report(sample::busy_day()), folder_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(content_of(first->html), before);
}

}  // namespace
}  // namespace gatehouse::lodge
