// What the commands need before they can start: the configuration read section by section, the lists compiled or
// loaded, the policy made of both. With no configuration file the built-in settings and the shipped lists serve.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/config_file.h"
#include "gate/policy/policy.h"
#include "gate/policy/settings.h"
#include "lists/compiler.h"
#include "lodge/report/load_input.h"
#include "lodge/report/settings.h"

namespace gatehouse::cli {

struct Setup {
  std::string config;  // empty: built-in
  policy::JournalSettings journal;
  lodge::ReportSettings report;
  std::filesystem::path store;      // sections store, identity, report
  std::filesystem::path sessions;
  std::filesystem::path report_folder;
  std::shared_ptr<const policy::PolicySnapshot> policy;
  lists::CompileReport compiled;    // of the lists, where they were compiled here
};

// Throws SetupError. Doubtful things (an overdue review, skipped lines) are told on standard error unless `quiet`.
Setup load_setup(const std::string& config, bool quiet);

// The sections of the lodge: report, store, identity. Mistakes are noted in the file.
void read_lodge_sections(const ConfigFile& file, Setup& out);

// The lists of a pack as the report shows them, and the weights of its categories.
lodge::ReportContext report_context(const Setup& setup, bool replay);

// The starter lists under rules_folder(), for a configuration that names none.
policy::ListSettings shipped_lists();
// Where the shipped categories and lists are: beside the installed program, or in the source tree.
std::filesystem::path rules_folder();

}  // namespace gatehouse::cli
