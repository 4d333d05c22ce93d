// The categories file (rules/categories.yaml): what entries are about, in words for people.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "lists/pack_builder.h"

namespace gatehouse::lists {

// In the file's order. Errors carry file, line and remedy.
Result<std::vector<CategorySource>> read_categories_text(const std::string& text, const std::string& file);
Result<std::vector<CategorySource>> read_categories_file(const std::string& path);

}  // namespace gatehouse::lists
