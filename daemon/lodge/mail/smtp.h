// Hands a finished message to the college's mail relay: SMTP through libcurl, with STARTTLS or TLS from the
// start. Blocks until the relay has answered or the time is up, so it is called where waiting harms nobody.
// One thread.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace gatehouse::lodge {

enum class MailTls : std::uint8_t {
  StartTls,  // an unencrypted session is never used: a relay without STARTTLS is an error
  Implicit,
  None,  // only for a relay on this machine
};

struct SmtpSettings {
  std::string server;
  std::uint16_t port = 587;
  MailTls tls = MailTls::StartTls;
  std::string user;  // empty: no sign-in
  std::filesystem::path password_file;
  std::filesystem::path ca_file;  // empty: the system's
  Seconds patience{30};
};

struct SmtpEnvelope {
  std::string from;  // addresses alone
  std::string to;
};

// The relay's last reply code when it took the message (250); otherwise what went wrong, in words.
Result<int> send_mail(const SmtpSettings& settings, const SmtpEnvelope& envelope, const std::string& message);

}  // namespace gatehouse::lodge
