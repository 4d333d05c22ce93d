#include "lodge/mail/settings.h"

#include "lodge/mail/message.h"

namespace gatehouse::lodge {
namespace {

const std::initializer_list<std::pair<std::string_view, MailReader>> kReaders = {
    {"safeguarding-lead", MailReader::Lead},
    {"senior-leaders", MailReader::Leaders},
    {"it", MailReader::It},
    {"week", MailReader::Week},
    {"governors", MailReader::Governors}};

std::string mailbox(const ConfigNode& node) {
  std::string text = node.text();
  if (node.present() && !is_mailbox(text))
    node.wrong("is no mail address", "write it as name@college.example");
  return text;
}

SmtpSettings read_smtp(const ConfigNode& mail) {
  SmtpSettings out;
  out.server = mail.child("server").text();
  out.tls = mail.child("tls").choice<MailTls>(
      {{"starttls", MailTls::StartTls}, {"implicit", MailTls::Implicit}, {"none", MailTls::None}}, out.tls);
  const int usual = out.tls == MailTls::Implicit ? 465 : out.tls == MailTls::StartTls ? 587 : 25;
  out.port = static_cast<std::uint16_t>(mail.child("port").integer(usual, 1, 65535));
  out.user = mail.child("user").text();
  out.password_file = mail.child("password_file").path();
  if (!out.user.empty() && out.password_file.empty())
    mail.child("user").wrong("has no password", "put it in a file of its own and name it in `password_file`");
  out.ca_file = mail.child("ca_file").path();
  out.patience = mail.child("patience").duration(out.patience, Seconds{2}, Seconds{300});
  const bool local = out.server == "localhost" || out.server == "127.0.0.1" || out.server == "::1";
  if (out.tls == MailTls::None && !out.server.empty() && !local)
    mail.child("tls").warning("lets everybody on the way read the report",
                              "use `starttls`, or a relay on this machine");
  return out;
}

}  // namespace

std::string_view mail_reader_name(MailReader reader) noexcept {
  for (const auto& [name, value] : kReaders) {
    if (value == reader) return name;
  }
  return "safeguarding-lead";
}

MailSettings read_mail_settings(const ConfigFile& file) {
  MailSettings out;
  const ConfigNode mail = file.section("mail");
  out.smtp = read_smtp(mail);
  out.from = mailbox(mail.child("from"));
  if (out.on() && out.from.empty())
    mail.child("from").wrong("is needed", "name the address that the reports come from");
  out.at = mail.child("at").time_of_day(out.at);
  out.by = mail.child("by").time_of_day(out.by);
  if (out.by <= out.at) mail.child("by").wrong("is not after `at`", "leave the relay an hour or so");
  out.content = mail.child("content").choice<MailContent>(
      {{"counts", MailContent::Counts}, {"report", MailContent::Report}}, out.content);
  out.attach = mail.child("attach").choice<MailAttach>(
      {{"nothing", MailAttach::Nothing}, {"html", MailAttach::Html}, {"pdf", MailAttach::Pdf}}, out.attach);
  for (const ConfigNode& item : mail.child("recipients").list()) {
    MailRecipient one;
    one.to = mailbox(item.required("to"));
    one.reader = item.child("report").choice<MailReader>(kReaders, MailReader::Lead);
    item.finish();
    out.recipients.push_back(std::move(one));
  }
  mail.finish();
  return out;
}

}  // namespace gatehouse::lodge
