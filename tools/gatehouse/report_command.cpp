// `gatehouse report DAY`: the day's report from what the lodge keeps.
#include <fmt/format.h>

#include "base/london.h"
#include "commands.h"
#include "lodge/report/build_report.h"
#include "lodge/report/render_text.h"
#include "lodge/report/write_report.h"
#include "lodge/store/sqlite_store.h"
#include "setup.h"

namespace gatehouse::cli {
namespace {

struct ReportOptions {
  std::string day;
  std::string config;
  std::string store;
  std::string folder;
};

Day day_from(const std::string& text, Timestamp now) {
  const Day today = london_day(now);
  if (text == "today") return today;
  if (text == "yesterday") return Day{std::chrono::sys_days{today} - std::chrono::days{1}};
  const auto day = parse_day(text);
  if (!day) throw SetupError({fmt::format("`{}` is no day", text), "write it as 2026-11-10, or yesterday, or today", {}, 0});
  return *day;
}

int report(const ReportOptions& options) {
  const Setup setup = load_setup(options.config, false);
  const std::string file = options.store.empty() ? setup.lodge.store.string() : options.store;
  if (file.empty() || !std::filesystem::exists(file)) {
    throw SetupError({file.empty() ? "no store is configured" : "there is no store here",
                      "name one with --store, or as store: path: in the configuration", file, 0});
  }
  const Timestamp now = SystemClock().now();
  const Day day = day_from(options.day, now);
  const auto store = value_or_throw(lodge::SqliteStore::open(file));
  lodge::ReportContext context = report_context(setup, false);
  if (now < london_day_bounds(day).end) context.known_until = now;
  const lodge::DailyReport made = lodge::build_report(value_or_throw(lodge::load_daily_input(*store, day, context)));
  const std::string folder = options.folder.empty() ? setup.lodge.report_folder.string() : options.folder;
  if (folder.empty()) {
    fmt::print("{}", lodge::render_text(made));
    return kOk;
  }
  const auto files = value_or_throw(lodge::write_report(made, folder));
  fmt::print("{}\n{}\n{}\n", files.html.string(), files.text.string(), files.csv.string());
  return kOk;
}

}  // namespace

void add_report(CLI::App& app, Run& run) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "Makes a day's report from what the lodge keeps.");
  command->add_option("day", options->day, "2026-11-10, yesterday or today")->required();
  command->add_option("--config", options->config, "gatehouse.yaml");
  command->add_option("--store", options->store, "the lodge's database, when it is not the configured one");
  command->add_option("--out", options->folder, "a folder for HTML, text and CSV; without one the text is printed");
  command->callback([options, &run] { run = [options] { return report(*options); }; });
}

}  // namespace gatehouse::cli
