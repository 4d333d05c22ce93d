// `gatehouse incident`: an attempt carried from notice to outcome, by people.
#include <fmt/format.h>

#include "base/london.h"
#include "commands.h"
#include "desk.h"
#include "lodge/report/build_parts.h"
#include "lodge/report/explain.h"
#include "lodge/report/who_words.h"
#include "lodge/safeguarding/incidents.h"

namespace gatehouse::cli {
namespace {

struct IncidentOptions {
  std::string config;
  std::string store;
  std::string about;
  std::string person;
  std::string due;
  std::string words;
  std::string cause;
  std::string outcome;
  std::int64_t id = 0;
};

constexpr std::chrono::days kUsualTime{3};  // until it is due, where nobody says otherwise

// The attempt that a card's reference or an attempt's id stands for.
lodge::Attempt attempt_about(const Desk& desk, const std::string& about) {
  std::string id = about;
  if (const auto day = lodge::day_of_reference(about)) {
    const auto input = value_or_throw(lodge::load_daily_input(*desk.store, *day, report_context(desk.setup, false)));
    for (const bool circumvention : {false, true}) {
      for (const lodge::PersonTheme& group : lodge::group_attempts(input, circumvention)) {
        if (lodge::card_reference(input, group) == about) id = group.heaviest().attempt.id;
      }
    }
  }
  const auto attempt = value_or_throw(desk.store->attempt(id));
  if (!attempt)
    throw SetupError({fmt::format("`{}` is no card and no attempt of this store", about),
                      "the reference stands at the foot of each card", {}, 0});
  return *attempt;
}

int open(const IncidentOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const lodge::Attempt attempt = attempt_about(desk, options.about);
  const Timestamp now = SystemClock().now();
  lodge::Incident incident;
  incident.opened = now;
  incident.owner = options.person.empty() ? account_name() : options.person;
  incident.about = options.about;
  incident.holder = lodge::person_key(attempt);
  incident.category = attempt.category;
  incident.due = options.due.empty() ? Day{std::chrono::sys_days{london_day(now)} + kUsualTime} : day_from(options.due, now);
  const std::int64_t id = value_or_throw(lodge::open_incident(desk.store->connection(), incident));
  if (!options.words.empty())
    throw_if_failed(lodge::note_incident(desk.store->connection(), id, {now, incident.owner, options.words}));
  fmt::print("incident {} is open, with {}, due {}\n", id, incident.owner, format_day_long(incident.due));
  return kOk;
}

int note(const IncidentOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const std::string person = options.person.empty() ? account_name() : options.person;
  throw_if_failed(lodge::note_incident(desk.store->connection(), options.id, {SystemClock().now(), person, options.words}));
  return kOk;
}

int close(const IncidentOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const std::string person = options.person.empty() ? account_name() : options.person;
  throw_if_failed(lodge::close_incident(desk.store->connection(), options.id, options.cause, options.outcome,
                                        {SystemClock().now(), person, options.words}));
  fmt::print("incident {} is closed: {}, {}\n", options.id, options.cause, options.outcome);
  return kOk;
}

int list(const IncidentOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  const auto& db = desk.store->connection();
  const Timestamp now = SystemClock().now();
  for (const lodge::Incident& one : value_or_throw(lodge::incidents_between(db, now - std::chrono::days{30}, now))) {
    fmt::print("{:>4}  {}  {}, with {}, {}\n", one.id, format_date_clock(one.opened), one.about, one.owner,
               one.closed ? fmt::format("closed: {}, {}", one.cause, one.outcome) : "due " + format_day_iso(one.due));
    for (const lodge::IncidentNote& words : value_or_throw(lodge::notes_of_incident(db, one.id)))
      fmt::print("        {} {}: {}\n", format_date_clock(words.at), words.person, words.words);
  }
  return kOk;
}

}  // namespace

void add_incident(CLI::App& app, Run& run) {
  auto options = std::make_shared<IncidentOptions>();
  CLI::App* incident = app.add_subcommand("incident", "From a card to its outcome: who looks after it, what was found, how it ended.");
  incident->require_subcommand(1);
  const auto add = [&](const char* name, const char* words, int (*work)(const IncidentOptions&)) {
    CLI::App* command = incident->add_subcommand(name, words);
    command->add_option("--config", options->config, "gatehouse.yaml");
    command->add_option("--store", options->store, "the lodge's database, when it is not the configured one");
    command->callback([options, &run, work] { run = [options, work] { return work(*options); }; });
    return command;
  };
  CLI::App* opened = add("open", "Opens one about a card or an attempt.", open);
  opened->add_option("--about", options->about, "the card's reference, or an attempt's id")->required();
  opened->add_option("--due", options->due, "by when: 2026-11-13; left out: in three days");
  CLI::App* noted = add("note", "Adds a note; notes are never changed.", note);
  CLI::App* closed = add("close", "Closes one with its cause and outcome.", close);
  closed->add_option("--cause", options->cause, fmt::format("{}", fmt::join(lodge::kIncidentCauses, ", ")))->required();
  closed->add_option("--outcome", options->outcome, fmt::format("{}", fmt::join(lodge::kIncidentOutcomes, ", ")))->required();
  add("list", "Shows those of the last month.", list);
  for (CLI::App* command : {noted, closed}) command->add_option("id", options->id, "the incident's number")->required();
  for (CLI::App* command : {opened, noted, closed}) {
    command->add_option("--by", options->person, "who; left out: the account that runs this");
    command->add_option("--text", options->words, "what was found or said")->required(command != opened);
  }
}

}  // namespace gatehouse::cli
