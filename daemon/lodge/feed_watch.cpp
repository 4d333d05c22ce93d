#include "lodge/feed_watch.h"

#include <algorithm>

namespace gatehouse::lodge {

bool FeedWatch::expected(Timestamp now) const {
  const LondonTime time = to_london(now);
  const std::chrono::weekday day{std::chrono::sys_days{time.day}};
  return (settings_.days >> (day.iso_encoding() - 1) & 1) != 0 && time.minute_of_day() >= settings_.from &&
         time.minute_of_day() < settings_.to;
}

void FeedWatch::tell(const std::string& feed, std::uint64_t words, Timestamp now) {
  const auto [found, fresh] = feeds_.try_emplace(feed, Feed{words, now, false, {}});
  if (fresh || found->second.words == words) return;
  found->second.words = words;
  found->second.heard = now;
}

std::vector<FeedSilence> FeedWatch::look(Timestamp now) {
  std::vector<FeedSilence> out;
  if (!settings_.on) return out;
  const bool hours = expected(now);
  for (auto& [name, feed] : feeds_) {
    if (!hours) feed.heard = std::max(feed.heard, now);  // nobody expects it; it counts anew when the hours begin
    if (feed.silent && feed.heard > feed.since) {
      feed.silent = false;
      out.push_back({name, feed.since, feed.heard});
    } else if (hours && now - feed.heard >= settings_.after) {
      feed.silent = true;
      feed.since = feed.heard;
      out.push_back({name, feed.since, now});
    }
  }
  return out;
}

}  // namespace gatehouse::lodge
