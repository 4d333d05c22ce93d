// The day's attempts as CSV (RFC 4180), one row each, in order of time: for a spreadsheet and for programs.
// Hosts are defanged ("[.]"), sealed ones empty; logins only where the settings say so. Pure; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "lodge/report/daily_report.h"

namespace gatehouse::lodge {

// Times are London time with offset; bands, grades, outcomes and tiers are fixed words; lists inside a field
// are separated by a space.
inline constexpr std::array<std::string_view, 25> kCsvColumns = {
    "id",    "first",    "last",   "login",   "device", "device_name", "place",  "group",   "sponsor",
    "grade", "category", "theme",  "sealed",  "hosts",  "hits",        "action", "outcome", "band",
    "score", "tier",     "points", "evasion", "tunnel", "network",     "reasons"};

std::string render_csv(const DailyReport& report);

// One field, quoted where RFC 4180 section 2 needs it, and begun with ' where a spreadsheet would take it for
// a formula: hosts and device names come from strangers.
std::string csv_field(std::string_view text);

}  // namespace gatehouse::lodge
