// What a college says about itself and its report: the sections `college` and `report` of gatehouse.yaml.
// Read once at set-up; plain data afterwards.
#pragma once

#include <string>
#include <vector>

#include "base/config_file.h"
#include "base/hash.h"
#include "base/london.h"
#include "lodge/safeguarding/sample.h"

namespace gatehouse::lodge {

enum class Names : std::uint8_t {
  Pseudonyms,  // a short code a person: the default, because reports are mailed and left on desks
  Logins,      // logins of grade A and B attempts
};

struct Term {
  std::string name;  // "Autumn term"
  Day first;
  Day last;
};

struct ReportSettings {
  std::string college = "Your college";
  std::string site;
  std::string contact;         // whom to ask about this report
  std::string prevent_policy;  // where the college's Prevent policy stands
  std::vector<Term> terms;

  Names names = Names::Pseudonyms;
  HashKey pseudonym_key;  // the same key gives the same person the same code every day
  bool pseudonym_key_set = false;

  // So much silence from the gate in one day and the report will not vouch for the rest of it. Ten minutes is
  // longer than a restart or an upgrade takes and shorter than a lesson.
  int gap_minutes = 10;
  // Under this share of named connections the filter saw too little for a quiet day to mean anything.
  int named_percent_floor = 50;
  // A list older than this is called out of date: extremist sites change address within weeks.
  int list_days = 14;

  std::vector<std::string> name_roles;  // who may look up the name behind a code
  SampleSize sample;                    // how many sessions are drawn for review each day

  std::string next_step_today;  // the college's own procedure; empty: the wording that is built in
  std::string next_step_week;
};

// The sections `college` and `report`; wrong values are reported to `file` and its fallback used.
ReportSettings read_report_settings(const ConfigFile& file);

// A key from whatever a person typed.
HashKey pseudonym_key_from(std::string_view text) noexcept;

}  // namespace gatehouse::lodge
