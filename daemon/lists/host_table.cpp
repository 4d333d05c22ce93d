#include "lists/host_table.h"

#include <algorithm>

namespace gatehouse::lists {

namespace {

// Bytes of table for one byte of names: half empty, so that one name in twenty stands beside its bucket, not in it.
constexpr std::size_t kRoominess = 2;
// Sixteen filter bits a name (up to 32, to make a power of two) let one stranger in sixteen through needlessly.
constexpr std::size_t kFilterBitsPerName = 16;
constexpr std::size_t kLeastFilterBits = 64;
constexpr std::size_t kMostFilterBits = std::size_t{1} << 31;

HostItem item_at(const std::uint8_t* at) noexcept {
  HostItem item;
  std::memcpy(&item, at, sizeof item);
  return item;
}

}  // namespace

HostTable::HostTable(Bytes buckets, Bytes filter, std::string_view text) noexcept
    : buckets_(buckets.data()),
      count_(buckets.size() / kBucketSize),
      filter_(filter.data()),
      filter_size_(filter.size()),
      whole_(buckets.size()),
      filter_mask_(static_cast<std::uint32_t>(filter.size() * 8 - 1)),
      text_(text) {}

std::string_view HostTable::name_of(const HostItem& item, const std::uint8_t* at) const noexcept {
  if ((item.flags & kItemElsewhere) == 0) return {reinterpret_cast<const char*>(at), item.text_length};
  std::uint32_t place[2];
  std::memcpy(place, at, sizeof place);
  return text_.substr(place[0], place[1]);
}

bool HostTable::find(std::uint32_t hash, std::string_view name, HostItem& out) const noexcept {
  const std::size_t length = name.size() > kLongestInBucket ? kElsewhereSize : name.size();
  const auto elsewhere = name.size() > kLongestInBucket ? kItemElsewhere : std::uint8_t{0};
  const unsigned wanted = (hash & kItemTag) | elsewhere;
  for (std::size_t index = home(hash);;) {
    const std::uint8_t* const line = bucket(index);
    const std::uint8_t* at = line + 1;
    const std::uint8_t* const end = at + (line[0] & kBucketUsed);
    while (at < end) {
      const HostItem item = item_at(at);
      at += sizeof item;
      if (item.text_length == length && (item.flags & (kItemTag | kItemElsewhere)) == wanted &&
          name_of(item, at) == name) {
        out = item;
        return true;
      }
      at += item.text_length;
    }
    if ((line[0] & kBucketOverflow) == 0) return false;
    index = index + 1 == count_ ? 0 : index + 1;
  }
}

const char* HostTable::bucket_fault(const std::uint8_t* line, std::size_t entries, std::size_t lists) const noexcept {
  const std::size_t used = line[0] & kBucketUsed;
  for (std::size_t at = 0; at < used;) {
    if (used - at < sizeof(HostItem)) return "a host is cut short";
    const HostItem item = item_at(line + 1 + at);
    at += sizeof item;
    if (item.text_length > used - at) return "a host is cut short";
    if (item.entry >= entries || item.list >= lists) return "a host points outside it";
    if ((item.flags & kItemElsewhere) != 0) {
      if (item.text_length != kElsewhereSize) return "a long host is cut short";
      std::uint32_t place[2];
      std::memcpy(place, line + 1 + at, sizeof place);
      if (place[0] > text_.size() || place[1] > text_.size() - place[0]) return "a host points outside it";
    }
    at += item.text_length;
  }
  return nullptr;
}

const char* HostTable::fault(std::size_t entries, std::size_t lists) const noexcept {
  if (whole_ == 0) return filter_size_ == 0 ? nullptr : "its filter belongs to no table";
  if (whole_ % kBucketSize != 0) return "its table of hosts has an impossible size";
  if (filter_size_ * 8 < kLeastFilterBits || filter_size_ * 8 > kMostFilterBits || !std::has_single_bit(filter_size_)) {
    return "its filter has an impossible size";
  }
  bool any_end = false;  // a search ends at a bucket that sent nothing further
  for (std::size_t i = 0; i < count_; ++i) {
    if (const char* const wrong = bucket_fault(bucket(i), entries, lists)) return wrong;
    any_end = any_end || (bucket(i)[0] & kBucketOverflow) == 0;
  }
  return any_end ? nullptr : "its table of hosts is overfull";
}

HostTableWriter::HostTableWriter(std::size_t names, std::size_t bytes, std::size_t spread)
    : buckets_((bytes * kRoominess * spread / kBucketSize + 2) * kBucketSize),
      filter_(std::bit_ceil(std::clamp(names * kFilterBitsPerName, kLeastFilterBits, kMostFilterBits)) / 8) {}

std::uint32_t HostTableWriter::put(const Name& name) {
  const auto bit = static_cast<std::uint32_t>(name.hash & (filter_.size() * 8 - 1));
  filter_[bit / 8] = static_cast<std::uint8_t>(filter_[bit / 8] | 1u << (bit % 8));
  HostItem item = name.item;
  const bool elsewhere = name.text.size() > kLongestInBucket;
  const std::uint32_t place[2] = {name.elsewhere, static_cast<std::uint32_t>(name.text.size())};
  item.text_length = static_cast<std::uint8_t>(elsewhere ? kElsewhereSize : name.text.size());
  item.flags = static_cast<std::uint8_t>(item.flags | (name.hash & kItemTag) | (elsewhere ? kItemElsewhere : 0));
  const std::size_t size = sizeof item + item.text_length;
  const std::size_t count = buckets_.size() / kBucketSize;
  auto index = static_cast<std::size_t>(std::uint64_t{name.hash} * count >> 32);
  for (std::size_t tried = 0; tried < count; ++tried) {
    std::uint8_t* const line = buckets_.data() + index * kBucketSize;
    const std::size_t used = line[0] & kBucketUsed;
    if (used + size <= kBucketRoom) {
      std::uint8_t* const at = line + 1 + used;
      std::memcpy(at, &item, sizeof item);
      if (elsewhere) {
        std::memcpy(at + sizeof item, place, sizeof place);
      } else {
        std::memcpy(at + sizeof item, name.text.data(), name.text.size());
      }
      line[0] = static_cast<std::uint8_t>(line[0] + size);
      return elsewhere ? name.elsewhere
                       : static_cast<std::uint32_t>(at + sizeof item - buckets_.data());
    }
    line[0] |= kBucketOverflow;
    index = index + 1 == count ? 0 : index + 1;
  }
  return kNone;
}

bool HostTableWriter::usable() const noexcept {
  for (std::size_t at = 0; at < buckets_.size(); at += kBucketSize) {
    if ((buckets_[at] & kBucketOverflow) == 0) return true;
  }
  return false;
}

}  // namespace gatehouse::lists
