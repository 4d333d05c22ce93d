// `gatehouse`: the command for people. Each command is in a file of its own name.
#include <iostream>

#include "base/result.h"
#include "commands.h"

int main(int argc, char** argv) {
  using namespace gatehouse;
  CLI::App app{
      "Gatehouse, the filtering firewall of a college.\n\n"
      "Start here:\n"
      "  gatehouse replay day.pcap --report out      a capture in, the safeguarding lead's report out\n"
      "  gatehouse why some.site --from 10.10.1.14   what happens to a name, and which entry decides\n"
      "  gatehouse check-config gatehouse.yaml       every mistake in a configuration, with file and line\n",
      "gatehouse"};
  app.set_version_flag("--version", GATEHOUSE_VERSION);
  app.require_subcommand(1);
  app.footer("`gatehouse COMMAND --help` teaches each command. Exit codes: 0 done, 1 failed (the reason and a remedy on\n"
             "standard error), 2 the command line was wrong, 3 a capture was damaged and what could be read was read.");
  cli::Run run;
  cli::add_replay(app, run);
  cli::add_report(app, run);
  cli::add_names(app, run);
  cli::add_incident(app, run);
  cli::add_alerts(app, run);
  cli::add_why(app, run);
  cli::add_lists(app, run);
  cli::add_check_config(app, run);
  cli::add_firewall(app, run);
  cli::add_control(app, run);
  cli::add_requests(app, run);
  cli::add_guests(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  try {
    return run();
  } catch (const SetupError& error) {
    std::cerr << "gatehouse: " << error.error().to_string() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "gatehouse: " << error.what() << '\n';
  }
  return cli::kFailed;
}
