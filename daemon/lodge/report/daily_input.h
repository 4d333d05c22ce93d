// Everything a day's report is made from, as plain data: build_report reads nothing else, so the same input
// gives the same report. load_input.h fills it from the store; tests fill it by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/london.h"
#include "lodge/mail/outbox.h"
#include "lodge/names/look_up.h"
#include "lodge/report/settings.h"
#include "lodge/report/themes.h"
#include "lodge/safeguarding/incidents.h"
#include "lodge/safeguarding/rating.h"
#include "lodge/safeguarding/sample.h"
#include "lodge/safeguarding/severity.h"
#include "lodge/store/feeds.h"
#include "lodge/store/records.h"

namespace gatehouse::lodge {

struct RatedAttempt {
  Attempt attempt;
  Tier tier = Tier::NoAction;
  int points = 0;                // ranks within a tier, highest first
  std::vector<std::string> why;  // the points in words, strongest first
};

// What the 28 days before looked like, small enough to keep in memory.
struct HistoryCount {
  Day day;
  Theme theme = Theme::OtherHarm;
  int hour = 0;                // by the wall clock
  std::uint32_t attempts = 0;  // without those that were likely background
  std::uint32_t blocked = 0;   // with them: blocks say whether the filter worked, not what people meant
};

// One day on which one person or device tried something of one theme (see person_key in who_words.h).
struct SeenBefore {
  std::string person;
  Theme theme = Theme::OtherHarm;
  Day day;
};

struct History {
  std::vector<Day> days;  // days on which the gate was running, in order; not the day itself
  std::vector<HistoryCount> counts;
  std::vector<SeenBefore> seen;
};
inline constexpr int kHistoryDays = 28;

// The eight-week rating of a person or device that has something to look at today.
struct RatedHolder {
  std::string person;
  HolderRating rating;
};

// What people did, as it stood at the end of the day.
struct Desk {
  std::vector<Incident> incidents;   // open at any time of the kHistoryDays before, or of the day
  std::vector<NameLookUp> look_ups;  // of the day
  bool look_ups_unbroken = true;
  std::vector<SampledSession> sample;
  std::vector<FeedSilence> feeds;
  std::vector<ReportReading> readings;  // of the report of the day before
  std::vector<Delivery> deliveries;     // of that report
};

struct LoadedList {
  std::string name;
  std::string category;
  std::uint64_t entries = 0;
  std::optional<Day> updated;  // nullopt: the list does not say
};

struct CategoryTitle {
  std::string id;
  std::string title;  // "Firearms sales"
};

struct DailyInput {
  Day day;
  std::vector<RatedAttempt> attempts;
  History history;
  std::vector<RatedHolder> ratings;
  Desk desk;
  std::vector<CoverageMinute> coverage;
  std::vector<GateNote> notes;
  std::vector<LoadedList> lists;
  bool statutory_loaded = false;
  std::vector<CategoryTitle> categories;
  bool replay = false;                   // made from a recording: nothing could be stopped
  std::optional<Timestamp> known_until;  // the journal has been read up to here; nullopt: the whole day
  ReportSettings settings;
  std::string measured;  // how often the judgement of intent was right when it was measured; empty: not told
  std::string version;   // of Gatehouse
};

}  // namespace gatehouse::lodge
