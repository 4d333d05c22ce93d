#include "process/program.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/result.h"

namespace gatehouse::process {

int run_program(const Program& program, int argc, char** argv,
                const std::function<void(const std::string& config, const Log& log)>& body) {
  CLI::App app{program.about, program.name};
  std::string config;
  bool verbose = false;
  app.add_option("--config", config, "gatehouse.yaml")->required();
  app.add_flag("--verbose", verbose, "tell more");
  app.set_version_flag("--version", program.version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const Log log = make_stderr_log(program.role == Role::Gate ? "gate" : "lodge", verbose);
    drop_capabilities(program.role, log);
    body(config, log);
    return 0;
  } catch (const SetupError& error) {
    std::cerr << program.name << ": " << error.error().to_string() << '\n';
  } catch (const std::exception& error) {
    std::cerr << program.name << ": " << error.what() << '\n';
  }
  return 1;
}

}  // namespace gatehouse::process
