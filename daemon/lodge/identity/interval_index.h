// Finds, among many intervals, those of one key that share a moment with a span of time. Built once, then
// only read. Sorted by key and start, with the latest end so far beside each: a look-up walks back from the
// end of the span and stops where nothing earlier can reach it, so one long interval costs its own key a walk
// and no other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "base/time.h"

namespace gatehouse::lodge {

template <typename Key>
class IntervalIndex {
 public:
  void add(Key key, Timestamp from, Timestamp to, std::size_t what) {
    entries_.push_back({std::move(key), from, to, to, static_cast<std::uint32_t>(what)});
  }

  void finish() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.key, a.from, a.to, a.what) < std::tie(b.key, b.from, b.to, b.what);
    });
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      if (entries_[i].key == entries_[i - 1].key) {
        entries_[i].latest_end = std::max(entries_[i].to, entries_[i - 1].latest_end);
      }
    }
  }

  // Calls visit(what) for each interval of `key` that holds a moment of [from, to], latest start first.
  template <typename Visit>
  void overlapping(const Key& key, Timestamp from, Timestamp to, Visit visit) const {
    auto at =
        std::upper_bound(entries_.begin(), entries_.end(), std::tie(key, to),
                         [](const auto& wanted, const Entry& e) { return wanted < std::tie(e.key, e.from); });
    while (at != entries_.begin()) {
      --at;
      if (at->key != key || at->latest_end <= from) return;
      if (at->to > from) visit(at->what);
    }
  }

 private:
  struct Entry {
    Key key;
    Timestamp from;
    Timestamp to;
    Timestamp latest_end;  // of this entry and the earlier ones of its key
    std::uint32_t what;
  };
  std::vector<Entry> entries_;
};

}  // namespace gatehouse::lodge
