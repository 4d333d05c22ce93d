// Intervals by key, live: added, moved and taken out while the lodge runs. Each key has its own list, sorted by
// start, with the latest end so far beside each: a look-up walks back from the end of the span and stops where
// nothing earlier can reach it, so one long interval costs its own key a walk and no other. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace gatehouse::lodge {

template <typename Key, typename Hash>
class IntervalLists {
 public:
  using Slot = std::uint32_t;  // which record the interval belongs to

  void add(const Key& key, Timestamp from, Timestamp to, Slot what) {
    auto& list = lists_[key];
    const auto at = std::upper_bound(list.begin(), list.end(), std::tie(from, what), [](const auto& t, const Entry& e) {
      return t < std::tie(e.from, e.what);
    });
    const auto position = static_cast<std::size_t>(at - list.begin());
    list.insert(at, {from, to, to, what});
    reach(list, position);
  }

  void remove(const Key& key, Timestamp from, Slot what) {
    const auto found = lists_.find(key);
    if (found == lists_.end()) return;
    auto& list = found->second;
    const auto at = std::lower_bound(list.begin(), list.end(), std::tie(from, what), [](const Entry& e, const auto& t) {
      return std::tie(e.from, e.what) < t;
    });
    if (at == list.end() || at->what != what || at->from != from) return;
    const auto position = static_cast<std::size_t>(at - list.begin());
    list.erase(at);
    if (list.empty()) {
      lists_.erase(found);
    } else {
      reach(list, position);
    }
  }

  // Calls visit(slot) for each interval of `key` that holds a moment of [from, to], latest start first.
  template <typename Visit>
  void overlapping(const Key& key, Timestamp from, Timestamp to, Visit visit) const {
    const auto found = lists_.find(key);
    if (found == lists_.end()) return;
    const auto& list = found->second;
    auto at = std::upper_bound(list.begin(), list.end(), to,
                               [](Timestamp wanted, const Entry& e) { return wanted < e.from; });
    while (at != list.begin()) {
      --at;
      if (at->latest_end <= from) return;
      if (at->to > from) visit(at->what);
    }
  }

  // Calls visit(key) for each key that has an interval with the moment `at` in it.
  template <typename Visit>
  void keys_at(Timestamp at, Visit visit) const {
    for (const auto& [key, list] : lists_) {
      bool holds = false;
      overlapping(key, at, at, [&](Slot) { holds = true; });
      if (holds) visit(key);
    }
  }

 private:
  struct Entry {
    Timestamp from;
    Timestamp to;
    Timestamp latest_end;  // of this entry and the earlier ones of its key
    Slot what;
  };

  // Sets latest_end anew from `position` on, as far as it changes.
  static void reach(std::vector<Entry>& list, std::size_t position) {
    for (std::size_t i = position; i < list.size(); ++i) {
      const Timestamp end = i == 0 ? list[i].to : std::max(list[i].to, list[i - 1].latest_end);
      if (i > position && list[i].latest_end == end) return;
      list[i].latest_end = end;
    }
  }

  std::unordered_map<Key, std::vector<Entry>, Hash> lists_;
};

}  // namespace gatehouse::lodge
