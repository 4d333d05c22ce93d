// From a code in a report to the person behind it, and the record that it was asked. Every question is
// written down before its answer is shown, in a table that can only grow and whose rows are chained by
// SHA-256: a row taken out or changed by whoever holds the file shows. Used by the command and the console;
// one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

// Who asks, as what, and why.
struct NameQuestion {
  std::string code;     // "L-7Q2K9M"
  std::string person;   // who asks
  std::string role;     // "safeguarding-lead"
  std::string purpose;  // in the asker's own words
  std::string second;   // a second person who agrees; needed for staff
};

struct NameAnswer {
  enum class Kind : std::uint8_t { Shown, Unknown, Refused };
  Kind kind = Kind::Unknown;
  std::vector<std::string> names;  // more than one where a code stands for several: then it proves nothing
  std::string words;               // why not, where it was refused or unknown
};

// One row of the record.
struct NameLookUp {
  Timestamp at{};
  std::string code;
  std::string person;
  std::string role;
  std::string purpose;
  std::string second;
  std::string answer;  // "shown", "unknown", "refused"
};

// Who may ask. A college changes it with `report: name_roles:`.
const std::vector<std::string>& default_name_roles();

// Answers and records. The error is the store's: then nothing is shown, because nothing could be written
// down.
Result<NameAnswer> look_up_name(const Connection& db, const NameQuestion& question, const HashKey& key,
                                const std::vector<std::string>& roles, Timestamp now);

// The record of [from, to), oldest first.
Result<std::vector<NameLookUp>> look_ups_between(const Connection& db, Timestamp from, Timestamp to);
// True when every row still follows from the one before it.
Result<bool> look_ups_unbroken(const Connection& db);

}  // namespace gatehouse::lodge
