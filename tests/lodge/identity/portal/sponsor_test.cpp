// Guests whom a sponsor vouches for: what each of the two pages shows and does, and for which device an approval counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/portal/sponsor_requests.h"

namespace gatehouse::lodge::portal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(SponsorTest, IsOfferedOnlyWhereSponsorsAreConfigured) {
  EXPECT_THAT(look("/", "10:00:00").body, HasSubstr("action=\"/ask\""));
  settings_.sponsors = {};
  open();
  EXPECT_THAT(look("/", "10:00:00").body, Not(HasSubstr("action=\"/ask\"")));
  EXPECT_EQ(ask("10:00:00").status, 404);
  EXPECT_EQ(open_link("/guest/1/x", "10:00:00").status, 404);
  EXPECT_TRUE(requests_.all.empty());
}

TEST_F(SponsorTest, AskingLeadsToAPageThatWaitsAndLooksAgainWithoutAScript) {
  const Response asked = ask("10:00:00");
  EXPECT_EQ(asked.status, 303);
  const Response page = look(led_to(asked), "10:00:01");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("<meta http-equiv=\"refresh\" content=\"10\">"));
  EXPECT_THAT(page.body, HasSubstr("until 10:30"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
  ASSERT_EQ(requests_.mails.size(), 1u);
  EXPECT_EQ(requests_.mails[0].first, "j.patel@college.example");
  // Neither secret is kept, and the guest's pages do not hold the sponsor's.
  const std::string link_secret = requests_.mails[0].second.substr(requests_.mails[0].second.rfind('/') + 1);
  EXPECT_EQ(requests_.all[0].link_hash, sha256_hex(link_secret));
  EXPECT_THAT(asked.headers[0].second + page.body, Not(HasSubstr(link_secret)));
  EXPECT_THAT(requests_.all[0].guest_hash + requests_.all[0].link_hash, Not(HasSubstr(link_secret)));
  // Still captive, as RFC 8908 has it.
  EXPECT_THAT(look("/captive-portal/api", "10:00:02").body, HasSubstr("\"captive\":true"));
}

TEST_F(SponsorTest, TheSponsorSeesWhoAsksAndALookDecidesNothing) {
  lease(kTabletMac, "09:50:00", "18:00:00");
  ask("10:00:00", kTablet, "j.patel%40college.example", "&name=%3Cb%3EEve%0d%0aBcc:x&purpose=Talk+on+%22Kant%22&accept=yes");
  const std::string link = requests_.mails[0].second;
  for (int scanner = 0; scanner < 3; ++scanner) {
    const Response page = open_link(link + "?answer=approve", "10:00:30");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("&lt;b&gt;Eve Bcc:x"));
    EXPECT_THAT(page.body, HasSubstr("Talk on &quot;Kant&quot;"));
    EXPECT_THAT(page.body, HasSubstr("from 10.40.0.9, device 02:00:5e:10:00:01"));
    EXPECT_THAT(page.body, HasSubstr("at most 4 hours"));
    EXPECT_THAT(page.body, HasSubstr("action=\"" + link + "\""));
  }
  EXPECT_EQ(portal_->handle_sponsor({"HEAD", link, "", "", kOffice, true}, at("10:00:31")).status, 405);
  EXPECT_EQ(requests_.all[0].state, State::Waiting);
  EXPECT_TRUE(timeline_.logins().empty());
}

TEST_F(SponsorTest, AnApprovalSignsInAtOnceTheDeviceThatTheLeaseKnows) {
  lease(kTabletMac, "09:50:00", "18:00:00");
  const std::string mine = led_to(ask("10:00:00"));
  const Response approved = answer(requests_.mails[0].second, "approve", "10:05:00");
  EXPECT_EQ(approved.status, 303);
  EXPECT_THAT(open_link(led_to(approved), "10:05:01").body, HasSubstr("The guest was signed in at 10:05"));
  const Attribution guest = who(timeline_, kTablet, {}, at("10:06:00"));
  EXPECT_EQ(guest.login, "guest request 1: A Visitor");  // never a bare name, which could be a login of the college
  EXPECT_EQ(guest.sponsor, "j.patel@college.example");
  EXPECT_EQ(guest.group, "guests");
  EXPECT_EQ(guest.device, kTabletMac);
  EXPECT_THAT(guest.evidence.back(), HasSubstr("approved by j.patel@college.example"));
  EXPECT_THAT(guest.evidence.back(), HasSubstr("from 10.20.0.5"));
  EXPECT_EQ(led_to(look(mine, "10:05:10")), "/");
  EXPECT_THAT(look("/", "10:05:10").body, HasSubstr("until 14:05"));
  EXPECT_THAT(look("/captive-portal/api", "10:05:10").body, HasSubstr("\"seconds-remaining\":14390"));
  EXPECT_EQ(login_at("14:05:01"), "");
}

