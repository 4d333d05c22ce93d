#include "lodge/sponsor_mail.h"

#include <fmt/format.h>

#include "base/config_values.h"
#include "base/hash.h"
#include "base/london.h"
#include "lodge/mail/message.h"
#include "lodge/report/words.h"

namespace gatehouse::lodge {

// What the guest wrote is defanged: a mail program is not to make a link of it. The subject holds none of it.
OutboxMail sponsor_mail(const portal::SponsorRequest& asked, const std::string& secret, const portal::Settings& portal,
                        const MailSettings& mail) {
  const std::string device = asked.mac.is_zero() ? std::string() : fmt::format(" (device {})", asked.mac.to_string());
  OutboxMail out;
  out.key = fmt::format("guest request {}", asked.number);
  out.recipient = asked.sponsor;
  out.sender = mail_address(mail.from);
  out.subject = fmt::format("Guest network: somebody asks you to vouch for them (request {})", asked.number);
  out.made = asked.asked;
  out.due = asked.asked;
  out.expires = asked.until;
  Mail letter;
  letter.from = mail.from;
  letter.to = asked.sponsor;
  letter.subject = out.subject;
  letter.date = asked.asked;
  letter.message_id = fmt::format("{:016x}.gatehouse@{}", fnv1a(out.key, fnv1a(asked.link_hash)),
                                  out.sender.substr(out.sender.find('@') + 1));
  letter.text = fmt::format(
      "Somebody on the guest network of {} named you as the person they visit.\n\n"
      "  Name (as they wrote it): {}\n"
      "  For (as they wrote it):  {}\n"
      "  Asked:   {}, from {}{}\n"
      "  Access:  from your answer on, for at most {}; filtered and recorded, with you as the sponsor\n\n"
      "If you know who this is and expect them, approve on this page; you can refuse there too:\n\n"
      "{}{}\n\n"
      "Opening it decides nothing. It can be opened in the college only, and answered until {}.\n"
      "If you do not know them, do nothing: they are not let in.\n",
      portal.college, defang_text(asked.name), defang_text(asked.purpose), format_date_clock(asked.asked),
      asked.address.to_string(), device, format_duration(portal.longest), portal.sponsors.url,
      portal::sponsor_path(asked.number, secret), format_clock(asked.until));
  out.message = to_rfc5322(letter);
  return out;
}

}  // namespace gatehouse::lodge
