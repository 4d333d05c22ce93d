#include "lists/names.h"

#include <idn2.h>

#include <bit>
#include <cstring>
#include <memory>

#include "base/address.h"
#include "base/text.h"

namespace gatehouse::lists {

namespace {

constexpr char32_t kReplacement = 0xfffd;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Without port and brackets: "[2001:db8::1]:443", "name:8080".
std::string_view without_port(std::string_view host) noexcept {
  if (!host.empty() && host.front() == '[') {
    const std::size_t close = host.find(']');
    return close == std::string_view::npos ? host.substr(1) : host.substr(1, close - 1);
  }
  const std::size_t colon = host.find(':');
  if (colon == std::string_view::npos || host.find(':', colon + 1) != std::string_view::npos) return host;
  return host.substr(0, colon);
}

// UTS 46, non-transitional, to A-labels; false when the name is not a valid one.
bool to_a_labels(std::string_view name, FixedText<kMostHost>& out) noexcept {
  if (name.size() > 4 * kMostHost) return false;
  std::array<char, 4 * kMostHost + 1> zero_ended{};
  name.copy(zero_ended.data(), name.size());
  char* result = nullptr;
  const int rc = idn2_to_ascii_8z(zero_ended.data(), &result, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, void (*)(void*)> owner(result, &idn2_free);
  return rc == IDN2_OK && out.append(result);
}

bool looks_like_v4(std::string_view host) noexcept {
  return !host.empty() && is_digit(host.back()) && IpAddress::parse(host).has_value();
}

int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The character at `at`, percent-decoded when it is an escape; moves past it.
char take_decoded(std::string_view text, std::size_t& at, bool& was_escape) noexcept {
  was_escape = false;
  if (text[at] == '%' && at + 2 < text.size()) {
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    if (high >= 0 && low >= 0) {
      at += 3;
      was_escape = true;
      return static_cast<char>(high * 16 + low);
    }
  }
  return text[at++];
}

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Ends a path segment: drops "." and goes back over "..".
void finish_segment(UrlText& out, std::size_t path_at) noexcept {
  const std::string_view so_far = out.view();
  const std::size_t slash = so_far.rfind('/');
  if (slash == std::string_view::npos || slash < path_at) return;
  const std::string_view segment = so_far.substr(slash + 1);
  if (segment == ".") {
    out.resize_down(slash);
  } else if (segment == "..") {
    const std::size_t before = slash > path_at ? so_far.rfind('/', slash - 1) : std::string_view::npos;
    out.resize_down(before == std::string_view::npos || before < path_at ? path_at : before);
  } else if (segment.empty()) {
    out.resize_down(slash);
  }
}

}  // namespace

std::optional<Host> canonical_host(std::string_view as_sent) noexcept {
  std::string_view host = without_port(as_sent);
  while (!host.empty() && host.back() == '.') host.remove_suffix(1);
  Host out;
  bool ascii = true;
  for (const char c : host) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return std::nullopt;
    ascii = ascii && byte < 0x80;
  }
  if (ascii || !to_a_labels(host, out.text)) {
    out.text.resize_down(0);
    for (const char c : host) {
      if (!out.text.push(ascii_lower(c))) return std::nullopt;
    }
  }
  const std::string_view text = out.text.view();
  if (text.empty() || text.front() == '.') return std::nullopt;
  out.international = text.starts_with("xn--") || text.find(".xn--") != std::string_view::npos;
  out.address = looks_like_v4(text) || text.find(':') != std::string_view::npos;
  return out;
}

namespace {

// Sixteen bytes of a host at once. Hosts are looked at this way because it is done for every connection: what a
// compiler makes of it costs a third of the loop over bytes.
using Lane = std::uint8_t __attribute__((vector_size(16)));
constexpr std::size_t kLane = sizeof(Lane);

Lane lane_at(const std::uint8_t* at) noexcept {
  Lane out;
  std::memcpy(&out, at, kLane);
  return out;
}
bool any(Lane lane) noexcept {
  std::uint64_t half[2];
  std::memcpy(half, &lane, kLane);
  return (half[0] | half[1]) != 0;
}

// A host that was sent, with a byte before it and whole lanes behind it that mean nothing.
class LaneText {
 public:
  explicit LaneText(std::string_view host) noexcept : lanes_((host.size() + kLane - 1) / kLane) {
    bytes_[0] = 'a';
    std::memset(bytes_.data() + 1 + (lanes_ - 1) * kLane, 'a', kLane);
    std::memcpy(bytes_.data() + 1, host.data(), host.size());
  }
  [[nodiscard]] std::size_t lanes() const noexcept { return lanes_; }
  [[nodiscard]] Lane lane(std::size_t i) const noexcept { return lane_at(bytes_.data() + 1 + i * kLane); }
  [[nodiscard]] Lane before(std::size_t i) const noexcept { return lane_at(bytes_.data() + i * kLane); }

