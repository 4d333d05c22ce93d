// The records of a pack file, its checksum and its hash: shared by what writes packs and what reads them.
// README.md in this folder gives the format byte by byte.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace gatehouse::lists {

static_assert(std::endian::native == std::endian::little, "packs are little-endian, and so is every machine we run on");

inline constexpr std::string_view kPackMagic = "GHPACK\r\n";  // a text-mode copy of the file breaks it visibly
inline constexpr std::uint32_t kPackVersion = 2;
inline constexpr std::uint32_t kNone = 0xffffffff;

enum class PatternGroup : std::uint8_t { Host, Url, Keyword };
inline constexpr std::size_t kPatternGroups = 3;

enum class Section : std::uint8_t {
  Text, Entries, Hosts, HostFilter, UrlSlots, Addresses, PatternEntries, Lists, Categories, Notes, Files,
  HostPatterns, UrlPatterns, Keywords,
};
inline constexpr std::size_t kSections = 14;
// Sections begin at multiples of a cache line, so that what is laid out in lines is found in lines.
inline constexpr std::size_t kSectionAlignment = 64;

struct SectionRecord {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct PackHeader {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  std::uint32_t sections = 0;
  std::uint64_t file_size = 0;
  std::uint64_t checksum = 0;     // of everything after this field
  std::int64_t compiled_at = 0;   // microseconds since 1970
  std::array<std::uint32_t, kPatternGroups> pattern_count{};
  std::uint32_t reserved = 0;
  std::array<SectionRecord, kSections> section{};
};
static_assert(sizeof(PackHeader) == 56 + kSections * 16);
inline constexpr std::size_t kChecksumFrom = 32;

// One entry. Entries of the same name are a chain, newest first, so `next` is always a smaller index or kNone.
// `text` is an offset in Text; for hosts and domains that stand in the table of hosts, an offset in that.
struct EntryRecord {
  std::uint32_t text = 0;
  std::uint32_t next = kNone;
  std::uint32_t line = 0;
  std::uint32_t note = kNone;
  std::uint16_t list = 0;
  std::uint16_t file = 0;
  std::uint16_t text_length = 0;
  std::uint8_t kind = 0;  // MatchKind
  std::uint8_t reserved = 0;
};
static_assert(sizeof(EntryRecord) == 24);

// One place of the table of URLs: open addressing, linear probing; entry kNone marks an empty place. Repeats where the
// name stands, so that a look-up fetches name and entry at the same time. A place with an empty name says only that a
// host has URL entries. (Hosts and domains have a table of their own: host_table.h.)
struct SlotRecord {
  std::uint32_t hash = 0;
  std::uint32_t entry = kNone;
  std::uint32_t text = 0;
  std::uint32_t text_length = 0;
};
static_assert(sizeof(SlotRecord) == 16);

// A network. Sorted by base, then length; `parent` is the network that encloses it (a smaller index) or kNone.
struct AddressRecord {
  std::array<std::uint8_t, 16> base{};
  std::uint32_t length = 128;
  std::uint32_t entry = 0;
  std::uint32_t parent = kNone;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(AddressRecord) == 32);

// A table of fixed records in the pack's bytes, read by copy so that alignment never matters.
template <typename T>
class Records {
 public:
  Records() = default;
  explicit Records(Bytes bytes) noexcept : bytes_(bytes), size_(bytes.size() / sizeof(T)) {}
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T operator[](std::size_t index) const noexcept {
    T out;
    std::memcpy(&out, bytes_.data() + index * sizeof(T), sizeof(T));
    return out;
  }
  void prefetch(std::size_t index) const noexcept { __builtin_prefetch(bytes_.data() + index * sizeof(T)); }

