// Guests' requests outlive a restart; each is decided once, in time, and used once; the mail goes with it or not at all.
#include "lodge/store/sponsor_store.h"

#include <gtest/gtest.h>

#include "lodge/store/identity_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using portal::SponsorRequest;
using testing::at;
using State = SponsorRequest::State;

const IpAddress kGuest = *IpAddress::parse("10.40.0.9");
const IpAddress kOffice = *IpAddress::parse("10.20.0.5");

class SponsorStoreTest : public ::testing::Test {
 protected:
  // By a connection of its own, as after a restart.
  SponsorStore open(SponsorStore::SendLink send = {}) {
    return value_or_throw(SponsorStore::open(folder_.file("store.db"), std::move(send)));
  }
  static SponsorRequest request(const std::string& sponsor = "j.patel@college.example", IpAddress from = kGuest) {
    SponsorRequest out;
    out.asked = at("10:00:00");
    out.until = at("10:30:00");
    out.name = "A Visitor";
    out.purpose = "Interview";
    out.sponsor = sponsor;
    out.address = from;
    out.mac = testing::kPhone;
    out.guest_hash = "11";
    out.link_hash = "22";
    return out;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SponsorStoreTest, ARequestIsTheSameAfterARestart) {
  const std::int64_t number = value_or_throw(open().add(request(), "secret"));
  SponsorStore after = open();
  const auto found = value_or_throw(after.find(number));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "A Visitor");
  EXPECT_EQ(found->purpose, "Interview");
  EXPECT_EQ(found->sponsor, "j.patel@college.example");
  EXPECT_EQ(found->address, kGuest);
  EXPECT_EQ(found->mac, testing::kPhone);
  EXPECT_EQ(found->asked, at("10:00:00"));
  EXPECT_EQ(found->until, at("10:30:00"));
  EXPECT_EQ(found->guest_hash, "11");
  EXPECT_EQ(found->link_hash, "22");
  EXPECT_EQ(found->state, State::Waiting);
  EXPECT_FALSE(value_or_throw(after.find(number + 1)));
}

TEST_F(SponsorStoreTest, IsDecidedOnceAndUsedOnceAndInTime) {
  SponsorStore store = open();
  const auto one = value_or_throw(store.add(request(), "s"));
  const auto two = value_or_throw(store.add(request(), "s"));
  EXPECT_FALSE(value_or_throw(store.use(one, at("10:01:00"))));  // not approved yet
  EXPECT_FALSE(value_or_throw(store.decide(one, true, kOffice, at("10:30:00"), at("11:00:00"))));
  EXPECT_TRUE(value_or_throw(store.decide(one, true, kOffice, at("10:29:00"), at("10:59:00"))));
  EXPECT_FALSE(value_or_throw(store.decide(one, false, kOffice, at("10:29:01"), at("10:59:01"))));
  EXPECT_FALSE(value_or_throw(store.use(one, at("10:59:00"))));
  EXPECT_TRUE(value_or_throw(store.use(one, at("10:58:00"))));
  EXPECT_FALSE(value_or_throw(store.use(one, at("10:58:01"))));
  const auto used = value_or_throw(open().find(one));
  EXPECT_EQ(used->state, State::SignedIn);
  EXPECT_EQ(used->decided, at("10:29:00"));
  EXPECT_EQ(used->decided_from, "10.20.0.5");
  EXPECT_EQ(used->signed_in, at("10:58:00"));

  EXPECT_TRUE(value_or_throw(store.decide(two, false, kOffice, at("10:10:00"), at("10:40:00"))));
  EXPECT_FALSE(value_or_throw(store.use(two, at("10:11:00"))));
  EXPECT_EQ(value_or_throw(store.find(two))->state, State::Refused);
}

TEST_F(SponsorStoreTest, TheMailGoesWithTheRequestOrNeitherDoes) {
  std::vector<std::int64_t> sent;
  SponsorStore store = open([&](const Connection&, const SponsorRequest& asked, const std::string& secret) -> Result<void> {
    if (secret == "no") return failure("no disk");
    sent.push_back(asked.number);
    return {};
  });
  EXPECT_FALSE(store.add(request(), "no"));
  EXPECT_TRUE(value_or_throw(store.asked_since(at("09:00:00"))).empty());
  const auto number = value_or_throw(store.add(request(), "yes"));
  SponsorRequest to_nobody = request();
  to_nobody.may_approve = false;
  EXPECT_TRUE(store.add(to_nobody, "yes"));
  EXPECT_EQ(sent, std::vector{number});
  EXPECT_FALSE(value_or_throw(store.asked_since(at("09:00:00")))[0].may_approve);
}

TEST_F(SponsorStoreTest, CountsByGuestBySponsorAndInAll) {
  SponsorStore store = open();
  const SponsorRequest like = request("a@college.example");
  EXPECT_EQ(value_or_throw(store.asked_since(like, at("09:00:00"))).in_all, 0u);
  (void)store.add(like, "s");
  (void)store.add(request("b@college.example"), "s");
  SponsorRequest unknown = request("a@college.example", kOffice);
  unknown.mac = {};
  (void)store.add(unknown, "s");
  (void)store.add(request("c@college.example", kOffice), "s");  // the same device at another address
  const auto asked = value_or_throw(store.asked_since(like, at("09:59:59")));
  EXPECT_EQ(asked.by_guest, 3u);
  EXPECT_EQ(asked.of_sponsor, 2u);
  EXPECT_EQ(asked.in_all, 4u);
  unknown.address = *IpAddress::parse("10.40.0.77");
  EXPECT_EQ(value_or_throw(store.asked_since(unknown, at("09:59:59"))).by_guest, 0u);  // not known is not the same
  EXPECT_EQ(value_or_throw(store.asked_since(like, at("10:00:00"))).in_all, 0u);
}

TEST_F(SponsorStoreTest, OldRequestsAreDeletedOnRecord) {
  SponsorStore store = open();
  (void)store.add(request(), "s");
  const auto identity = value_or_throw(IdentityStore::open(folder_.file("store.db")));
  EXPECT_TRUE(value_or_throw(identity.forget(at("09:00:00"), at("12:00:00"))).empty());
  const auto gone = value_or_throw(identity.forget(at("11:00:00"), at("12:00:00")));
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].what, "guest requests");
  EXPECT_TRUE(value_or_throw(store.asked_since(at("09:00:00"))).empty());
}

}  // namespace
}  // namespace gatehouse::lodge
