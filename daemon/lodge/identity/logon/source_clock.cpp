#include "lodge/identity/logon/source_clock.h"

#include <algorithm>

namespace gatehouse::lodge::logon {
namespace {

constexpr std::size_t kMostHosts = 20'000;
constexpr std::size_t kRemembered = 32;
// A forwarder that was cut off delivers late what it stamped right. Only a delay that every message of this long a
// time had is the clock's.
constexpr std::size_t kEnough = 5;
constexpr Seconds kLongEnough{10 * 60};
constexpr Seconds kWorthMending{5};
constexpr Seconds kAhead{1};

}  // namespace

Timestamp SourceClocks::correct(const std::string& host, std::optional<Timestamp> stamped, Timestamp arrived) {
  if (!stamped) return arrived;
  if (!clocks_.contains(host) && clocks_.size() >= kMostHosts) clocks_.clear();
  auto& behind = clocks_[host].behind;
  behind.emplace_back(arrived, arrived - *stamped);
  if (behind.size() > kRemembered) behind.pop_front();
  const auto least = std::min_element(behind.begin(), behind.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; })->second;
  const bool ahead = least < -kAhead;
  const bool always_late = least > kWorthMending && behind.size() >= kEnough &&
                           behind.back().first - behind.front().first >= kLongEnough;
  return std::min(arrived, ahead || always_late ? *stamped + least : *stamped);
}

}  // namespace gatehouse::lodge::logon
