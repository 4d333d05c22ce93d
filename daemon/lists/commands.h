// What `gatehouse lists compile|show|check` do, as functions that write for people to a stream. The command's
// argument parsing is in tools/gatehouse.
#pragma once

#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "base/london.h"
#include "lists/compiler.h"
#include "lists/pack.h"

namespace gatehouse::lists {

// Compiles all inputs into one pack file. On an Error nothing is written and an older pack stays as it is.
Result<CompileReport> compile_lists(std::span<const ListInput> inputs, const CompileOptions& options,
                                    const std::filesystem::path& out);

// A line a list with its counts, then the problems that were kept.
void print_report(const CompileReport& report, std::ostream& out);

// `lists show`: categories, and for each list its entries, source, reviewer and whether its review is overdue.
void describe_pack(const Pack& pack, Day today, std::ostream& out);

// `lists show --entries LIST`: the entries with file, line and reason. A sealed list's entries are counted, not
// shown. False when there is no such list.
bool print_entries(const Pack& pack, std::string_view list_id, std::ostream& out);

struct CheckOptions {
  CompileOptions compile;
  Day today{};
  // Lists of ordinary sites (MISP warning lists, plain lists): which of them would be blocked?
  std::vector<std::string> ordinary_sites;
  std::size_t most_shown = 20;
};

enum class CheckStatus : int { Clean = 0, Warnings = 1, Unusable = 2 };  // exit codes of `lists check`

// `lists check`: every problem with file, line and remedy; overdue reviews; ordinary sites that would be blocked.
CheckStatus check_lists(std::span<const ListInput> inputs, const CheckOptions& options, std::ostream& out);

}  // namespace gatehouse::lists
