// Bytes from outside and the one way to read them. Every integer from the wire, a capture or a pack comes
// through ByteReader, which never reads past its end: the first read that would do so returns zero and marks
// the reader as failed, and every later read fails too. So a parser reads a whole header and asks once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace gatehouse {

using Bytes = std::span<const std::uint8_t>;

// The same bytes as text, without a copy; the view lives as long as the bytes do.
inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class ByteReader {
 public:
  explicit constexpr ByteReader(Bytes bytes) noexcept : bytes_(bytes) {}

  // False once any read went past the end.
  [[nodiscard]] constexpr bool ok() const noexcept { return ok_; }
  [[nodiscard]] constexpr std::size_t position() const noexcept { return at_; }
  [[nodiscard]] constexpr std::size_t remaining() const noexcept { return ok_ ? bytes_.size() - at_ : 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return remaining() == 0; }

  // Big-endian unless the name says otherwise.
  constexpr std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(fixed<1>()); }
  constexpr std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(fixed<2>()); }
  constexpr std::uint32_t u24() noexcept { return static_cast<std::uint32_t>(fixed<3>()); }
  constexpr std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(fixed<4>()); }
  constexpr std::uint64_t u64() noexcept { return fixed<8>(); }
  constexpr std::uint16_t u16_le() noexcept { return static_cast<std::uint16_t>(number_le(2)); }
  constexpr std::uint32_t u32_le() noexcept { return static_cast<std::uint32_t>(number_le(4)); }
  constexpr std::uint64_t u64_le() noexcept { return number_le(8); }

  // QUIC variable-length integer (RFC 9000 section 16).
  constexpr std::uint64_t quic_varint() noexcept {
    if (!need(1)) return 0;
    const std::size_t length = std::size_t{1} << (bytes_[at_] >> 6);
    const std::uint64_t value = number(length);
    return value & (~std::uint64_t{0} >> (66 - 8 * length));
  }

  // The next n bytes as a view; empty, and failed, when there are fewer.
  constexpr Bytes bytes(std::size_t n) noexcept {
    if (!need(n)) return {};
    const Bytes taken = bytes_.subspan(at_, n);
    at_ += n;
    return taken;
  }
  std::string_view text(std::size_t n) noexcept { return as_text(bytes(n)); }
  constexpr void skip(std::size_t n) noexcept { (void)bytes(n); }

  // Looks without moving; zero where there is no such byte (does not fail the reader).
  [[nodiscard]] constexpr std::uint8_t peek(std::size_t ahead = 0) const noexcept {
    return ok_ && ahead < bytes_.size() - at_ ? bytes_[at_ + ahead] : std::uint8_t{0};
  }
  // All that is left, without moving.
  [[nodiscard]] constexpr Bytes rest() const noexcept { return ok_ ? bytes_.subspan(at_) : Bytes{}; }

  // A reader over the next n bytes, which this one skips; fails both when there are fewer.
  constexpr ByteReader sub(std::size_t n) noexcept {
    ByteReader inner(bytes(n));
    inner.ok_ = ok_;
    return inner;
  }

  // Jumps to an offset from the start (DNS compression, IP options).
  constexpr void seek(std::size_t position) noexcept {
    if (position > bytes_.size()) {
      ok_ = false;
    } else {
      at_ = position;
    }
  }
  constexpr void fail() noexcept { ok_ = false; }

 private:
  constexpr bool need(std::size_t n) noexcept {
    if (!ok_ || bytes_.size() - at_ < n) ok_ = false;
    return ok_;
  }
  // A length known beforehand, written so that the compiler makes one load of it.
  template <std::size_t N>
  constexpr std::uint64_t fixed() noexcept {
    if (!need(N)) return 0;
    const std::uint8_t* from = bytes_.data() + at_;
    at_ += N;
    return [from]<std::size_t... I>(std::index_sequence<I...>) {
      return ((static_cast<std::uint64_t>(from[I]) << (8 * (N - 1 - I))) | ...);
    }(std::make_index_sequence<N>{});
  }
  constexpr std::uint64_t number(std::size_t n) noexcept {
    if (!need(n)) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value = (value << 8) | bytes_[at_ + i];
    at_ += n;
    return value;
  }
  constexpr std::uint64_t number_le(std::size_t n) noexcept {
    if (!need(n)) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = n; i-- > 0;) value = (value << 8) | bytes_[at_ + i];
    at_ += n;
    return value;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace gatehouse
