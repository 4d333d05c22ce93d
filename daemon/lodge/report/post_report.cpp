#include "lodge/report/post_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "lodge/report/build_report.h"
#include "lodge/report/pdf.h"
#include "lodge/report/render_html.h"
#include "lodge/report/render_text.h"
#include "lodge/report/rollup.h"

namespace gatehouse::lodge {
namespace {

Day next(Day day) { return Day{std::chrono::sys_days{day} + std::chrono::days{1}}; }

bool last_of_a_term(const ReportSettings& settings, Day day) {
  return std::any_of(settings.terms.begin(), settings.terms.end(),
                     [&](const Term& term) { return term.last == day; });
}

// What this reader gets on this day; nullopt: nothing.
Result<std::optional<Brief>> brief_for(const SqliteStore& store, const DailyInput& input,
                                       const ReportContext& context, const DailyReport& report,
                                       MailReader reader) {
  const bool sunday = std::chrono::weekday{std::chrono::sys_days{input.day}} == std::chrono::Sunday;
  Result<Brief> made;
  switch (reader) {
    case MailReader::Lead:
      return std::optional(mail_brief(report));
    case MailReader::Leaders:
      return std::optional(leaders_brief(report));
    case MailReader::It:
      return std::optional(it_brief(report, input));
    case MailReader::Week:
      if (!sunday) return std::optional<Brief>();
      made = week_brief(store, input.day, context);
      break;
    case MailReader::Governors:
      if (!last_of_a_term(input.settings, input.day)) return std::optional<Brief>();
      made = term_brief(store, input.day, context);
      break;
  }
  if (!made) return tl::make_unexpected(made.error());
  return std::optional(std::move(*made));
}

struct Scratch {
  std::filesystem::path html =
      std::filesystem::temp_directory_path() / fmt::format("gatehouse-mail-{}.html", ::getpid());
  std::filesystem::path pdf = html.string() + ".pdf";
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(html, ignored);
    std::filesystem::remove(pdf, ignored);
  }
};

Result<std::string> pdf_of(const std::string& html) {
  const Scratch scratch;
  std::ofstream(scratch.html, std::ios::binary) << html;
  if (auto made = write_pdf(scratch.html, scratch.pdf); !made) return tl::make_unexpected(made.error());
  std::ifstream file(scratch.pdf, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Only the safeguarding lead's mail carries the report itself.
void attach(Mail& mail, const DailyReport& report, MailAttach what, std::string& trouble) {
  if (what == MailAttach::Nothing) return;
  const std::string name = "gatehouse-" + format_day_iso(report.header.day);
  const std::string html = render_html(report);
  if (what == MailAttach::Pdf) {
    auto pdf = pdf_of(html);
    if (pdf) {
      mail.attachments.push_back({name + ".pdf", "application/pdf", std::move(*pdf)});
      return;
    }
    trouble = pdf.error().to_string() + "; the HTML is attached instead";
  }
  mail.attachments.push_back({name + ".html", "text/html; charset=utf-8", html});
}

}  // namespace

std::string report_mail_key(Day day, const MailRecipient& recipient) {
  return fmt::format("report {} {} {}", format_day_iso(day), mail_reader_name(recipient.reader),
                     mail_address(recipient.to));
}

Result<Mail> report_mail(const SqliteStore& store, const DailyInput& input, const ReportContext& context,
                         const MailSettings& settings, const MailRecipient& recipient, std::string& trouble) {
  const DailyReport report = build_report(input);
  auto brief = brief_for(store, input, context, report, recipient.reader);
  if (!brief) return tl::make_unexpected(brief.error());
  Mail mail;
  if (!*brief) return mail;
  const std::string key = report_mail_key(input.day, recipient);
  const std::string sender = mail_address(settings.from);
  mail.from = settings.from;
  mail.to = recipient.to;
  mail.subject = (**brief).subject;
  mail.date = london_at(next(input.day), settings.at);
  mail.message_id = fmt::format("{:016x}.gatehouse@{}", fnv1a(key), sender.substr(sender.find('@') + 1));
  const bool whole = recipient.reader == MailReader::Lead && settings.content == MailContent::Report;
  mail.text = whole ? render_text(report) : render_brief_text(**brief);
  mail.html = whole ? render_html(report) : render_brief_html(**brief);
  if (recipient.reader == MailReader::Lead) attach(mail, report, settings.attach, trouble);
  return mail;
}

Result<Posted> post_report(const SqliteStore& store, const DailyInput& input, const ReportContext& context,
                           const MailSettings& settings, Timestamp now) {
  Posted posted;
  for (const MailRecipient& recipient : settings.recipients) {
    auto mail = report_mail(store, input, context, settings, recipient, posted.trouble);
    if (!mail) return tl::make_unexpected(mail.error());
    if (mail->subject.empty()) continue;
    OutboxMail out;
    out.key = report_mail_key(input.day, recipient);
    out.recipient = mail_address(recipient.to);
    out.sender = mail_address(settings.from);
    out.subject = mail->subject;
    out.message = to_rfc5322(*mail);
    out.made = now;
    out.due = mail->date;
    out.deadline = london_at(next(input.day), settings.by);
    const auto is_new = put_in_outbox(store.connection(), out);
    if (!is_new) return tl::make_unexpected(is_new.error());
    posted.mails += *is_new;
  }
  return posted;
}

}  // namespace gatehouse::lodge
