// A feed that falls silent is noted, and the report of the day says that it cannot say; a quiet night is no silence.
#include "lodge/feed_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using testing::at;  // a Tuesday in November: London's clocks show UTC
using testing::TemporaryFolder;

constexpr Seconds kMinute{60};

// Looks once a minute, as the lodge does, and writes what it finds into a store; the feed speaks in minutes that `speaks` names.
template <typename Speaks>
std::vector<FeedSilence> played(FeedWatch& watch, Timestamp from, Timestamp to, Speaks speaks) {
  TemporaryFolder folder;
  const auto store = SqliteStore::open(folder.file("store.db"));
  EXPECT_TRUE(store.has_value());
  std::uint64_t words = 0;
  for (Timestamp now = from; now < to; now += kMinute) {
    if (speaks(now)) ++words;
    watch.tell("RADIUS accounting", words, now);
    for (const FeedSilence& one : watch.look(now)) EXPECT_TRUE(note_feed_silence((*store)->connection(), one));
  }
  return *feed_silences_between((*store)->connection(), from, to);
}

TEST(FeedWatch, AFeedThatStopsInTheMiddleOfTheDayIsSilentFromItsLastWordToItsNext) {
  FeedWatch watch({});
  const auto silences = played(watch, at("07:00:00"), at("20:00:00"), [](Timestamp now) {
    return now <= at("10:00:00") || now >= at("14:30:00");
  });
  ASSERT_EQ(silences.size(), 1u);  // written over itself, not once a minute
  EXPECT_EQ(silences[0].feed, "RADIUS accounting");
  EXPECT_EQ(silences[0].since, at("10:00:00"));
  EXPECT_EQ(silences[0].until, at("14:30:00"));
}

TEST(FeedWatch, AFeedThatNeverSpeaksIsSilentForTheHoursAndNoLonger) {
  FeedWatch watch({});
  const auto silences = played(watch, at("00:00:00"), at("23:59:00"), [](Timestamp) { return false; });
  ASSERT_EQ(silences.size(), 1u);
  EXPECT_EQ(silences[0].since, at("07:59:00"));
  EXPECT_EQ(silences[0].until, at("18:00:00"));
}

TEST(FeedWatch, ASilenceThatIsStillOnIsKeptAsFarAsItGoes) {
  FeedWatch watch({});
  const auto silences = played(watch, at("09:00:00"), at("12:00:00"), [](Timestamp) { return false; });
  ASSERT_EQ(silences.size(), 1u);
  EXPECT_EQ(silences[0].until, at("11:59:00"));
}

TEST(FeedWatch, NightsAndWeekendsAndShortPausesAreNoSilence) {
  FeedWatch night({});
  EXPECT_TRUE(played(night, at("18:00:00"), at("18:00:00") + std::chrono::hours{14}, [](Timestamp) { return false; }).empty());
  FeedWatch weekend({});
  const Timestamp saturday = at("00:00:00") + std::chrono::days{4};
  EXPECT_TRUE(played(weekend, saturday, saturday + std::chrono::days{2}, [](Timestamp) { return false; }).empty());
  FeedWatch pauses({});
  EXPECT_TRUE(played(pauses, at("08:00:00"), at("18:00:00"), [](Timestamp now) {
                return now.time_since_epoch() % std::chrono::minutes{110} == Microseconds{0};
              }).empty());
}

TEST(FeedWatch, SwitchedOffItNotesNothing) {
  FeedWatchSettings off;
  off.on = false;
  FeedWatch watch(off);
  EXPECT_TRUE(played(watch, at("08:00:00"), at("18:00:00"), [](Timestamp) { return false; }).empty());
}

}  // namespace
}  // namespace gatehouse::lodge
