#include "lodge/lodge.h"

#include <csignal>

#include "gate/policy/check.h"
#include "gate/policy/load.h"
#include "lodge/services.h"
#include "process/notify.h"

namespace gatehouse::lodge {
namespace {

void stop_all(std::vector<std::unique_ptr<Service>>& services) {
  for (auto service = services.rbegin(); service != services.rend(); ++service) (*service)->stop();
}

}  // namespace

Lodge::Lodge(LodgeOptions options, const Clock& clock, Log log)
    : options_(std::move(options)), clock_(clock), log_(std::move(log)) {}

Lodge::Loaded Lodge::load() const {
  ConfigFile file = ConfigFile::load(options_.config);
  LodgeSettings settings = read_lodge_settings(file);
  policy::JournalSettings journal = policy::read_journal_settings(file);
  policy::refuse_unknown_sections(file);
  const policy::LoadedPolicy policy = policy::load_policy(file);
  if (settings.store.empty()) {
    throw SetupError({"no store is named, so nothing could be kept", "add store: {path: /var/lib/gatehouse/gatehouse.db}",
                      options_.config, 0});
  }
  ReportContext report = report_context(policy.policy->pack(), settings.report, options_.version);
  return {std::move(file), std::move(settings), std::move(journal), policy.policy, std::move(report)};
}

void Lodge::run() {
  Loaded loaded = load();
  while (run_services(loaded) == Ended::Reload) {
    loaded = std::move(*next_);
    next_.reset();
    io_.restart();
    log_->info("{}: read again", options_.config);
  }
  log_->info("stopped");
}

Lodge::Ended Lodge::run_services(const Loaded& loaded) {
  const auto store = value_or_throw(SqliteStore::open(loaded.settings.store.string()));
  SessionTimeline timeline;
  LodgeContext context{io_,    loaded.config, loaded.settings, loaded.journal, loaded.policy, clock_, log_,
                       *store, loaded.settings.store.string(), timeline, loaded.report, {}, {}, {}, nullptr, false};
  std::vector<std::unique_ptr<Service>> services = make_services(context);
  Ended ended = Ended::Stop;
  try {
    for (const auto& service : services) service->start();
  } catch (...) {
    // Handlers of those that did start still stand in the loop and mean objects that are going away.
    stop_all(services);
    io_.run();
    throw;
  }
  wait_for_signal(services, ended);
  log_->info("reading {}", loaded.journal.path.string());
  process::tell_ready("reading " + loaded.journal.path.string());
  io_.run();
  return ended;
}

// The loop has work as long as this waits or a service runs; both end with a signal that is acted on.
void Lodge::wait_for_signal(std::vector<std::unique_ptr<Service>>& services, Ended& ended) {
  signals_.async_wait([this, &services, &ended](const boost::system::error_code& cancelled, int signal) {
    if (cancelled) return;
    if (signal == SIGHUP) {
      try {
        next_ = load();
        ended = Ended::Reload;
      } catch (const SetupError& error) {
        log_->error("the configuration stays as it was: {}", error.error().to_string());
        wait_for_signal(services, ended);
        return;
      }
    }
    if (ended == Ended::Stop) process::tell_stopping();
    stop_all(services);
  });
}

}  // namespace gatehouse::lodge
