// gatehouse-measure-identity day: the simulated day against its own truth; fails when anybody is named wrongly, at once
// too. Without the marks of forwarders, whoever left while one was cut off can be named at once; then only the end counts.
// gatehouse-measure-identity load: a million intervals held, accounting packets a second, and what a look-up costs.
#include <fmt/format.h>

#include <ctime>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string_view>

#include "identity_day.h"
#include "lodge/identity/radius/accounting.h"

namespace gatehouse::bench {
namespace {

using namespace lodge;


// Processor time, so that what else the machine does is not measured.
double seconds_since(std::clock_t start) { return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC; }

double resident_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word) {
    if (word == "VmRSS:") status >> kib;
  }
  return kib / 1024;
}

int day(std::uint64_t seed, bool marks) {
  const auto start = std::clock();
  const DayResult result = simulate_day(seed, marks);
  fmt::print("a day of 5,000 devices: {} accounting packets, {} leases, {} sign-ins, {} swaps of leases, {} attempts, in {:.1f} s of one core\n",
             result.packets, result.leases, result.logins, result.swaps, result.attempts, seconds_since(start));
  const auto line = [&](const char* when, const std::array<std::size_t, 4>& grades, std::size_t wrong) {
    fmt::print("{:<22}", when);
    for (std::size_t i = 0; i < 4; ++i) {
      fmt::print("  {} {:5.1f} %", static_cast<char>('A' + i), 100.0 * static_cast<double>(grades[i]) / static_cast<double>(result.attempts));
    }
    fmt::print("  wrongly named {}\n", wrong);
  };
  line("two seconds afterwards", result.live_grades, result.wrong_live);
  line("with all evidence", result.final_grades, result.wrong_final);
  for (const auto& example : result.examples) fmt::print("  {}\n", example);
  return result.wrong_final == 0 && (!marks || result.wrong_live == 0) ? 0 : 1;
}

// Ninety days of 5,000 devices: each a lease and a sign-in, over and over.
void fill(SessionTimeline& timeline, std::size_t number) {
  std::mt19937_64 random(1);
  const Timestamp first = *parse_time("2026-09-01T00:00:00Z");
  for (std::size_t i = 0; i < number / 2; ++i) {
    const auto device = static_cast<std::uint32_t>(i % 5000);
    const Timestamp from = first + Seconds{static_cast<std::int64_t>(i / 5000) * 77'760 + static_cast<std::int64_t>(random() % 3600)};
    const MacAddress mac{{0, 0, 0x5e, 0, static_cast<std::uint8_t>(device >> 8), static_cast<std::uint8_t>(device)}};
    Lease lease{IpAddress::v4(0x0a000000 + device), mac, from, from + Seconds{20'000}, "dhcp",
                fmt::format("dhcp: kea gave 10.0.0.1 to {} at {}", mac.to_string(), format_utc(from))};
    lease.key = 2 * i + 1;
    timeline.put(std::move(lease));
    Login login{fmt::format("learner{}", device), "students", "", mac, std::nullopt, from, from + Seconds{18'000}, "radius",
                fmt::format("radius: Stop from ap-library-3 (controller) at {}: session 5F3A-{} of learner{} on {}",
                            format_utc(from), i, device, mac.to_string())};
    login.key = 2 * i + 2;
    timeline.put(std::move(login));
  }
}

int load() {
  const double before = resident_mib();
  SessionTimeline timeline;
  auto start = std::clock();
  fill(timeline, 1'000'000);
  const double filled = seconds_since(start);
  const double memory = resident_mib() - before;
  fmt::print("1,000,000 intervals: {:.0f} MiB ({:.0f} bytes each), put in {:.1f} s of one core\n", memory, memory * 1024 * 1024 / 1e6, filled);

  std::mt19937_64 random(2);
  constexpr int kAsked = 200'000;
  std::size_t named = 0;
  start = std::clock();
  for (int i = 0; i < kAsked; ++i) {
    const Timestamp at = *parse_time("2026-09-01T00:00:00Z") + Seconds{static_cast<std::int64_t>(random() % 7'700'000)};
    named += !who(timeline, IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(random() % 5000)), {}, at).login.empty();
  }
  fmt::print("who(address, time), the time drawn from 90 days: {:.1f} us; {:.0f} % named\n", seconds_since(start) / kAsked * 1e6,
             100.0 * static_cast<double>(named) / kAsked);

  radius::Settings settings;
  settings.clients.push_back({*IpPrefix::parse("10.0.0.2"), "controller", "a secret for the bench", true, true});
  GroupRules groups;
  radius::AccountingServer server(settings, groups, timeline);
  const auto text = [](std::uint8_t type, const std::string& value) { return radius::NewAttribute{type, {value.begin(), value.end()}}; };
  std::vector<std::vector<std::uint8_t>> packets;
  for (int i = 0; i < 60'000; ++i) {
    const int device = i % 5000;
    packets.push_back(radius::make_request(
        static_cast<std::uint8_t>(i), {{radius::kAcctStatusType, {0, 0, 0, static_cast<std::uint8_t>(i < 5000 ? 1 : 3)}},
                                       text(radius::kAcctSessionId, fmt::format("S{}", device)), text(radius::kUserName, fmt::format("learner{}", device)),
                                       text(radius::kCallingStationId, fmt::format("00-00-5E-01-{:02X}-{:02X}", device >> 8, device & 255)),
                                       {radius::kFramedIpAddress, {10, 1, static_cast<std::uint8_t>(device >> 8), static_cast<std::uint8_t>(device)}}},
        "a secret for the bench", true));
  }
  Timestamp now = *parse_time("2026-12-01T09:00:00Z");
  start = std::clock();
  for (const auto& packet : packets) {
    now += Microseconds{1000};  // a thousand a second
    server.handle(*IpAddress::parse("10.0.0.2"), 40000, packet, now);
  }
  const double taken = seconds_since(start);
  fmt::print("accounting beside them: {:.0f} packets a second can be taken ({:.1f} us each); 1,000 a second are {:.1f} % of a core\n",
             static_cast<double>(packets.size()) / taken, taken / static_cast<double>(packets.size()) * 1e6,
             100 * 1000 * taken / static_cast<double>(packets.size()));
  return server.counters().accepted == packets.size() ? 0 : 1;
}

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
  const std::string_view what = argc >= 2 ? argv[1] : "";
  const std::string_view last = argc >= 3 ? argv[argc - 1] : "";
  const bool marks = last != "no-marks";
  const int words = marks ? argc : argc - 1;
  if (what == "day" && words <= 3) return gatehouse::bench::day(words == 3 ? std::strtoull(argv[2], nullptr, 10) : 20261110, marks);
  if (what == "load" && argc == 2) return gatehouse::bench::load();
  fmt::print(stderr, "usage: gatehouse-measure-identity day [SEED] [no-marks] | load\n");
  return 2;
}
