#include "lodge/identity/logon/syslog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/london.h"
#include "base/text.h"

namespace gatehouse::lodge::logon {
namespace {

// Takes a word and the blank after it off the front.
std::string_view next_word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// STRUCTURED-DATA of RFC 5424 section 6.3: "-" or one or more [id name="value"]; quotes and brackets in values are
// escaped. False when it does not end.
bool skip_structured_data(std::string_view& rest) {
  if (rest.starts_with('-')) {
    rest.remove_prefix(1);
    return true;
  }
  bool found = false;
  while (rest.starts_with('[')) {
    bool quoted = false;
    std::size_t i = 1;
    for (; i < rest.size() && (quoted || rest[i] != ']'); ++i) {
      if (quoted && rest[i] == '\\') ++i;
      else if (rest[i] == '"') quoted = !quoted;
    }
    if (i >= rest.size()) return false;
    rest.remove_prefix(i + 1);
    found = true;
  }
  return found;
}

std::optional<SyslogMessage> parse_5424(std::string_view rest) {
  SyslogMessage out;
  const std::string_view time = next_word(rest);
  if (time != "-") out.at = parse_time(time);
  out.host = next_word(rest);
  out.app = next_word(rest);
  next_word(rest);  // PROCID
  next_word(rest);  // MSGID
  if (out.host.empty() || out.app.empty() || !skip_structured_data(rest)) return std::nullopt;
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  out.text = rest;
  return out;
}

// "Nov 10 09:01:02" without year and zone: London's clock, in the year that puts it nearest to now.
std::optional<Timestamp> bsd_time(std::string_view text, Timestamp now) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() < 15 || text[3] != ' ' || text[6] != ' ' || text[9] != ':' || text[12] != ':') return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  const auto day = digits(trim(text.substr(4, 2)));
  const auto hour = digits(text.substr(7, 2));
  const auto minute = digits(text.substr(10, 2));
  const auto second = digits(text.substr(13, 2));
  if (month == kMonths.end() || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  std::optional<Timestamp> best;
  const int this_year = static_cast<int>(london_day(now).year());
  for (int year = this_year - 1; year <= this_year + 1; ++year) {
    const auto date = parse_day(fmt::format("{:04}-{:02}-{:02}", year, month - kMonths.begin() + 1, *day));
    if (!date) continue;
    Timestamp at = london_day_bounds(*date).begin + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + Seconds{*second};
    // On the two days when the clock changes the hours after midnight are not the clock's.
    at += std::chrono::hours{*hour - to_london(at).hour};
    if (!best || std::chrono::abs(at - now) < std::chrono::abs(*best - now)) best = at;
  }
  return best;
}

std::optional<SyslogMessage> parse_3164(std::string_view rest, Timestamp now) {
  SyslogMessage out;
  out.at = bsd_time(rest, now);
  if (out.at) {
    rest.remove_prefix(15);
    if (rest.starts_with(' ')) rest.remove_prefix(1);
  } else if (const auto iso = parse_time(rest.substr(0, rest.find(' ')))) {
    // Forwarders write RFC 3164 with the newer kind of time.
    out.at = iso;
    next_word(rest);
  } else {
    // RFC 3164 section 4.3.3: no header at all; everything is text.
    out.text = rest;
    return out;
  }
  out.host = next_word(rest);
  out.text = rest;
  // TAG: up to 32 characters that end with "[" or ":".
  const auto tag = rest.find_first_of("[: ");
  if (tag != std::string_view::npos && tag > 0 && tag <= 48 && rest[tag] != ' ') {
    out.app = rest.substr(0, tag);
    if (const auto colon = rest.find(':', tag); colon != std::string_view::npos) {
      rest.remove_prefix(colon + 1);
      out.text = rest.starts_with(' ') ? rest.substr(1) : rest;
    }
  }
  return out;
}

}  // namespace

std::optional<SyslogMessage> parse_syslog(std::string_view message, Timestamp now) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '\r' || message.back() == '\0')) {
    message.remove_suffix(1);
  }
  if (message.size() > kLongestMessage || !message.starts_with('<')) return std::nullopt;
  const auto end = message.substr(0, 5).find('>');
  if (end == std::string_view::npos) return std::nullopt;
  const auto priority = digits(message.substr(1, end - 1));
  if (!priority || *priority > 191) return std::nullopt;
  message.remove_prefix(end + 1);
  if (message.starts_with("1 ")) return parse_5424(message.substr(2));
  return parse_3164(message, now);
}

bool SyslogFramer::feed(std::string_view bytes, const std::function<void(std::string_view)>& take) {
  waiting_.append(bytes);
  std::string_view rest = waiting_;
  bool good = true;
  while (!rest.empty()) {
    if (rest[0] >= '1' && rest[0] <= '9') {
      const auto blank = rest.substr(0, 7).find(' ');
      if (blank == std::string_view::npos) {
        good = rest.size() < 7;
        break;
      }
      const auto length = digits(rest.substr(0, blank));
      if (!length || static_cast<std::size_t>(*length) > kLongestMessage) {
        good = false;
        break;
      }
      if (rest.size() < blank + 1 + static_cast<std::size_t>(*length)) break;
      take(rest.substr(blank + 1, static_cast<std::size_t>(*length)));
      rest.remove_prefix(blank + 1 + static_cast<std::size_t>(*length));
      continue;
    }
    const auto end = rest.find_first_of(std::string_view("\n\0", 2));
    if (end == std::string_view::npos) {
      good = rest.size() <= kLongestMessage;
      break;
    }
    if (end > 0) take(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  waiting_.erase(0, waiting_.size() - rest.size());
  return good;
}

}  // namespace gatehouse::lodge::logon
