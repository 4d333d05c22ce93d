// What the lodge keeps, as values: attempts with who and what and the doubt about both, the minutes the gate
// reported, and where reading of the journal stands. Plain data; Store saves and loads it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "journal/event.h"
#include "journal/position.h"
#include "lodge/identity/attribution.h"

namespace gatehouse::lodge {

struct Who {
  Grade grade = Grade::D;
  std::string login;        // empty unless the grade is A or B
  std::string device;       // MAC address, or the IP address where no MAC is known
  std::string device_name;  // host name, where known
  std::string place;        // room or site, where known
  std::string group;    // "students", "staff", "guests": from the login where known, else from the network
  std::string sponsor;  // of a guest
  std::string why;      // one plain sentence: the evidence, or the reason for the doubt
};

// How likely a person meant it.
enum class Band : std::uint8_t { LikelyDeliberate, Unclear, LikelyBackground };

struct AttemptHost {
  std::string host;  // lower case, as matched; empty for a sealed list
  std::string url;   // where one was visible (HTTP)
  std::string list;
  std::string entry;
  std::uint32_t line = 0;
  std::uint32_t hits = 0;
};

// Among an attempt's reasons where nothing tells whether a page brought it along: doubt that counts against nobody, and
// that may not hide anything either.
inline constexpr std::string_view kSurroundingsNotKept =
    "what the device did just before and after was not recorded, so this is less sure";

// One person's (or device's) try at something listed: many observations folded together.
struct Attempt {
  std::string id;  // stable: the same input gives the same id
  Timestamp first{};
  Timestamp last{};
  std::string category;  // id, as in rules/categories.yaml
  Who who;
  std::string address;   // the client's IP address
  std::string seen_mac;  // as the gate saw it; empty where it saw none. With address and time: late evidence
                         // can be asked again
  std::string network;   // policy group that the gate applied
  std::vector<AttemptHost> hosts;
  std::uint32_t hits = 0;  // observations folded into it
  journal::Action action = journal::Action::None;
  journal::Outcome outcome = journal::Outcome::Unknown;
  bool sealed = false;
  std::vector<std::string> evasion;
  std::string tunnel;  // "openvpn" ... for circumvention without a listed name
  Band band = Band::Unclear;
  int score = 50;                      // 0 background ... 100 deliberate
  std::vector<std::string> reasons;    // in words, strongest first, three at most
  std::vector<std::string> event_ids;  // what it was folded from
  std::string tries;  // what lodge/visits judged by, in its own words; empty: nothing
};

// A listed name that came up, behind which page and how, all in hashes: what widgets are learned from (lodge/visits).
struct Sighting {
  std::uint64_t name = 0;
  std::uint64_t lead = 0;
  std::uint64_t device = 0;
  std::int32_t day = 0;   // since 1970, UTC
  Milliseconds offset{};  // after the page began
  bool brought = false;   // while other names were being loaded
  bool again = false;     // and then again, as by somebody who tries
};

// One stats event of the gate: counters by name for the minute that ends at `at`.
struct CoverageMinute {
  Timestamp at{};
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};

// A Gate event: started, stopped, policy loaded, queue overflow ...
struct GateNote {
  Timestamp at{};
  std::string what;
};

// A listed event as the store keeps it: enough to fold it again and to trace an attempt back to what was
// seen.
struct KeptEvent {
  std::string id;
  std::string attempt;  // id of the attempt it was folded into
  Timestamp at{};
  std::string line;  // EVE JSON, without its line end; of a sealed list without the host
};

using journal::JournalPosition;

}  // namespace gatehouse::lodge
