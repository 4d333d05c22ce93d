#include "setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "gate/policy/check.h"

namespace gatehouse::cli {
namespace {

// Enough of a list's mistakes to see what kind they are; `gatehouse lists check` shows them all.
constexpr std::size_t kProblemsShown = 3;

void tell_problems(const ConfigFile& file, bool quiet) {
  if (quiet) return;
  for (const ConfigProblem& problem : file.problems()) {
    if (problem.severity == Severity::Warning) fmt::print(stderr, "{}\n", problem.to_string());
  }
}

void tell_skipped(const lists::CompileReport& report, bool quiet) {
  if (quiet) return;
  for (const lists::ListReport& list : report.lists) {
    if (list.skipped == 0) continue;
    fmt::print(stderr, "{}: {} lines skipped, {} entries taken\n", list.path, list.skipped, list.entries);
    for (std::size_t i = 0; i < list.problems.size() && i < kProblemsShown; ++i) {
      fmt::print(stderr, "  {}\n", list.problems[i].to_string());
    }
  }
}

std::shared_ptr<const lists::Pack> make_pack(const policy::ListSettings& settings, lists::CompileReport& report) {
  if (!settings.pack.empty()) return value_or_throw(lists::Pack::load(settings.pack.string()));
  if (settings.sources.empty()) return lists::Pack::empty();
  lists::CompileOptions options;
  options.categories_file = settings.categories.string();
  options.now = SystemClock().now();
  lists::Compiler compiler(options);
  throw_if_failed(compiler.read_categories());
  for (const policy::ListSource& source : settings.sources) {
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

// A rule that names a group or category that is not there would let through what it was written to stop.
void refuse_senseless(const policy::PolicySettings& settings, const lists::Pack& pack) {
  for (const ConfigProblem& problem : policy::check_policy(settings, &pack, SystemClock().now())) {
    if (problem.severity == Severity::Error) throw SetupError(problem.error);
  }
}

}  // namespace

std::filesystem::path rules_folder() {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const auto installed = program.parent_path().parent_path() / "share" / "gatehouse" / "rules";
  return std::filesystem::exists(installed, ignored) ? installed : std::filesystem::path(GATEHOUSE_RULES_FOLDER);
}

policy::ListSettings shipped_lists() {
  policy::ListSettings out;
  const std::filesystem::path rules = rules_folder();
  if (!std::filesystem::exists(rules / "categories.yaml")) return out;
  out.categories = rules / "categories.yaml";
  for (const auto& file : std::filesystem::directory_iterator(rules / "starter")) {
    if (file.path().extension() == ".yaml") out.sources.push_back({file.path(), {}, {}, {}, false, false, 0});
  }
  std::sort(out.sources.begin(), out.sources.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

void read_lodge_sections(const ConfigFile& file, Setup& out) {
  out.report = lodge::read_report_settings(file);
  out.report_folder = file.section("report").child("folder").path();
  const ConfigNode store = file.section("store");
  out.store = store.child("path").path();
  store.finish();
  const ConfigNode identity = file.section("identity");
  out.sessions = identity.child("sessions").path();
  identity.finish();
}

Setup load_setup(const std::string& config, bool quiet) {
  Setup out;
  out.config = config;
  policy::PolicySettings policy;
  policy::ListSettings lists;
  if (config.empty()) {
    lists = shipped_lists();
    out.journal.record = policy::Record::Everything;
  } else {
    const ConfigFile file = ConfigFile::load(config);
    policy = policy::read_policy_settings(file);
    lists = policy::read_list_settings(file);
    out.journal = policy::read_journal_settings(file);
    read_lodge_sections(file, out);
    policy::refuse_unknown_sections(file);
    file.throw_if_errors();
    tell_problems(file, quiet);
    if (!lists.present) lists = shipped_lists();
  }
  auto pack = make_pack(lists, out.compiled);
  tell_skipped(out.compiled, quiet);
  if (!config.empty()) refuse_senseless(policy, *pack);
  out.policy = std::make_shared<const policy::PolicySnapshot>(std::move(policy), std::move(pack));
  return out;
}

lodge::ReportContext report_context(const Setup& setup, bool replay) {
  lodge::ReportContext out;
  const lists::Pack& pack = setup.policy->pack();
  for (std::size_t i = 0; i < pack.list_count(); ++i) {
    const lists::ListInfo& list = pack.list(i);
    if (list.allow) continue;
    const lists::CategoryInfo& category = pack.category(list.category);
    lodge::LoadedList loaded;
    loaded.name = list.title.empty() ? std::string(list.id) : std::string(list.title);
    loaded.category = category.id;
    loaded.entries = list.entries;
    out.lists.push_back(loaded);
    // Only a sealed list that holds something stands between a learner and unlawful material.
    out.statutory_loaded |= (list.sealed || category.sealed) && list.entries > 0;
  }
  for (std::size_t i = 0; i < pack.category_count(); ++i) {
    const lists::CategoryInfo& category = pack.category(i);
    out.categories[std::string(category.id)] = {std::string(category.title), category.severity};
  }
  out.settings = setup.report;
  out.replay = replay;
  out.version = GATEHOUSE_VERSION;
  return out;
}

}  // namespace gatehouse::cli
