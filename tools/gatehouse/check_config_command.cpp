// `gatehouse check-config`: every mistake in a configuration at once.
#include "gate/policy/check.h"

#include <fmt/format.h>

#include "commands.h"
#include "gate/capture/settings.h"
#include "gate/policy/load.h"
#include "gate/respond/settings.h"
#include "lodge/settings.h"

namespace gatehouse::cli {
namespace {

int check(const std::string& path) {
  // The sections of the other rooms are read here too, so that their mistakes are found with the policy's.
  const auto problems = policy::check_config(path, SystemClock().now(), [](const ConfigFile& file) {
    (void)respond::read_respond_settings(file);
    (void)capture::read_gate_settings(file);
    (void)lodge::read_lodge_settings(file);
  }, policy::shipped_lists());
  std::size_t errors = 0;
  for (const ConfigProblem& problem : problems) {
    fmt::print("{}\n", problem.to_string());
    errors += problem.severity == Severity::Error ? 1 : 0;
  }
  if (errors == 0) fmt::print("{}: can be used ({} warnings)\n", path, problems.size());
  return errors == 0 ? kOk : kFailed;
}

}  // namespace

void add_check_config(CLI::App& app, Run& run) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "check-config", "Says every mistake in a configuration with file, line and remedy. Exit code 0 when it can be used.");
  command->add_option("config", *path, "gatehouse.yaml")->required();
  command->callback([path, &run] { run = [path] { return check(*path); }; });
}

}  // namespace gatehouse::cli
