#include "lodge/alerts/notices.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lodge/mail/outbox.h"
#include "lodge/names/pseudonym.h"
#include "lodge/report/themes.h"
#include "lodge/report/who_words.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {
namespace {

constexpr std::chrono::hours kStillNews{
    1};  // what ingest catches up with after being down is not an alert any more

std::string who_in_code(const Attempt& attempt, const ReportSettings& settings) {
  const HashKey& key = settings.pseudonym_key;
  std::string out =
      has_person(attempt.who)
          ? code_for('L', attempt.who.login, key)
          : code_for('D', attempt.who.device.empty() ? attempt.address : attempt.who.device, key);
  const std::string& group = attempt.who.group.empty() ? attempt.network : attempt.who.group;
  return group.empty() ? out : fmt::format("{} ({})", out, group);
}

// A report that was not made, or lies in the outbox after its time, told once.
Result<void> tell_late(const Connection& db, const NoticeSettings& settings, Timestamp now,
                       std::optional<Day> owed_since) {
  auto late = take_late_mail(db, now);
  if (!late) return tl::make_unexpected(late.error());
  std::vector<std::pair<std::string, std::string>> words;  // step and body
  for (const OutboxMail& mail : *late) {
    if (!mail.key.starts_with("report ")) continue;
    words.emplace_back(
        "late " + mail.key,
        fmt::format("A report has not gone out\nThe mail ‘{}’ to {} was due at {} and was tried {}: {}. "
                    "It is kept and tried again.",
                    mail.subject, mail.recipient, format_clock(mail.due),
                    count_of(static_cast<std::uint64_t>(mail.tries), "time", "times"),
                    mail.answer.empty() ? "no answer yet" : mail.answer));
  }
  const Day today = london_day(now);
  const Day day{std::chrono::sys_days{today} - std::chrono::days{1}};
  const bool due =
      settings.mail.on() && !settings.mail.recipients.empty() && now >= london_at(today, settings.mail.by);
  if (due && owed_since && *owed_since <= day) {
    const auto made = deliveries(db, fmt::format("report {} ", format_day_iso(day)));
    if (!made) return tl::make_unexpected(made.error());
    if (made->empty())
      words.emplace_back(
          "unmade " + format_day_iso(day),
          fmt::format("The report of {} was not made\nIt should have gone out at {:02}:{:02}. Ask IT to see "
                      "whether the lodge is working; do not read this as a quiet day.",
                      format_day_long(day), settings.mail.at / 60, settings.mail.at % 60));
  }
  for (const auto& [step, body] : words) {
    for (const std::string& channel : settings.alerts.deputy) {
      if (auto done = queue_message(db, {0, 0, channel, step, body, 0}, now, now); !done) return done;
    }
  }
  return {};
}

AlertText text_of(const AlertMessage& message, const std::vector<Alert>& alerts,
                  const NoticeSettings& settings) {
  AlertText text;
  text.alert = message.alert;
  text.step = message.step;
  const std::size_t end = message.body.find('\n');
  text.title = message.body.substr(0, end);
  if (end != std::string::npos) text.words = message.body.substr(end + 1);
  text.college = settings.report.college;
  text.version = settings.version;
  for (const Alert& alert : alerts) {
    if (alert.id != message.alert) continue;
    text.attempt = alert.attempt.substr(alert.attempt.rfind(' ') + 1);  // the newest
    text.severity = alert.severity;
    text.at = alert.newest;
  }
  return text;
}

Result<void> send_messages(const Connection& db, const NoticeSettings& settings, const Clock& clock,
                           NoticeRun& run) {
  const auto due = messages_due(db, clock.now());
  if (!due) return tl::make_unexpected(due.error());
  if (due->empty()) return {};
  const auto alerts = alerts_since(db, clock.now() - std::chrono::days{7});
  if (!alerts) return tl::make_unexpected(alerts.error());
  for (const AlertMessage& message : *due) {
    const AlertChannel* channel = settings.alerts.channel(message.channel);
    AlertText text = text_of(message, *alerts, settings);
    if (text.at == Timestamp{}) text.at = clock.now();
    const Result<std::string> answer =
        channel != nullptr
            ? send_alert(db, *channel, text, settings.mail, clock.now())
            : Result<std::string>(failure("this channel is not in the configuration any more"));
    run.sent += answer.has_value();
    if (!answer) run.trouble = fmt::format("alert by {}: {}", message.channel, answer.error().message);
    if (auto noted = note_message(db, message, answer, clock.now()); !noted) return noted;
  }
  return {};
}

}  // namespace

std::optional<AlertCause> urgent_cause(const Attempt& attempt, const NoticeSettings& settings,
                                       Timestamp now) {
  if (attempt.last + kStillNews < now || attempt.band == Band::LikelyBackground) return std::nullopt;
  const SeverityRating rating = severity_of(attempt, settings.categories, {});
  if (rating.tier != Tier::LookToday) return std::nullopt;
  const Theme theme = theme_of(attempt);
  AlertCause cause;
  cause.key = fmt::format("{}\n{}", person_key(attempt), theme_id(theme));
  cause.at = attempt.last;
  cause.title =
      fmt::format("Look today: {}", theme == Theme::Sealed ? "a statutory list" : theme_title(theme));
  cause.words = fmt::format("{}, {} ({} of 100), {} at {}.", who_in_code(attempt, settings.report),
                            band_words(attempt.band), attempt.score,
                            count_of(attempt.hits, "request", "requests"), format_clock(attempt.first));
  if (settings.alerts.places && !attempt.who.place.empty())
    cause.words += fmt::format(" In {}.", defang_text(attempt.who.place));
  cause.words += fmt::format(" {}.", outcome_words(attempt.outcome, 1));
  cause.attempt = attempt.id;
  cause.severity = std::clamp(rating.points / 10, 5, 10);
  return cause;
}

Result<NoticeRun> run_alerts(const Connection& db, const NoticeSettings& settings, const Clock& clock,
                             std::optional<Day> owed_since) {
  NoticeRun run;
  if (settings.alerts.on()) {
    if (auto done = queue_alerts(db, settings.alerts, clock.now()); !done)
      return tl::make_unexpected(done.error());
  }
  if (auto done = tell_late(db, settings, clock.now(), owed_since); !done)
    return tl::make_unexpected(done.error());
  if (auto done = send_messages(db, settings, clock, run); !done) return tl::make_unexpected(done.error());
  return run;
}

Result<NoticeRun> run_mail(const Connection& db, const MailSettings& settings, const Clock& clock) {
  NoticeRun run;
  if (!settings.on()) return run;
  const auto sent = send_due_mail(db, clock, [&](const SmtpEnvelope& envelope, const std::string& message) {
    return send_mail(settings.smtp, envelope, message);
  });
  if (!sent) return tl::make_unexpected(sent.error());
  run.sent = sent->sent;
  if (sent->failed > 0) run.trouble = "mail: " + sent->trouble;
  return run;
}

}  // namespace gatehouse::lodge
