#include "gate/flow/flow_table.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace gatehouse::flow {
namespace {

// Zeroed address space: pages come when first written.
void* reserve(std::size_t count, std::size_t size) {
  void* memory = std::calloc(count, size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Slots for a load of at most 3/4, so that both buckets of a new flow are hardly ever full.
std::size_t bucket_count(std::size_t flows) {
  return std::bit_ceil(std::max<std::size_t>(flows * 4 / 3 / FlowTable::kBucketSlots, 1));
}

}  // namespace

void FlowTable::FreeBuckets::operator()(Bucket* buckets) const noexcept {
  ::operator delete[](buckets, std::align_val_t{alignof(Bucket)});
}
void FlowTable::FreeFlows::operator()(Flow* flows) const noexcept { std::free(flows); }

FlowTable::FlowTable(std::size_t max_flows, HashKey key)
    : capacity_(std::clamp<std::size_t>(max_flows, 1, kNone - 1)),
      mask_(bucket_count(capacity_) - 1),
      key_(key),
      buckets_(new(std::align_val_t{alignof(Bucket)}) Bucket[mask_ + 1]()),
      flows_(static_cast<Flow*>(reserve(capacity_, sizeof(Flow)))),
      wheel_next_(static_cast<Index*>(reserve(capacity_, sizeof(Index))), std::free),
      in_wheel_(static_cast<bool*>(reserve(capacity_, sizeof(bool))), std::free) {
  std::fill(std::begin(wheel_), std::end(wheel_), kNone);
}

void FlowTable::prefetch_buckets(std::uint64_t hash) const noexcept {
  __builtin_prefetch(&buckets_[first_bucket(hash)]);
  __builtin_prefetch(&buckets_[second_bucket(hash)]);
}

void FlowTable::prefetch_flow(std::uint64_t hash) const noexcept {
  const std::uint32_t tag = tag_of(hash);
  for (const std::size_t at : {first_bucket(hash), second_bucket(hash)}) {
    const Bucket& bucket = buckets_[at];
    for (int i = 0; i < kBucketSlots; ++i) {
      if (bucket.tag[i] != tag || bucket.index[i] == 0) continue;
      const auto* flow = reinterpret_cast<const char*>(&flows_[bucket.index[i] - 1]);
      __builtin_prefetch(flow);
      __builtin_prefetch(flow + 64);
      __builtin_prefetch(flow + 128);
      return;
    }
  }
}

FlowTable::Index FlowTable::find(const packet::FlowKey& key, std::uint64_t hash) const noexcept {
  const std::uint32_t tag = tag_of(hash);
  for (const std::size_t at : {first_bucket(hash), second_bucket(hash)}) {
    const Bucket& bucket = buckets_[at];
    for (int i = 0; i < kBucketSlots; ++i) {
      if (bucket.tag[i] == tag && bucket.index[i] != 0 && flows_[bucket.index[i] - 1].key == key) {
        return bucket.index[i] - 1;
      }
    }
  }
  return kNone;
}

int FlowTable::used(const Bucket& bucket) noexcept {
  int count = 0;
  for (const Index index : bucket.index) count += index != 0 ? 1 : 0;
  return count;
}

FlowTable::Index FlowTable::victim(std::uint64_t hash) noexcept {
  const Bucket* const pair[] = {&buckets_[first_bucket(hash)], &buckets_[second_bucket(hash)]};
  const bool buckets_full = used(*pair[0]) == kBucketSlots && used(*pair[1]) == kBucketSlots;
  if (size_ < capacity_ && !buckets_full) return kNone;
  Index best = kNone;
  bool best_over = false;
  for (const Bucket* bucket : pair) {
    for (const Index slot : bucket->index) {
      if (slot == 0) continue;
      const Flow& flow = flows_[slot - 1];
      const bool over = flow.inspection_over;
      const bool better = best == kNone || (over && !best_over) ||
                          (over == best_over && flow.last < flows_[best].last);
      if (better) best = slot - 1, best_over = over;
    }
  }
  while (best == kNone) {  // both buckets empty and the table full: take whoever is next
    hand_ = hand_ + 1 < touched_ ? hand_ + 1 : 0;
    if (flows_[hand_].in_use) best = hand_;
  }
  return best;
}

FlowTable::Index FlowTable::insert(const packet::FlowKey& key, std::uint64_t hash, Timestamp now) noexcept {
  Bucket& first = buckets_[first_bucket(hash)];
  Bucket& second = buckets_[second_bucket(hash)];
  Bucket& bucket = used(second) < used(first) ? second : first;
  Index index = free_head_;
  if (index != kNone) {
    free_head_ = flows_[index].context;
  } else {
    index = touched_++;
  }
  Flow& flow = *std::construct_at(&flows_[index]);
  flow.key = key;
  flow.in_use = true;
  flow.first = flow.last = now;
  for (int i = 0; i < kBucketSlots; ++i) {
    if (bucket.index[i] != 0) continue;
    bucket.tag[i] = tag_of(hash);
    bucket.index[i] = index + 1;
    break;
  }
  ++size_;
  // A slot whose former flow is still on the wheel keeps that place: it comes round within kLongestWait anyway.
  if (!in_wheel_[index]) schedule(index, std::max(wheel_second_, to_us(now) / 1'000'000) + kLongestWait / 2);
  return index;
}

void FlowTable::erase(Index index) noexcept {
  Flow& flow = flows_[index];
  const std::uint64_t where = hash(flow.key);
  for (const std::size_t at : {first_bucket(where), second_bucket(where)}) {
    for (Index& slot : buckets_[at].index) {
      if (slot == index + 1) slot = 0;
    }
  }
  flow.in_use = false;
  flow.context = free_head_;
  free_head_ = index;
  --size_;
}

void FlowTable::schedule(Index index, std::int64_t second) noexcept {
  Index& head = wheel_[static_cast<std::size_t>(second) % kWheelSlots];
  wheel_next_[index] = head;
  head = index;
  in_wheel_[index] = true;
}

}  // namespace gatehouse::flow
