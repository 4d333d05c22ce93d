#include "lodge/report/load_input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "lodge/report/build_report.h"
#include "lodge/report/sample_days.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::lodge {
namespace {

TEST(ReduceHistory, CountsByDayThemeAndHourAndLeavesBackgroundOut) {
  PastAttempt one;
  one.first = sample::at("2026-07-01T23:30:00Z");
  one.category = "weapons-firearms";
  one.grade = Grade::A;
  one.login = "b.lee";
  one.outcome = journal::Outcome::Blocked;
  HistoryReducer reducer;
  reducer.add(one);
  reducer.add(one);
  one.band = Band::LikelyBackground;
  reducer.add(one);
  const History history = std::move(reducer).take({sample::day_of("2026-07-02")});
  ASSERT_EQ(history.counts.size(), 1u);
  EXPECT_EQ(history.counts[0].day, sample::day_of("2026-07-02"));  // half past midnight in London
  EXPECT_EQ(history.counts[0].hour, 0);
  EXPECT_EQ(history.counts[0].attempts, 2u);
  EXPECT_EQ(history.counts[0].blocked, 3u);
  ASSERT_EQ(history.seen.size(), 1u);
  EXPECT_EQ(history.seen[0].person, "login:b.lee");
}

class LoadDailyInput : public ::testing::Test {
 protected:
  LoadDailyInput()
      : path_(std::filesystem::temp_directory_path() /
              ("gatehouse-load-test-" + std::to_string(::getpid()) + ".db")) {
    clear();
  }
  ~LoadDailyInput() override { clear(); }
  void clear() {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + end);
  }
  std::filesystem::path path_;
};

TEST_F(LoadDailyInput, GivesTheDayItsRatingAndTheWeeksBeforeIt) {
  auto store = SqliteStore::open(path_);
  ASSERT_TRUE(store.has_value()) << store.error().to_string();
  IngestBatch batch;
  batch.attempts.push_back(sample::attempt("today", "2026-11-10T09:00:00Z", 1, "weapons-firearms",
                                           sample::learner("b.lee", "PC", "LRC-2"), "x.test",
                                           Band::LikelyDeliberate, 85, 4)
                               .attempt);
  batch.attempts.push_back(sample::attempt("before", "2026-11-06T09:00:00Z", 1, "weapons-firearms",
                                           sample::learner("b.lee", "PC", "LRC-2"), "x.test",
                                           Band::LikelyDeliberate, 85, 4)
                               .attempt);
  batch.attempts.push_back(sample::attempt("tomorrow", "2026-11-11T00:00:00Z", 1, "weapons-firearms",
                                           sample::learner("b.lee", "PC", "LRC-2"), "x.test",
                                           Band::LikelyDeliberate, 85, 4)
                               .attempt);
  int number = 0;
  for (const char* day : {"2026-11-06", "2026-11-10"}) {
    for (const CoverageMinute& minute : sample::full_coverage(sample::day_of(day)))
      batch.coverage.push_back({"m" + std::to_string(number++), minute});
  }
  batch.notes.push_back({"n1", {sample::at("2026-11-10T08:00:00Z"), "policy-loaded"}});
  batch.position.file = "eve.json";
  const auto saved = (*store)->ingest(batch);
  ASSERT_TRUE(saved.has_value()) << saved.error().to_string();

  ReportContext context;
  context.categories["weapons-firearms"] = {"Firearms sales", 4};
  context.lists = {{"college-weapons", "weapons-firearms", 3, std::nullopt}};
  context.settings.names = Names::Logins;
  const auto input = load_daily_input(**store, sample::day_of("2026-11-10"), context);
  ASSERT_TRUE(input.has_value()) << input.error().to_string();
  ASSERT_EQ(input->attempts.size(), 1u);
  EXPECT_EQ(input->attempts[0].attempt.id, "today");
  EXPECT_FALSE(input->attempts[0].why.empty());
  EXPECT_EQ(input->coverage.size(), 1440u);
  EXPECT_EQ(input->notes.size(), 1u);
  ASSERT_EQ(input->history.days.size(), 1u);
  EXPECT_EQ(input->history.days[0], sample::day_of("2026-11-06"));

  const DailyReport report = build_report(*input);
  EXPECT_EQ(report.checks[0].state, CheckState::Good) << report.checks[0].text;
  ASSERT_EQ(report.cards.size(), 1u);
  EXPECT_EQ(report.cards[0].who, "b.lee");
  EXPECT_NE(report.cards[0].seen_before.find("1 day"), std::string::npos) << report.cards[0].seen_before;
}

}  // namespace
}  // namespace gatehouse::lodge
