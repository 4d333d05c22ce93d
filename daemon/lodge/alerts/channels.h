// How an alert leaves the college's gatehouse: a mail, a webhook (Microsoft Teams or plain JSON), a line of
// syslog (RFC 5424) or of CEF. The bodies are pure functions; sending blocks for seconds at most. One thread.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "lodge/alerts/alert_book.h"
#include "lodge/mail/settings.h"

namespace gatehouse::lodge {

// What every channel can say of an alert; the message's body gives title (its first line) and words.
struct AlertText {
  std::int64_t alert = 0;
  std::string step;
  std::string title;
  std::string words;
  std::string attempt;
  int severity = 5;
  Timestamp at{};
  std::string college;
  std::string version;
};

std::string alert_json(const AlertText& text);
std::string alert_teams(const AlertText& text);  // an adaptive card, as a Teams workflow takes it
std::string alert_syslog(const AlertText& text, std::string_view host);
std::string alert_cef(const AlertText& text, std::string_view host);

// An answer in words ("200", "in the outbox"), or why not.
Result<std::string> send_alert(const Connection& db, const AlertChannel& channel, const AlertText& text,
                               const MailSettings& mail, Timestamp now);

Result<std::string> post_json(const std::string& url, const std::string& body, Seconds patience);
Result<std::string> send_syslog(const std::string& to, bool tcp, const std::string& line, Seconds patience);

}  // namespace gatehouse::lodge
