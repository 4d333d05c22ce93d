// Runs a program without a shell, gives it its input, and waits for what it says. For iptables; at set-up only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::firewall {

struct ProgramResult {
  int status = 0;      // exit code; 128 and more: ended by a signal
  std::string output;
  std::string errors;
};

// An error only where it could not be started at all. Looked for in PATH and where systems keep such tools.
Result<ProgramResult> run_program(const std::vector<std::string>& arguments, std::string_view input);

}  // namespace gatehouse::firewall
