// A day's report into the outbox, once for each recipient: what each kind of reader gets, when it is due, and
// by when a deputy is told. The same day made again gives the same mails and puts none in twice. One thread.
#pragma once

#include <string>

#include "lodge/mail/message.h"
#include "lodge/mail/settings.h"
#include "lodge/report/load_input.h"

namespace gatehouse::lodge {

struct Posted {
  std::size_t mails = 0;  // new ones
  std::string trouble;    // what is missing from them, such as a PDF; empty when nothing is
};

// The report of the day before is due the next morning; a day without a report for a reader (the week on a
// Tuesday) has none.
Result<Posted> post_report(const SqliteStore& store, const DailyInput& input, const ReportContext& context,
                           const MailSettings& settings, Timestamp now);

// One recipient's mail, as it will be sent; an empty subject: nothing for this reader on this day.
Result<Mail> report_mail(const SqliteStore& store, const DailyInput& input, const ReportContext& context,
                         const MailSettings& settings, const MailRecipient& recipient, std::string& trouble);
std::string report_mail_key(Day day, const MailRecipient& recipient);  // "report 2026-11-10 it a@b.example"

}  // namespace gatehouse::lodge
