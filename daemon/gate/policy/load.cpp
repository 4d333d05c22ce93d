#include "gate/policy/load.h"

#include <algorithm>

#include "gate/policy/check.h"

namespace gatehouse::policy {
namespace {

// A rule that names a group or category that is not there would let through what it was written to stop.
void refuse_senseless(const PolicySettings& settings, const lists::Pack& pack) {
  for (const ConfigProblem& problem : check_policy(settings, &pack, SystemClock().now())) {
    if (problem.severity == Severity::Error) throw SetupError(problem.error);
  }
}

LoadedPolicy join(PolicySettings settings, const ListSettings& lists) {
  LoadedPolicy out;
  auto pack = make_pack(lists, out.compiled);
  refuse_senseless(settings, *pack);
  out.policy = std::make_shared<const PolicySnapshot>(std::move(settings), std::move(pack));
  return out;
}

}  // namespace

std::shared_ptr<const lists::Pack> make_pack(const ListSettings& settings, lists::CompileReport& report) {
  if (!settings.pack.empty()) return value_or_throw(lists::Pack::load(settings.pack.string()));
  if (settings.sources.empty()) return lists::Pack::empty();
  lists::CompileOptions options;
  options.categories_file = settings.categories.string();
  options.now = SystemClock().now();
  lists::Compiler compiler(options);
  throw_if_failed(compiler.read_categories());
  for (const ListSource& source : settings.sources) {
    lists::ListInput input;
    input.path = source.path.string();
    input.format = source.format;
    input.category = source.category;
    input.title = source.title;
    input.sealed = source.sealed;
    input.allow = source.allow;
    throw_if_failed(compiler.add(input));
  }
  auto pack = value_or_throw(compiler.to_pack());
  report = compiler.report();
  return pack;
}

std::filesystem::path rules_folder() {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const auto installed = program.parent_path().parent_path() / "share" / "gatehouse" / "rules";
  return std::filesystem::exists(installed, ignored) ? installed : std::filesystem::path(GATEHOUSE_RULES_FOLDER);
}

ListSettings shipped_lists() {
  ListSettings out;
  const std::filesystem::path rules = rules_folder();
  if (!std::filesystem::exists(rules / "categories.yaml")) return out;
  out.categories = rules / "categories.yaml";
  for (const auto& file : std::filesystem::directory_iterator(rules / "starter")) {
    if (file.path().extension() == ".yaml") out.sources.push_back({file.path(), {}, {}, {}, false, false, 0});
  }
  std::sort(out.sources.begin(), out.sources.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

LoadedPolicy load_policy(const ConfigFile& file) {
  PolicySettings settings = read_policy_settings(file);
  const ListSettings lists = read_list_settings(file);
  file.throw_if_errors();
  return join(std::move(settings), lists.present ? lists : shipped_lists());
}

LoadedPolicy built_in_policy() { return join({}, shipped_lists()); }

}  // namespace gatehouse::policy
