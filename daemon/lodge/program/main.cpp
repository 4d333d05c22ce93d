// gatehouse-lodge: knows people, sees no packets. In the foreground, one configuration file, messages on standard error.
#include "lodge/lodge.h"
#include "process/confine.h"
#include "process/program.h"

int main(int argc, char** argv) {
  using namespace gatehouse;
  const process::Program program{
      "gatehouse-lodge", process::Role::Lodge,
      "gatehouse-lodge reads the gate's journal, keeps attempts with who made them, and makes the report each morning.\n"
      "It runs in the foreground. SIGHUP reads the configuration again; SIGTERM ends it. It can be stopped, upgraded or\n"
      "killed at any time: it goes on reading the journal where it stopped.",
      GATEHOUSE_VERSION};
  return process::run_program(program, argc, argv, [](const std::string& config, const Log& log) {
    const SystemClock clock;
    process::restrict_system_calls(process::Role::Lodge, log);
    lodge::Lodge({config, GATEHOUSE_VERSION}, clock, log).run();
  });
}
