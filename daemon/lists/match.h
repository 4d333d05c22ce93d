// What a look-up in the pack answers: which list, category and entry, down to the line. Small and flat, so that
// matching allocates nothing; Pack turns the numbers into text for people.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace gatehouse::lists {

enum class MatchKind : std::uint8_t { Domain, Host, UrlPrefix, Pattern, Keyword, Homoglyph, Address };

struct Match {
  std::uint32_t entry = 0;      // index of the entry in the pack
  std::uint16_t list = 0;       // index of the list in the pack
  std::uint16_t category = 0;   // index of the category in the pack
  MatchKind kind = MatchKind::Domain;
};

// Up to kMost matches, most specific first; more are counted, not kept.
class MatchSet {
 public:
  static constexpr std::size_t kMost = 16;
  void add(const Match& match) noexcept {
    if (count_ < kMost) {
      matches_[count_++] = match;
    } else {
      ++dropped_;
    }
  }
  [[nodiscard]] std::span<const Match> all() const noexcept { return {matches_.data(), count_}; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

 private:
  std::array<Match, kMost> matches_{};
  std::size_t count_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace gatehouse::lists
