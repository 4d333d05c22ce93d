// Which alerts were raised, what was folded into them, who acknowledged them, and the messages on their way
// to each channel: rows of the store, so that a restart forgets none and sends none twice. Used by the lodge
// and by `gatehouse alerts`; one thread a connection.
#pragma once

#include <string>
#include <vector>

#include "lodge/alerts/settings.h"
#include "lodge/store/sqlite.h"

namespace gatehouse::lodge {

// What happened, worded for people who may see codes.
struct AlertCause {
  std::string key;  // holder and theme: internal, never sent
  Timestamp at{};
  std::string title;    // "Look today: Firearms and weapons"
  std::string words;    // "L-7Q2K9M (students), likely deliberate (86 of 100)."
  std::string attempt;  // its id
  int severity = 0;     // 0 to 10, as CEF counts
};

struct Alert {
  std::int64_t id = 0;
  Timestamp raised{};
  Timestamp newest{};
  std::int64_t events = 0;
  std::string title;
  std::string words;
  std::string attempt;  // ids of all that was folded into it, oldest first, parted by blanks
  int severity = 0;
  bool told = false;
  bool escalated = false;
  bool acknowledged = false;
  std::string person;  // who acknowledged it
};

// One message to one channel.
struct AlertMessage {
  std::int64_t id = 0;
  std::int64_t alert = 0;  // 0: about Gatehouse itself
  std::string channel;
  std::string step;  // "first", "more 3", "escalated"; with alert and channel it is sent once
  std::string body;  // as queue_message was given it
  std::int64_t tries = 0;
};

// A new alert, or the one it was folded into. The same attempt again changes nothing.
Result<Alert> raise_alert(const Connection& db, const AlertCause& cause, Seconds fold, Timestamp now);
Result<std::vector<Alert>> alerts_since(const Connection& db, Timestamp since);
// False: there is no such alert, or it was acknowledged before.
Result<bool> acknowledge_alert(const Connection& db, std::int64_t id, const std::string& person,
                               Timestamp now);

// Queues what is to be told now: first tellings (held outside the hours, folded to one line above the rate),
// further events of an alert, escalation of what nobody acknowledged.
Result<void> queue_alerts(const Connection& db, const AlertSettings& settings, Timestamp now);
// Once for each channel and step.
Result<void> queue_message(const Connection& db, const AlertMessage& message, Timestamp due, Timestamp now);

Result<std::vector<AlertMessage>> messages_due(const Connection& db, Timestamp now);
Result<void> note_message(const Connection& db, const AlertMessage& message,
                          const Result<std::string>& answer, Timestamp now);

// When a message may go out that is ready now: now, or when the hours begin.
Timestamp next_open(const AlertSettings& settings, Timestamp now);

}  // namespace gatehouse::lodge
