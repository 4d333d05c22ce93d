// Compiling patterns and keywords with Hyperscan, off the packet path: checks each one, names the line of a bad one,
// and gives serialised databases for the pack.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "lists/pack_format.h"

namespace gatehouse::lists {

struct PatternSource {
  std::string expression;
  std::uint32_t entry = 0;  // index of its entry in the pack
};

// What is wrong with one expression; empty when nothing is. Refuses what Hyperscan cannot do, what matches the empty
// text, and what matches several ordinary sites that everyone uses.
std::string pattern_fault(const std::string& expression, PatternGroup group);

// All expressions of a group as one serialised database; match ids are positions in `patterns`. Empty for none.
Result<std::string> compile_patterns(const std::vector<PatternSource>& patterns);

}  // namespace gatehouse::lists
