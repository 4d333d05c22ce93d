// Writes integers and bytes in network order into a buffer of fixed size. The first write that does not fit is left
// out and marks the writer as failed, and so is every later one: a whole message is written and asked about once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::packet {

class ByteWriter {
 public:
  explicit constexpr ByteWriter(std::span<std::uint8_t> out) noexcept : out_(out) {}

  constexpr void u8(unsigned value) noexcept {
    if (need(1)) out_[at_++] = static_cast<std::uint8_t>(value);
  }
  constexpr void u16(unsigned value) noexcept {
    if (!need(2)) return;
    u8(value >> 8);
    u8(value);
  }
  constexpr void u32(std::uint32_t value) noexcept {
    if (!need(4)) return;
    u16(value >> 16);
    u16(value & 0xffff);
  }
  constexpr void bytes(Bytes more) noexcept {
    if (!need(more.size())) return;
    std::copy(more.begin(), more.end(), out_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ += more.size();
  }
  void text(std::string_view more) noexcept { bytes(as_bytes(more)); }

  // Overwrites what was written before.
  constexpr void set16(std::size_t position, unsigned value) noexcept {
    if (position + 2 > at_) {
      ok_ = false;
      return;
    }
    out_[position] = static_cast<std::uint8_t>(value >> 8);
    out_[position + 1] = static_cast<std::uint8_t>(value);
  }

  [[nodiscard]] constexpr bool ok() const noexcept { return ok_; }
  constexpr void fail() noexcept { ok_ = false; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return at_; }
  [[nodiscard]] constexpr std::size_t room() const noexcept { return ok_ ? out_.size() - at_ : 0; }
  // What was written; empty when something did not fit.
  [[nodiscard]] constexpr Bytes written() const noexcept { return ok_ ? Bytes(out_.first(at_)) : Bytes{}; }

 private:
  constexpr bool need(std::size_t n) noexcept {
    if (!ok_ || out_.size() - at_ < n) ok_ = false;
    return ok_;
  }

  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace gatehouse::packet
