// From lists in any format to one pack: reads each, brings its entries into canonical form, refuses what would do
// harm, and says what it did. Runs in the tool, never on the packet path. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "lists/pack.h"
#include "lists/pack_builder.h"

namespace gatehouse::lists {

// One list to compile, and what its own format cannot say of it. What a bundle says of itself counts more than what
// stands here, except `category`, `sealed` and `allow`, which when set here count more.
struct ListInput {
  std::string path;      // a file or a squidGuard folder
  std::string format;    // by name (formats/format.h); empty to recognise it
  std::string id;        // empty: from the file's name
  std::string category;  // id of a category; needed for formats other than bundles
  std::string title;
  std::string source;
  std::string reason;
  bool sealed = false;
  bool allow = false;
};

struct CompileOptions {
  std::string categories_file;   // rules/categories.yaml; empty: categories are made from the ids that lists name
  std::size_t keep_problems = 50;  // of each list, in full; the others are counted
  Timestamp now{};
};

struct ListReport {
  std::string id;
  std::string path;
  std::string format;
  std::string category;
  std::size_t entries = 0;
  std::size_t duplicates = 0;
  std::size_t skipped = 0;         // lines refused or not understood
  std::vector<Error> problems;     // the first of them, with file, line and remedy
};

struct CompileReport {
  std::vector<ListReport> lists;
  std::size_t entries = 0;
  std::size_t pack_bytes = 0;
  [[nodiscard]] std::size_t skipped() const;
};

class Compiler {
 public:
  explicit Compiler(CompileOptions options);
  Compiler(Compiler&&) = default;
  ~Compiler();

  // Reads the categories file, when the options name one. Call first.
  Result<void> read_categories();
  // Adds a list. A bad line is skipped and reported; an unreadable or unknown file is an Error.
  Result<void> add(const ListInput& input);
  // The same from text in memory (tests, fuzzing); `path` is what messages show.
  Result<void> add_text(const ListInput& input, std::string text);

  [[nodiscard]] const CompileReport& report() const noexcept { return report_; }
  // Writes the pack so that it appears complete or not at all.
  Result<void> write(const std::filesystem::path& path);
  // The pack without a file, for tests and checks.
  Result<std::shared_ptr<const Pack>> to_pack();

 private:
  class Sink;
  Result<void> add_source(const ListInput& input, const struct Source& source);
  Result<std::uint16_t> category_of(const ListInput& input, const std::string& id);

  CompileOptions options_;
  EntryReader reader_;
  PackBuilder builder_;
  CompileReport report_;
};

}  // namespace gatehouse::lists
