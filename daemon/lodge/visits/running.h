// An attempt while events are still folded into it, and what an event adds to it. Used by the folder.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "journal/event.h"
#include "lodge/identity/attribution.h"
#include "lodge/store/records.h"
#include "lodge/visits/scoring.h"
#include "lodge/visits/tries.h"

namespace gatehouse::lodge {

struct Running {
  Attempt attempt;
  std::vector<Hit> hits;
  Tries tries;
  bool is_new = false;
  bool restored = false;  // from the store
  bool changed = false;
};

// Adds an event, apart from who it was. Gives the host it was about, as an index into the attempt's hosts.
std::uint32_t absorb(Running& running, const journal::Event& event);
// Adds it to the try it is of, or begins one.
Try& absorb_try(Running& running, const journal::Event& event, std::uint32_t host);

// The names at which a program of this holder waited longer each time, which it does whenever it runs. Of attempts
// that lasted until `from` or longer.
std::set<std::uint64_t> given_up_slowly(const std::vector<Running>& list, Timestamp from);
// The tries that go on from one that a page brought along, each with that one. Pages ask at an even pace or wait longer
// each time, so that the next is looked for as far away as twice the last.
using Askers = std::map<const Try*, const Try*>;
Askers asked_by_pages(const std::vector<Running>& list);

Who who_from(const Attribution& holder, const journal::Event& event, const std::string& device);

}  // namespace gatehouse::lodge
