// Time as Gatehouse keeps it: microseconds since 1970 in UTC. People see Europe/London (base/london.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Microseconds>;

inline constexpr Timestamp timestamp_from_us(std::int64_t us) noexcept { return Timestamp{Microseconds{us}}; }
inline constexpr std::int64_t to_us(Timestamp at) noexcept { return at.time_since_epoch().count(); }

// "2026-11-10T10:42:00.123456+0000", as Suricata writes it, always in UTC.
std::string format_utc(Timestamp at);
// Reads what format_utc writes and any RFC 3339 time with "Z" or a numeric offset; seconds and fraction may be
// left out. nullopt when it is not a time.
std::optional<Timestamp> parse_time(std::string_view text);

// Where "now" comes from: the machine's clock, a capture's packets, or a test. Handed in, never global.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::time_point_cast<Microseconds>(std::chrono::system_clock::now());
  }
};

// A clock that is set by hand: to the packet in hand during a replay, to anything in a test.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void set(Timestamp at) noexcept { now_ = at; }

 private:
  Timestamp now_{};
};

}  // namespace gatehouse
