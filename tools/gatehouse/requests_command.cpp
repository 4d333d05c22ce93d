// `gatehouse requests`: what people asked for on block pages, newest first.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/london.h"
#include "commands.h"
#include "lodge/settings.h"
#include "lodge/store/access_requests.h"
#include "lodge/store/sqlite_store.h"

namespace gatehouse::cli {
namespace {

struct RequestsOptions {
  std::string config;
  std::size_t most = 20;
};

std::string_view words_for(const std::string& why) {
  if (why == "study") return "needed for a course or work";
  if (why == "wrong") return "wrongly blocked";
  return "something else";
}

int requests(const RequestsOptions& options) {
  const ConfigFile file = ConfigFile::load(options.config);
  const lodge::LodgeSettings settings = lodge::read_lodge_settings(file);
  if (settings.store.empty() || !std::filesystem::exists(settings.store)) {
    throw SetupError({"there is no store here", "name the one that gatehouse-lodge keeps, as store: path:", settings.store.string(), 0});
  }
  const auto store = value_or_throw(lodge::SqliteStore::open(settings.store.string()));
  for (const lodge::AccessRequest& one : value_or_throw(lodge::AccessRequests(store->connection()).newest(options.most))) {
    // In the requester's own words, on one line: they may hold line ends, and nothing else that moves a terminal.
    std::string text = one.text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    fmt::print("{:>5}  {}  {}  {}  ({}{}{})\n       {}\n", one.number, format_date_clock(one.at), one.address,
               one.host.empty() ? std::string("(site not shown)") : one.host, words_for(one.why),
               one.category.empty() ? "" : "; ", one.category, text);
  }
  return kOk;
}

}  // namespace

void add_requests(CLI::App& app, Run& run) {
  auto options = std::make_shared<RequestsOptions>();
  CLI::App* command = app.add_subcommand("requests", "Lists what people asked for on block pages, newest first.");
  command->add_option("--config", options->config, "gatehouse.yaml")->required();
  command->add_option("--most", options->most, "how many");
  command->callback([options, &run] { run = [options] { return requests(*options); }; });
}

}  // namespace gatehouse::cli
