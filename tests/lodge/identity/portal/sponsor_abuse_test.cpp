// What the sponsor's way does not take: a guessed link, a second answer, a flood, a name that deceives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/portal/sponsor_requests.h"

namespace gatehouse::lodge::portal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(SponsorTest, GuessedForgedAndReplayedLinksDoNothing) {
  lease(kTabletMac, "09:50:00", "18:00:00");
  const std::string mine = led_to(ask("10:00:00"));
  const std::string guests_secret = mine.substr(mine.rfind('/') + 1);
  const std::string link = requests_.mails[0].second;
  const std::vector<std::string> wrong = {
      "/guest/1/" + std::string(40, '0'), "/guest/1/" + guests_secret, "/guest/1/" + requests_.all[0].link_hash,
      "/guest/1/", "/guest/1", "/guest/", "/guest/-1/" + guests_secret, "/guest/99999999999999999999/" + guests_secret,
      "/guest/2" + link.substr(8), link.substr(0, link.size() - 1), link + "0", "/", ""};
  for (const std::string& path : wrong) {
    EXPECT_EQ(open_link(path, "10:01:00").status, 404) << path;
    EXPECT_EQ(answer(path, "approve", "10:01:00").status, 404) << path;
  }
  EXPECT_EQ(look("/waiting/1/" + link.substr(link.rfind('/') + 1), "10:01:00").status, 404);
  EXPECT_EQ(answer(link, "perhaps", "10:01:00").status, 400);
  EXPECT_EQ(answer(link, std::string(5000, 'x'), "10:01:00").status, 400);
  EXPECT_EQ(requests_.all[0].state, State::Waiting);
  EXPECT_EQ(portal_->sponsor_counters().wrong_link, 2 * wrong.size() + 1);

  answer(link, "approve", "10:02:00");
  EXPECT_TRUE(portal_->end(kTablet, at("10:10:00")));
  answer(link, "approve", "10:11:00");
  EXPECT_THAT(look(mine, "10:11:00").body, HasSubstr("has ended"));
  EXPECT_EQ(timeline_.logins().size(), 1u);
  EXPECT_EQ(login_at("10:12:00"), "");
}

TEST_F(SponsorTest, TheSponsorsPageIsNotForGuestsNorForOtherNetworks) {
  ask("10:00:00");
  const std::string link = requests_.mails[0].second;
  for (const char* from : {"10.40.0.9", "10.40.7.7", "192.0.2.1", "2001:db8::1"}) {
    EXPECT_EQ(open_link(link, "10:01:00", *IpAddress::parse(from)).status, 403) << from;
    EXPECT_EQ(answer(link, "approve", "10:01:00", *IpAddress::parse(from)).status, 403) << from;
  }
  EXPECT_EQ(portal_->handle({"GET", link, "", "", kTablet, true}, at("10:01:00")).status, 404);  // nor on the guests' listener
  EXPECT_EQ(requests_.all[0].state, State::Waiting);
}

TEST_F(SponsorTest, NobodyCanBeFloodedWithMail) {
  settings_.sponsors.sponsor_an_hour = 4;
  settings_.sponsors.all_an_hour = 6;
  open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("10:00:00").status, 303);
  const Response held = ask("10:00:00");
  EXPECT_EQ(held.status, 429);  // one device
  EXPECT_THAT(held.body, HasSubstr("Too many requests"));
  const auto other = [](int n) { return IpAddress::v4(0x0a280100u + static_cast<std::uint32_t>(n)); };
  EXPECT_EQ(ask("10:00:00", other(1)).status, 303);
  EXPECT_EQ(ask("10:00:00", other(2)).status, 429);  // one sponsor
  EXPECT_EQ(ask("10:00:00", other(3), "a@college.example").status, 303);
  EXPECT_EQ(ask("10:00:00", other(4), "b@college.example").status, 303);
  EXPECT_EQ(ask("10:00:00", other(5), "c@college.example").status, 429);  // in all
  EXPECT_EQ(requests_.mails.size(), 6u);
  EXPECT_EQ(portal_->sponsor_counters().held_back, 3u);
  EXPECT_EQ(ask("11:00:00").status, 303);  // an hour later
}

