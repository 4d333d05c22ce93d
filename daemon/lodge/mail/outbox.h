// Mails on their way, in the store: put in once under a key, tried until the relay has taken them, never
// given up and never sent twice by us. A mail is claimed before it is tried; what a crash leaves claimed is
// tried again when the claim is old, with the same Message-ID. Only a mail that expires is given up then,
// and once it is sent its text is forgotten. Used by the lodge and by commands side by side; one thread a
// connection.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lodge/mail/smtp.h"
#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

struct OutboxMail {
  std::int64_t id = 0;
  std::string
      key;  // "report 2026-11-10 safeguarding-lead dsl@college.example": no second mail for the same key
  std::string recipient;
  std::string sender;
  std::string subject;
  std::string message;  // the whole RFC 5322 text
  Timestamp made{};
  Timestamp due{};
  Timestamp deadline = kNoDeadline;  // when a deputy is told that it has not gone out
  std::int64_t tries = 0;
  std::string answer;  // of the last try

  Timestamp expires = kNoDeadline;  // of no use afterwards, and holding what is not to be kept (a link)

  static constexpr Timestamp kNoDeadline = Timestamp::max();
};

// Seconds to wait after so many failed tries: 1 minute, doubling to 30.
Seconds mail_back_off(std::int64_t tries) noexcept;

// False: a mail with this key is there already (waiting or sent) and nothing was changed.
Result<bool> put_in_outbox(const Connection& db, const OutboxMail& mail);

struct OutboxRun {
  std::size_t sent = 0;
  std::size_t failed = 0;
  std::size_t waiting = 0;  // also those whose time has not come
  std::string trouble;      // of the last that failed
};
using SendMail = std::function<Result<int>(const SmtpEnvelope&, const std::string& message)>;
// Tries every mail that is due, oldest first.
Result<OutboxRun> send_due_mail(const Connection& db, const Clock& clock, const SendMail& send);

// Unsent past their deadline and not told before; each is given once.
Result<std::vector<OutboxMail>> take_late_mail(const Connection& db, Timestamp now);

// What became of the mails whose key begins so.
struct Delivery {
  std::string key;
  std::string recipient;
  std::int64_t tries = 0;
  bool sent = false;
  Timestamp at{};  // when it was sent, or is due
  std::string answer;
};
Result<std::vector<Delivery>> deliveries(const Connection& db, const std::string& key_begins);
// When the next unsent mail is due; Timestamp::max(): none waits.
Result<Timestamp> next_mail_due(const Connection& db);

}  // namespace gatehouse::lodge
