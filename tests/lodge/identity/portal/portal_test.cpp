// The guest portal: who is led where, what a voucher gives and what it does not, and that guessing is slow.
#include "lodge/identity/portal/portal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::lodge::portal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const IpAddress kPhone = *IpAddress::parse("10.40.0.9");
const MacAddress kPhoneMac = *MacAddress::parse("02:00:5e:10:00:01");

Timestamp at(const std::string& clock) { return *parse_time("2026-11-10T" + clock + "Z"); }

// One voucher in memory; the store's own is tested with the store.
class OneVoucher final : public VoucherKeeper {
 public:
  Voucher voucher;
  [[nodiscard]] Result<std::optional<Voucher>> find(const std::string& hash) const override {
    return hash == voucher.hash ? std::optional(voucher) : std::nullopt;
  }
  Result<bool> use(const std::string& hash) override {
    if (hash != voucher.hash || voucher.used >= voucher.devices) return false;
    ++voucher.used;
    return true;
  }
};

class PortalTest : public ::testing::Test {
 protected:
  PortalTest() {
    keeper_.voucher = {hash_of_code(code_), "guest 12", "", "j.patel", "Open evening", at("21:00:00"), 1, 0};
    Settings settings;
    settings.networks = {*IpPrefix::parse("10.40.0.0/16")};
    settings.url = "https://guests.college.example";
    settings.college = "Example <College>";
    settings.policy = "Be kind & careful.";
    portal_ = std::make_unique<Portal>(settings, keeper_, timeline_);
  }
  Response get(const std::string& target, Timestamp when, IpAddress from = kPhone, bool encrypted = true) {
    return portal_->handle({"GET", target, "guests.college.example", "", from, encrypted}, when);
  }
  Response sign_in(const std::string& code, Timestamp when, IpAddress from = kPhone, const std::string& accept = "yes") {
    return portal_->handle({"POST", "/sign-in", "guests.college.example",
                            "code=" + code + "&name=A+Visitor%3Cb%3E&accept=" + accept, from, true},
                           when);
  }

  const std::string code_ = make_code();
  OneVoucher keeper_;
  SessionTimeline timeline_;
  std::unique_ptr<Portal> portal_;
};

TEST_F(PortalTest, LeadsEveryPlainPageToTheSignIn) {
  const Response answer = get("/generate_204", at("18:00:00"), kPhone, false);
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.front().second, "https://guests.college.example/");
  const Response form = get("/", at("18:00:00"));
  EXPECT_THAT(form.body, HasSubstr("Be kind &amp; careful."));
  EXPECT_THAT(form.body, HasSubstr("Example &lt;College&gt;"));
  EXPECT_THAT(form.body, Not(HasSubstr("<script")));
}

TEST_F(PortalTest, TellsItsStateAsRfc8908Says) {
  EXPECT_EQ(get("/captive-portal/api", at("18:00:00")).body,
            "{\"captive\":true,\"user-portal-url\":\"https://guests.college.example/\"}\n");
  sign_in(code_, at("18:00:00"));
  const Response answer = get("/captive-portal/api", at("18:30:00"));
  EXPECT_EQ(answer.content_type, "application/captive+json");
  EXPECT_EQ(answer.body,
            "{\"captive\":false,\"user-portal-url\":\"https://guests.college.example/\",\"seconds-remaining\":9000,"
            "\"can-extend-session\":false}\n");
}

TEST_F(PortalTest, AVoucherSignsItsHolderInWithSponsorAndEnd) {
  timeline_.put(Lease{kPhone, kPhoneMac, at("17:50:00"), at("22:00:00"), "dhcp", "lease line"});
  EXPECT_EQ(sign_in(code_, at("18:00:00")).status, 303);
  const Attribution answer = who(timeline_, kPhone, {}, at("18:10:00"));
  EXPECT_EQ(answer.login, "guest 12");  // what the guest wrote is no name
  EXPECT_EQ(answer.sponsor, "j.patel");
  EXPECT_EQ(answer.group, "guests");
  EXPECT_EQ(answer.device, kPhoneMac);
  EXPECT_THAT(answer.evidence.back(), HasSubstr("called themselves \"A Visitor<b>\""));
  EXPECT_EQ(who(timeline_, kPhone, {}, at("21:00:01")).login, "");
  EXPECT_THAT(get("/", at("18:10:00")).body, HasSubstr("until 21:00"));
}

