#include "setup.h"

#include <fmt/format.h>

#include <cstdio>

#include "gate/policy/check.h"
#include "gate/policy/load.h"

namespace gatehouse::cli {
namespace {

// Enough of a list's mistakes to see what kind they are; `gatehouse lists check` shows them all.
constexpr std::size_t kProblemsShown = 3;

void tell_problems(const ConfigFile& file, bool quiet) {
  if (quiet) return;
  for (const ConfigProblem& problem : file.problems()) {
    if (problem.severity == Severity::Warning) fmt::print(stderr, "{}\n", problem.to_string());
  }
}

void tell_skipped(const lists::CompileReport& report, bool quiet) {
  if (quiet) return;
  for (const lists::ListReport& list : report.lists) {
    if (list.skipped == 0) continue;
    fmt::print(stderr, "{}: {} lines skipped, {} entries taken\n", list.path, list.skipped, list.entries);
    for (std::size_t i = 0; i < list.problems.size() && i < kProblemsShown; ++i) {
      fmt::print(stderr, "  {}\n", list.problems[i].to_string());
    }
  }
}

}  // namespace

Setup load_setup(const std::string& config, bool quiet) {
  Setup out;
  out.config = config;
  policy::LoadedPolicy loaded;
  if (config.empty()) {
    out.journal.record = policy::Record::Everything;
    loaded = policy::built_in_policy();
  } else {
    const ConfigFile file = ConfigFile::load(config);
    out.journal = policy::read_journal_settings(file);
    out.lodge = lodge::read_lodge_settings(file);
    policy::refuse_unknown_sections(file);
    loaded = policy::load_policy(file);
    tell_problems(file, quiet);
  }
  tell_skipped(loaded.compiled, quiet);
  out.policy = std::move(loaded.policy);
  return out;
}

lodge::ReportContext report_context(const Setup& setup, bool replay) {
  lodge::ReportContext out = lodge::report_context(setup.policy->pack(), setup.lodge.report, GATEHOUSE_VERSION);
  out.replay = replay;
  return out;
}

}  // namespace gatehouse::cli
