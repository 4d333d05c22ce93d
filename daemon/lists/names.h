// Names as they are compared: hosts and URLs in one canonical form, and the look-alike letters that people use to
// slip past a list. Used when lists are compiled and, without allocation, on every look-up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lists/pack_format.h"

namespace gatehouse::lists {

// RFC 1035 section 3.1: 255 bytes on the wire, which is 253 characters with dots.
inline constexpr std::size_t kMostHost = 253;
// Longest URL that is compared: servers and browsers agree on about 2,000; what follows is not looked at.
inline constexpr std::size_t kMostUrl = 2048;

// Text in a buffer of its own, for canonical forms without the heap.
template <std::size_t N>
class FixedText {
 public:
  [[nodiscard]] std::string_view view() const noexcept { return {chars_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool full() const noexcept { return size_ == N; }
  // False, and unchanged, when there is no room.
  bool push(char c) noexcept {
    if (size_ == N) return false;
    chars_[size_++] = c;
    return true;
  }
  bool append(std::string_view text) noexcept {
    for (const char c : text) {
      if (!push(c)) return false;
    }
    return true;
  }
  void resize_down(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }
  [[nodiscard]] char& operator[](std::size_t i) noexcept { return chars_[i]; }

 private:
  std::array<char, N> chars_;
  std::size_t size_ = 0;
};

struct Host {
  FixedText<kMostHost> text;      // lower case, no port, no trailing dot; A-labels where it was not ASCII
  bool international = false;     // some label is an A-label ("xn--")
  bool address = false;           // four dotted numbers, or IPv6
};

// The canonical form of a host as a client sent it: case, port, brackets and trailing dots removed; a name that is
// not ASCII goes through UTS 46 (non-transitional), the one case that allocates. nullopt when it is empty, too long
// or holds control characters or spaces.
std::optional<Host> canonical_host(std::string_view as_sent) noexcept;

// The same without a copy where the name is canonical as sent, which nearly every name is. Look-ups use this one.
class HostName {
 public:
  explicit HostName(std::string_view as_sent) noexcept;
  HostName(const HostName&) = delete;
  HostName& operator=(const HostName&) = delete;
  [[nodiscard]] bool valid() const noexcept { return !view_.empty(); }
  [[nodiscard]] std::string_view view() const noexcept { return view_; }
  [[nodiscard]] const Labels& labels() const noexcept { return labels_; }
  [[nodiscard]] bool international() const noexcept { return international_; }
  [[nodiscard]] bool address() const noexcept { return address_; }
  // Some character that digit spellings use: 0, 1, 3, 5, or the pairs rn and vv.
  [[nodiscard]] bool odd_spelling() const noexcept { return odd_spelling_; }

 private:
  bool take_as_sent(std::string_view host) noexcept;

  std::string_view view_;
  Labels labels_;
  std::optional<Host> made_;
  bool international_ = false;
  bool address_ = false;
  bool odd_spelling_ = false;
};

// "host/path?query" in the form URL entries are kept in: host without "www.", lower case, unreserved characters
// percent-decoded (RFC 3986 section 6.2.2), no dot segments, no doubled or trailing slash, no fragment.
using UrlText = FixedText<kMostUrl>;
void canonical_url(std::string_view canonical_host, std::string_view path_and_query, UrlText& out) noexcept;

// A canonical URL is looked up once for each of its path and query parts; deeper ones than this are not looked at.
inline constexpr std::size_t kMostUrlParts = 64;
constexpr bool ends_url_part(char c) noexcept { return c == '/' || c == '?' || c == '&' || c == ';'; }

// Words of a path and query as a reader would see them: percent-decoded, "+" as space, lower case, look-alike
// letters folded to ASCII. What keywords are looked for in.
void search_text(std::string_view path_and_query, UrlText& out) noexcept;

// Looks-like form of a host with A-labels: every letter replaced by the ASCII one it resembles. nullopt when some
// letter resembles none (a real name in another script) or nothing would change.
std::optional<FixedText<kMostHost>> ascii_lookalike(std::string_view canonical_host) noexcept;

// Which look-alike spellings an ASCII name has in its last three labels (what goes before is a machine's name).
struct OddSpelling {
  std::size_t from = 0;  // where those labels begin
  bool digits = false;   // 0, 1, 3 or 5
  bool ones = false;
  bool pairs = false;    // rn or vv
};
OddSpelling odd_spelling_of(std::string_view canonical_host) noexcept;

// The name with one way of them undone: 0 to o, 3 to e, 5 to s, 1 to l or to i; with `pairs` also rn to m and vv to w.
struct Spelling {
  char one = 'l';
  bool pairs = false;
};
FixedText<kMostHost> undo_spelling(std::string_view canonical_host, const OddSpelling& odd, Spelling spelling) noexcept;

// The ASCII letter or digit that a code point resembles; 0 when none.
char resembles(char32_t code_point) noexcept;

// One label of an internationalised name, RFC 3492; `out` receives at most 63 code points. Returns how many, or 0.
std::size_t decode_punycode(std::string_view encoded, std::array<char32_t, 64>& out) noexcept;

// The next code point of UTF-8 text, moving `at`; U+FFFD and one byte for what is not UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& at) noexcept;

}  // namespace gatehouse::lists