 private:
  std::array<std::uint8_t, 1 + (kMostHost + kLane) / kLane * kLane> bytes_;
  std::size_t lanes_;
};

// Adds the places after the dots of a lane. Eight bytes have seldom more than two, which are taken without asking.
void add_labels(Lane dots, std::size_t from, Labels& out) noexcept {
  std::uint64_t half[2];
  std::memcpy(half, &dots, kLane);
  for (std::size_t i = 0; i < 2; ++i) {
    std::uint64_t left = half[i] & 0x0101010101010101;
    do {
      for (int twice = 0; twice < 2; ++twice) {
        // With nothing left this writes where the next label will be written over.
        const auto byte = static_cast<std::size_t>(std::countr_zero(left | std::uint64_t{1} << 63)) / 8;
        out.start[out.count] = static_cast<std::uint8_t>(from + i * 8 + byte + 1);
        out.count += left != 0 ? 1 : 0;
        left &= left - 1;
      }
    } while (left != 0);
  }
}

}  // namespace

// Finds in one pass whether the host is canonical as sent, and its labels. False when it has to be made canonical.
bool HostName::take_as_sent(std::string_view host) noexcept {
  if (host.size() > kMostHost || host.front() == '.' || host.back() == '.' || is_digit(host.back())) return false;
  const LaneText text(host);
  Lane strange{};
  Lane spelling{};
  Lane hyphens{};
  labels_.start[0] = 0;
  labels_.count = 1;
  for (std::size_t i = 0; i < text.lanes(); ++i) {
    const Lane now = text.lane(i);
    const Lane before = text.before(i);
    const auto dots = now == '.';
    const auto hyphen = now == '-';
    const auto letter = now - 'a' < 26;
    const auto digit = now - '0' < 10;
    strange |= Lane(~(letter | digit | dots | hyphen | (now == '_')));
    spelling |= Lane((now == '0') | (now == '1') | (now == '3') | (now == '5'));
    spelling |= Lane(((before == 'r') & (now == 'n')) | ((before == 'v') & (now == 'v')));
    hyphens |= Lane(hyphen);
    add_labels(Lane(dots), i * kLane, labels_);
  }
  if (any(strange)) return false;
  view_ = host;
  odd_spelling_ = any(spelling);
  international_ = any(hyphens) && (host.starts_with("xn--") || host.find(".xn--") != std::string_view::npos);
  return true;
}

HostName::HostName(std::string_view as_sent) noexcept {
  if (as_sent.empty() || take_as_sent(as_sent)) return;
  made_ = canonical_host(as_sent);
  if (!made_) return;
  view_ = made_->text.view();
  international_ = made_->international;
  address_ = made_->address;
  odd_spelling_ = true;  // not worth finding out here: the spellings are tried and come to nothing
  split_labels(view_, labels_);
}

void canonical_url(std::string_view host, std::string_view path_and_query, UrlText& out) noexcept {
  if (host.starts_with("www.") && host.find('.', 4) != std::string_view::npos) host.remove_prefix(4);
  (void)out.append(host);
  const std::size_t path_at = out.size();
  if (path_and_query.empty() || path_and_query.front() != '/') (void)out.push('/');
  bool in_query = false;
  for (std::size_t at = 0; at < path_and_query.size();) {
    if (path_and_query[at] == '#') break;
    const std::size_t start = at;
    bool escape = false;
    const char c = take_decoded(path_and_query, at, escape);
    if (escape && !is_unreserved(c)) {  // stays an escape, in lower case
      if (!out.push('%') || !out.push(ascii_lower(path_and_query[start + 1]))) return;
      if (!out.push(ascii_lower(path_and_query[start + 2]))) return;
      continue;
    }
    if (!escape && c == '%') {  // no escape: written as one, so that the canonical form stays as it is
      if (!out.append("%25")) return;
      continue;
    }
    if (!in_query && (c == '/' || c == '?')) finish_segment(out, path_at);
    if (c == '?') in_query = true;
    if (in_query && c == '?' && out.size() == path_at && !out.push('/')) return;
    if (!out.push(ascii_lower(c))) return;
  }
  if (!in_query) finish_segment(out, path_at);
  if (out.size() == path_at) (void)out.push('/');
}

void search_text(std::string_view path_and_query, UrlText& out) noexcept {
  UrlText decoded;
  for (std::size_t at = 0; at < path_and_query.size();) {
    bool escape = false;
    char c = take_decoded(path_and_query, at, escape);
    if (!escape && c == '+') c = ' ';
    if (!decoded.push(c)) break;
  }
  const std::string_view text = decoded.view();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t code_point = next_code_point(text, at);
    const char plain = resembles(code_point);
    if (plain != '\0') {
      if (!out.push(ascii_lower(plain))) return;
    } else if (!out.append(text.substr(start, at - start))) {
      return;
    }
  }
}

