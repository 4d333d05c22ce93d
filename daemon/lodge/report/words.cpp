#include "lodge/report/words.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "base/london.h"
#include "base/text.h"
#include "lodge/report/measured.h"

namespace gatehouse::lodge {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

template <std::size_t N>
std::string look_up(const std::array<Word, N>& table, std::string_view name) {
  for (const auto& [known, words] : table) {
    if (known == name) return std::string(words);
  }
  return std::string(name);
}

constexpr std::array<Word, 22> kEvasion = {{
    {"tcp-overlap", "the same part of the request sent twice with different content"},
    {"tcp-urgent", "a byte hidden in the request as urgent data"},
    {"bad-checksum", "a decoy sent that the website would throw away"},
    {"low-ttl", "a decoy sent that could not reach the website"},
    {"md5-option", "a decoy sent that the website would throw away"},
    {"out-of-window", "a decoy sent that the website would ignore"},
    {"tcp-disorder", "the request sent in the wrong order"},
    {"tiny-segments", "the request cut into very small pieces"},
    {"tiny-records", "the request cut into very small pieces"},
    {"odd-record", "a request of a shape that no browser sends"},
    {"fragments", "the request cut into fragments"},
    {"fragment-overlap", "fragments that contradict each other"},
    {"two-names", "two different websites named in one request"},
    {"http-host-doubled", "the website named twice in one request"},
    {"http-host-missing", "a request that names no website"},
    {"http-host-mismatch", "two different websites named in one request"},
    {"http-odd-syntax", "a request spelt as no browser spells it"},
    {"dns-tunnel", "data hidden in name look-ups"},
    {"fake-reset", "a false end of the connection"},
    {"encapsulated", "the connection wrapped inside another"},
    {"sni-malformed", "the website's name deliberately misspelt"},
    {"quic-overlap", "the same part of the request sent twice with different content"},
}};

constexpr std::array<Word, 20> kTunnels = {{
    {"openvpn", "OpenVPN, a VPN"},
    {"wireguard", "WireGuard, a VPN"},
    {"ike", "IPsec, a VPN"},
    {"esp-in-udp", "IPsec, a VPN"},
    {"l2tp", "L2TP, a VPN"},
    {"pptp", "PPTP, a VPN"},
    {"ssh", "SSH, which can carry other connections"},
    {"socks4", "a SOCKS proxy"},
    {"socks5", "a SOCKS proxy"},
    {"http-proxy", "a web proxy"},
    {"http-connect", "a web proxy"},
    {"tor", "Tor"},
    {"psiphon", "Psiphon"},
    {"ultrasurf", "Ultrasurf"},
    {"hotspot-shield", "Hotspot Shield, a VPN"},
    {"dnscrypt", "name look-ups hidden by DNSCrypt"},
    {"dot", "name look-ups hidden from the college (DNS over TLS)"},
    {"doh", "name look-ups hidden from the college (DNS over HTTPS)"},
    {"doq", "name look-ups hidden from the college (DNS over QUIC)"},
    {"dns-tunnel", "data hidden in name look-ups"},
}};

// Each completes "2% ...".
constexpr std::array<Word, 12> kUnnamed = {{
    {"no-payload", "sent nothing"},
    {"start-missed", "had begun before we looked"},
    {"hello-incomplete", "broke off while opening"},
    {"no-name-sent", "named no website"},
    {"encrypted-hello", "encrypted the website's name (ECH)"},
    {"decryption-failed", "could not be read"},
    {"unknown-version", "used a version that we do not know"},
    {"malformed", "were garbled"},
    {"known-other", "carry no website names"},
    {"tunnel", "were a VPN or similar"},
    {"unknown-protocol", "were of a kind that we do not know"},
    {"bound-reached", "came when there was too much to follow"},
}};

bool host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// The lead bytes of UTF-8 but those of quotation marks, dashes and dots, which may well follow a full stop.
bool begins_letter_beyond_ascii(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.empty() ? '\0' : text.front());
  return lead >= 0xc3 && lead != 0xe2;
}

// A dot inside, and a last label that could be a top-level domain: "example.test", not "802.1X", "3.5" or
// "10.0.0.1".
bool looks_like_host(std::string_view token) noexcept {
  const std::size_t dot = token.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view last = token.substr(dot + 1);
  if (last.size() < 2) return false;
  if (last.substr(0, 4) == "xn--") return true;
  for (const char c : last) {
    if (ascii_lower(c) < 'a' || ascii_lower(c) > 'z') return false;
  }
  return true;
}

}  // namespace

std::string defang(std::string_view host) {
  constexpr std::size_t kLongestHost =
      253;  // RFC 1035 section 2.3.4; what is longer is no host and would fill a page
  std::string out;
  for (const char c : host.substr(0, kLongestHost)) {
    if (c == '.') {
      out += "[.]";
    } else if (c == ':') {
      out += "[:]";  // IPv6 addresses
    } else {
      out += host_character(c) ? c : '?';
    }
  }
  if (host.size() > kLongestHost) out += "...";
  return out;
}

