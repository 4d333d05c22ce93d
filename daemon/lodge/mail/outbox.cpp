#include "lodge/mail/outbox.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::lodge {
namespace {

// Longer than a try can last (SmtpSettings::patience is 300 s at most): an older claim was left by a crash.
constexpr Seconds kClaimHolds{600};
constexpr std::size_t kAnswerKept = 400;  // of the relay's words: enough to see what is wrong

OutboxMail read_mail(const Statement& row) {
  return {row.number(0), row.text(1), row.text(2), row.text(3),   row.text(4), row.text(5),
          row.time(6),   row.time(7), row.time(8), row.number(9), row.text(10), row.time(11)};
}
constexpr const char* kColumns =
    "id, key, recipient, sender, subject, message, made, due, deadline, tries, answer, expires";

// True for whoever was first: two programs may look at the outbox at once.
Result<bool> claim(const Connection& db, std::int64_t id, Timestamp now) {
  auto update =
      db.prepare("UPDATE outbox SET claimed = ? WHERE id = ? AND sent = 0 AND claimed < ? RETURNING id");
  if (!update) return tl::make_unexpected(update.error());
  bool mine = false;
  update->bind(now).bind(id).bind(now - kClaimHolds);
  while (true) {
    const auto row = update->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return mine;
    mine = true;
  }
}

Result<void> note_sent(const Connection& db, const OutboxMail& mail, Timestamp now, int code) {
  auto update = db.prepare(
      "UPDATE outbox SET sent = ?, tries = tries + 1, answer = ?, claimed = 0, "
      "message = CASE WHEN expires = ? THEN message ELSE '' END WHERE id = ?");
  if (!update) return tl::make_unexpected(update.error());
  return update->bind(now).bind(fmt::format("{}", code)).bind(OutboxMail::kNoDeadline).bind(mail.id).run();
}

Result<void> note_failed(const Connection& db, const OutboxMail& mail, Timestamp now,
                         const std::string& why) {
  auto update =
      db.prepare("UPDATE outbox SET tries = tries + 1, due = ?, answer = ?, claimed = 0 WHERE id = ?");
  if (!update) return tl::make_unexpected(update.error());
  return update->bind(now + mail_back_off(mail.tries + 1))
      .bind(why.substr(0, kAnswerKept))
      .bind(mail.id)
      .run();
}

Result<void> give_up(const Connection& db, const OutboxMail& mail) {
  auto remove = db.prepare("DELETE FROM outbox WHERE id = ? AND sent = 0");
  if (!remove) return tl::make_unexpected(remove.error());
  return remove->bind(mail.id).run();
}

}  // namespace

Seconds mail_back_off(std::int64_t tries) noexcept {
  constexpr std::int64_t kFirst = 60;
  constexpr std::int64_t kLongest = 30 * 60;
  return Seconds{std::min(kLongest, kFirst << std::clamp<std::int64_t>(tries - 1, 0, 10))};
}

Result<bool> put_in_outbox(const Connection& db, const OutboxMail& mail) {
  auto insert = db.prepare(
      "INSERT INTO outbox (key, recipient, sender, subject, message, made, due, deadline, expires) VALUES "
      "(?,?,?,?,?,?,?,?,?) "
      "ON CONFLICT (key) DO NOTHING RETURNING id");
  if (!insert) return tl::make_unexpected(insert.error());
  insert->bind(mail.key).bind(mail.recipient).bind(mail.sender).bind(mail.subject).bind(mail.message);
  insert->bind(mail.made).bind(mail.due).bind(mail.deadline).bind(mail.expires);
  bool is_new = false;
  while (true) {
    const auto row = insert->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return is_new;
    is_new = true;
  }
}

Result<OutboxRun> send_due_mail(const Connection& db, const Clock& clock, const SendMail& send) {
  std::vector<OutboxMail> due;
  auto read = each_row(
      db, fmt::format("SELECT {} FROM outbox WHERE sent = 0 AND due <= ? ORDER BY due, id", kColumns),
      [&](Statement& s) { s.bind(clock.now()); },
      [&](const Statement& row) { due.push_back(read_mail(row)); });
  if (!read) return tl::make_unexpected(read.error());
  OutboxRun run;
  for (const OutboxMail& mail : due) {
    if (mail.expires <= clock.now()) {
      if (auto gone = give_up(db, mail); !gone) return tl::make_unexpected(gone.error());
      continue;
    }
    const auto mine = claim(db, mail.id, clock.now());
    if (!mine) return tl::make_unexpected(mine.error());
    if (!*mine) continue;
    const auto taken = send({mail.sender, mail.recipient}, mail.message);
    run.sent += taken.has_value();
    run.failed += !taken.has_value();
    if (!taken) run.trouble = taken.error().message;
    auto noted = taken ? note_sent(db, mail, clock.now(), *taken)
                       : note_failed(db, mail, clock.now(), taken.error().message);
    if (!noted) return tl::make_unexpected(noted.error());
  }
  const auto waiting = db.number("SELECT count(*) FROM outbox WHERE sent = 0");
  if (!waiting) return tl::make_unexpected(waiting.error());
  run.waiting = static_cast<std::size_t>(*waiting);
  return run;
}

Result<std::vector<OutboxMail>> take_late_mail(const Connection& db, Timestamp now) {
  std::vector<OutboxMail> late;
  auto done = each_row(
      db,
      fmt::format(
          "UPDATE outbox SET late_told = ? WHERE sent = 0 AND late_told = 0 AND deadline <= ? RETURNING {}",
          kColumns),
      [&](Statement& s) { s.bind(now).bind(now); },
      [&](const Statement& row) { late.push_back(read_mail(row)); });
  if (!done) return tl::make_unexpected(done.error());
  std::sort(late.begin(), late.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return late;
}

Result<std::vector<Delivery>> deliveries(const Connection& db, const std::string& key_begins) {
  std::vector<Delivery> out;
  auto done = each_row(
      db,
      "SELECT key, recipient, tries, sent, due, answer FROM outbox WHERE substr(key, 1, ?) = ? ORDER BY id",
      [&](Statement& s) { s.bind(static_cast<std::int64_t>(key_begins.size())).bind(key_begins); },
      [&](const Statement& row) {
        const bool sent = row.number(3) != 0;
        out.push_back(
            {row.text(0), row.text(1), row.number(2), sent, sent ? row.time(3) : row.time(4), row.text(5)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<Timestamp> next_mail_due(const Connection& db) {
  Timestamp next = Timestamp::max();
  auto done = each_row(
      db, "SELECT min(due) FROM outbox WHERE sent = 0", [](Statement&) {},
      [&](const Statement& row) {
        if (!row.is_null(0)) next = row.time(0);
      });
  if (!done) return tl::make_unexpected(done.error());
  return next;
}

}  // namespace gatehouse::lodge
