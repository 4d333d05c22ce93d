#include "lodge/store/record_rows.h"

#include <nlohmann/json.hpp>

#include "journal/names.h"

namespace gatehouse::lodge {
namespace {

using nlohmann::json;

std::string_view band_name(Band band) {
  switch (band) {
    case Band::LikelyDeliberate:
      return "deliberate";
    case Band::Unclear:
      return "unclear";
    case Band::LikelyBackground:
      return "background";
  }
  return "unclear";
}

Band band_from(const std::string& name) {
  if (name == "deliberate") return Band::LikelyDeliberate;
  return name == "background" ? Band::LikelyBackground : Band::Unclear;
}

// Names from the wire may hold any bytes; what is not UTF-8 is replaced rather than refused.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::vector<std::string> texts_from(const std::string& text) {
  std::vector<std::string> out;
  const json value = json::parse(text, nullptr, false);
  if (!value.is_array()) return out;
  for (const auto& one : value) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

}  // namespace

void bind_attempt(Statement& statement, const Attempt& a) {
  const char grade = letter(a.who.grade);
  statement.bind(a.id).bind(a.first).bind(a.last).bind(a.category).bind(std::string_view(&grade, 1));
  statement.bind(a.who.login).bind(a.who.device).bind(a.who.device_name).bind(a.who.place).bind(a.who.group);
  statement.bind(a.who.sponsor).bind(a.who.why).bind(a.address).bind(a.seen_mac).bind(a.network);
  statement.bind(std::int64_t{a.hits}).bind(journal::name_of(a.action)).bind(journal::name_of(a.outcome));
  statement.bind(std::int64_t{a.sealed}).bind(dump(a.evasion)).bind(a.tunnel).bind(band_name(a.band));
  statement.bind(std::int64_t{a.score}).bind(dump(a.reasons)).bind(a.tries);
}

Attempt read_attempt(const Statement& row) {
  Attempt a;
  int column = 0;
  const auto text = [&] { return row.text(column++); };
  const auto number = [&] { return row.number(column++); };
  a.id = text();
  a.first = timestamp_from_us(number());
  a.last = timestamp_from_us(number());
  a.category = text();
  const std::string grade = text();
  a.who.grade = grade.empty() ? Grade::D : static_cast<Grade>(grade[0] - 'A');
  a.who.login = text();
  a.who.device = text();
  a.who.device_name = text();
  a.who.place = text();
  a.who.group = text();
  a.who.sponsor = text();
  a.who.why = text();
  a.address = text();
  a.seen_mac = text();
  a.network = text();
  a.hits = static_cast<std::uint32_t>(number());
  a.action = journal::action_from(text()).value_or(journal::Action::None);
  a.outcome = journal::outcome_from(text()).value_or(journal::Outcome::None);
  a.sealed = number() != 0;
  a.evasion = texts_from(text());
  a.tunnel = text();
  a.band = band_from(text());
  a.score = static_cast<int>(number());
  a.reasons = texts_from(text());
  a.tries = text();
  return a;
}

PastAttempt read_past_attempt(const Statement& row) {
  PastAttempt past;
  past.first = row.time(0);
  past.category = row.text(1);
  const std::string grade = row.text(2);
  past.grade = grade.empty() ? Grade::D : static_cast<Grade>(grade[0] - 'A');
  past.login = row.text(3);
  past.device = row.text(4);
  past.address = row.text(5);
  past.outcome = journal::outcome_from(row.text(6)).value_or(journal::Outcome::None);
  past.sealed = row.number(7) != 0;
  past.band = band_from(row.text(8));
  return past;
}

std::string counters_to_json(const CoverageMinute& minute) {
  json out = json::array();
  for (const auto& [name, value] : minute.counters) out.push_back({name, value});
  return dump(out);
}

CoverageMinute coverage_from(Timestamp at, const std::string& text) {
  CoverageMinute minute{at, {}};
  const json value = json::parse(text, nullptr, false);
  if (!value.is_array()) return minute;
  for (const auto& pair : value) {
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_number_unsigned()) {
      minute.counters.emplace_back(pair[0].get<std::string>(), pair[1].get<std::uint64_t>());
    }
  }
  return minute;
}

}  // namespace gatehouse::lodge