TEST_F(SponsorTest, WithoutALeaseTheGuestsOwnPageComesForTheApproval) {
  const std::string mine = led_to(ask("10:00:00"));
  answer(requests_.mails[0].second, "approve", "10:05:00");
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_THAT(open_link(requests_.mails[0].second, "10:05:01").body, HasSubstr("as soon as their own page looks again"));
  EXPECT_THAT(look("/", "10:05:05").body, HasSubstr("Your name"));  // the address alone gets nothing
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(led_to(look(mine, "10:05:10")), "/");
  EXPECT_EQ(login_at("10:06:00"), "guest request 1: A Visitor");
  EXPECT_EQ(timeline_.logins()[0].from, at("10:05:10"));
}

TEST_F(SponsorTest, ALeaseThatAGuestCouldForgeOpensNothing) {
  Lease forged{kTablet, kTabletMac, at("09:50:00"), at("18:00:00"), "dhcp", "packet"};
  forged.hearsay = Hearsay::Open;
  timeline_.put(forged);
  const std::string mine = led_to(ask("10:00:00"));
  answer(requests_.mails[0].second, "approve", "10:05:00");
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(led_to(look(mine, "10:05:10")), "/");
  ASSERT_EQ(timeline_.logins().size(), 1u);
  EXPECT_TRUE(timeline_.logins()[0].mac.is_zero());
}

TEST_F(SponsorTest, AnotherDeviceThatWasGivenTheAddressGetsNothing) {
  lease(kTabletMac, "09:50:00", "10:03:00");
  const std::string mine = led_to(ask("10:00:00"));
  lease(kOtherMac, "10:03:00", "18:00:00");
  answer(requests_.mails[0].second, "approve", "10:05:00");
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(look(mine, "10:05:10").status, 403);  // the link, looked over the shoulder
  const Response moved = look(mine, "10:05:10", *IpAddress::parse("10.40.0.10"));  // the guest, with another address now
  EXPECT_EQ(moved.status, 403);
  EXPECT_THAT(moved.body, HasSubstr("another address"));
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(portal_->sponsor_counters().wrong_place, 2u);
}

TEST_F(SponsorTest, ARefusalIsToldAndIsTheLastWord) {
  lease(kTabletMac, "09:50:00", "18:00:00");
  const std::string mine = led_to(ask("10:00:00"));
  const std::string link = requests_.mails[0].second;
  answer(link, "refuse", "10:05:00");
  EXPECT_THAT(look(mine, "10:05:10").body, HasSubstr("refused"));
  EXPECT_THAT(look(mine, "10:05:10").body, Not(HasSubstr("refresh")));
  answer(link, "approve", "10:06:00");
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(requests_.all[0].state, State::Refused);
  EXPECT_THAT(open_link(link, "10:06:01").body, HasSubstr("Refused at 10:05"));
  EXPECT_EQ(portal_->sponsor_counters().too_late, 1u);
}

TEST_F(SponsorTest, AfterItsTimeALinkDoesNothingAndTheGuestIsTold) {
  lease(kTabletMac, "09:50:00", "18:00:00");
  const std::string mine = led_to(ask("10:00:00"));
  const std::string link = requests_.mails[0].second;
  EXPECT_THAT(open_link(link, "10:30:00").body, Not(HasSubstr("<form")));
  answer(link, "approve", "10:30:00");
  EXPECT_THAT(look(mine, "10:30:00").body, HasSubstr("Nobody answered in time"));
  EXPECT_TRUE(timeline_.logins().empty());
}

TEST_F(SponsorTest, AnApprovalThatNobodyComesForRunsOut) {
  const std::string mine = led_to(ask("10:00:00"));
  answer(requests_.mails[0].second, "approve", "10:29:00");
  EXPECT_THAT(look(mine, "10:59:00").body, HasSubstr("in time"));
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_THAT(open_link(requests_.mails[0].second, "10:59:00").body, HasSubstr("did not come back"));
}

}  // namespace
}  // namespace gatehouse::lodge::portal
