#include "lodge/mail/message.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/hash.h"
#include "base/text.h"

namespace gatehouse::lodge {
namespace {

constexpr std::size_t kEncodedLine = 76;  // RFC 2045 sections 6.7 and 6.8

// Values of headers: what could end the line, or is no text at all, becomes a blank.
std::string one_line(std::string_view text) {
  std::string out(trim(text));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 2047, encoding B, cut between characters so that each word is at most 75 bytes; folded.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t kBytesAWord = 45;
  std::string out;
  while (!text.empty()) {
    std::size_t take = std::min(kBytesAWord, text.size());
    while (take < text.size() && take > 1 && (static_cast<unsigned char>(text[take]) & 0xc0) == 0x80) --take;
    if (!out.empty()) out += "\r\n ";
    out += fmt::format("=?UTF-8?B?{}?=", base64(text.substr(0, take)));
    text.remove_prefix(take);
  }
  return out;
}

// Folded at blanks (RFC 5322 section 2.2.3).
std::string header(std::string_view name, std::string_view value) {
  constexpr std::size_t kLine = 78;
  std::string out = fmt::format("{}:", name);
  std::size_t column = out.size();
  const std::string line = one_line(value);
  for (const std::string_view word : split(line, ' ')) {
    if (word.empty()) continue;
    if (column + 1 + word.size() > kLine && column > name.size() + 1) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
  }
  return out + "\r\n";
}

std::string text_header(std::string_view name, std::string_view value) {
  const std::string line = one_line(value);
  return ascii(line) ? header(name, line) : fmt::format("{}: {}\r\n", name, encoded_words(line));
}

std::string mailbox_header(std::string_view name, std::string_view mailbox) {
  const std::string line = one_line(mailbox);
  const std::size_t open = line.rfind('<');
  if (open == std::string::npos) return header(name, line);
  std::string_view shown = trim(std::string_view(line).substr(0, open));
  if (shown.size() >= 2 && shown.front() == '"' && shown.back() == '"')
    shown = shown.substr(1, shown.size() - 2);
  if (shown.empty()) return header(name, line.substr(open));
  if (!ascii(shown)) return fmt::format("{}: {} {}\r\n", name, encoded_words(shown), line.substr(open));
  std::string quoted = "\"";
  for (const char c : shown) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return header(name, quoted + "\" " + line.substr(open));
}

// RFC 5322 section 3.3, always in UTC.
std::string date_words(Timestamp at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm utc = fmt::gmtime(seconds);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[static_cast<std::size_t>(utc.tm_wday)],
                     utc.tm_mday, kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string text_part(std::string_view type, std::string_view content) {
  return fmt::format(
      "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n", type,
      quoted_printable(content));
}

std::string attachment_part(const MailAttachment& attachment) {
  std::string name;
  for (const char c : attachment.name) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
    name += plain ? c : '_';
  }
  std::string out = fmt::format(
      "Content-Type: {0}; name=\"{1}\"\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"{1}\"\r\n\r\n",
      one_line(attachment.type), name);
  const std::string encoded = base64(attachment.content);
  for (std::size_t at = 0; at < encoded.size(); at += kEncodedLine) {
    out += encoded.substr(at, kEncodedLine);
    out += "\r\n";
  }
  return out;
}

// "=_" cannot stand in quoted-printable or base64, so no part can hold the boundary.
std::string boundary(const Mail& mail, std::string_view kind) {
  return fmt::format("=_gatehouse-{}-{:016x}", kind, fnv1a(mail.message_id + mail.text));
}

std::string body_of(const Mail& mail) {
  if (mail.html.empty()) return text_part("text/plain", mail.text);
  const std::string mark = boundary(mail, "parts");
  return fmt::format(
      "Content-Type: multipart/alternative;\r\n boundary=\"{0}\"\r\n\r\n--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n",
      mark, text_part("text/plain", mail.text), text_part("text/html", mail.html));
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < n ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) out += i <= n ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    if (c == '\r') continue;
    const bool line_end = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const auto byte = static_cast<unsigned char>(c);
    // A full stop at the start of a line is the transport's business, yet some relays get it wrong.
    const bool plain = byte > 0x20 && byte < 0x7f && c != '=' && !(c == '.' && column == 0);
    const std::string unit =
        plain || (c == ' ' && !line_end) ? std::string(1, c) : fmt::format("={:02X}", byte);
    if (column + unit.size() > kEncodedLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += unit;
    column += unit.size();
  }
  return out;
}

std::string mail_address(std::string_view mailbox) {
  const std::size_t open = mailbox.rfind('<');
  const std::size_t close = mailbox.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::string(trim(mailbox));
  return std::string(trim(mailbox.substr(open + 1, close - open - 1)));
}

bool is_mailbox(std::string_view mailbox) {
  const std::string address = mail_address(mailbox);
  const std::size_t at = address.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == address.size() || address.size() > 254) return false;
  return std::all_of(address.begin(), address.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f &&
           std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  });
}

std::string to_rfc5322(const Mail& mail) {
  std::string out = header("Date", date_words(mail.date)) + mailbox_header("From", mail.from) +
                    mailbox_header("To", mail.to) + text_header("Subject", mail.subject) +
                    header("Message-ID", "<" + mail.message_id + ">");
  // RFC 3834: no out-of-office note needs to answer this.
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  if (mail.attachments.empty()) return out + body_of(mail);
  const std::string mark = boundary(mail, "all");
  out += fmt::format("Content-Type: multipart/mixed;\r\n boundary=\"{0}\"\r\n\r\n--{0}\r\n{1}", mark,
                     body_of(mail));
  for (const MailAttachment& attachment : mail.attachments) {
    out += fmt::format("--{}\r\n{}", mark, attachment_part(attachment));
  }
  return out + fmt::format("--{}--\r\n", mark);
}

}  // namespace gatehouse::lodge
