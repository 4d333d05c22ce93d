// `gatehouse replay`: gate and lodge in one process over captures, with the captures' own time.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/london.h"
#include "commands.h"
#include "gate/capture/file_source.h"
#include "gate/worker.h"
#include "lodge/identity/sessions_file.h"
#include "lodge/ingest.h"
#include "lodge/report/build_report.h"
#include "lodge/report/write_report.h"
#include "lodge/seen_leases.h"
#include "lodge/store/sqlite_store.h"
#include "progress.h"
#include "setup.h"

namespace gatehouse::cli {
namespace {

// A capture over more days than this gets reports for its last ones only: one with a wrong clock could ask for ever.
constexpr int kMostReports = 62;

struct ReplayOptions {
  std::vector<std::string> captures;
  std::string config;
  std::string sessions;
  std::string eve;
  std::string report;
  bool quiet = false;
};

// A folder that is gone when the replay is: where the journal and the store stand when nobody asked to keep them.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-replay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw SetupError({"cannot make a folder for temporary files", "set TMPDIR to a folder with room", name, 0});
    }
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Reads every capture through one worker. Returns false when one was damaged (said on standard error).
bool read_captures(const ReplayOptions& options, gate::Worker& worker) {
  bool whole = true;
  for (const std::string& path : options.captures) {
    capture::FileSource source(path);
    Progress progress(std::filesystem::path(path).filename().string(), source.size(), !options.quiet);
    while (!source.finished()) {
      worker.process(source.poll(Milliseconds{0}));
      if (progress.shown()) progress.at(source.position());  // asking where a file stands is a system call
    }
    if (source.error()) {
      fmt::print(stderr, "gatehouse: {}\n", source.error()->to_string());
      whole = false;
    }
  }
  worker.finish();
  return whole;
}

lodge::SessionTimeline read_timeline(const std::string& file, bool quiet) {
  lodge::TimelineBuilder builder;
  if (!file.empty()) {
    const auto problems = value_or_throw(lodge::SessionsFile(file).feed(builder));
    for (const Error& problem : problems) {
      if (!quiet) fmt::print(stderr, "{}\n", problem.to_string());
    }
  }
  return std::move(builder).build();
}

std::vector<Day> days_between(Timestamp first, Timestamp last) {
  std::vector<Day> days;
  for (std::chrono::sys_days day{london_day(first)}; day <= std::chrono::sys_days{london_day(last)};
       day += std::chrono::days{1}) {
    days.emplace_back(day);
  }
  if (days.size() > kMostReports) days.erase(days.begin(), days.end() - kMostReports);
  return days;
}

void write_reports(const ReplayOptions& options, const Setup& setup, const std::string& journal,
                   const gate::WorkerTotals& totals) {
  const ScratchFolder scratch;
  const auto store = value_or_throw(lodge::SqliteStore::open(scratch.file("store.db")));
  const std::string sessions = options.sessions.empty() ? setup.lodge.identity.sessions.string() : options.sessions;
  lodge::SessionTimeline timeline = read_timeline(sessions, options.quiet);
  const lodge::Vendors vendors;
  lodge::SeenLeases leases(setup.lodge.identity.dhcp_seen, vendors, timeline);
  lodge::IngestOptions reading;
  reading.dhcp_seen = [&leases](const journal::Event& event) { leases.take(event); };
  const lodge::IngestCounts counts = value_or_throw(lodge::Ingest(*store, timeline, reading).run(journal));
  lodge::ReportContext context = report_context(setup, true);
  context.known_until = totals.last;
  for (const Day day : days_between(totals.first, totals.last)) {
    const lodge::DailyInput input = value_or_throw(lodge::load_daily_input(*store, day, context));
    const auto files = value_or_throw(lodge::write_report(lodge::build_report(input), options.report));
    if (!options.quiet) fmt::print(stderr, "{}\n", files.html.string());
  }
  if (!options.quiet) {
    fmt::print(stderr, "{} listed observations became {} attempts\n", counts.listed, counts.attempts);
  }
}

void tell_totals(const gate::Worker& worker) {
  const gate::WorkerTotals& totals = worker.totals();
  fmt::print(stderr, "{} packets, {} flows, {} named ({:.1f} %), {} events, {} of them listed\n", totals.packets,
             totals.flows, totals.named,
             totals.flows == 0 ? 0.0 : 100.0 * static_cast<double>(totals.named) / static_cast<double>(totals.flows),
             totals.events, totals.listed);
}

int replay(const ReplayOptions& options) {
  if (options.eve == "-" && !options.report.empty()) {
    throw SetupError({"the journal cannot go to standard output when a report is made of it",
                      "give --eve a file, or leave it out", {}, 0});
  }
  const Setup setup = load_setup(options.config, options.quiet);
  std::optional<ScratchFolder> scratch;
  std::string journal_file = options.eve;
  if (journal_file.empty() && !options.report.empty()) journal_file = scratch.emplace().file("eve.json");
  if (journal_file.empty()) journal_file = "/dev/null";

  policy::JournalSettings recording = setup.journal;
  if (!options.eve.empty()) recording.record = policy::Record::Everything;
  gate::WorkerSettings settings;
  settings.replay = true;
  settings.dhcp = setup.lodge.identity.dhcp_seen;
  bool whole = true;
  gate::WorkerTotals totals;
  {
    journal::JournalWriter journal(journal_file, {}, true);
    gate::Recorder recorder(recording, journal);
    gate::Worker worker(settings, setup.policy, recorder);
    whole = read_captures(options, worker);
    throw_if_failed(journal.flush());
    totals = worker.totals();
    if (!options.quiet) tell_totals(worker);
  }
  if (!options.report.empty() && totals.packets > 0) write_reports(options, setup, journal_file, totals);
  return whole ? kOk : kPartly;
}

}  // namespace

void add_replay(CLI::App& app, Run& run) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = app.add_subcommand(
      "replay",
      "Reads captures as the gate would see them, and writes what it saw and what the safeguarding lead would read.\n"
      "Nothing is stopped: what would have been blocked is recorded as would-block. Without a configuration the\n"
      "shipped lists serve and everything listed would be blocked for everybody.");
  command->add_option("captures", options->captures, "pcap or pcapng files; - for standard input")->required();
  command->add_option("--config", options->config, "gatehouse.yaml: networks, lists, policy, what is recorded");
  command->add_option("--sessions", options->sessions, "who was where: devices, leases and logins (YAML)");
  command->add_option("--eve", options->eve, "write every flow that could be named as EVE JSON to this file, or -");
  command->add_option("--report", options->report, "write a report of each day into this folder: HTML, text, CSV");
  command->add_flag("--quiet", options->quiet, "no progress and no summary");
  command->footer("Example: gatehouse replay monday.pcapng --sessions monday.yaml --eve monday.json --report reports");
  command->callback([options, &run] { run = [options] { return replay(*options); }; });
}

}  // namespace gatehouse::cli
