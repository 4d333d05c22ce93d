// HPACK (RFC 7541): static and dynamic table, Huffman codes, size updates. The dynamic table has the size
// HTTP/2 begins with; a client told to use a larger one is lost, and said to be. Used by http2_inspector.cpp,
// in a pool.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::inspect {

// Receives the fields of one header block; the views live during the call.
class HpackFields {
 public:
  virtual ~HpackFields() = default;
  virtual void field(std::string_view name, std::string_view value) noexcept = 0;
};

class HpackDecoder {
 public:
  enum class Result : std::uint8_t { Good, Malformed, TableTooLarge };

  // A default constructor that leaves the table's bytes untouched: they are read only as far as they were
  // written.
  HpackDecoder() noexcept {}  // NOLINT(modernize-use-equals-default)

  // Decodes one whole header block. `scratch` holds strings while they are decoded.
  Result decode(Bytes block, std::span<char> scratch, HpackFields& fields) noexcept;

 private:
  static constexpr std::size_t kTableSize = 4096;    // RFC 9113 section 6.5.2
  static constexpr std::size_t kEntryOverhead = 32;  // RFC 7541 section 4.1
  static constexpr std::size_t kMaxEntries = kTableSize / kEntryOverhead;
  struct Entry {
    std::uint16_t at;  // in ring_
    std::uint16_t name;
    std::uint16_t value;
  };
  struct Field {
    std::string_view name, value;
  };
  class Scratch;

  bool lookup(std::uint64_t index, Scratch& scratch, Field& out) const noexcept;
  bool literal(ByteReader& reader, std::uint64_t index, bool store, Scratch& scratch,
               HpackFields& fields) noexcept;
  void add(const Field& field) noexcept;
  void evict_to(std::size_t size) noexcept;
  void copy_out(std::size_t at, std::span<char> to) const noexcept;
  std::size_t copy_in(std::size_t at, std::string_view text) noexcept;

  std::size_t limit_ = kTableSize;
  std::size_t size_ = 0;   // as RFC 7541 counts it
  std::size_t first_ = 0;  // oldest entry in entries_
  std::size_t count_ = 0;
  std::size_t write_at_ = 0;  // in ring_
  std::array<Entry, kMaxEntries> entries_;
  std::array<char, kTableSize> ring_;
};

}  // namespace gatehouse::inspect
