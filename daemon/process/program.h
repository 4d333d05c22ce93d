// The frame of both programs: their command line, the log on standard error, and what is said when they cannot begin.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "process/confine.h"

namespace gatehouse::process {

struct Program {
  std::string name;   // as it is called
  Role role;
  std::string about;  // for --help
  std::string version;
};

// Runs `body` with the configuration's path once the capabilities that the role does not need are dropped. Returns
// what main returns: 0 after an ordinary end, 1 with a message when the body threw, 2 for a wrong command line.
int run_program(const Program& program, int argc, char** argv,
                const std::function<void(const std::string& config, const Log& log)>& body);

}  // namespace gatehouse::process
