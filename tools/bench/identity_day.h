// The simulated day of 5,000 devices (identity_day.cpp) and what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::bench {

struct DayResult {
  std::size_t attempts = 0;
  std::array<std::size_t, 4> live_grades{};   // A to D, asked two seconds after each attempt
  std::array<std::size_t, 4> final_grades{};  // asked at the end of the day, with all evidence
  std::size_t wrong_live = 0;                 // somebody named who did not hold the address
  std::size_t wrong_final = 0;
  std::vector<std::string> examples;          // of wrong ones
  std::size_t packets = 0;                    // of accounting
  std::size_t leases = 0;
  std::size_t logins = 0;
  std::size_t swaps = 0;
};

// `marks`: the forwarders of the PCs send a mark each minute, and the college has said so (`syslog: marks:`).
DayResult simulate_day(std::uint64_t seed, bool marks);

}  // namespace gatehouse::bench
