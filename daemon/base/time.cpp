#include "base/time.h"

#include <fmt/format.h>

#include <array>

namespace gatehouse {
namespace {

// Takes exactly `digits` decimal digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t take_fraction_us(std::string_view& text) {
  std::int64_t us = 0;
  std::int64_t unit = 100'000;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    us += unit * (text.front() - '0');
    unit /= 10;
    text.remove_prefix(1);
  }
  return us;
}

// "Z", "+01:00", "+0100" or "-05"; nullopt when it is none of them or something follows.
std::optional<std::chrono::minutes> take_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  if (!hours) return std::nullopt;
  if (text.empty()) return std::chrono::minutes{sign * *hours * 60};
  take(text, ':');
  const auto minutes = take_number(text, 2);
  if (!minutes || !text.empty() || *minutes > 59) return std::nullopt;
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

std::string format_utc(Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day ymd{day};
  const std::chrono::hh_mm_ss time{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+0000", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::optional<Timestamp> parse_time(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || (!take(text, 'T') && !take(text, ' ') && !take(text, 't'))) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                        std::chrono::day(static_cast<unsigned>(*day))};
  const auto hour = take_number(text, 2);
  if (!ymd.ok() || !hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute) return std::nullopt;
  int second = 0;
  std::int64_t fraction = 0;
  if (take(text, ':')) {
    const auto parsed = take_number(text, 2);
    if (!parsed) return std::nullopt;
    second = *parsed;
    if (take(text, '.')) fraction = take_fraction_us(text);
  }
  if (*hour > 23 || *minute > 59 || second > 60) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset) return std::nullopt;
  return Timestamp{std::chrono::sys_days{ymd} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                   Seconds{second} + Microseconds{fraction} - *offset};
}

}  // namespace gatehouse
