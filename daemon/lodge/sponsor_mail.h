// The mail by which a sponsor learns that a guest asks for them: who, for what, from where, and the link that decides. It
// is given up, and its text forgotten, when the link is of no use any more. Pure.
#pragma once

#include <string>

#include "lodge/identity/portal/settings.h"
#include "lodge/identity/portal/sponsor_request.h"
#include "lodge/mail/outbox.h"
#include "lodge/mail/settings.h"

namespace gatehouse::lodge {

OutboxMail sponsor_mail(const portal::SponsorRequest& asked, const std::string& secret, const portal::Settings& portal,
                        const MailSettings& mail);

}  // namespace gatehouse::lodge
