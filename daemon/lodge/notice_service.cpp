#include "lodge/notice_service.h"

#include <boost/asio/post.hpp>

#include "lodge/report/post_report.h"
#include "lodge/store/report_log.h"

namespace gatehouse::lodge {
namespace {

constexpr Milliseconds kLookAgain{1000};

}  // namespace

NoticeService::NoticeService(LodgeContext& context)
    : context_(context),
      settings_{context.settings.mail, context.settings.alerts, context.report.settings,
                context.report.categories, context.report.version},
      timer_(context.io) {}

void NoticeService::start() {
  for (Worker* worker : {&alerts_, &mail_}) {
    auto store = SqliteStore::open(context_.store_file);
    if (!store) throw SetupError(store.error());
    worker->store = std::move(*store);
  }
  if (settings_.alerts.on()) context_.attempts_saved.connect([this](auto attempts) { hear(attempts); });
  if (settings_.mail.on()) context_.report_made.connect([this](const ReportMade& made) { post(made); });
  wait();
}

void NoticeService::stop() noexcept {
  stopped_ = true;
  timer_.cancel();
  alerts_.thread.join();
  mail_.thread.join();  // a mail on its way is finished; its time limit is the configuration's
}

void NoticeService::hear(std::span<const Attempt> attempts) {
  std::vector<AlertCause> causes;
  for (const Attempt& attempt : attempts) {
    if (auto cause = urgent_cause(attempt, settings_, context_.clock.now()))
      causes.push_back(std::move(*cause));
  }
  if (causes.empty() || stopped_) return;
  boost::asio::post(alerts_.thread, [this, causes = std::move(causes)] {
    for (const AlertCause& cause : causes) {
      const auto raised =
          raise_alert(alerts_.store->connection(), cause, settings_.alerts.fold, context_.clock.now());
      if (!raised) context_.log->error("an alert could not be written down: {}", raised.error().to_string());
    }
  });
  look();
}

// On the worker: rendering and a PDF take their time.
void NoticeService::post(const ReportMade& made) {
  if (stopped_) return;
  boost::asio::post(mail_.thread, [this, day = made.day, report = context_.report] {
    const auto input = load_daily_input(*mail_.store, day, report);
    auto posted = input ? post_report(*mail_.store, *input, report, settings_.mail, context_.clock.now())
                        : Result<Posted>(tl::make_unexpected(input.error()));
    if (!posted)
      context_.log->error("the report of {} could not be mailed: {}", format_day_iso(day),
                          posted.error().to_string());
    if (posted && !posted->trouble.empty()) context_.log->warn("{}", posted->trouble);
    if (posted && posted->mails > 0)
      context_.log->info("the report of {}: {} mails in the outbox", format_day_iso(day), posted->mails);
  });
}

void NoticeService::wait() {
  if (stopped_) return;
  timer_.expires_after(kLookAgain);
  timer_.async_wait([this](const boost::system::error_code& ended) {
    if (ended || stopped_) return;
    look();
    wait();
  });
}

void NoticeService::look() {
  round(alerts_, "alerts", [this](const SqliteStore& store) {
    const auto owed = ReportLog(store.connection()).first_owed();
    return run_alerts(store.connection(), settings_, context_.clock, owed ? *owed : std::nullopt);
  });
  round(mail_, "mails", [this](const SqliteStore& store) {
    return run_mail(store.connection(), settings_.mail, context_.clock);
  });
}

void NoticeService::round(Worker& worker, std::string_view what, Round work) {
  if (worker.busy || stopped_) return;
  worker.busy = true;
  boost::asio::post(worker.thread, [this, &worker, what, work = std::move(work)] {
    auto run = work(*worker.store);
    boost::asio::post(context_.io, [this, &worker, what, run = std::move(run)] {
      worker.busy = false;
      if (run && run->sent > 0) context_.log->info("{} {} sent", run->sent, what);
      // Told once, until it changes.
      const std::string trouble = run ? run->trouble : run.error().to_string();
      if (!trouble.empty() && trouble != worker.trouble) context_.log->warn("{}", trouble);
      if (!trouble.empty() || (run && run->sent > 0)) worker.trouble = trouble;
    });
  });
}

}  // namespace gatehouse::lodge
