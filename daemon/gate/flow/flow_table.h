// Where flows live: a fixed number of them, found by a keyed hash in two buckets of eight (the emptier takes a new
// flow, so that a full bucket is rare), expired by a timing wheel that looks at each flow at most every 32 s.
// Never grows. When there is no room, the victim comes from the new flow's own two buckets: the decided flow idle
// longest, else the flow idle longest; only if those are empty, the next flow of a hand that goes round.
// A burst is hashed and prefetched before it is looked up: the cost per packet does not grow with the table.
// Used by FlowEngine. One worker's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "gate/flow/flow.h"

namespace gatehouse::flow {

class FlowTable {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};
  static constexpr int kBucketSlots = 8;      // tag and index of eight flows: one cache line
  static constexpr int kWheelSlots = 64;      // of one second
  static constexpr int kLongestWait = 32;     // seconds between two looks at a flow

  FlowTable(std::size_t max_flows, HashKey key);

  [[nodiscard]] std::uint64_t hash(const packet::FlowKey& key) const noexcept { return packet::hash_of(key, key_); }
  void prefetch_buckets(std::uint64_t hash) const noexcept;
  void prefetch_flow(std::uint64_t hash) const noexcept;  // after prefetch_buckets, some packets later

  [[nodiscard]] Index find(const packet::FlowKey& key, std::uint64_t hash) const noexcept;
  // Whom to end before insert(key, hash) can succeed; kNone when there is room.
  [[nodiscard]] Index victim(std::uint64_t hash) noexcept;
  // A fresh flow under a key that is not there; to be called when victim() said kNone.
  Index insert(const packet::FlowKey& key, std::uint64_t hash, Timestamp now) noexcept;
  void erase(Index index) noexcept;

  // Moves the wheel to `now` and calls `visit(Index)` for each flow whose turn it is; it answers the seconds until
  // the next look, or 0 when it erased the flow.
  template <typename Visit>
  void advance(Timestamp now, Visit&& visit);

  [[nodiscard]] Flow& operator[](Index index) noexcept { return flows_[index]; }
  [[nodiscard]] const Flow& operator[](Index index) const noexcept { return flows_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] Index touched() const noexcept { return touched_; }  // flows ever used are below this index

 private:
  struct alignas(64) Bucket {
    std::uint32_t tag[kBucketSlots];
    Index index[kBucketSlots];  // flow index + 1; 0 for an empty slot
  };

  struct FreeBuckets {
    void operator()(Bucket* buckets) const noexcept;
  };
  struct FreeFlows {
    void operator()(Flow* flows) const noexcept;
  };

  [[nodiscard]] std::size_t first_bucket(std::uint64_t hash) const noexcept { return hash & mask_; }
  [[nodiscard]] std::size_t second_bucket(std::uint64_t hash) const noexcept { return (hash >> 32) & mask_; }
  static std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 24); }
  [[nodiscard]] static int used(const Bucket& bucket) noexcept;
  void schedule(Index index, std::int64_t second) noexcept;

  std::size_t capacity_;
  std::size_t mask_;
  HashKey key_;
  std::unique_ptr<Bucket[], FreeBuckets> buckets_;
  std::unique_ptr<Flow[], FreeFlows> flows_;  // constructed as they are first used
  std::unique_ptr<Index[], void (*)(void*)> wheel_next_;  // kNone: end of list
  std::unique_ptr<bool[], void (*)(void*)> in_wheel_;
  Index wheel_[kWheelSlots];
  std::int64_t wheel_second_ = 0;
  bool wheel_started_ = false;
  Index free_head_ = kNone;  // through Flow::context
  Index touched_ = 0;
  Index hand_ = 0;
  std::size_t size_ = 0;
};

template <typename Visit>
void FlowTable::advance(Timestamp now, Visit&& visit) {
  const std::int64_t second = to_us(now) / 1'000'000;
  if (!wheel_started_ || second < wheel_second_) {
    wheel_second_ = second;  // a capture that goes back in time: the lists stay, only the hour changes
    wheel_started_ = true;
    return;
  }
  if (second - wheel_second_ > kWheelSlots) wheel_second_ = second - kWheelSlots;
  while (wheel_second_ < second) {
    ++wheel_second_;
    Index& head = wheel_[static_cast<std::size_t>(wheel_second_) % kWheelSlots];
    Index at = head;
    head = kNone;
    while (at != kNone) {
      const Index next = wheel_next_[at];
      in_wheel_[at] = false;
      if (flows_[at].in_use) {
        const std::int64_t wait = visit(at);
        if (wait > 0) schedule(at, second + (wait < kLongestWait ? wait : kLongestWait));
      }
      at = next;
    }
  }
}

}  // namespace gatehouse::flow
