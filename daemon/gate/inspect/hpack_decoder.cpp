#include "gate/inspect/hpack_decoder.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "gate/inspect/hpack_tables.h"

namespace gatehouse::inspect {
namespace {

// RFC 7541 section 5.1. nullopt past 28 bits: no index, length or size is larger here.
std::optional<std::uint64_t> read_integer(ByteReader& reader, std::uint8_t first, int prefix) noexcept {
  const std::uint64_t mask = (1u << prefix) - 1;
  std::uint64_t value = first & mask;
  if (value < mask) return value;
  for (int shift = 0; shift <= 21; shift += 7) {
    const std::uint8_t byte = reader.u8();
    if (!reader.ok()) return std::nullopt;
    value += static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

}  // namespace

// Room for the strings of one block: what is in hand must outlive later insertions into the table.
class HpackDecoder::Scratch {
 public:
  explicit Scratch(std::span<char> room) noexcept : room_(room) {}
  [[nodiscard]] std::span<char> rest() const noexcept { return room_.subspan(used_); }
  std::string_view take(std::size_t size) noexcept {
    const std::string_view taken{room_.data() + used_, size};
    used_ += size;
    return taken;
  }
  // RFC 7541 section 5.2.
  bool string(ByteReader& reader, std::string_view& out) noexcept {
    const std::uint8_t first = reader.u8();
    const auto length = read_integer(reader, first, 7);
    if (!reader.ok() || !length) return false;
    const Bytes raw = reader.bytes(static_cast<std::size_t>(*length));
    if (!reader.ok()) return false;
    if ((first & 0x80) == 0) {
      out = as_text(raw);
      return true;
    }
    const auto size = hpack_huffman_decode(raw, rest());
    if (!size) return false;
    out = take(*size);
    return true;
  }

 private:
  std::span<char> room_;
  std::size_t used_ = 0;
};

void HpackDecoder::copy_out(std::size_t at, std::span<char> to) const noexcept {
  at %= kTableSize;
  const std::size_t head = std::min(to.size(), kTableSize - at);
  std::memcpy(to.data(), ring_.data() + at, head);
  if (head < to.size()) std::memcpy(to.data() + head, ring_.data(), to.size() - head);
}

std::size_t HpackDecoder::copy_in(std::size_t at, std::string_view text) noexcept {
  at %= kTableSize;
  const std::size_t head = std::min(text.size(), kTableSize - at);
  if (head > 0) std::memcpy(ring_.data() + at, text.data(), head);
  if (head < text.size()) std::memcpy(ring_.data(), text.data() + head, text.size() - head);
  return (at + text.size()) % kTableSize;
}

bool HpackDecoder::lookup(std::uint64_t index, Scratch& scratch, Field& out) const noexcept {
  const auto fixed = hpack_static_table();
  if (index == 0) return false;
  if (index <= fixed.size()) {
    out = {fixed[index - 1].name, fixed[index - 1].value};
    return true;
  }
  const std::uint64_t back = index - fixed.size();  // 1 is the newest
  if (back > count_) return false;
  const Entry& entry = entries_[(first_ + count_ - static_cast<std::size_t>(back)) % kMaxEntries];
  if (scratch.rest().size() < std::size_t{entry.name} + entry.value) return false;
  copy_out(entry.at, scratch.rest().first(entry.name));
  out.name = scratch.take(entry.name);
  copy_out(std::size_t{entry.at} + entry.name, scratch.rest().first(entry.value));
  out.value = scratch.take(entry.value);
  return true;
}

void HpackDecoder::evict_to(std::size_t size) noexcept {
  while (size_ > size && count_ > 0) {
    const Entry& oldest = entries_[first_];
    size_ -= std::size_t{oldest.name} + oldest.value + kEntryOverhead;
    first_ = (first_ + 1) % kMaxEntries;
    --count_;
  }
}

// RFC 7541 section 4.4: an entry larger than the table empties it.
void HpackDecoder::add(const Field& field) noexcept {
  const std::size_t size = field.name.size() + field.value.size() + kEntryOverhead;
  if (size > limit_) {
    evict_to(0);
    return;
  }
  evict_to(limit_ - size);
  Entry& entry = entries_[(first_ + count_) % kMaxEntries];
  entry = {static_cast<std::uint16_t>(write_at_), static_cast<std::uint16_t>(field.name.size()),
           static_cast<std::uint16_t>(field.value.size())};
  write_at_ = copy_in(copy_in(write_at_, field.name), field.value);
  ++count_;
  size_ += size;
}

bool HpackDecoder::literal(ByteReader& reader, std::uint64_t index, bool store, Scratch& scratch,
                           HpackFields& fields) noexcept {
  Field field;
  if (index > 0) {
    if (!lookup(index, scratch, field)) return false;
  } else if (!scratch.string(reader, field.name)) {
    return false;
  }
  if (!scratch.string(reader, field.value)) return false;
  fields.field(field.name, field.value);
  if (store) add(field);
  return true;
}

HpackDecoder::Result HpackDecoder::decode(Bytes block, std::span<char> room, HpackFields& fields) noexcept {
  Scratch scratch(room);
  ByteReader reader(block);
  while (!reader.empty()) {
    const std::uint8_t first = reader.u8();
    const bool indexed = (first & 0x80) != 0;
    const bool store = (first & 0xc0) == 0x40;
    const bool resize = (first & 0xe0) == 0x20;
    const auto number = read_integer(reader, first, indexed ? 7 : store ? 6 : resize ? 5 : 4);
    if (!number) return Result::Malformed;
    if (indexed) {
      Field field;
      if (!lookup(*number, scratch, field)) return Result::Malformed;
      fields.field(field.name, field.value);
    } else if (resize) {
      if (*number > kTableSize) return Result::TableTooLarge;
      limit_ = static_cast<std::size_t>(*number);
      evict_to(limit_);
    } else if (!literal(reader, *number, store, scratch, fields)) {
      return Result::Malformed;
    }
  }
  return Result::Good;
}

}  // namespace gatehouse::inspect
