// From a configuration to a policy that can decide: the lists compiled or loaded, checked against the rules. Used by
// both programs and the commands, at start and at each reload; throws SetupError, never on the packet path.
#pragma once

#include <filesystem>
#include <memory>

#include "base/config_file.h"
#include "gate/policy/policy.h"
#include "gate/policy/settings.h"
#include "lists/compiler.h"

namespace gatehouse::policy {

struct LoadedPolicy {
  std::shared_ptr<const PolicySnapshot> policy;
  lists::CompileReport compiled;  // of the lists, where they were compiled here
};

// Reads the sections of policy and lists; the shipped lists serve where the file names none. Throws SetupError for
// mistakes in the file noted so far, for lists that cannot be had and for rules about what is not there.
LoadedPolicy load_policy(const ConfigFile& file);
// The built-in policy over the shipped lists.
LoadedPolicy built_in_policy();

// The pack alone, as the section `lists` has it.
std::shared_ptr<const lists::Pack> make_pack(const ListSettings& settings, lists::CompileReport& report);

// The starter lists under rules_folder(), for a configuration that names none.
ListSettings shipped_lists();
// Where the shipped categories and lists are: beside the installed program, or in the source tree.
std::filesystem::path rules_folder();

}  // namespace gatehouse::policy
