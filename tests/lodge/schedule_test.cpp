// A report for each day, when it is due by London's clocks, none missing and none twice.
#include "lodge/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/store/report_log.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kHalfPastSix = 6 * 60 + 30;

Day day(const char* text) { return *parse_day(text); }
Timestamp utc(const char* text) { return *parse_time(text); }

TEST(Schedule, ADaysReportIsDueOnTheNextMorningAndNotBefore) {
  const Day first = day("2026-11-10");
  EXPECT_THAT(days_due(utc("2026-11-11T06:29:59Z"), kHalfPastSix, first, {}), IsEmpty());
  EXPECT_THAT(days_due(utc("2026-11-11T06:30:00Z"), kHalfPastSix, first, {}), ElementsAre(day("2026-11-10")));
  EXPECT_THAT(days_due(utc("2026-11-11T06:30:00Z"), kHalfPastSix, first, {day("2026-11-10")}), IsEmpty());
}

TEST(Schedule, AfterBeingDownEveryOwedDayIsMadeOldestFirst) {
  const auto due = days_due(utc("2026-11-14T05:00:00Z"), kHalfPastSix, day("2026-11-09"), {day("2026-11-11")});
  EXPECT_THAT(due, ElementsAre(day("2026-11-09"), day("2026-11-10"), day("2026-11-12")))
      << "the 13th is due only at half past six";
}

TEST(Schedule, AYearOfBeingDownOwesAFortnight) {
  const auto due = days_due(utc("2026-11-30T12:00:00Z"), kHalfPastSix, day("2025-11-01"), {});
  ASSERT_EQ(due.size(), 14u);
  EXPECT_EQ(due.front(), day("2026-11-16"));
  EXPECT_EQ(due.back(), day("2026-11-29"));
}

TEST(Schedule, SixThirtyIsSixThirtyOnTheDaysTheClocksChange) {
  // The last Sundays of March and October 2026.
  EXPECT_EQ(at_clock(day("2026-03-29"), kHalfPastSix), utc("2026-03-29T05:30:00Z"));
  EXPECT_EQ(at_clock(day("2026-10-25"), kHalfPastSix), utc("2026-10-25T06:30:00Z"));
  EXPECT_EQ(at_clock(day("2026-07-01"), kHalfPastSix), utc("2026-07-01T05:30:00Z"));
  // 01:30 does not exist in March and comes twice in October.
  EXPECT_EQ(to_london(at_clock(day("2026-03-29"), 90)).day, day("2026-03-29"));
  EXPECT_EQ(to_london(at_clock(day("2026-10-25"), 90)).minute_of_day(), 90);
}

TEST(Schedule, AClockThatWasSetForwardAndBackOwesWhatItOwedBefore) {
  // Reports made for days that have not come yet do not stand in the way of today's.
  EXPECT_THAT(days_due(utc("2026-11-11T07:00:00Z"), kHalfPastSix, day("2026-11-10"), {day("2040-01-01")}),
              ElementsAre(day("2026-11-10")));
}

TEST(ReportLog, ANewStoreOwesTodayAndRemembersItAfterwards) {
  const testing::TemporaryFolder folder;
  const auto store = *SqliteStore::open(folder.file("store.db"));
  ReportLog log(store->connection());
  EXPECT_EQ(*log.first_owed(), std::nullopt);
  ASSERT_TRUE(log.begin(day("2026-11-10")));
  ASSERT_TRUE(log.begin(day("2026-12-24"))) << "a later start changes nothing";
  EXPECT_EQ(*log.first_owed(), day("2026-11-10"));
}

TEST(ReportLog, AStoreWithOlderRecordsOwesTheirDays) {
  const testing::TemporaryFolder folder;
  const auto store = *SqliteStore::open(folder.file("store.db"));
  IngestBatch batch;
  batch.coverage.push_back({"s", {utc("2026-11-07T12:00:00Z"), {}}});
  ASSERT_TRUE(store->ingest(batch));
  ReportLog log(store->connection());
  ASSERT_TRUE(log.begin(day("2026-11-10")));
  EXPECT_EQ(*log.first_owed(), day("2026-11-07"));
  ASSERT_TRUE(log.note(day("2026-11-08"), utc("2026-11-09T06:30:00Z")));
  EXPECT_THAT(*log.made_since(day("2026-11-01")), ElementsAre(day("2026-11-06"), day("2026-11-08")));
}

}  // namespace
}  // namespace gatehouse::lodge
