// `gatehouse names`: from a code in a report to a name, and the record of who asked.
#include <fmt/format.h>

#include "base/london.h"
#include "commands.h"
#include "desk.h"
#include "lodge/names/look_up.h"

namespace gatehouse::cli {
namespace {

struct NamesOptions {
  std::string config;
  std::string store;
  lodge::NameQuestion question;
  int days = 30;
};

int resolve(NamesOptions options) {
  const Desk desk = open_desk(options.config, options.store);
  if (options.question.person.empty()) options.question.person = account_name();
  const auto& report = desk.setup.lodge.report;
  const auto& roles = report.name_roles.empty() ? lodge::default_name_roles() : report.name_roles;
  const auto answer = value_or_throw(lodge::look_up_name(desk.store->connection(), options.question,
                                                         report.pseudonym_key, roles, SystemClock().now()));
  if (answer.kind != lodge::NameAnswer::Kind::Shown) {
    fmt::print(stderr, "gatehouse: {}\nThe question is on record.\n", answer.words);
    return kFailed;
  }
  for (const std::string& name : answer.names) fmt::print("{}\n", name);
  if (answer.names.size() > 1)
    fmt::print(stderr, "The code stands for {} names: it cannot say which of them it was.\n", answer.names.size());
  fmt::print(stderr, "On record: {} as {}, for “{}”.\n", options.question.person, options.question.role,
             options.question.purpose);
  return kOk;
}

int show_log(const NamesOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const Timestamp now = SystemClock().now();
  const auto rows = value_or_throw(lodge::look_ups_between(
      desk.store->connection(), now - std::chrono::days{options.days}, now + Seconds{1}));
  for (const lodge::NameLookUp& one : rows) {
    fmt::print("{}  {}  {} as {}{}  {}: {}\n", format_date_clock(one.at), one.code, one.person, one.role,
               one.second.empty() ? "" : " with " + one.second, one.answer, one.purpose);
  }
  if (value_or_throw(lodge::look_ups_unbroken(desk.store->connection()))) return kOk;
  fmt::print(stderr, "gatehouse: THE RECORD WAS CHANGED OR CUT: find out who had access to the store.\n");
  return kFailed;
}

void add_common(CLI::App* command, const std::shared_ptr<NamesOptions>& options) {
  command->add_option("--config", options->config, "gatehouse.yaml: the key of the codes, and who may ask");
  command->add_option("--store", options->store, "the lodge's database, when it is not the configured one");
}

}  // namespace

void add_names(CLI::App& app, Run& run) {
  auto options = std::make_shared<NamesOptions>();
  CLI::App* names = app.add_subcommand("names", "The name behind a code of a report; each question is kept for ever.");
  names->require_subcommand(1);
  CLI::App* one = names->add_subcommand("resolve", "Shows the login or device behind a code, and records who asked.");
  one->add_option("code", options->question.code, "L-7Q2K9M, as in the report")->required();
  one->add_option("--role", options->question.role, "safeguarding-lead, deputy-safeguarding-lead ... (report: name_roles:)")->required();
  one->add_option("--purpose", options->question.purpose, "what the name is needed for, in your own words")->required();
  one->add_option("--by", options->question.person, "who asks; left out: the account that runs this");
  one->add_option("--second", options->question.second, "a second person who agrees; needed for staff");
  add_common(one, options);
  one->callback([options, &run] { run = [options] { return resolve(*options); }; });
  CLI::App* log = names->add_subcommand("log", "Shows who asked, and checks that no row was changed or taken out.");
  log->add_option("--days", options->days, "how far back");
  add_common(log, options);
  log->callback([options, &run] { run = [options] { return show_log(*options); }; });
}

}  // namespace gatehouse::cli
