// The section `mail` of gatehouse.yaml: the relay, who gets which report, when, and how much of it. Plain
// data.
#pragma once

#include <string>
#include <vector>

#include "base/config_file.h"
#include "lodge/mail/smtp.h"

namespace gatehouse::lodge {

enum class MailReader : std::uint8_t { Lead, Leaders, It, Week, Governors };
std::string_view mail_reader_name(MailReader reader) noexcept;  // "safeguarding-lead"

struct MailRecipient {
  std::string to;
  MailReader reader = MailReader::Lead;
};

enum class MailContent : std::uint8_t {
  Counts,  // counts and codes: the default, because mail is kept in places that nobody chose
  Report,  // the whole report, as `report: names:` says
};
enum class MailAttach : std::uint8_t { Nothing, Html, Pdf };

struct MailSettings {
  SmtpSettings smtp;  // an empty server: no mail
  std::string from;
  std::vector<MailRecipient> recipients;
  int at = 7 * 60;  // minutes after midnight, London: when the report of the day before goes out
  int by = 8 * 60;  // when a deputy is told that it has not
  MailContent content = MailContent::Counts;
  MailAttach attach = MailAttach::Nothing;
  [[nodiscard]] bool on() const noexcept { return !smtp.server.empty(); }
};

// Mistakes are noted in the file.
MailSettings read_mail_settings(const ConfigFile& file);

}  // namespace gatehouse::lodge