TEST_F(PortalTest, ANameThatTheSponsorGaveIsTheGuests) {
  keeper_.voucher.name = "g.visitor";
  sign_in(code_, at("18:00:00"));
  EXPECT_EQ(who(timeline_, kPhone, {}, at("18:10:00")).login, "g.visitor");
}

TEST_F(PortalTest, ACodeIsReadAsPeopleTypeIt) {
  std::string typed = code_;
  for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(c >= 'A' ? c + 32 : c);
  EXPECT_EQ(hash_of_code(typed), hash_of_code(code_));
  EXPECT_EQ(hash_of_code("O1234-56789"), hash_of_code("0L234 56789"));
  EXPECT_EQ(hash_of_code("short"), "");
  EXPECT_EQ(hash_of_code(std::string(5000, 'A')), "");
}

TEST_F(PortalTest, RefusesWhatIsUsedUpExpiredNotAcceptedOrFromElsewhere) {
  EXPECT_EQ(sign_in(code_, at("18:00:00"), kPhone, "no").status, 400);
  EXPECT_EQ(sign_in(code_, at("21:00:00")).status, 403);
  EXPECT_EQ(sign_in(code_, at("18:00:00"), *IpAddress::parse("10.10.0.9")).status, 403);
  EXPECT_EQ(sign_in(code_, at("18:00:00")).status, 303);
  EXPECT_EQ(sign_in(code_, at("18:01:00"), *IpAddress::parse("10.40.0.10")).status, 403);  // good for one device
  EXPECT_EQ(timeline_.logins().size(), 1u);
  EXPECT_EQ(portal_->handle({"POST", "/sign-in", "", std::string(5000, 'x'), *IpAddress::parse("10.40.0.11"), true}, at("18:00:00")).status, 400);
  EXPECT_EQ(get("/other", at("18:00:00")).status, 404);
}

TEST_F(PortalTest, HoldsBackWhoGuesses) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("WRONG-CODE" + std::to_string(i), at("18:00:00")).status, 403);
  EXPECT_EQ(sign_in(code_, at("18:00:01")).status, 429);  // not even the right one
  EXPECT_TRUE(timeline_.logins().empty());
  EXPECT_EQ(sign_in(code_, at("18:00:02"), *IpAddress::parse("10.40.0.10")).status, 303);  // others are not held back
  EXPECT_EQ(portal_->counters().held_back, 1u);
}

TEST_F(PortalTest, ASignInEndsWhenAskedAndDoesNotPassToAnotherDevice) {
  timeline_.put(Lease{kPhone, kPhoneMac, at("17:50:00"), at("18:30:00"), "dhcp", "lease line"});
  sign_in(code_, at("18:00:00"));
  timeline_.put(Lease{kPhone, *MacAddress::parse("02:00:5e:10:00:02"), at("18:30:00"), at("22:00:00"), "dhcp", "lease line"});
  EXPECT_NE(portal_->session_of(kPhone, at("18:20:00")), nullptr);
  EXPECT_EQ(portal_->session_of(kPhone, at("18:40:00")), nullptr);
  EXPECT_EQ(who(timeline_, kPhone, {}, at("18:40:00")).login, "");
  EXPECT_TRUE(portal_->end(kPhone, at("18:20:00")));
  EXPECT_FALSE(portal_->end(kPhone, at("18:21:00")));
  EXPECT_EQ(who(timeline_, kPhone, {}, at("18:21:00")).login, "");
}

TEST(Forms, AreReadOrGiveNothing) {
  EXPECT_EQ(read_form("a=b&c=d%20e+f&g").at("c"), "d e f");
  EXPECT_TRUE(read_form("a=%zz").empty());
  EXPECT_TRUE(read_form("a=%4").empty());
  EXPECT_TRUE(read_form("").empty());
}

}  // namespace
}  // namespace gatehouse::lodge::portal
