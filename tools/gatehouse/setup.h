// What the commands need before they can start: the configuration read section by section, the lists compiled or
// loaded, the policy made of both. With no configuration file the built-in settings and the shipped lists serve.
#pragma once

#include <memory>
#include <string>

#include "gate/policy/policy.h"
#include "gate/policy/settings.h"
#include "lodge/settings.h"

namespace gatehouse::cli {

struct Setup {
  std::string config;  // empty: built-in
  policy::JournalSettings journal;
  lodge::LodgeSettings lodge;
  std::shared_ptr<const policy::PolicySnapshot> policy;
};

// Throws SetupError. Doubtful things (an overdue review, skipped lines) are told on standard error unless `quiet`.
Setup load_setup(const std::string& config, bool quiet);

lodge::ReportContext report_context(const Setup& setup, bool replay);

}  // namespace gatehouse::cli
