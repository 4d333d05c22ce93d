// Each attempt as the fields of its CSV row (render_csv.h names the columns).
#include <fmt/format.h>

#include "journal/names.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/render_csv.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

std::string_view tier_id(Tier tier) noexcept {
  switch (tier) {
    case Tier::LookToday:
      return "today";
    case Tier::LookThisWeek:
      return "this-week";
    case Tier::NoAction:
      return "no-action";
  }
  return "no-action";
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

AttemptRow row_of(const DailyInput& input, const RatedAttempt& rated) {
  const Attempt& attempt = rated.attempt;
  const ReportSettings& settings = input.settings;
  std::vector<std::string> hosts;
  for (const AttemptHost& host : attempt.hosts) {
    if (!attempt.sealed && !host.host.empty()) hosts.push_back(defang(host.host));
  }
  std::vector<std::string> reasons;
  for (const std::string& reason : attempt.reasons)
    reasons.push_back(without_names(reason, attempt, settings));
  AttemptRow row;
  row.fields = {attempt.id,
                iso_london(attempt.first),
                iso_london(attempt.last),
                login_shown(attempt.who, settings),
                device_shown(attempt, settings),
                device_name_shown(attempt.who, settings),
                attempt.who.place,
                attempt.who.group.empty() ? attempt.network : attempt.who.group,
                sponsor_shown(attempt.who, settings),
                std::string(1, grade_letter(attempt.who.grade)),
                attempt.category,
                std::string(theme_id(theme_of(attempt))),
                attempt.sealed ? "yes" : "no",
                joined(hosts, " "),
                std::to_string(attempt.hits),
                std::string(journal::name_of(attempt.action)),
                std::string(journal::name_of(attempt.outcome)),
                std::string(band_id(attempt.band)),
                std::to_string(attempt.score),
                std::string(tier_id(rated.tier)),
                std::to_string(rated.points),
                joined(attempt.evasion, " "),
                attempt.tunnel,
                attempt.network,
                joined(reasons, "; ")};
  return row;
}

}  // namespace

std::vector<AttemptRow> build_attempt_rows(const DailyInput& input) {
  std::vector<AttemptRow> rows;
  rows.reserve(input.attempts.size());
  for (const RatedAttempt& rated : input.attempts) rows.push_back(row_of(input, rated));
  return rows;
}

}  // namespace gatehouse::lodge
