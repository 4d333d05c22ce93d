// The mail to a sponsor: the link, what is asked, and nothing in it that the guest could make a link or a header of.
#include "lodge/sponsor_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

OutboxMail mail_of(const std::string& name) {
  portal::SponsorRequest asked;
  asked.number = 12;
  asked.asked = testing::at("10:00:00");
  asked.until = testing::at("10:30:00");
  asked.name = name;
  asked.purpose = "Open evening";
  asked.sponsor = "j.patel@college.example";
  asked.address = *IpAddress::parse("10.40.0.9");
  asked.mac = testing::kPhone;
  portal::Settings settings;
  settings.college = "Example College";
  settings.sponsors.url = "https://gatehouse.college.example:8445";
  MailSettings mail;
  mail.from = "Gatehouse <gatehouse@college.example>";
  return sponsor_mail(asked, "5ec7e7", settings, mail);
}

// Undoes the soft line ends of quoted-printable.
std::string unfolded(std::string text) {
  for (auto at = text.find("=\r\n"); at != std::string::npos; at = text.find("=\r\n")) text.erase(at, 3);
  return text;
}

TEST(SponsorMail, HoldsTheLinkAndWhatIsAsked) {
  const OutboxMail mail = mail_of("A Visitor");
  EXPECT_EQ(mail.key, "guest request 12");
  EXPECT_EQ(mail.recipient, "j.patel@college.example");
  EXPECT_EQ(mail.sender, "gatehouse@college.example");
  EXPECT_EQ(mail.expires, testing::at("10:30:00"));
  const std::string text = unfolded(mail.message);
  for (const char* part : {"To: j.patel@college.example\r\n", "https://gatehouse.college.example:8445/guest/12/5ec7e7\r\n", "A Visitor",
                           "Open evening", "from 10.40.0.9 (device 02:00:5e:10:00:02)", "at most 12 hours", "until 10:30"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(SponsorMail, WhatTheGuestWroteIsNoLinkAndNotInTheHeaders) {
  const OutboxMail mail = mail_of("Win at http://prize.example/x");
  const std::string text = unfolded(mail.message);
  EXPECT_THAT(text, Not(HasSubstr("prize.example")));
  EXPECT_THAT(text, Not(HasSubstr("http://")));
  EXPECT_THAT(text.substr(0, text.find("\r\n\r\n")), Not(HasSubstr("prize")));
  // Nor one in another script.
  EXPECT_THAT(unfolded(mail_of("www.\u043f\u0440\u0438\u0437.\u0440\u0444").message),
              HasSubstr("www[.]=D0=BF=D1=80=D0=B8=D0=B7[.]=D1=80=D1=84"));
}

}  // namespace
}  // namespace gatehouse::lodge
