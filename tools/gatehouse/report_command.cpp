// `gatehouse report`: a day's report from what the lodge keeps, for each kind of reader; where a card comes from; who
// has read it; the mail by hand.
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "base/london.h"
#include "commands.h"
#include "desk.h"
#include "lodge/alerts/notices.h"
#include "lodge/report/build_report.h"
#include "lodge/report/explain.h"
#include "lodge/report/pdf.h"
#include "lodge/report/post_report.h"
#include "lodge/report/render_text.h"
#include "lodge/report/rollup.h"
#include "lodge/report/write_report.h"

namespace gatehouse::cli {
namespace {

struct ReportOptions {
  std::string what;
  std::string which;
  std::string config;
  std::string store;
  std::string folder;
  std::string reader = "safeguarding-lead";
  std::string person;
  bool pdf = false;
};

struct Made {
  lodge::ReportContext context;
  lodge::DailyInput input;
};

Made load(const Desk& desk, Day day) {
  const Timestamp now = SystemClock().now();
  Made made;
  made.context = report_context(desk.setup, false);
  if (now < london_day_bounds(day).end) made.context.known_until = now;
  made.input = value_or_throw(lodge::load_daily_input(*desk.store, day, made.context));
  return made;
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  if (!file) throw SetupError({"cannot write the report", "check the folder and the room on its disk", path.string(), 0});
  fmt::print("{}\n", path.string());
}

lodge::Brief brief_for(const Desk& desk, const Made& made, Day day, const std::string& reader) {
  if (reader == "week") return value_or_throw(lodge::week_brief(*desk.store, day, made.context));
  if (reader == "governors") return value_or_throw(lodge::term_brief(*desk.store, day, made.context));
  const lodge::DailyReport report = lodge::build_report(made.input);
  if (reader == "senior-leaders") return lodge::leaders_brief(report);
  return reader == "it" ? lodge::it_brief(report, made.input) : lodge::mail_brief(report);
}

int whole_report(const Made& made, const std::filesystem::path& folder, bool pdf) {
  const lodge::DailyReport report = lodge::build_report(made.input);
  if (folder.empty()) {
    fmt::print("{}", lodge::render_text(report));
    return kOk;
  }
  const auto files = value_or_throw(lodge::write_report(report, folder));
  fmt::print("{}\n{}\n{}\n", files.html.string(), files.text.string(), files.csv.string());
  if (!pdf) return kOk;
  auto paper = files.html;
  paper.replace_extension(".pdf");
  throw_if_failed(lodge::write_pdf(files.html, paper));
  fmt::print("{}\n", paper.string());
  return kOk;
}

int report(const ReportOptions& options, const Desk& desk) {
  const Day day = day_from(options.what, SystemClock().now());
  const Made made = load(desk, day);
  const std::filesystem::path folder = options.folder.empty() ? desk.setup.lodge.report_folder : std::filesystem::path(options.folder);
  if (options.reader == "safeguarding-lead") return whole_report(made, folder, options.pdf);
  const lodge::Brief brief = brief_for(desk, made, day, options.reader);
  if (folder.empty()) {
    fmt::print("{}", lodge::render_brief_text(brief));
    return kOk;
  }
  std::filesystem::create_directories(folder);
  const std::string stem = fmt::format("gatehouse-{}-{}", format_day_iso(day), options.reader);
  write_text(folder / (stem + ".txt"), lodge::render_brief_text(brief));
  write_text(folder / (stem + ".html"), lodge::render_brief_html(brief));
  if (options.pdf) throw_if_failed(lodge::write_pdf(folder / (stem + ".html"), folder / (stem + ".pdf")));
  return kOk;
}

int explain(const ReportOptions& options, const Desk& desk) {
  const auto day = lodge::day_of_reference(options.which);
  if (!day) throw SetupError({fmt::format("`{}` is no card", options.which),
                              "write it as it stands at the foot of the card, such as 2026-11-10/7Q2K9M", {}, 0});
  const Made made = load(desk, *day);
  fmt::print("{}", lodge::render_explanation(value_or_throw(lodge::explain_card(*desk.store, made.input, options.which))));
  return kOk;
}

int read(const ReportOptions& options, const Desk& desk) {
  const Timestamp now = SystemClock().now();
  const std::string day = format_day_iso(day_from(options.which, now));
  const std::string person = options.person.empty() ? account_name() : options.person;
  throw_if_failed(lodge::note_reading(desk.store->connection(), day, {person, now}));
  fmt::print("noted: {} has read the report of {}\n", person, day);
  return kOk;
}

// Into the outbox, and out of it what is due: for a college without the lodge, and for trying the settings.
int send(const ReportOptions& options, const Desk& desk) {
  const lodge::MailSettings& mail = desk.setup.lodge.mail;
  if (!mail.on()) throw SetupError({"no mail server is configured", "set `mail: server:`", desk.setup.config, 0});
  const SystemClock clock;
  if (!options.which.empty()) {
    const Made made = load(desk, day_from(options.which, clock.now()));
    const auto posted = value_or_throw(lodge::post_report(*desk.store, made.input, made.context, mail, clock.now()));
    if (!posted.trouble.empty()) fmt::print(stderr, "gatehouse: {}\n", posted.trouble);
    fmt::print("{} new in the outbox\n", posted.mails);
  }
  const auto run = value_or_throw(lodge::run_mail(desk.store->connection(), mail, clock));
  fmt::print("{} sent\n", run.sent);
  if (run.trouble.empty()) return kOk;
  fmt::print(stderr, "gatehouse: {}\nIt is kept and tried again.\n", run.trouble);
  return kPartly;
}

int run_report(const ReportOptions& options) {
  const Desk desk = open_desk(options.config, options.store);
  if (options.what == "explain") return explain(options, desk);
  if (options.what == "read") return read(options, desk);
  if (options.what == "send") return send(options, desk);
  return report(options, desk);
}

}  // namespace

void add_report(CLI::App& app, Run& run) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand(
      "report",
      "Makes a day's report from what the lodge keeps.\n"
      "  gatehouse report yesterday                          the whole report\n"
      "  gatehouse report 2026-11-10 --for senior-leaders    eight lines; also: it, week, governors, mail\n"
      "  gatehouse report explain 2026-11-10/7Q2K9M          where each sentence of a card comes from\n"
      "  gatehouse report read yesterday --by 'J. Grant'     notes that somebody has read it\n"
      "  gatehouse report send yesterday                     its mails into the outbox, and what is due on its way");
  command->add_option("what", options->what, "a day (2026-11-10, yesterday, today), or explain, read, send")->required();
  command->add_option("which", options->which, "after explain: a card; after read and send: a day");
  command->add_option("--for", options->reader, "which report")
      ->check(CLI::IsMember({"safeguarding-lead", "senior-leaders", "it", "week", "governors", "mail"}));
  command->add_option("--config", options->config, "gatehouse.yaml");
  command->add_option("--store", options->store, "the lodge's database, when it is not the configured one");
  command->add_option("--out", options->folder, "a folder for HTML, text and CSV; without one the text is printed");
  command->add_flag("--pdf", options->pdf, "the HTML as PDF too (needs chromium or weasyprint)");
  command->add_option("--by", options->person, "who; left out: the account that runs this");
  command->callback([options, &run] { run = [options] { return run_report(*options); }; });
}

}  // namespace gatehouse::cli