TEST_F(SponsorTest, ADeviceThatTakesManyAddressesAsksNoMoreThanAnother) {
  settings_.networks.push_back(*IpPrefix::parse("2001:db8:40::/64"));
  open();
  const auto address = [](int n) { return *IpAddress::parse("2001:db8:40::" + std::to_string(n)); };
  for (int i = 1; i <= 5; ++i) timeline_.put(Lease{address(i), i < 5 ? kTabletMac : kOtherMac, at("09:50:00"), at("18:00:00"), "dhcp", ""});
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(ask("10:00:00", address(i)).status, 303);
  EXPECT_EQ(ask("10:00:00", address(4)).status, 429);
  EXPECT_EQ(ask("10:00:00", address(5)).status, 303);  // another device
}

TEST_F(SponsorTest, WhoMayNotApproveGetsNoMailAndThePageDoesNotTell) {
  settings_.sponsors.people = {"j.patel@college.example"};
  open();
  const auto page_for = [&](const std::string& sponsor, int n) {
    const IpAddress from = IpAddress::v4(0x0a280100u + static_cast<std::uint32_t>(n));
    std::string body = look(led_to(ask("10:00:00", from, sponsor)), "10:00:01", from).body;
    for (const std::string& varies : {sponsor, "request " + std::to_string(n)}) {
      if (const auto where = body.find(varies); where != std::string::npos) body.replace(where, varies.size(), "...");
    }
    return body;
  };
  const std::string who_may = page_for("j.patel@college.example", 1);
  EXPECT_EQ(page_for("nobody.here@college.example", 2), who_may);
  EXPECT_THAT(who_may, HasSubstr("Waiting for an answer"));
  EXPECT_EQ(requests_.mails.size(), 1u);
  EXPECT_EQ(requests_.all.size(), 2u);  // recorded all the same
  EXPECT_EQ(portal_->sponsor_counters().to_nobody, 1u);
}

TEST_F(SponsorTest, WhatIsMissingOrElsewhereIsNotAsked) {
  EXPECT_EQ(ask("10:00:00", kTablet, "j.patel@college.example", "&name=A&purpose=B").status, 400);
  EXPECT_EQ(ask("10:00:00", kTablet, "j.patel@college.example", "&name=+%00%e2%80%ae&purpose=B&accept=yes").status, 400);
  EXPECT_EQ(ask("10:00:00", kTablet, "j.patel@college.example", "&name=A&purpose=+&accept=yes").status, 400);
  EXPECT_EQ(ask("10:00:00", kTablet, "", std::string(5000, 'x')).status, 400);
  const Response elsewhere = ask("10:00:00", kTablet, "a@mail.example");
  EXPECT_EQ(elsewhere.status, 400);
  EXPECT_THAT(elsewhere.body, HasSubstr("@college.example"));
  EXPECT_EQ(ask("10:00:00", kOffice).status, 403);  // guests only
  EXPECT_EQ(portal_->handle({"POST", "/ask", "", "", kTablet, false}, at("10:00:00")).status, 302);  // never in the clear
  EXPECT_TRUE(requests_.all.empty());
}

TEST_F(SponsorTest, NoNameThatAGuestWritesHidesWhoTheyAreOrForgesTheEvidence) {
  for (const char* name : {"anonymous%40college.example", "%40handle", "Bob%22,+asked+by+nobody;+approved+by+head%40college.example"}) {
    requests_ = {};
    timeline_ = {};
    lease(kTabletMac, "09:50:00", "18:00:00");
    ask("10:00:00", kTablet, "j.patel%40college.example", std::string("&name=") + name + "&purpose=Talk&accept=yes");
    answer(requests_.mails[0].second, "approve", "10:05:00");
    const Attribution guest = who(timeline_, kTablet, {}, at("10:06:00"));
    EXPECT_EQ(guest.grade, Grade::A) << guest.why;
    EXPECT_EQ(guest.login, "guest request 1: " + requests_.all[0].name);
    EXPECT_EQ(guest.sponsor, "j.patel@college.example");
    // What the guest wrote comes after all that is ours.
    const std::string& evidence = guest.evidence.back();
    EXPECT_LT(evidence.find("approved by j.patel@college.example"), evidence.find(requests_.all[0].name)) << evidence;
    EXPECT_LT(evidence.find("signed in at"), evidence.find(requests_.all[0].name)) << evidence;
  }
}

TEST_F(SponsorTest, AStoreThatFailsForAWhileLosesNoRequestAndLetsNobodyIn) {
  const std::string mine = led_to(ask("10:00:00"));
  const std::string link = requests_.mails[0].second;
  requests_.broken = true;
  EXPECT_EQ(ask("10:01:00").status, 503);
  EXPECT_EQ(open_link(link, "10:01:00").status, 503);
  EXPECT_EQ(answer(link, "approve", "10:01:00").status, 503);
  const Response page = look(mine, "10:01:00");
  EXPECT_EQ(page.status, 503);
  EXPECT_THAT(page.body, HasSubstr("<meta http-equiv=\"refresh\""));  // the guest's page goes on looking
  EXPECT_TRUE(timeline_.logins().empty());
  requests_.broken = false;
  answer(link, "approve", "10:02:00");
  EXPECT_EQ(led_to(look(mine, "10:02:10")), "/");
}

