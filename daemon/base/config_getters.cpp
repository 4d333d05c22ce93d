// The typed getters of ConfigNode: each reads the scalar, says in one sentence what is wrong with it, and how
// it should look.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/config_file.h"
#include "base/text.h"

namespace gatehouse {
namespace {

constexpr std::size_t kQuotedInMessages = 60;  // of a wrong value; enough to recognise it

std::string shown(std::string_view text) {
  std::string out(text.substr(0, kQuotedInMessages));
  if (text.size() > kQuotedInMessages) out += "...";
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return out;
}

}  // namespace

// The scalar's text; null, after an error that says what is `wanted`, when this is a list or a section.
const std::string* ConfigNode::scalar(std::string_view wanted) const {
  static constexpr std::array<std::string_view, 2> kKinds = {"a section", "a list"};
  if (value_ == nullptr) return nullptr;
  if (!is_text()) {
    error(fmt::format("'{}' must be {}, not {}", where(), wanted, kKinds[is_list() ? 1 : 0]),
          fmt::format("Write it on one line: {} with {} behind the colon.", where(), wanted));
    return nullptr;
  }
  return text_of();
}

std::string ConfigNode::text(std::string_view fallback) const {
  const std::string* const found = scalar("a text");
  return found != nullptr ? *found : std::string(fallback);
}

std::vector<std::string> ConfigNode::texts() const {
  std::vector<std::string> out;
  for (const ConfigNode& item : list()) {
    if (const std::string* const found = item.scalar("a word")) out.push_back(*found);
  }
  return out;
}

bool ConfigNode::boolean(bool fallback) const {
  const std::string* const found = scalar("yes or no");
  if (found == nullptr) return fallback;
  const std::string word = to_lower(*found);
  if (word == "yes" || word == "true" || word == "on") return true;
  if (word == "no" || word == "false" || word == "off") return false;
  error(fmt::format("'{}' is '{}', which is neither yes nor no", where(), shown(*found)), "Write yes or no.");
  return fallback;
}

std::int64_t ConfigNode::integer(std::int64_t fallback, std::int64_t least, std::int64_t most) const {
  const std::string* const found = scalar("a whole number");
  if (found == nullptr) return fallback;
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(found->data(), found->data() + found->size(), number);
  if (wrong != std::errc{} || end != found->data() + found->size() || number < least || number > most) {
    error(fmt::format("'{}' is '{}', which is not a whole number from {} to {}", where(), shown(*found),
                      least, most),
          fmt::format("Write a number in that range; without the line it is {}.", fallback));
    return fallback;
  }
  return number;
}

Seconds ConfigNode::duration(Seconds fallback, Seconds least, Seconds most) const {
  const std::string* const found = scalar("a length of time");
  if (found == nullptr) return fallback;
  const auto parsed = parse_duration(*found);
  if (!parsed) {
    error(fmt::format("'{}' is '{}', which is not a length of time", where(), shown(*found)),
          "Write a number and its unit, such as '30 seconds', '5 minutes', '2 hours' or '1 day'.");
    return fallback;
  }
  if (*parsed < least || *parsed > most) {
    error(fmt::format("'{}' is {}, which is {}", where(), format_duration(*parsed),
                      *parsed < least ? "too short" : "too long"),
          *parsed < least ? fmt::format("The least is {}.", format_duration(least))
                          : fmt::format("The most is {}.", format_duration(most)));
    return fallback;
  }
  return *parsed;
}

std::uint64_t ConfigNode::size(std::uint64_t fallback) const {
  const std::string* const found = scalar("a size");
  if (found == nullptr) return fallback;
  const auto parsed = parse_size(*found);
  if (parsed) return *parsed;
  error(fmt::format("'{}' is '{}', which is not a size", where(), shown(*found)),
        "Write a number and its unit, such as '64 KB', '100 MB' or '2 GB'.");
  return fallback;
}

int ConfigNode::time_of_day(int fallback) const {
  const std::string* const found = scalar("a time of day");
  if (found == nullptr) return fallback;
  const auto parsed = parse_time_of_day(*found);
  if (parsed) return *parsed;
  error(fmt::format("'{}' is '{}', which is not a time of day", where(), shown(*found)),
        "Write hours and minutes on a 24-hour clock, in quotes: '08:30' or '21:00'.");
  return fallback;
}

DaySet ConfigNode::days(DaySet fallback) const {
  if (!present()) return fallback;
  DaySet out = 0;
  for (const ConfigNode& item : list()) {
    const std::string* const found = item.scalar("a day of the week");
    if (found == nullptr) return fallback;
    const auto parsed = parse_days(*found);
    if (!parsed) {
      item.error(fmt::format("'{}' is '{}', which names no day of the week", item.where(), shown(*found)),
                 "Write days such as monday, mon-fri, weekdays, weekend or 'every day'.");
      return fallback;
    }
    out = static_cast<DaySet>(out | *parsed);
  }
  return out != 0 ? out : fallback;
}

std::optional<Timestamp> ConfigNode::until() const {
  const std::string* const found = scalar("a date");
  if (found == nullptr) return std::nullopt;
  const auto parsed = parse_london_time(*found, true);
  if (!parsed) {
    error(fmt::format("'{}' is '{}', which is not a date", where(), shown(*found)),
          "Write year, month and day, such as 2026-12-18, or with a time: '2026-12-18 17:00'.");
  }
  return parsed;
}

std::optional<IpAddress> ConfigNode::address() const {
  const std::string* const found = scalar("an IP address");
  if (found == nullptr) return std::nullopt;
  const auto parsed = IpAddress::parse(*found);
  if (!parsed) {
    error(fmt::format("'{}' is '{}', which is not an IP address", where(), shown(*found)),
          "Write it as 10.20.0.5 or 2001:db8::5.");
  }
  return parsed;
}

std::optional<IpPrefix> ConfigNode::prefix() const {
  const std::string* const found = scalar("a network address");
  if (found == nullptr) return std::nullopt;
  const auto parsed = IpPrefix::parse(*found);
  if (!parsed) {
    error(
        fmt::format("'{}' is '{}', which is not a network address", where(), shown(*found)),
        "Write the first address and the length, such as 10.20.0.0/16 or 2001:db8:20::/48; what follows the "
        "length must be zero (10.20.5.0/16 is wrong, 10.20.0.0/16 right).");
  }
  return parsed;
}

std::optional<MacAddress> ConfigNode::mac() const {
  const std::string* const found = scalar("a MAC address");
  if (found == nullptr) return std::nullopt;
  const auto parsed = MacAddress::parse(*found);
  if (!parsed) {
    error(fmt::format("'{}' is '{}', which is not a MAC address", where(), shown(*found)),
          "Write twelve hexadecimal digits, such as '02:00:5e:10:00:01', in quotes.");
  }
  return parsed;
}

std::filesystem::path ConfigNode::path(std::string_view fallback) const {
  const std::string* const found = scalar("a path");
  const std::filesystem::path given(found != nullptr ? std::string_view(*found) : fallback);
  if (given.empty() || given.is_absolute()) return given;
  return (folder() / given).lexically_normal();
}

std::optional<std::size_t> ConfigNode::word_index(std::span<const std::string_view> names) const {
  const std::string* const found = scalar("one word");
  if (found == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equals_ignoring_case(names[i], *found)) return i;
  }
  const std::string_view near = nearest_word(*found, names);
  error(fmt::format("'{}' is '{}', which is none of: {}", where(), shown(*found), fmt::join(names, ", ")),
        near.empty() ? "Write one of these words." : fmt::format("Did you mean '{}'?", near));
  return std::nullopt;
}

}  // namespace gatehouse
