// How likely a person meant an attempt: a sum of weights that anyone can check (weights.h), with its reasons in words.
// Used by the folder. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "lodge/store/records.h"
#include "lodge/visits/tries.h"
#include "lodge/visits/weights.h"

namespace gatehouse::lodge {

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
  const std::vector<Try>* tries = nullptr;  // its tries, by first; may be empty
  struct Learned {
    int others = 0;              // on how many other devices the same (Sightings::others)
    bool part_of_pages = false;  // Sightings::part_of_pages
    bool page_asks = false;      // it goes on from one that a page brought along
    int page_others = 0;         // on how many other devices a page brings that one along
    bool goes_on = false;        // a page brought it along, and others go on from it
    int page_open = 0;           // on how many other devices a page opened here lately brings it along
  };
  std::vector<Learned> learned;   // beside tries
  std::optional<Seconds> rhythm;  // all its hosts come back with this period
  bool backs_off = false;  // all its hosts are asked for by a program that waits longer each time
};

// Sets band, score and reasons from the attempt's other fields and `input`.
void score(Attempt& attempt, const ScoreInput& input);

// The points of what stood around one try, widgets left out: which tries of many are worth keeping.
int points_around(const Try& one);

// Whether a try follows another at the same name within a minute, with nothing else in between.
bool goes_on_trying(const std::vector<Try>& tries, const Try& one);

// The starts of the tries among hit times (sorted inside).
std::vector<Timestamp> tries_of(std::vector<Timestamp> times);
// Whether each gap is longer than the one before, as where a program gives up slowly. Chromium's reloads grow faster.
bool backs_off(const std::vector<Timestamp>& moments);
// The usual gap, when tries keep a rhythm; otherwise nullopt.
std::optional<Seconds> rhythm_of(const std::vector<Timestamp>& tries);

}  // namespace gatehouse::lodge