TEST_F(SponsorTest, ASecondApprovalDoesNotOutliveTheEndOfTheSignIn) {
  for (const bool leased : {true, false}) {
    requests_ = {};
    timeline_ = {};
    if (leased) lease(kTabletMac, "09:50:00", "18:00:00");
    const std::string first = led_to(ask("10:00:00"));
    const std::string second = led_to(ask("10:00:01"));
    answer(requests_.mails[0].second, "approve", "10:05:00");
    EXPECT_EQ(led_to(look(first, "10:05:10")), "/");
    answer(requests_.mails[1].second, "approve", "10:06:00");
    EXPECT_TRUE(portal_->end(kTablet, at("10:10:00")));  // by the college
    EXPECT_THAT(look(second, "10:11:00").body, HasSubstr("has ended"));
    EXPECT_EQ(login_at("10:12:00"), "");
    // A new request is a new question to the sponsor.
    const std::string third = led_to(ask("10:15:00"));
    answer(requests_.mails[2].second, "approve", "10:16:00");
    EXPECT_EQ(led_to(look(third, "10:16:10")), "/");
    EXPECT_EQ(timeline_.logins().size(), 2u);
  }
}

TEST_F(SponsorTest, ASignInByTheAddressAloneIsNotTheNextHoldersToSeeOrToEnd) {
  const std::string mine = led_to(ask("10:00:00"));
  answer(requests_.mails[0].second, "approve", "10:05:00");
  EXPECT_EQ(led_to(look(mine, "10:05:10")), "/");
  EXPECT_THAT(look("/", "10:06:00").body, HasSubstr("A Visitor"));
  lease(kOtherMac, "11:00:00", "18:00:00");
  EXPECT_EQ(login_at("11:10:00"), "");
  EXPECT_THAT(look("/", "11:10:00").body, Not(HasSubstr("A Visitor")));
  EXPECT_THAT(look("/captive-portal/api", "11:10:00").body, HasSubstr("\"captive\":true"));
  const std::string next = led_to(ask("11:10:00", kTablet, "j.patel@college.example", "&name=Next&purpose=Talk&accept=yes"));
  answer(requests_.mails[1].second, "approve", "11:11:00");
  EXPECT_EQ(led_to(look(next, "11:11:10")), "/");
  EXPECT_THAT(look("/", "11:11:20").body, HasSubstr("Next"));
}

TEST(SponsorAddress, IsOneOfTheDomainsAndNothingButAnAddress) {
  SponsorSettings rules;
  rules.domains = {"college.example", "staff.college.example"};
  EXPECT_EQ(sponsor_address(" J.O'Neill-1_x@College.Example ", rules), "j.o'neill-1_x@college.example");
  EXPECT_EQ(sponsor_address("a@staff.college.example", rules), "a@staff.college.example");
  for (const char* bad : {"", "@college.example", "a", "a@", "a@evil.example", "a@xcollege.example", "a@college.example.evil.example",
                          "a@b@college.example", "a+1@college.example", "a b@college.example", "a\r\nBcc: x@college.example",
                          "<a@college.example>", "a,b@college.example", "\"a\"@college.example", "\xc3\xa9@college.example",
                          "a@college.example,x@evil.example"}) {
    EXPECT_EQ(sponsor_address(bad, rules), std::nullopt) << bad;
  }
  EXPECT_EQ(sponsor_address(std::string(65, 'a') + "@college.example", rules), std::nullopt);
}

TEST(Secrets, AreLongRandomAndKnownByTheirHashAlone) {
  const std::string one = value_or_throw(make_secret());
  EXPECT_EQ(one.size(), 40u);
  EXPECT_NE(one, value_or_throw(make_secret()));
  EXPECT_TRUE(is_secret_of(one, sha256_hex(one)));
  EXPECT_FALSE(is_secret_of(one, sha256_hex(one + "0")));
  EXPECT_FALSE(is_secret_of(one, one));
  EXPECT_FALSE(is_secret_of("", sha256_hex("")));
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
}

}  // namespace
}  // namespace gatehouse::lodge::portal
