#include "lodge/sessions_service.h"

#include "lodge/identity/sessions_file.h"

namespace gatehouse::lodge {
namespace {

constexpr Seconds kLookAgain{1};

}  // namespace

void SessionsService::start() {
  read();
  wait();
}

void SessionsService::stop() noexcept { timer_.cancel(); }

void SessionsService::wait() {
  timer_.expires_after(kLookAgain);
  timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (stopped) return;
    read();
    wait();
  });
}

// A file that cannot be read leaves the answers as they were: grade D for everybody would blame nobody, but it would
// also forget what was known a moment ago.
void SessionsService::read() {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(context_.settings.identity.sessions, missing);
  if (!missing && changed == read_at_) return;
  if (missing) {
    if (read_at_ != std::filesystem::file_time_type::min()) {
      context_.log->warn("{}: the sessions file cannot be read: {}", context_.settings.identity.sessions.string(), missing.message());
    }
    read_at_ = std::filesystem::file_time_type::min();
    return;
  }
  read_at_ = changed;
  SessionTimeline& timeline = context_.timeline;
  TimelineBuilder builder;
  const auto problems = SessionsFile(context_.settings.identity.sessions.string()).feed(builder);
  if (!problems) {
    context_.log->warn("{}", problems.error().to_string());
    return;
  }
  for (const Error& problem : *problems) context_.log->warn("{}", problem.to_string());
  timeline.take_over(std::move(builder).build());
}

}  // namespace gatehouse::lodge
