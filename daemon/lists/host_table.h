// The listed hosts and domains as a pack holds them: a table of cache lines ("buckets") in which names stand in full
// beside the numbers of their entries, so that a look-up waits for memory once. Written by the pack builder, read by
// Pack. The reader never changes, so any thread may use it. README.md in this folder gives the format byte by byte.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "lists/pack_format.h"

namespace gatehouse::lists {

inline constexpr std::size_t kBucketSize = 64;  // a cache line
// A bucket's first byte: how many bytes after it are used, and whether a name was put further on for want of room.
inline constexpr std::size_t kBucketRoom = kBucketSize - 1;
inline constexpr std::uint8_t kBucketUsed = 0x3f;
inline constexpr std::uint8_t kBucketOverflow = 0x80;
// Longer names (few are) would crowd out others: they stand in Text, and the table says where.
inline constexpr std::size_t kLongestInBucket = 40;

// What stands before each name in a bucket.
struct HostItem {
  std::uint32_t entry = 0;       // the newest entry of this name
  std::uint16_t list = 0;        // its list
  std::uint8_t text_length = 0;  // of the name; kElsewhereSize where it stands elsewhere
  std::uint8_t flags = 0;
};
static_assert(sizeof(HostItem) == 8);
inline constexpr std::uint8_t kItemTag = 0x1f;        // the hash's last bits: nearly always enough to say "another name"
inline constexpr std::uint8_t kItemHostOnly = 0x20;   // this name alone, not what is below it
inline constexpr std::uint8_t kItemChained = 0x40;    // there are more entries of the same name
inline constexpr std::uint8_t kItemElsewhere = 0x80;  // instead of the name: its offset in Text and its length, 4 + 4
inline constexpr std::size_t kElsewhereSize = 8;

class HostTable {
 public:
  HostTable() = default;
  // `filter` has a power of two of bits, one set for each hash; `text` is the pack's Text.
  HostTable(Bytes buckets, Bytes filter, std::string_view text) noexcept;
  // What is wrong with a table from a file, or nullptr. Look-ups trust what this has passed.
  [[nodiscard]] const char* fault(std::size_t entries, std::size_t lists) const noexcept;

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  void prefetch(std::uint32_t hash) const noexcept { __builtin_prefetch(bucket(home(hash))); }
  // False: no name with this hash. Most names that are looked up are not listed, and the filter says so from the cache.
  [[nodiscard]] bool may_hold(std::uint32_t hash) const noexcept {
    const std::uint32_t bit = hash & filter_mask_;
    return (filter_[bit / 8] >> (bit % 8) & 1) != 0;
  }
  // The item of exactly this name. The table must not be empty.
  [[nodiscard]] bool find(std::uint32_t hash, std::string_view name, HostItem& out) const noexcept;

 private:
  [[nodiscard]] std::size_t home(std::uint32_t hash) const noexcept {
    return static_cast<std::size_t>(std::uint64_t{hash} * count_ >> 32);
  }
  [[nodiscard]] const std::uint8_t* bucket(std::size_t index) const noexcept { return buckets_ + index * kBucketSize; }
  [[nodiscard]] std::string_view name_of(const HostItem& item, const std::uint8_t* at) const noexcept;
  [[nodiscard]] const char* bucket_fault(const std::uint8_t* line, std::size_t entries, std::size_t lists) const noexcept;

  const std::uint8_t* buckets_ = nullptr;
  std::size_t count_ = 0;
  const std::uint8_t* filter_ = nullptr;
  std::size_t filter_size_ = 0;
  std::size_t whole_ = 0;  // the section's size
  std::uint32_t filter_mask_ = 0;
  std::string_view text_;
};

// Lays the table out. Used by the pack builder.
class HostTableWriter {
 public:
  struct Name {
    std::string_view text;
    std::uint32_t hash = 0;
    HostItem item;                // entry, list and the flags but for the tag
    std::uint32_t elsewhere = 0;  // in Text, when text is longer than kLongestInBucket
  };
  // For so many names, whose items take `bytes` together, in `spread` times the usual room.
  HostTableWriter(std::size_t names, std::size_t bytes, std::size_t spread);
  // Where the name now stands: an offset in the table, or for a long one in Text; kNone when the table is full.
  std::uint32_t put(const Name& name);
  [[nodiscard]] bool usable() const noexcept;
  [[nodiscard]] static std::size_t size_of(std::size_t text_length) noexcept {
    return sizeof(HostItem) + (text_length > kLongestInBucket ? kElsewhereSize : text_length);
  }
  [[nodiscard]] Bytes buckets() const noexcept { return {buckets_.data(), buckets_.size()}; }
  [[nodiscard]] Bytes filter() const noexcept { return {filter_.data(), filter_.size()}; }

 private:
  std::vector<std::uint8_t> buckets_;
  std::vector<std::uint8_t> filter_;
};

}  // namespace gatehouse::lists
