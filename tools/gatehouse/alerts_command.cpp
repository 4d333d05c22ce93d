// `gatehouse alerts`: what was raised, and "I have it".
#include <fmt/format.h>

#include "base/london.h"
#include "commands.h"
#include "desk.h"
#include "lodge/alerts/alert_book.h"

namespace gatehouse::cli {
namespace {

struct AlertsOptions {
  std::string config;
  std::string store;
  std::int64_t id = 0;
  std::string person;
  int days = 7;
};

int list(const AlertsOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const auto alerts = value_or_throw(lodge::alerts_since(desk.store->connection(),
                                                         SystemClock().now() - std::chrono::days{options.days}));
  for (const lodge::Alert& one : alerts) {
    fmt::print("{:>4}  {}  {}: {} ({} {})\n", one.id, format_date_clock(one.raised), one.title, one.words, one.events,
               one.events == 1 ? "attempt" : "attempts");
    fmt::print("      {}\n", one.acknowledged ? "acknowledged by " + one.person
                             : one.escalated  ? "NOT ACKNOWLEDGED, a deputy was told"
                                              : "not acknowledged");
  }
  return kOk;
}

int acknowledge(const AlertsOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const std::string person = options.person.empty() ? account_name() : options.person;
  const bool done = value_or_throw(
      lodge::acknowledge_alert(desk.store->connection(), options.id, person, SystemClock().now()));
  if (done) {
    fmt::print("alert {} is {}'s\n", options.id, person);
    return kOk;
  }
  fmt::print(stderr, "gatehouse: there is no alert {}, or somebody has it\n`gatehouse alerts list` shows them\n", options.id);
  return kFailed;
}

}  // namespace

void add_alerts(CLI::App& app, Run& run) {
  auto options = std::make_shared<AlertsOptions>();
  CLI::App* alerts = app.add_subcommand("alerts", "What could not wait: which alerts were raised, and who has them.");
  alerts->require_subcommand(1);
  CLI::App* show = alerts->add_subcommand("list", "Shows the alerts of the last days.");
  show->add_option("--days", options->days, "how far back");
  CLI::App* ack = alerts->add_subcommand("ack", "“I have it”: ends the escalation.");
  ack->add_option("id", options->id, "the alert's number")->required();
  ack->add_option("--by", options->person, "who has it; left out: the account that runs this");
  for (CLI::App* command : {show, ack}) {
    command->add_option("--config", options->config, "gatehouse.yaml");
    command->add_option("--store", options->store, "the lodge's database, when it is not the configured one");
  }
  show->callback([options, &run] { run = [options] { return list(*options); }; });
  ack->callback([options, &run] { run = [options] { return acknowledge(*options); }; });
}

}  // namespace gatehouse::cli
