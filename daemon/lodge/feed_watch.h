// Which sources of identity have fallen silent, and since when: a feed that says nothing for long within the college's
// hours is noted, so that the report does not take missing names for quiet. What ends a silence is the next word of
// the feed, or the end of the hours. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/config_values.h"
#include "base/london.h"
#include "lodge/store/feeds.h"

namespace gatehouse::lodge {

struct FeedWatchSettings {
  bool on = true;
  Seconds after{2 * 60 * 60};  // so long without a word is a silence; it counts from the last word
  DaySet days = kWeekdays;
  int from = 8 * 60;  // minutes after midnight, London: when feeds are expected to speak
  int to = 18 * 60;   // not included
};

class FeedWatch {
 public:
  explicit FeedWatch(FeedWatchSettings settings) : settings_(settings) {}

  // What this feed has said so far, as a number that grows with every word. A feed not named before counts as heard now.
  void tell(const std::string& feed, std::uint64_t words, Timestamp now);
  // The silences that are on or have just ended, as far as they go; each is to be written over its earlier self.
  std::vector<FeedSilence> look(Timestamp now);

 private:
  struct Feed {
    std::uint64_t words = 0;
    Timestamp heard{};  // or when the hours began
    bool silent = false;
    Timestamp since{};
  };
  [[nodiscard]] bool expected(Timestamp now) const;

  FeedWatchSettings settings_;
  std::map<std::string, Feed> feeds_;
};

}  // namespace gatehouse::lodge
