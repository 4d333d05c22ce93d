// gatehouse-lodge: knows people, sees no packets. In the foreground, one configuration file, messages on standard error.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/result.h"
#include "lodge/lodge.h"
#include "process/confine.h"

int main(int argc, char** argv) {
  using namespace gatehouse;
  CLI::App app{
      "gatehouse-lodge reads the gate's journal, keeps attempts with who made them, and makes the report each morning.\n"
      "It runs in the foreground. SIGHUP reads the configuration again; SIGTERM ends it. It can be stopped, upgraded or\n"
      "killed at any time: it goes on reading the journal where it stopped.",
      "gatehouse-lodge"};
  lodge::LodgeOptions options;
  options.version = GATEHOUSE_VERSION;
  bool verbose = false;
  app.add_option("--config", options.config, "gatehouse.yaml")->required();
  app.add_flag("--verbose", verbose, "tell more");
  app.set_version_flag("--version", GATEHOUSE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const SystemClock clock;
    const Log log = make_stderr_log("lodge", verbose);
    process::drop_capabilities(process::Role::Lodge, log);
    process::restrict_system_calls(process::Role::Lodge, log);
    lodge::Lodge(std::move(options), clock, log).run();
    return 0;
  } catch (const SetupError& error) {
    std::cerr << "gatehouse-lodge: " << error.error().to_string() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-lodge: " << error.what() << '\n';
  }
  return 1;
}
