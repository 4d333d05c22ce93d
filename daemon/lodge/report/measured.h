// How well attempts are told from background, as measured. Written by `gatehouse-measure-visits --write`; do
// not edit. The report's footer carries these figures.
#pragma once

namespace gatehouse::lodge {

struct MeasuredError {
  const char* date;      // when
  const char* data;      // on what
  int attempts;          // judged
  int meant;             // of them by a person
  double precision;      // of those said to be likely deliberate, the share that was
  double recall;         // of those that a person meant, the share said to be likely deliberate
  double meant_unclear;  // of those that a person meant, the share said to be unclear
  double missed;         // of those that a person meant, the share said to be likely background
};
inline constexpr MeasuredError kMeasuredError{
    "2026-11-25", "five simulated days that no weight was set by (seeds 791001 to 791005)",
    11582, 1927, 0.971, 0.923, 0.043, 0.035};

}  // namespace gatehouse::lodge
