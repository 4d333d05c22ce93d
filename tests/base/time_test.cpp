// Time: what is written is read back, and days in London have 23, 24 or 25 hours.
#include <gtest/gtest.h>

#include "base/london.h"
#include "base/time.h"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

Day day(int y, unsigned m, unsigned d) {
  return Day{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
}

TEST(Time, IsWrittenAsSuricataWritesItAndReadBackTheSame) {
  const Timestamp at = timestamp_from_us(1794307320123456);
  EXPECT_EQ(format_utc(at), "2026-11-10T10:42:00.123456+0000");
  EXPECT_EQ(parse_time(format_utc(at)), at);
  EXPECT_EQ(to_us(at), 1794307320123456);
}

TEST(Time, ReadsZonesFractionsAndShortForms) {
  const auto wanted = parse_time("2026-07-01T09:30:00Z");
  ASSERT_TRUE(wanted);
  for (const char* text : {"2026-07-01T10:30:00+01:00", "2026-07-01T10:30:00+0100", "2026-07-01T09:30Z",
                           "2026-07-01 09:30:00.000Z", "2026-07-01T04:30:00-05"}) {
    EXPECT_EQ(parse_time(text), wanted) << text;
  }
  EXPECT_EQ(*parse_time("2026-07-01T09:30:00.5Z") - *wanted, 500ms);
  EXPECT_EQ(*parse_time("2026-07-01T09:30:00.1234567Z") - *wanted, 123456us);
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "2026", "2026-02-30T00:00Z", "2026-13-01T00:00Z", "2026-07-01T24:00Z", "2026-07-01T09:60Z",
        "2026-07-01T09:30", "2026-07-01T09:30:00+1", "2026-07-01T09:30Zx", "tomorrow"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(London, DayOfTheSpringChangeHas23Hours) {
  const DayBounds bounds = london_day_bounds(day(2026, 3, 29));
  EXPECT_EQ(bounds.length(), 23h);
  EXPECT_EQ(bounds.begin, *parse_time("2026-03-29T00:00Z"));
  EXPECT_EQ(bounds.end, *parse_time("2026-03-29T23:00Z"));
  EXPECT_EQ(format_clock(*parse_time("2026-03-29T00:59Z")), "00:59");
  EXPECT_EQ(format_clock(*parse_time("2026-03-29T01:00Z")), "02:00");
}

TEST(London, DayOfTheAutumnChangeHas25Hours) {
  const DayBounds bounds = london_day_bounds(day(2026, 10, 25));
  EXPECT_EQ(bounds.length(), 25h);
  EXPECT_EQ(bounds.begin, *parse_time("2026-10-24T23:00Z"));
  EXPECT_EQ(bounds.end, *parse_time("2026-10-26T00:00Z"));
  EXPECT_EQ(format_date_clock(*parse_time("2026-10-25T00:30Z")), "25 October 2026, 01:30:00 BST");
  EXPECT_EQ(format_date_clock(*parse_time("2026-10-25T01:30Z")), "25 October 2026, 01:30:00 GMT");
}

TEST(London, DaysFollowEachOtherWithoutGapOrOverlapForTwoYears) {
  for (auto at = std::chrono::sys_days{day(2026, 1, 1)}; at < std::chrono::sys_days{day(2028, 1, 1)};
       at += std::chrono::days{1}) {
    const Day today{at};
    const Day next{at + std::chrono::days{1}};
    const DayBounds bounds = london_day_bounds(today);
    EXPECT_EQ(bounds.end, london_day_bounds(next).begin);
    EXPECT_EQ(london_day(bounds.begin), today);
    EXPECT_EQ(london_day(bounds.end - 1us), today);
  }
}

TEST(London, KnowsSummerTimeAndItsName) {
  const LondonTime summer = to_london(*parse_time("2026-07-01T23:30:05Z"));
  EXPECT_EQ(summer.day, day(2026, 7, 2));
  EXPECT_EQ(summer.minute_of_day(), 30);
  EXPECT_EQ(summer.second, 5);
  EXPECT_STREQ(summer.zone(), "BST");
  EXPECT_STREQ(to_london(*parse_time("2026-11-10T12:00Z")).zone(), "GMT");
}

TEST(London, ReadsAndWritesDays) {
  EXPECT_EQ(parse_day("2026-11-10"), day(2026, 11, 10));
  EXPECT_EQ(format_day_iso(day(2026, 11, 10)), "2026-11-10");
  EXPECT_EQ(format_day_long(day(2026, 11, 10)), "Tuesday 10 November 2026");
  for (const char* bad : {"2026-02-29", "2026-1-01", "10.11.2026", "", "2026-11-10 "})
    EXPECT_FALSE(parse_day(bad)) << bad;
}

TEST(LondonAt, FindsTheWallClockAlsoOnTheDaysThatChange) {
  const auto at = [](const char* day, int hour, int minute) { return london_at(*parse_day(day), hour * 60 + minute); };
  EXPECT_EQ(at("2026-11-10", 7, 0), *parse_time("2026-11-10T07:00:00Z"));
  EXPECT_EQ(at("2026-07-01", 7, 0), *parse_time("2026-07-01T06:00:00Z"));
  EXPECT_EQ(at("2026-03-29", 7, 0), *parse_time("2026-03-29T06:00:00Z"));
  EXPECT_EQ(at("2026-10-25", 7, 0), *parse_time("2026-10-25T07:00:00Z"));
  EXPECT_EQ(at("2026-10-25", 1, 30), *parse_time("2026-10-25T00:30:00Z"));  // the first of two
  EXPECT_EQ(at("2026-03-29", 1, 30), *parse_time("2026-03-29T01:30:00Z"));  // left out: 02:30 comes next
}

}  // namespace
}  // namespace gatehouse
