#include "lodge/alerts/alert_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/london.h"

namespace gatehouse::lodge {
namespace {

constexpr const char* kColumns =
    "id, raised, newest, events, title, words, attempt, severity, told, escalated, acknowledged, person";

Alert read_alert(const Statement& row) {
  return {row.number(0),      row.time(1),        row.time(2),         row.number(3),
          row.text(4),        row.text(5),        row.text(6),         static_cast<int>(row.number(7)),
          row.number(8) != 0, row.number(9) != 0, row.number(10) != 0, row.text(11)};
}

template <typename Bind>
Result<std::vector<Alert>> select(const Connection& db, const std::string& where, Bind bind) {
  std::vector<Alert> out;
  auto done = each_row(db, fmt::format("SELECT {} FROM alert WHERE {} ORDER BY id", kColumns, where), bind,
                       [&](const Statement& row) { out.push_back(read_alert(row)); });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

// "RETURNING" statements give one row.
template <typename Bind>
Result<std::optional<Alert>> change(const Connection& db, const std::string& sql, Bind bind) {
  std::optional<Alert> out;
  auto done = each_row(db, fmt::format("{} RETURNING {}", sql, kColumns), bind,
                       [&](const Statement& row) { out = read_alert(row); });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

bool has_day(DaySet days, std::chrono::weekday day) { return (days >> (day.iso_encoding() - 1) & 1) != 0; }

bool within_hours(const AlertSettings& settings, Timestamp now) {
  const LondonTime time = to_london(now);
  const std::chrono::weekday day{std::chrono::sys_days{time.day}};
  return has_day(settings.days, day) && time.minute_of_day() >= settings.from &&
         time.minute_of_day() < settings.to;
}

// Backs off from 2 seconds to 5 minutes: an alert is worth more tries than a mail.
Seconds back_off(std::int64_t tries) {
  return Seconds{std::min<std::int64_t>(300, 2LL << std::min<std::int64_t>(tries, 8))};
}

Result<void> set(const Connection& db, const char* column, std::int64_t id, Timestamp now) {
  auto update = db.prepare(fmt::format("UPDATE alert SET {} = ? WHERE id = ?", column));
  if (!update) return tl::make_unexpected(update.error());
  return update->bind(now).bind(id).run();
}

Result<void> to_channels(const Connection& db, const std::vector<std::string>& channels, const Alert& alert,
                         const std::string& step, const std::string& body, Timestamp due, Timestamp now) {
  for (const std::string& channel : channels) {
    if (auto done = queue_message(db, {0, alert.id, channel, step, body, 0}, due, now); !done) return done;
  }
  return {};
}

std::string body_of(const Alert& alert) { return alert.title + "\n" + alert.words; }

// Over the rate: one line an hour says that there are more.
Result<void> tell_first(const Connection& db, const AlertSettings& settings, const Alert& alert,
                        Timestamp now) {
  const bool open = within_hours(settings, now);
  const auto& channels = open || settings.at_night.empty() ? settings.tell : settings.at_night;
  const Timestamp due = open || !settings.at_night.empty() ? now : next_open(settings, now);
  const auto told =
      db.number(fmt::format("SELECT count(*) FROM alert WHERE told > {}", to_us(now - Seconds{3600})));
  if (!told) return tl::make_unexpected(told.error());
  Result<void> done;
  if (*told < settings.most_an_hour) {
    done = to_channels(db, channels, alert, "first", body_of(alert), due, now);
  } else {
    const LondonTime time = to_london(now);
    const std::string hour = fmt::format("{} {:02}", format_day_iso(time.day), time.hour);
    done = to_channels(
        db, channels, Alert{}, "rate " + hour,
        fmt::format("More alerts than {} in an hour\nThe others are kept together: `gatehouse alerts list`.",
                    settings.most_an_hour),
        due, now);
  }
  if (done) done = set(db, "told", alert.id, now);
  if (!done) return done;
  return db.run(fmt::format("UPDATE alert SET told_events = events WHERE id = {}", alert.id));
}

Result<void> tell_more(const Connection& db, const AlertSettings& settings, const Alert& alert,
                       Timestamp now) {
  const auto& channels = within_hours(settings, now) ? settings.tell : settings.at_night;
  const std::string body = fmt::format("{} (again)\n{} Now {} attempts since {}.", alert.title, alert.words,
                                       alert.events, format_clock(alert.raised));
  auto done = to_channels(db, channels, alert, fmt::format("more {}", alert.events), body, now, now);
  if (!done) return done;
  return db.run(
      fmt::format("UPDATE alert SET told = {}, told_events = events WHERE id = {}", to_us(now), alert.id));
}

Result<void> escalate(const Connection& db, const AlertSettings& settings, const Alert& alert,
                      Timestamp now) {
  const std::string body =
      fmt::format("NOBODY HAS ANSWERED: {}\n{} Raised {}. `gatehouse alerts ack {}` when you have it.",
                  alert.title, alert.words, format_date_clock(alert.raised), alert.id);
  auto done = to_channels(db, settings.deputy, alert, "escalated", body, now, now);
  return done ? set(db, "escalated", alert.id, now) : done;
}

}  // namespace

Timestamp next_open(const AlertSettings& settings, Timestamp now) {
  if (within_hours(settings, now)) return now;
  const std::chrono::sys_days today{london_day(now)};
  for (int ahead = 0; ahead <= 7; ++ahead) {
    const Day day{today + std::chrono::days{ahead}};
    const Timestamp opens = london_at(day, settings.from);
    if (opens > now && has_day(settings.days, std::chrono::weekday{std::chrono::sys_days{day}})) return opens;
  }
  return now;
}

Result<Alert> raise_alert(const Connection& db, const AlertCause& cause, Seconds fold, Timestamp now) {
  // `attempt` holds the ids of all that was folded in, parted by blanks.
  auto same = change(db,
                     "UPDATE alert SET newest = max(newest, ?) WHERE key = ? AND "
                     "instr(' ' || attempt || ' ', ' ' || ? || ' ') > 0",
                     [&](Statement& s) { s.bind(cause.at).bind(cause.key).bind(cause.attempt); });
  if (!same) return tl::make_unexpected(same.error());
  if (*same) return **same;
  auto folded =
      change(db,
             "UPDATE alert SET newest = max(newest, ?), events = events + 1, attempt = attempt || ' ' || ?, "
             "words = ? WHERE id = (SELECT id FROM alert WHERE key = ? AND newest >= ? AND acknowledged = 0 "
             "ORDER BY id DESC LIMIT 1)",
             [&](Statement& s) {
               s.bind(cause.at).bind(cause.attempt).bind(cause.words).bind(cause.key);
               s.bind(cause.at - fold);
             });
  if (!folded) return tl::make_unexpected(folded.error());
  if (*folded) return **folded;
  auto made = change(db,
                     "INSERT INTO alert (key, raised, newest, events, title, words, attempt, severity) "
                     "VALUES (?,?,?,1,?,?,?,?)",
                     [&](Statement& s) {
                       s.bind(cause.key).bind(now).bind(cause.at).bind(cause.title).bind(cause.words);
                       s.bind(cause.attempt).bind(std::int64_t{cause.severity});
                     });
  if (!made) return tl::make_unexpected(made.error());
  return made->value_or(Alert{});
}

Result<std::vector<Alert>> alerts_since(const Connection& db, Timestamp since) {
  return select(db, "newest >= ?", [&](Statement& s) { s.bind(since); });
}

Result<bool> acknowledge_alert(const Connection& db, std::int64_t id, const std::string& person,
                               Timestamp now) {
  auto changed = change(db, "UPDATE alert SET acknowledged = ?, person = ? WHERE id = ? AND acknowledged = 0",
                        [&](Statement& s) { s.bind(now).bind(person).bind(id); });
  if (!changed) return tl::make_unexpected(changed.error());
  return changed->has_value();
}

Result<void> queue_alerts(const Connection& db, const AlertSettings& settings, Timestamp now) {
  auto fresh = select(db, "told = 0 AND acknowledged = 0", [](Statement&) {});
  if (!fresh) return tl::make_unexpected(fresh.error());
  for (const Alert& alert : *fresh) {
    if (auto done = tell_first(db, settings, alert, now); !done) return done;
  }
  auto more = select(db, "told > 0 AND told <= ? AND events > told_events AND acknowledged = 0",
                     [&](Statement& s) { s.bind(now - settings.fold); });
  if (!more) return tl::make_unexpected(more.error());
  for (const Alert& alert : *more) {
    if (auto done = tell_more(db, settings, alert, now); !done) return done;
  }
  // From when the message could be read, not from when it was held.
  auto late = select(
      db,
      "told > 0 AND escalated = 0 AND acknowledged = 0 AND EXISTS (SELECT 1 FROM alert_message m WHERE "
      "m.alert = alert.id AND m.step = 'first' AND m.due <= ?)",
      [&](Statement& s) { s.bind(now - settings.escalate_after); });
  if (!late) return tl::make_unexpected(late.error());
  for (const Alert& alert : *late) {
    if (auto done = escalate(db, settings, alert, now); !done) return done;
  }
  return {};
}

Result<void> queue_message(const Connection& db, const AlertMessage& message, Timestamp due, Timestamp now) {
  auto insert = db.prepare(
      "INSERT INTO alert_message (alert, channel, step, body, made, due) VALUES (?,?,?,?,?,?) ON CONFLICT DO "
      "NOTHING");
  if (!insert) return tl::make_unexpected(insert.error());
  insert->bind(message.alert).bind(message.channel).bind(message.step).bind(message.body);
  return insert->bind(now).bind(due).run();
}

Result<std::vector<AlertMessage>> messages_due(const Connection& db, Timestamp now) {
  std::vector<AlertMessage> out;
  auto done = each_row(
      db,
      "SELECT id, alert, channel, step, body, tries FROM alert_message WHERE sent = 0 AND due <= ? ORDER BY "
      "due, id",
      [&](Statement& s) { s.bind(now); },
      [&](const Statement& row) {
        out.push_back({row.number(0), row.number(1), row.text(2), row.text(3), row.text(4), row.number(5)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<void> note_message(const Connection& db, const AlertMessage& message,
                          const Result<std::string>& answer, Timestamp now) {
  auto update =
      db.prepare("UPDATE alert_message SET tries = tries + 1, sent = ?, due = ?, answer = ? WHERE id = ?");
  if (!update) return tl::make_unexpected(update.error());
  const Timestamp sent = answer ? now : Timestamp{};
  const Timestamp due = answer ? now : now + back_off(message.tries);
  return update->bind(sent).bind(due).bind(answer ? *answer : answer.error().message).bind(message.id).run();
}

}  // namespace gatehouse::lodge
