// What can be wrong with a configuration beyond its spelling: rules about groups and categories that do not
// exist, networks that overlap, exemptions that have ended, lists that are missing. For `gatehouse
// check-config`.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/config_file.h"
#include "gate/policy/settings.h"
#include "lists/pack.h"

namespace gatehouse::policy {

// Reads the sections of rooms that this one must not know (college, store, identity, report).
using SectionReader = std::function<void(const ConfigFile&)>;

// Every error and warning of a file, in the order of its lines; compiles its lists to judge them. Throws
// nothing for a bad configuration: a file that cannot be read is its one error. `shipped` serves where the
// file names no lists.
std::vector<ConfigProblem> check_config(const std::filesystem::path& path, Timestamp now,
                                        const SectionReader& read_other_sections = {},
                                        const ListSettings& shipped = {});

// The part about sense alone, for settings in hand. `pack` may be null: then categories and lists are not
// judged.
std::vector<ConfigProblem> check_policy(const PolicySettings& settings, const lists::Pack* pack,
                                        Timestamp now);

// Notes an error at every section of the file that Gatehouse does not know.
void refuse_unknown_sections(const ConfigFile& file);

}  // namespace gatehouse::policy
