// A mail as the standards have it: RFC 5322 headers, a plain and an HTML part of the same content (multipart/
// alternative, RFC 2046), attachments after them. The same mail gives the same bytes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace gatehouse::lodge {

struct MailAttachment {
  std::string name;  // "gatehouse-2026-11-10.pdf"
  std::string type;  // "application/pdf"
  std::string content;
};

struct Mail {
  std::string from;  // "Gatehouse <gatehouse@college.example>" or an address alone
  std::string to;
  std::string subject;
  Timestamp date{};
  std::string
      message_id;  // without <>; the same for each try, so that a mail that arrives twice is known as one
  std::string text;
  std::string html;  // empty: a plain mail
  std::vector<MailAttachment> attachments;
};

// The whole message with CRLF line ends, no line longer than 78 bytes but unbreakable header words. Line ends
// in header values become blanks, so that nothing can add a header.
std::string to_rfc5322(const Mail& mail);

// The address alone: "Gatehouse <a@b.example>" gives "a@b.example".
std::string mail_address(std::string_view mailbox);
// A mailbox that this program would send to: one address with a local part, a domain and nothing that could
// be read as another command or header.
bool is_mailbox(std::string_view mailbox);

std::string quoted_printable(std::string_view text);  // RFC 2045 section 6.7, CRLF line ends
std::string base64(std::string_view bytes);           // without line breaks

}  // namespace gatehouse::lodge
