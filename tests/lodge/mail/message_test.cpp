// Mails as RFC 5322 and the MIME standards have them. (A real server and Python's parser judge them in
// tests/integration/mail_test.py.)
#include "lodge/mail/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Mail sample() {
  Mail mail;
  mail.from = "Gatehouse <gatehouse@college.test>";
  mail.to = "lead@college.test";
  mail.subject = "Gatehouse 2026-11-10: ACTION TODAY (2)";
  mail.date = *parse_time("2026-11-11T07:00:00Z");
  mail.message_id = "0123.gatehouse@college.test";
  mail.text = "One line.\n.A line with a full stop, and ‘quotes’.\n";
  mail.html = "<p>One line.</p>\n";
  return mail;
}

TEST(MailMessage, CarriesBothPartsAndTheHeadersThatRelaysAskFor) {
  const std::string text = to_rfc5322(sample());
  EXPECT_THAT(text, HasSubstr("Date: Wed, 11 Nov 2026 07:00:00 +0000\r\n"));
  EXPECT_THAT(text, HasSubstr("From: \"Gatehouse\" <gatehouse@college.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("Message-ID: <0123.gatehouse@college.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("multipart/alternative"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_EQ(text, to_rfc5322(sample()));
}

TEST(MailMessage, EveryLineEndsInCrLfAndNoneIsLongerThanSeventyEight) {
  Mail mail = sample();
  mail.subject = std::string(40, 'w') + " " + std::string(40, 'x') + " and more words than one line holds";
  mail.text = std::string(500, 'a') + "é" + std::string(500, ' ') + "\n";
  mail.attachments.push_back({"gatehouse.pdf", "application/pdf", std::string(5000, '\0')});
  const std::string text = to_rfc5322(mail);
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    EXPECT_EQ(line.back(), '\r');
    EXPECT_LE(line.size(), 79u) << line;
  }
}

TEST(MailMessage, NothingInAValueCanAddAHeader) {
  Mail mail = sample();
  mail.subject = "Hello\r\nBcc: everybody@elsewhere.test";
  EXPECT_THAT(to_rfc5322(mail), Not(HasSubstr("\nBcc:")));
}

TEST(MailMessage, SubjectsBeyondAsciiAreEncodedBetweenCharacters) {
  Mail mail = sample();
  mail.subject = "Prüfung für ‘Lernende’ und noch viel mehr Wörter als in ein einziges Wort passen würden";
  EXPECT_THAT(to_rfc5322(mail), HasSubstr("Subject: =?UTF-8?B?"));
}

TEST(MailMessage, QuotedPrintableKeepsBlanksAtLineEndsAndFullStopsAtTheStart) {
  EXPECT_EQ(quoted_printable("a \n.b=c"), "a=20\r\n=2Eb=3Dc");
}

TEST(MailMessage, KnowsWhatIsNoMailbox) {
  for (const char* good : {"a@b.test", "Name <a@b.test>"}) EXPECT_TRUE(is_mailbox(good)) << good;
  for (const char* bad :
       {"", "a", "@b.test", "a@", "a@b.test, c@d.test", "a b@c.test", "<a@b.test>\r\nDATA", "a@b.test>"})
    EXPECT_FALSE(is_mailbox(bad) && mail_address(bad) != "a@b.test") << bad;
}

}  // namespace
}  // namespace gatehouse::lodge
