// `gatehouse lists compile|show|check`.
#include "lists/commands.h"

#include <fmt/format.h>

#include <iostream>

#include "base/london.h"
#include "commands.h"
#include "gate/policy/load.h"

namespace gatehouse::cli {
namespace {

struct ListsOptions {
  std::vector<std::string> inputs;
  std::string out;
  std::string category;
  std::string format;
  std::string categories;
  std::string entries;
  std::vector<std::string> ordinary;
  bool allow = false;
  bool sealed = false;
};

std::vector<lists::ListInput> inputs_of(const ListsOptions& options) {
  std::vector<lists::ListInput> out;
  for (const std::string& path : options.inputs) {
    lists::ListInput input;
    input.path = path;
    input.category = options.category;
    input.format = options.format;
    input.allow = options.allow;
    input.sealed = options.sealed;
    out.push_back(input);
  }
  return out;
}

lists::CompileOptions compile_options(const ListsOptions& options) {
  lists::CompileOptions out;
  out.now = SystemClock().now();
  const auto shipped = policy::rules_folder() / "categories.yaml";
  out.categories_file = !options.categories.empty()       ? options.categories
                        : std::filesystem::exists(shipped) ? shipped.string()
                                                           : std::string();
  return out;
}

int compile(const ListsOptions& options) {
  const auto report = lists::compile_lists(inputs_of(options), compile_options(options), options.out);
  if (!report) throw SetupError(report.error());
  lists::print_report(*report, std::cout);
  return kOk;
}

int show(const ListsOptions& options) {
  const auto pack = lists::Pack::load(options.inputs.front());
  if (!pack) throw SetupError(pack.error());
  if (options.entries.empty()) {
    lists::describe_pack(**pack, london_day(SystemClock().now()), std::cout);
  } else if (!lists::print_entries(**pack, options.entries, std::cout)) {
    throw SetupError({fmt::format("the pack has no list `{}`", options.entries),
                      "`gatehouse lists show PACK` names its lists", options.inputs.front(), 0});
  }
  return kOk;
}

int check(const ListsOptions& options) {
  lists::CheckOptions wanted;
  wanted.compile = compile_options(options);
  wanted.today = london_day(SystemClock().now());
  wanted.ordinary_sites = options.ordinary;
  return static_cast<int>(lists::check_lists(inputs_of(options), wanted, std::cout));
}

void add_inputs(CLI::App* command, ListsOptions& options) {
  command->add_option("lists", options.inputs, "files, squidGuard folders or our own YAML bundles")->required();
  command->add_option("--category", options.category, "what the entries are about, where the list does not say");
  command->add_option("--format", options.format, "domains, hosts, squidguard ...; without it the content tells");
  command->add_option("--categories", options.categories, "categories.yaml, when it is not the shipped one");
  command->add_flag("--allow", options.allow, "these are allow lists");
  command->add_flag("--sealed", options.sealed, "nothing overrides these, and their entries are never shown");
}

}  // namespace

void add_lists(CLI::App& app, Run& run) {
  auto options = std::make_shared<ListsOptions>();
  CLI::App* lists = app.add_subcommand("lists", "Compiles, shows and checks blocklists.");
  lists->require_subcommand(1);

  CLI::App* compile_command = lists->add_subcommand(
      "compile", "Makes one pack of lists in any format. A bad line is told with file, line and remedy, and skipped.");
  add_inputs(compile_command, *options);
  compile_command->add_option("--out", options->out, "the pack to write")->required();
  compile_command->callback([options, &run] { run = [options] { return compile(*options); }; });

  CLI::App* show_command = lists->add_subcommand("show", "What is in a pack: categories, lists, sources, reviews overdue.");
  show_command->add_option("pack", options->inputs, "a pack that `lists compile` made")->required()->expected(1);
  show_command->add_option("--entries", options->entries, "the entries of this list, with file, line and reason");
  show_command->callback([options, &run] { run = [options] { return show(*options); }; });

  CLI::App* check_command = lists->add_subcommand(
      "check", "Says what is wrong with lists and what they would break. Exit code 0 clean, 1 warnings, 2 unusable.");
  add_inputs(check_command, *options);
  check_command->add_option("--ordinary", options->ordinary, "lists of ordinary sites: which of them would be blocked?");
  check_command->callback([options, &run] { run = [options] { return check(*options); }; });
}

}  // namespace gatehouse::cli
