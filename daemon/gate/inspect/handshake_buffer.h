// A handshake message put together from pieces in any order, within a fixed bound: QUIC CRYPTO frames and DTLS
// fragments. Where pieces overlap with different bytes the first is kept, and a second version keeps the last,
// because servers differ in which they believe. Used by QuicInspector and DtlsInspector; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace gatehouse::inspect {

template <std::size_t kCapacity>
class HandshakeBuffer {
 public:
  // Not value-initialised on purpose: memory of a pool is touched only where bytes arrive.
  HandshakeBuffer() noexcept {}  // NOLINT(modernize-use-equals-default)

  enum class Added : std::uint8_t { Nothing, New, TooFar, TooManyGaps };

  // Puts `piece` at `offset`. TooFar when it would end past the bound (what fits is kept).
  Added add(std::uint64_t offset, Bytes piece) noexcept {
    if (offset >= kCapacity) return piece.empty() ? Added::Nothing : Added::TooFar;
    const auto begin = static_cast<std::uint32_t>(offset);
    const bool too_far = piece.size() > kCapacity - begin;
    if (too_far) piece = piece.first(kCapacity - begin);
    if (piece.empty()) return Added::Nothing;
    const auto end = begin + static_cast<std::uint32_t>(piece.size());
    note_conflicts(begin, end, piece);
    const bool grew = copy_missing(begin, end, piece);
    if (conflict_) std::memcpy(last_.data() + begin, piece.data(), piece.size());
    if (grew && !merge(begin, end)) return Added::TooManyGaps;
    if (too_far) return Added::TooFar;
    return grew ? Added::New : Added::Nothing;
  }

  // The bytes from the start without a gap; as first sent.
  [[nodiscard]] Bytes contiguous() const noexcept { return Bytes(first_).first(whole()); }
  // The same as last sent; only of interest when conflict().
  [[nodiscard]] Bytes contiguous_last() const noexcept {
    return conflict_ ? Bytes(last_).first(whole()) : contiguous();
  }
  // Some byte was sent twice with different values.
  [[nodiscard]] bool conflict() const noexcept { return conflict_; }
  [[nodiscard]] bool has_gaps() const noexcept { return count_ > 1 || (count_ == 1 && ranges_[0].begin > 0); }

  void clear() noexcept {
    count_ = 0;
    conflict_ = false;
  }

 private:
  struct Range {
    std::uint32_t begin, end;
  };
  // Chrome cuts its hello into about ten CRYPTO frames; more islands than this are nobody's hello.
  static constexpr std::size_t kMaxRanges = 64;

  [[nodiscard]] std::size_t whole() const noexcept {
    return count_ > 0 && ranges_[0].begin == 0 ? ranges_[0].end : 0;
  }

  void note_conflicts(std::uint32_t begin, std::uint32_t end, Bytes piece) noexcept {
    if (conflict_) return;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::uint32_t from = std::max(begin, ranges_[i].begin);
      const std::uint32_t to = std::min(end, ranges_[i].end);
      if (from >= to || std::memcmp(first_.data() + from, piece.data() + (from - begin), to - from) == 0) continue;
      conflict_ = true;
      for (std::size_t k = 0; k < count_; ++k) {
        std::memcpy(last_.data() + ranges_[k].begin, first_.data() + ranges_[k].begin,
                    ranges_[k].end - ranges_[k].begin);
      }
      return;
    }
  }

  bool copy_missing(std::uint32_t begin, std::uint32_t end, Bytes piece) noexcept {
    bool grew = false;
    std::uint32_t at = begin;
    for (std::size_t i = 0; i <= count_ && at < end; ++i) {
      const std::uint32_t hole_end = i < count_ ? std::min(end, ranges_[i].begin) : end;
      if (at < hole_end) {
        std::memcpy(first_.data() + at, piece.data() + (at - begin), hole_end - at);
        grew = true;
      }
      if (i < count_) at = std::max(at, ranges_[i].end);
    }
    return grew;
  }

  // Joins [begin, end) with every range it touches; false when there would be too many.
  bool merge(std::uint32_t begin, std::uint32_t end) noexcept {
    std::size_t from = 0;
    while (from < count_ && ranges_[from].end < begin) ++from;
    std::size_t to = from;
    while (to < count_ && ranges_[to].begin <= end) ++to;
    if (from == to) {
      if (count_ == kMaxRanges) return false;
      std::copy_backward(ranges_.begin() + from, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
      ranges_[from] = {begin, end};
      ++count_;
      return true;
    }
    ranges_[from] = {std::min(begin, ranges_[from].begin), std::max(end, ranges_[to - 1].end)};
    std::copy(ranges_.begin() + to, ranges_.begin() + count_, ranges_.begin() + from + 1);
    count_ -= to - from - 1;
    return true;
  }

  std::size_t count_ = 0;
  bool conflict_ = false;
  std::array<Range, kMaxRanges> ranges_;            // in order, apart from each other
  std::array<std::uint8_t, kCapacity> first_;
  std::array<std::uint8_t, kCapacity> last_;
};

}  // namespace gatehouse::inspect
