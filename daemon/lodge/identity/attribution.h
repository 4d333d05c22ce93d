// The answer to "who held this address at that time": a grade, a login only where the evidence carries it,
// and the reason in words. Plain data, used by everything in the lodge that speaks of people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"

namespace gatehouse::lodge {

// How sure it is who held an address (README.md in this folder). A: two independent sources agree; B: one
// source; C: shared device or stale evidence; D: not established. Names are given for A and B only.
enum class Grade : std::uint8_t { A, B, C, D };

constexpr bool names_a_person(Grade grade) noexcept { return grade == Grade::A || grade == Grade::B; }
constexpr char letter(Grade grade) noexcept { return static_cast<char>('A' + static_cast<int>(grade)); }

struct Attribution {
  Grade grade = Grade::D;
  std::string login;        // empty unless the grade is A or B
  std::string group;        // of the login; empty unless the grade is A or B
  std::string sponsor;      // of a guest; empty unless the grade is A or B
  MacAddress device;        // zero: not known
  std::string device_name;  // empty: not known
  std::string place;
  std::string why;  // one plain sentence that names nobody
  // The intervals that were weighed, as their sources gave them. They can name people also where the grade is
  // C: for an investigation by a person, never for a report.
  std::vector<std::string> evidence;
};

}  // namespace gatehouse::lodge
