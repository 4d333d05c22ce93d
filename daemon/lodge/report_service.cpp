#include "lodge/report_service.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "lodge/report/build_report.h"
#include "lodge/schedule.h"
#include "lodge/store/report_log.h"

namespace gatehouse::lodge {
namespace {

// By the clock on the wall, looked at every second: a clock that is set, or a machine that slept, is noticed.
constexpr Milliseconds kLookAgain{1000};
constexpr Milliseconds kAfterTrouble{60'000};

// On the maker's thread.
Result<ReportFiles> make_report(const std::string& store_file, Day day, const ReportContext& context,
                                const std::filesystem::path& folder) {
  const auto store = SqliteStore::open(store_file);
  if (!store) return tl::make_unexpected(store.error());
  const auto input = load_daily_input(**store, day, context);
  if (!input) return tl::make_unexpected(input.error());
  return write_report(build_report(*input), folder);
}

}  // namespace

ReportService::ReportService(LodgeContext& context)
    : context_(context),
      timer_(context.io),
      folder_(!context.settings.report_folder.empty()
                  ? context.settings.report_folder
                  : std::filesystem::path(context.store_file).parent_path() / "reports") {}

void ReportService::start() { wait(Milliseconds{0}); }

void ReportService::stop() noexcept {
  stopped_ = true;
  timer_.cancel();
  maker_.join();  // a report in the making is finished: seconds at most
}

void ReportService::wait(Milliseconds time) {
  if (stopped_) return;
  timer_.expires_after(time);
  timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped && !stopped_) look();
  });
}

void ReportService::look() {
  // What the gate wrote while the lodge was down belongs in the report too.
  if (!context_.caught_up) return wait(kLookAgain);
  const Timestamp now = context_.clock.now();
  const auto due = owed(now);
  if (!due) {
    context_.log->error("{}", due.error().to_string());
    return wait(kAfterTrouble);
  }
  if (due->empty()) return wait(kLookAgain);
  make(due->front());
}

Result<std::vector<Day>> ReportService::owed(Timestamp now) const {
  ReportLog log(context_.store.connection());
  const Day today = london_day(now);
  if (auto begun = log.begin(today); !begun) return tl::make_unexpected(begun.error());
  const auto first = log.first_owed();
  if (!first) return tl::make_unexpected(first.error());
  const auto made = log.made_since(Day{std::chrono::sys_days{today} - std::chrono::days{kMostDaysOwed}});
  if (!made) return tl::make_unexpected(made.error());
  return days_due(now, context_.settings.report_time, first->value_or(today), *made);
}

void ReportService::make(Day day) {
  boost::asio::post(maker_, [this, day, file = context_.store_file, report = context_.report, folder = folder_] {
    auto files = make_report(file, day, report, folder);
    boost::asio::post(context_.io, [this, day, files = std::move(files)] { made(day, files); });
  });
}

void ReportService::made(Day day, const Result<ReportFiles>& files) {
  if (!files) {
    context_.log->error("the report of {} could not be made: {}", format_day_iso(day), files.error().to_string());
    return wait(kAfterTrouble);
  }
  const ReportMade told{day, *files};
  context_.report_made(told);
  // Noted after it was handed on: a lodge that ends here makes the same report again rather than none.
  const auto noted = ReportLog(context_.store.connection()).note(day, context_.clock.now());
  if (!noted) {
    context_.log->error("{}", noted.error().to_string());
    return wait(kAfterTrouble);
  }
  context_.log->info("the report of {} is in {}", format_day_iso(day), files->html.string());
  wait(Milliseconds{0});
}

}  // namespace gatehouse::lodge
