// Records to rows and back, apart from the queries. Used by SqliteStore only.
#pragma once

#include "lodge/store/records.h"
#include "lodge/store/sqlite.h"
#include "lodge/store/store.h"

namespace gatehouse::lodge {

// The columns of `attempt` in the order that bind_attempt and read_attempt use.
inline constexpr const char* kAttemptColumns =
    "id, first, last, category, grade, login, device, device_name, place, member_of, sponsor, why, address, "
    "seen_mac, network, hits, action, outcome, sealed, evasion, tunnel, band, score, reasons, tries";

void bind_attempt(Statement& statement, const Attempt& attempt);
Attempt read_attempt(const Statement& row);  // without hosts and event ids

// The columns of `attempt` in the order that read_past_attempt uses.
inline constexpr const char* kPastColumns =
    "first, category, grade, login, device, address, outcome, sealed, band";
PastAttempt read_past_attempt(const Statement& row);

std::string counters_to_json(const CoverageMinute& minute);
CoverageMinute coverage_from(Timestamp at, const std::string& json);

}  // namespace gatehouse::lodge