 private:
  Bytes bytes_;
  std::size_t size_ = 0;
};

// Where the labels of a host begin. 253 characters have at most 127 labels; the table takes any byte's position.
struct Labels {
  std::array<std::uint8_t, 256> start;
  std::size_t count = 0;
};
inline void split_labels(std::string_view host, Labels& out) noexcept {
  out.start[0] = 0;
  std::size_t dots = 0;
  const std::size_t size = host.size() < 255 ? host.size() : 255;
  for (std::size_t i = 0; i < size; ++i) {  // without a branch: label lengths cannot be predicted
    out.start[dots + 1] = static_cast<std::uint8_t>(i + 1);
    dots += host[i] == '.' ? 1 : 0;
  }
  out.count = dots + 1;
}

// Folds the full product of two numbers: mixes every bit into every other (as wyhash and others do).
inline std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
template <typename Word>
std::uint64_t word_at(const char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
// A label, eight bytes at a time; the last word overlaps the one before, so that nothing outside is read.
inline std::uint64_t hash_label(std::string_view label) noexcept {
  const char* const at = label.data();
  const std::size_t size = label.size();
  std::uint64_t hash = 0x2d358dccaa6c78a5 ^ size;
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) hash = fold_product(hash ^ word_at<std::uint64_t>(at + i), 0x8bb84b93962eacc9);
    return fold_product(hash ^ word_at<std::uint64_t>(at + size - 8), 0x4b33a62ed433d4a3);
  }
  std::uint64_t word = 0;
  if (size >= 4) {
    word = word_at<std::uint32_t>(at) << 32 | word_at<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    word = std::uint64_t{static_cast<std::uint8_t>(at[0])} << 16 | std::uint64_t{static_cast<std::uint8_t>(at[size / 2])} << 8 |
           std::uint64_t{static_cast<std::uint8_t>(at[size - 1])};
  }
  return fold_product(hash ^ word, 0x4b33a62ed433d4a3);
}
// Hash of a name label by label from its last to its first, so that one pass over a host yields the hash of every
// suffix. Names in the table are trusted; what clients send is confirmed against the full text.
class SuffixHash {
 public:
  void add(std::string_view label) noexcept { state_ = fold_product(state_ ^ hash_label(label), 0x9fb21c651e98df25); }
  [[nodiscard]] std::uint32_t value() const noexcept { return static_cast<std::uint32_t>(state_ ^ (state_ >> 32)); }

 private:
  std::uint64_t state_ = 0x2545f4914f6cdd1d;
};
inline std::uint32_t hash_backwards(std::string_view text) noexcept {
  Labels labels;
  split_labels(text, labels);
  SuffixHash hash;
  std::size_t end = text.size();
  for (std::size_t i = labels.count; i-- > 0;) {
    hash.add(text.substr(labels.start[i], end - labels.start[i]));
    end = labels.start[i] > 0 ? labels.start[i] - 1u : 0u;
  }
  return hash.value();
}
// For URL keys, character by character from the first: one pass yields the hash of every prefix.
class PrefixHash {
 public:
  constexpr void add(char c) noexcept { state_ = (state_ ^ static_cast<std::uint8_t>(c)) * 0x9fb21c651e98df25; }
  [[nodiscard]] constexpr std::uint32_t value() const noexcept {
    return static_cast<std::uint32_t>(((state_ ^ (state_ >> 29)) * 0xd6e8feb86659fd93) >> 32);
  }

 private:
  std::uint64_t state_ = 0x2545f4914f6cdd1d;
};
constexpr std::uint32_t hash_forwards(std::string_view text) noexcept {
  PrefixHash hash;
  for (const char c : text) hash.add(c);
  return hash.value();
}

// Checksum against damage (not against malice), eight bytes at a time in four lanes.
class Checksum {
 public:
  void add(Bytes bytes) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

 private:
  void block(const std::uint8_t* at) noexcept;
  std::array<std::uint64_t, 4> lanes_{1, 2, 3, 4};
  std::array<std::uint8_t, 32> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

// Anonymous memory for a pack, in huge pages where the kernel has them: look-ups then miss fewer translations.
class PackBuffer {
 public:
  PackBuffer() = default;
  explicit PackBuffer(std::size_t size);  // empty() when there is no memory
  PackBuffer(PackBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PackBuffer& operator=(PackBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PackBuffer();
  [[nodiscard]] std::uint8_t* data() noexcept { return data_; }
  [[nodiscard]] Bytes bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace gatehouse::lists
