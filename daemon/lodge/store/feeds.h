// When a feed that the day depends on (sign-ins, leases, a list's source) was silent: written by whoever
// follows the feed, read by the report, which then says what it cannot say. One thread.
#pragma once

#include <string>
#include <vector>

#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

struct FeedSilence {
  std::string feed;  // as people know it: "RADIUS accounting"
  Timestamp since{};
  Timestamp until{};  // when it was heard again; Timestamp::max(): not yet
};

// The same silence with a later end replaces the earlier one.
Result<void> note_feed_silence(const Connection& db, const FeedSilence& silence);
// Those that share a moment with [from, to), by time and name.
Result<std::vector<FeedSilence>> feed_silences_between(const Connection& db, Timestamp from, Timestamp to);

// Who said that they had read the report of a day.
struct ReportReading {
  std::string person;
  Timestamp at{};
};
Result<void> note_reading(const Connection& db, const std::string& day, const ReportReading& reading);
Result<std::vector<ReportReading>> readings_of(const Connection& db, const std::string& day);

}  // namespace gatehouse::lodge
