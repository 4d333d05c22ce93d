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
    "2026-11-25", "five simulated days that no weight was set by (seeds 780001 to 780005)",
    10657, 1984, 0.967, 0.900, 0.072, 0.028};

}  // namespace gatehouse::lodge
