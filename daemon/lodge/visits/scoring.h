// How likely a person meant an attempt: a sum of weights that anyone can check, with its reasons in words.
// Used by the folder. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "lodge/store/records.h"

namespace gatehouse::lodge {

// All weights, in points. 0 is surely background, 100 surely deliberate.
struct ScoreWeights {
  int start = 50;      // nothing is known yet
  int connected = 10;  // something was to be opened, not only looked up
  int only_looked_up =
      -25;               // browsers look names up ahead, mail programs check links: nobody need have clicked
  int further_try = 10;  // each try after the first: programs give up or keep a rhythm, people press reload
  int further_tries_most = 30;
  int other_route = 5;  // QUIC and TCP, or plain and encrypted: browsers do that alone too, so it says little
  int other_sites = 10;  // several listed sites of one category: looking around
  int came_back = 12;    // after more than ten minutes, on the same day
  int evasion = 25;      // a handshake made to deceive the filter: no ordinary program does that
  int tunnel = 10;       // a tunnel in use, not only its web site
  int periodic = -60;    // a fixed rhythm is a program's

  int deliberate_from = 70;  // "tried it, and tried again" reaches this; one plain visit does not
  int background_to = 30;    // looked up and never opened stays under this
};
inline constexpr ScoreWeights kScoreWeights;

// Hits closer together than this are one try: a browser asks for A and AAAA, tries QUIC and TCP, and repeats
// at once.
inline constexpr Seconds kOneTry{10};
// A rhythm needs this many tries to be told from chance ...
inline constexpr std::size_t kRhythmTries = 5;
// ... at least this far apart (people reload faster) ...
inline constexpr Seconds kRhythmShortest{20};
// ... with four in five gaps this near to the usual one.
inline constexpr int kRhythmTolerancePercent = 10;

enum class HitKind : std::uint8_t { LookUp, Tls, Quic, Http, Tunnel };

// One observation, as scoring needs it.
struct Hit {
  Timestamp at{};
  HitKind kind = HitKind::LookUp;
  bool stopped = false;    // stopped for certain, so that nothing could follow
  std::uint32_t host = 0;  // index into the attempt's hosts
};

// What scoring looks at, besides the attempt itself.
struct ScoreInput {
  const std::vector<Hit>* hits = nullptr;  // of the attempt, any order
  std::optional<Timestamp>
      earlier_last;               // end of the attempt before it of the same holder and category, same day
  std::optional<Seconds> rhythm;  // all its hosts come back with this period
};

// Sets band, score and reasons from the attempt's other fields and `input`.
void score(Attempt& attempt, const ScoreInput& input);

// The starts of the tries among hit times (sorted inside).
std::vector<Timestamp> tries_of(std::vector<Timestamp> times);
// The usual gap, when tries keep a rhythm; otherwise nullopt.
std::optional<Seconds> rhythm_of(const std::vector<Timestamp>& tries);

}  // namespace gatehouse::lodge
