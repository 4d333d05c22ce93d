// What is said over the control socket: one JSON object a line each way, a request and its answer. README.md in this
// folder gives the lines. Neither side names a person: the gate knows addresses and groups.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"

namespace gatehouse::control {

// A college has some thousands of devices at once; one of these lines holds all of them.
inline constexpr std::size_t kLongestLine = 16u << 20;
inline constexpr std::size_t kMostGroupEntries = 100'000;
inline constexpr std::size_t kMostExemptions = 10'000;

// Whoever has this address is treated as this group until then, whatever network the address is in.
struct GroupEntry {
  IpAddress address;
  std::string group;
  Timestamp until{};
};
struct GroupsUpdate {
  bool replace = false;  // forget all that were set before
  std::vector<GroupEntry> set;
  std::vector<IpAddress> remove;
};

// A time-limited permission, as `policy: allow:` of the configuration but given while the gate runs.
struct Exemption {
  std::string reason;
  std::vector<std::string> groups;
  std::vector<IpPrefix> addresses;
  std::vector<MacAddress> macs;
  std::vector<std::string> hosts;
  std::vector<std::string> lists;
  std::vector<std::string> categories;
  Timestamp until{};
};
struct ExemptionsUpdate {
  std::vector<Exemption> all;  // replaces those given before
};
struct ReloadRequest {};
struct StatusRequest {};

using Request = std::variant<GroupsUpdate, ExemptionsUpdate, ReloadRequest, StatusRequest>;

// Without the line end. The error says what is wrong with it.
Result<Request> read_request(std::string_view line);
std::string to_line(const Request& request);

// An answer is {"ok":true, ...} or {"ok":false, "error": ..., "remedy": ...}.
std::string to_line(const Result<nlohmann::json>& answer);
Result<nlohmann::json> read_answer(std::string_view line);

}  // namespace gatehouse::control
