// Pieces of YAML shared by the bundle reader and the categories reader: values with their line, and complaints
// about keys that are not known.
#pragma once

#include <yaml-cpp/yaml.h>

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::lists {

// Parses text that is to be a mapping. Errors carry the line and never throw.
Result<YAML::Node> parse_yaml(const std::string& text, const std::string& file);
int line_of(const YAML::Node& node);
// Fails at the first key that is not among the known ones, with the nearest known one as remedy.
Result<void> check_keys(const YAML::Node& mapping, std::span<const std::string_view> known, const std::string& file);
Result<std::string> read_text(const YAML::Node& mapping, const char* key, const std::string& file);
Result<bool> read_flag(const YAML::Node& mapping, const char* key, const std::string& file);
// A date as yyyymmdd; 0 when the key is absent.
Result<std::uint32_t> read_date(const YAML::Node& mapping, const char* key, const std::string& file);

}  // namespace gatehouse::lists
