// What the tests of lists share: packs from text, and the real lists where they are.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "lists/compiler.h"
#include "lists/matcher.h"
#include "lists/pack.h"

namespace gatehouse::lists {

inline ListInput input_named(std::string path, std::string category = "other-harm") {
  ListInput input;
  input.path = std::move(path);
  input.category = std::move(category);
  return input;
}

// A pack of one list in any format; fails the test when it does not compile.
inline std::shared_ptr<const Pack> pack_of(std::string text, ListInput input = input_named("list.txt"),
                                           CompileReport* report = nullptr) {
  Compiler compiler{CompileOptions{}};
  const auto added = compiler.add_text(input, std::move(text));
  EXPECT_TRUE(added) << (added ? "" : added.error().to_string());
  if (report != nullptr) *report = compiler.report();
  auto pack = compiler.to_pack();
  EXPECT_TRUE(pack) << (pack ? "" : pack.error().to_string());
  return pack ? *pack : Pack::empty();
}

inline bool listed(const Pack& pack, std::string_view host) { return !pack.match_host(host).empty(); }

// The folder of real lists beside the project, or empty where it is absent.
inline std::filesystem::path real_lists() {
  const char* const given = std::getenv("GATEHOUSE_LISTS");
  const std::filesystem::path folder =
      given != nullptr ? given : std::filesystem::path(GATEHOUSE_SOURCE_DIR) / ".." / "shared" / "lists";
  return std::filesystem::exists(folder / "hagezi") ? folder : std::filesystem::path();
}

}  // namespace gatehouse::lists
