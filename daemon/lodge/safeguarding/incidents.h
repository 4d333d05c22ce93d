// An attempt carried from notice to outcome (S11): who looks after it, what was written down, how it ended.
// Opened, noted and closed by people only. Notes can be added and never changed. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/london.h"
#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

struct IncidentNote {
  Timestamp at{};
  std::string person;
  std::string words;
};

struct Incident {
  std::int64_t id = 0;
  Timestamp opened{};
  std::string owner;
  std::string about;   // a card's reference or an attempt's id
  std::string holder;  // "login:..." or "device:...": internal, never shown
  std::string category;
  Day due{};
  std::optional<Timestamp> closed;
  std::string cause;    // one of kIncidentCauses
  std::string outcome;  // one of kIncidentOutcomes
};

// Fixed words, so that a term can be counted.
inline constexpr std::array<std::string_view, 7> kIncidentCauses = {
    "coursework", "curiosity", "mistake", "somebody-else", "background", "wrongly-listed", "concern"};
inline constexpr std::array<std::string_view, 5> kIncidentOutcomes = {"no-action", "spoken-with", "support",
                                                                      "passed-on", "list-changed"};

// The new incident's number.
Result<std::int64_t> open_incident(const Connection& db, const Incident& incident);
// Errors: no such incident, closed already, no person, a cause or outcome that is none of the fixed words.
Result<void> note_incident(const Connection& db, std::int64_t id, const IncidentNote& note);
Result<void> close_incident(const Connection& db, std::int64_t id, std::string_view cause,
                            std::string_view outcome, const IncidentNote& note);

// Those that were open at any time of [from, to), oldest first.
Result<std::vector<Incident>> incidents_between(const Connection& db, Timestamp from, Timestamp to);
Result<std::vector<IncidentNote>> notes_of_incident(const Connection& db, std::int64_t id);

}  // namespace gatehouse::lodge