std::string defang_text(std::string_view text, bool withhold, std::string_view keep) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && (host_character(text[end]) || text[end] == '.')) ++end;
    std::string_view token = text.substr(at, end - at);
    std::string_view full_stop;
    if (!token.empty() && token.back() == '.') {
      full_stop = begins_letter_beyond_ascii(text.substr(end)) ? "[.]" : ".";
      token.remove_suffix(1);
    }
    if (looks_like_host(token) && token != keep) {
      out += withhold ? "(withheld)" : defang(token);
    } else {
      out += token;
    }
    out += full_stop;
    if (end == at) {
      // A scheme alone is enough for some mail programs to make a link of what follows.
      out += text.substr(at, 3) == "://" ? "[:]" : std::string(1, text[at]);
      ++end;
    }
    at = end;
  }
  return out;
}

std::string count_of(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_thousands(n), n == 1 ? one : many);
}

std::string number_word(std::uint64_t n) {
  constexpr std::array<std::string_view, 11> kWords = {"no",  "one",   "two",   "three", "four", "five",
                                                       "six", "seven", "eight", "nine",  "ten"};
  return n < kWords.size() ? std::string(kWords[n]) : with_thousands(n);
}

std::string join_words(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " and " : ", ";
    out += parts[i];
  }
  return out;
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0%";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && share < 0.1) return "under 0.1%";
  // Never rounded up to a whole that it is not.
  if (part < whole && share > 99.9) return "99.9%";
  return share < 10 || share > 99 ? fmt::format("{:.1f}%", share) : fmt::format("{:.0f}%", share);
}

std::string clock_span(Timestamp first, Timestamp last) {
  const std::string from = format_clock(first);
  const std::string to = format_clock(last);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

std::string iso_london(Timestamp at) {
  const LondonTime t = to_london(at);
  return fmt::format("{}T{:02}:{:02}:{:02}+{:02}:00", format_day_iso(t.day), t.hour, t.minute, t.second,
                     t.offset.count() / 60);
}

std::string minutes_words(std::uint64_t minutes) {
  if (minutes < 60) return count_of(minutes, "minute", "minutes");
  const std::string hours = count_of(minutes / 60, "hour", "hours");
  return minutes % 60 == 0 ? hours : hours + " " + count_of(minutes % 60, "minute", "minutes");
}

std::string_view band_words(Band band) noexcept {
  switch (band) {
    case Band::LikelyDeliberate:
      return "likely deliberate";
    case Band::Unclear:
      return "unclear";
    case Band::LikelyBackground:
      return "likely background";
  }
  return "unclear";
}

std::string measured_words() {
  const auto in_100 = [](double share) { return std::lround(100 * share); };
  const MeasuredError& m = kMeasuredError;
  return fmt::format(
      "How sure this is, as measured on {} on {}: of 100 tries called likely deliberate {} were; of 100 that a person "
      "meant {} were called so, {} unclear and {} likely background. Real days can differ from simulated ones.",
      format_day_long(*parse_day(m.date)), m.data, in_100(m.precision),
      100 - in_100(m.meant_unclear) - in_100(m.missed), in_100(m.meant_unclear), in_100(m.missed));
}

std::string_view band_id(Band band) noexcept {
  switch (band) {
    case Band::LikelyDeliberate:
      return "likely-deliberate";
    case Band::Unclear:
      return "unclear";
    case Band::LikelyBackground:
      return "likely-background";
  }
  return "unclear";
}

std::string_view grade_words(Grade grade) noexcept {
  switch (grade) {
    case Grade::A:
      return "two independent sources agree on who it was";
    case Grade::B:
      return "one source says who it was";
    case Grade::C:
      return "shared device or out-of-date evidence, so we do not say who it was";
    case Grade::D:
      return "nothing says who it was";
  }
  return "nothing says who it was";
}

char grade_letter(Grade grade) noexcept { return static_cast<char>('A' + static_cast<int>(grade)); }

std::string outcome_words(journal::Outcome outcome, std::uint64_t attempts) {
  const bool many = attempts > 1;
  switch (outcome) {
    case journal::Outcome::Blocked:
      return many ? "All were blocked" : "It was blocked";
    case journal::Outcome::WouldBlock:
      return many ? "All would have been blocked" : "It would have been blocked";
    case journal::Outcome::ResetSentUnconfirmed:
      return many ? "Stopped, but that they all ended is not confirmed"
                  : "Stopped, but that it ended is not confirmed";
    case journal::Outcome::AllowedLogged:
      return "NOT blocked: recorded only, as your policy says";
    case journal::Outcome::Allowed:
      return "NOT blocked: your policy allows it";
    case journal::Outcome::None:
    case journal::Outcome::Unknown:
      break;
  }
  return "Whether it was blocked is not known";
}

std::string evasion_words(std::string_view flag) { return look_up(kEvasion, flag); }
std::string tunnel_words(std::string_view tunnel) { return look_up(kTunnels, tunnel); }
std::string unnamed_words(std::string_view reason) { return look_up(kUnnamed, reason); }

}  // namespace gatehouse::lodge