std::optional<FixedText<kMostHost>> ascii_lookalike(std::string_view host) noexcept {
  FixedText<kMostHost> out;
  bool changed = false;
  for (std::size_t at = 0; at <= host.size();) {
    const std::size_t dot = std::min(host.find('.', at), host.size());
    const std::string_view label = host.substr(at, dot - at);
    if (label.starts_with("xn--")) {
      std::array<char32_t, 64> code_points;
      const std::size_t count = decode_punycode(label.substr(4), code_points);
      if (count == 0) return std::nullopt;
      for (std::size_t i = 0; i < count; ++i) {
        const char plain = resembles(code_points[i]);
        if (plain == '\0' || !out.push(ascii_lower(plain))) return std::nullopt;
      }
      changed = true;
    } else if (!out.append(label)) {
      return std::nullopt;
    }
    if (dot == host.size()) break;
    if (!out.push('.')) return std::nullopt;
    at = dot + 1;
  }
  if (!changed) return std::nullopt;
  return out;
}

OddSpelling odd_spelling_of(std::string_view host) noexcept {
  OddSpelling out;
  char before = '\0';
  std::size_t i = host.size();
  for (int label = 0; i > 0; --i) {
    const char c = host[i - 1];
    if (c == '.' && ++label == 3) break;
    out.ones = out.ones || c == '1';
    out.digits = out.digits || c == '0' || c == '1' || c == '3' || c == '5';
    out.pairs = out.pairs || (c == 'r' && before == 'n') || (c == 'v' && before == 'v');
    before = c;
  }
  out.from = i;
  return out;
}

FixedText<kMostHost> undo_spelling(std::string_view host, const OddSpelling& odd, Spelling spelling) noexcept {
  FixedText<kMostHost> out;
  (void)out.append(host.substr(0, odd.from));
  for (std::size_t i = odd.from; i < host.size(); ++i) {
    const char c = host[i];
    const char next = spelling.pairs && i + 1 < host.size() ? host[i + 1] : '\0';
    char plain = c;
    if (c == '0') plain = 'o';
    if (c == '1') plain = spelling.one;
    if (c == '3') plain = 'e';
    if (c == '5') plain = 's';
    if (c == 'r' && next == 'n') plain = 'm', ++i;
    if (c == 'v' && next == 'v') plain = 'w', ++i;
    (void)out.push(plain);
  }
  return out;
}

// RFC 3492 section 6.2, with the limits of a label (63 characters) in place of its overflow checks.
std::size_t decode_punycode(std::string_view encoded, std::array<char32_t, 64>& out) noexcept {
  if (encoded.size() > 59) return 0;
  std::size_t count = 0;
  const std::size_t hyphen = encoded.rfind('-');
  if (hyphen != std::string_view::npos) {
    for (std::size_t i = 0; i < hyphen; ++i) out[count++] = static_cast<unsigned char>(encoded[i]);
    encoded.remove_prefix(hyphen + 1);
  }
  std::uint64_t code_point = 128;
  std::uint64_t index = 0;
  std::uint64_t bias = 72;
  bool first = true;
  for (std::size_t at = 0; at < encoded.size();) {
    const std::uint64_t before = index;
    std::uint64_t weight = 1;
    for (std::uint64_t k = 36;; k += 36) {
      if (at == encoded.size()) return 0;
      const char c = ascii_lower(encoded[at++]);
      std::uint64_t digit = 0;
      if (c >= 'a' && c <= 'z') {
        digit = static_cast<std::uint64_t>(c - 'a');
      } else if (is_digit(c)) {
        digit = static_cast<std::uint64_t>(c - '0') + 26;
      } else {
        return 0;
      }
      index += digit * weight;
      if (index > 0x110000 * 64) return 0;
      const std::uint64_t threshold = k <= bias ? 1 : (k >= bias + 26 ? 26 : k - bias);
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > 0x110000 * 64) return 0;
    }
    if (count == out.size()) return 0;
    std::uint64_t delta = first ? (index - before) / 700 : (index - before) / 2;
    first = false;
    delta += delta / (count + 1);
    std::uint64_t k = 0;
    for (; delta > 455; k += 36) delta /= 35;
    bias = k + 36 * delta / (delta + 38);
    code_point += index / (count + 1);
    index %= count + 1;
    if (code_point > 0x10ffff) return 0;
    for (std::size_t i = count; i > index; --i) out[i] = out[i - 1];
    out[index] = static_cast<char32_t>(code_point);
    ++count;
    ++index;
  }
  return count;
}

char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at++);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xf0 && lead < 0xf5 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
  if (more == 0 || lead >= 0xf5 || at + more > text.size()) return kReplacement;
  char32_t out = lead & (0x3fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return kReplacement;
    out = (out << 6) | (byte(at + i) & 0x3fu);
  }
  at += more;
  return out;
}

}  // namespace gatehouse::lists
