// Guests whom a sponsor vouches for: what each of the two pages shows and does, for which device an approval counts, and
// what it does not take: a scanner's visit, a second answer, a guessed link, a flood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/identity/portal/portal.h"
#include "lodge/identity/portal/secret.h"

namespace gatehouse::lodge::portal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using State = SponsorRequest::State;

const IpAddress kTablet = *IpAddress::parse("10.40.0.9");
const IpAddress kOffice = *IpAddress::parse("10.20.0.5");
const MacAddress kTabletMac = *MacAddress::parse("02:00:5e:10:00:01");
const MacAddress kOtherMac = *MacAddress::parse("02:00:5e:10:00:02");

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

class NoVouchers final : public VoucherKeeper {
 public:
  [[nodiscard]] Result<std::optional<Voucher>> find(const std::string&) const override { return std::optional<Voucher>(); }
  Result<bool> use(const std::string&) override { return false; }
};

// Requests in memory, by the rules of SponsorKeeper; the store's own is tested with the store.
class Requests final : public SponsorKeeper {
 public:
  std::vector<SponsorRequest> all;
  std::vector<std::pair<std::string, std::string>> mails;  // to whom, and the path in it
  bool broken = false;                                     // the disk is full, or another holds the file

  Result<std::int64_t> add(const SponsorRequest& request, const std::string& link_secret) override {
    if (broken) return failure("no disk");
    all.push_back(request);
    all.back().number = static_cast<std::int64_t>(all.size());
    if (request.may_approve) mails.emplace_back(request.sponsor, sponsor_path(all.back().number, link_secret));
    return all.back().number;
  }
  [[nodiscard]] Result<std::optional<SponsorRequest>> find(std::int64_t number) const override {
    if (broken) return failure("no disk");
    if (number < 1 || number > static_cast<std::int64_t>(all.size())) return std::optional<SponsorRequest>();
    return std::optional(all[static_cast<std::size_t>(number - 1)]);
  }
  Result<bool> decide(std::int64_t number, bool approve, const IpAddress& from, Timestamp now, Timestamp until) override {
    SponsorRequest& one = all.at(static_cast<std::size_t>(number - 1));
    if (one.state != State::Waiting || one.until <= now) return false;
    one.state = approve ? State::Approved : State::Refused;
    one.decided = now;
    one.decided_from = from.to_string();
    one.until = until;
    return true;
  }
  Result<bool> use(std::int64_t number, Timestamp now) override {
    SponsorRequest& one = all.at(static_cast<std::size_t>(number - 1));
    if (one.state != State::Approved || one.until <= now) return false;
    one.state = State::SignedIn;
    one.signed_in = now;
    return true;
  }
  [[nodiscard]] Result<Asked> asked_since(const SponsorRequest& like, Timestamp since) const override {
    Asked out;
    for (const SponsorRequest& one : all) {
      if (one.asked <= since) continue;
      out.by_guest += one.address == like.address || (one.mac == like.mac && !like.mac.is_zero());
      out.of_sponsor += one.sponsor == like.sponsor;
      ++out.in_all;
    }
    return out;
  }
};

class SponsorTest : public ::testing::Test {
 protected:
  SponsorTest() {
    settings_.networks = {*IpPrefix::parse("10.40.0.0/16")};
    settings_.url = "https://guests.college.example";
    settings_.college = "Example College";
    settings_.policy = "Be kind.";
    settings_.longest = std::chrono::hours{4};
    settings_.sponsors.domains = {"college.example"};
    settings_.sponsors.from = {*IpPrefix::parse("10.0.0.0/8")};  // holds the guest network too
    settings_.sponsors.url = "https://gatehouse.college.example:8445";
    open();
  }
  void open() { portal_ = std::make_unique<Portal>(settings_, vouchers_, timeline_, &requests_); }
  void lease(const MacAddress& mac, const std::string& from, const std::string& to) {
    timeline_.put(Lease{kTablet, mac, at(from), at(to), "dhcp", "lease line"});
  }

  Response ask(const std::string& clock, IpAddress from = kTablet, const std::string& sponsor = "J.Patel%40college.example",
               const std::string& more = "&name=A+Visitor&purpose=Interview&accept=yes") {
    return portal_->handle({"POST", "/ask", "guests.college.example", "sponsor=" + sponsor + more, from, true}, at(clock));
  }
  // Where the answer leads, as a path.
  static std::string led_to(const Response& answer) {
    for (const auto& [name, value] : answer.headers) {
      if (name == "Location") return value.substr(value.find('/', 8));
    }
    return {};
  }
  Response look(const std::string& path, const std::string& clock, IpAddress from = kTablet) {
    return portal_->handle({"GET", path, "guests.college.example", "", from, true}, at(clock));
  }
  Response open_link(const std::string& path, const std::string& clock, IpAddress from = kOffice) {
    return portal_->handle_sponsor({"GET", path, "gatehouse.college.example", "", from, true}, at(clock));
  }
  Response answer(const std::string& path, const std::string& word, const std::string& clock, IpAddress from = kOffice) {
    return portal_->handle_sponsor({"POST", path, "gatehouse.college.example", "answer=" + word, from, true}, at(clock));
  }
  std::string login_at(const std::string& clock, IpAddress from = kTablet) { return who(timeline_, from, {}, at(clock)).login; }

  Settings settings_;
  NoVouchers vouchers_;
  Requests requests_;
  SessionTimeline timeline_;
  std::unique_ptr<Portal> portal_;
};

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
