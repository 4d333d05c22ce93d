// Processor time and memory of this process, for the benchmarks: on a busy machine what work costs, not how long it
// waited.
#pragma once

#include <cstdio>
#include <ctime>

namespace gatehouse::bench {

inline double cpu_seconds() {
  struct timespec now {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Resident memory now, in MB (proc(5), statm: the second number is pages of 4 KiB).
inline double resident_mb() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  unsigned long total = 0, resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return read == 2 ? static_cast<double>(resident) * 4096 / 1e6 : 0;
}

}  // namespace gatehouse::bench
