// What a sender's clock is worth. Its times are believed, unless it is plainly ahead (it reports the future) or has
// been behind in every message for a while: then the least delay seen is its error, and is put right. One thread.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace gatehouse::lodge::logon {

class SourceClocks {
 public:
  // When what `host` stamped with `stamped` happened, by our clock.
  Timestamp correct(const std::string& host, std::optional<Timestamp> stamped, Timestamp arrived);

 private:
  struct Clock {
    std::deque<std::pair<Timestamp, Microseconds>> behind;  // of recent messages: arrival, and arrival less stamp
  };
  std::unordered_map<std::string, Clock> clocks_;
};

}  // namespace gatehouse::lodge::logon
