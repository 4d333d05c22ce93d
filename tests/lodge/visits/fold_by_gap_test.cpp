// Hits become attempts: one try is one attempt, two holders are never one, and cutting the stream anywhere
// gives the same result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/eve_reader.h"
#include "lodge/test_events.h"
#include "lodge/visits/attempt_folder.h"
#include "lodge/visits/folding.h"

namespace gatehouse::lodge {
namespace {

using testing::at;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kPc;
using testing::kPhone;
using testing::listed;
using testing::look_up;

Attribution held_by(const std::string& login, Grade grade = Grade::B, MacAddress device = kPc) {
  Attribution holder;
  holder.grade = login.empty() ? std::max(grade, Grade::C) : grade;
  holder.login = login;
  holder.device = device;
  holder.why = "because";
  return holder;
}

class Folding : public WithFolder {
 protected:
  void fold(const journal::Event& event, const Attribution& holder = held_by("a.learner")) {
    folder_->fold(event, holder);
  }
};

TEST_F(Folding, LookUpQuicTlsAndHttpOfOneVisitAreOneAttempt) {
  fold(look_up("1", at("10:42:00")));
  journal::Event answer = look_up("2", at("10:42:00"));
  answer.dns_answer = true;
  fold(answer);
  journal::Event quic = listed("3", at("10:42:01"));
  quic.type = journal::EventType::Quic;
  fold(quic);
  fold(listed("4", at("10:42:02"), "Guns-Direct.test."));
  journal::Event http = listed("5", at("10:42:03"));
  http.type = journal::EventType::Http;
  http.url = "/shop";
  fold(http);
  const auto all = attempts();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].hits, 4u) << "the answer is not a try of its own";
  EXPECT_EQ(all[0].first, at("10:42:00"));
  EXPECT_EQ(all[0].last, at("10:42:03"));
  EXPECT_EQ(all[0].hosts[0].host, "guns-direct.test");
  EXPECT_EQ(all[0].hosts[0].url, "/shop");
  EXPECT_EQ(all[0].who.login, "a.learner");
  EXPECT_EQ(all[0].who.device, "02:00:5e:10:00:01");
  EXPECT_EQ(all[0].who.group, "students") << "from the network, where the login tells none";
  EXPECT_EQ(all[0].seen_mac, "02:00:5e:10:00:01");
}

TEST_F(Folding, AGapOfTenMinutesBeginsAnotherAttemptAndLessDoesNot) {
  fold(listed("1", at("10:00:00")));
  fold(listed("2", at("10:09:59")));
  EXPECT_EQ(attempts().size(), 1u);
  fold(listed("3", at("10:19:59")));
  EXPECT_EQ(attempts().size(), 2u);
}

TEST_F(Folding, DevicesAndCategoriesAreKeptApart) {
  fold(listed("1", at("10:00:00")));
  fold(listed("2", at("10:00:01")), held_by("a.learner", Grade::B, kPhone));
  journal::Event other = listed("3", at("10:00:02"));
  other.category = "extremism-other";
  fold(other);
  EXPECT_EQ(attempts().size(), 3u);
}

TEST_F(Folding, AChangeOfLoginSplitsAVisit) {
  fold(listed("1", at("10:00:00")), held_by("a.learner"));
  fold(listed("2", at("10:01:00")), held_by("b.learner"));
  fold(listed("3", at("10:02:00")), held_by(""));
  fold(listed("4", at("10:03:00")), held_by("A.Learner"));
  const auto all = attempts();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].who.login, "a.learner");
  EXPECT_EQ(all[0].hits, 2u);
  EXPECT_EQ(all[1].who.login, "b.learner");
  EXPECT_EQ(all[2].who.login, "");
}

TEST_F(Folding, AnAttemptHasTheWeakestGradeOfItsEvents) {
  fold(listed("1", at("10:00:00")), held_by("a.learner", Grade::A));
  fold(listed("2", at("10:01:00")), held_by("a.learner", Grade::B));
  fold(listed("3", at("10:02:00")), held_by("a.learner", Grade::A));
  EXPECT_EQ(attempts()[0].who.grade, Grade::B);
}

TEST_F(Folding, ALookUpThatLedToNothingIsLikelyBackground) {
  fold(look_up("1", at("10:00:00")));
  const auto all = attempts();
  EXPECT_EQ(all[0].band, Band::LikelyBackground);
  EXPECT_THAT(all[0].reasons, ElementsAre("the name was looked up but nothing was opened",
                                          HasSubstr("was not recorded, so this is less sure")));
}

TEST_F(Folding, ALookUpThatWasStoppedIsNotHeldToBeBackground) {
  journal::Event stopped = look_up("1", at("10:00:00"));
  stopped.outcome = journal::Outcome::Blocked;
  fold(stopped);
  EXPECT_EQ(attempts()[0].band, Band::Unclear);
}

TEST_F(Folding, OneVisitIsUnclearAndTryingAgainIsLikelyDeliberate) {
  fold(look_up("1", at("10:00:00")));
  fold(listed("2", at("10:00:01")));
  EXPECT_EQ(attempts()[0].band, Band::Unclear);
  fold(listed("3", at("10:03:01")));
  const auto all = attempts();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].band, Band::LikelyDeliberate);
  EXPECT_THAT(all[0].reasons, Contains("tried 2 times within 3 minutes"));
}

TEST_F(Folding, ABrowsersImmediateRetriesAreOneTry) {
  for (int i = 0; i < 6; ++i) fold(listed(std::to_string(i), at("10:00:00") + Seconds(i * 3)));
  EXPECT_EQ(attempts()[0].band, Band::Unclear);
}

TEST_F(Folding, ADisguisedConnectionIsLikelyDeliberateAndNamesTheTrick) {
  journal::Event event = listed("1", at("10:00:00"));
  event.evasion = {"tcp-overlap", "fake-hello"};
  fold(event);
  const auto all = attempts();
  EXPECT_EQ(all[0].band, Band::LikelyDeliberate);
  EXPECT_EQ(all[0].evasion, event.evasion);
  EXPECT_EQ(all[0].reasons[0], "the connection was disguised to get past the filter");
}

TEST_F(Folding, ATunnelWithoutANameIsAnAttemptToo) {
  journal::Event event = listed("1", at("10:00:00"), "");
  event.type = journal::EventType::Tunnel;
  event.category = "circumvention";
  event.tunnel = "openvpn";
  fold(event);
  EXPECT_EQ(attempts()[0].tunnel, "openvpn");
  EXPECT_EQ(attempts()[0].band, Band::LikelyDeliberate);
}

TEST_F(Folding, AFixedRhythmIsBackgroundWithinAnAttemptAndAcrossThem) {
  for (const int period : {60, 900}) {
    folder_ = make_fold_by_gap();
    kept_.clear();
    for (int i = 0; i < 8; ++i) {
      fold(listed(std::to_string(i), at("08:00:00") + Seconds(i * period + i % 2)));
      attempts();  // also when the batches are small
    }
    for (const auto& one : attempts()) {
      EXPECT_EQ(one.band, Band::LikelyBackground) << period;
      EXPECT_THAT(one.reasons[0], HasSubstr("as a program does"));
    }
  }
}

TEST_F(Folding, APersonsUnevenTriesAreNoRhythm) {
  for (const int second : {0, 45, 130, 160, 400, 420})
    fold(listed(std::to_string(second), at("10:00:00") + Seconds(second)));
  EXPECT_EQ(attempts()[0].band, Band::LikelyDeliberate);
}

TEST_F(Folding, TheLeastEffectiveOutcomeOfWhatWasToBeBlockedIsTold) {
  journal::Event logged = look_up("1", at("10:00:00"));
  logged.action = journal::Action::Log;
  logged.outcome = journal::Outcome::AllowedLogged;
  fold(logged);
  fold(listed("2", at("10:00:01")));
  EXPECT_EQ(attempts()[0].outcome, journal::Outcome::Blocked);
  journal::Event unsure = listed("3", at("10:00:02"));
  unsure.outcome = journal::Outcome::ResetSentUnconfirmed;
  fold(unsure);
  fold(listed("4", at("10:00:03")));
  EXPECT_EQ(attempts()[0].outcome, journal::Outcome::ResetSentUnconfirmed);
  EXPECT_EQ(attempts()[0].action, journal::Action::Block);
}

TEST_F(Folding, TheSameInputGivesTheSameIds) {
  fold(listed("1", at("10:00:00")));
  const std::string id = attempts()[0].id;
  folder_ = make_fold_by_gap();
  kept_.clear();
  fold(listed("1", at("10:00:00")));
  EXPECT_EQ(attempts()[0].id, id);
}

TEST_F(Folding, EventsALittleOutOfOrderBelongToTheSameAttempt) {
  fold(listed("1", at("10:00:05")));
  fold(look_up("2", at("10:00:00")));
  const auto all = attempts();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first, at("10:00:00"));
}

TEST(HideSealed, TakesTheSiteOutOfWhatIsKept) {
  journal::Event event = listed("1", at("10:00:00"), "secret.test");
  event.sealed = true;
  event.url = "/secret";
  event.referer = "https://secret.test/";
  event.answers = {{"secret.test", "A", 60, "203.0.113.9"}};
  hide_sealed(event);
  auto folder = make_fold_by_gap();
  folder->fold(event, held_by("a.learner"));
  const Folded folded = folder->take();
  EXPECT_TRUE(folded.attempts[0].sealed);
  EXPECT_EQ(folded.attempts[0].hosts[0].host, "");
  EXPECT_EQ(folded.attempts[0].hosts[0].entry, "");
  EXPECT_EQ(folded.events[0].line.find("secret"), std::string::npos) << folded.events[0].line;
}

TEST(IsListed, OnlyWhatThePolicyBlocksOrLogs) {
  journal::Event event = listed("1", at("10:00:00"));
  EXPECT_TRUE(is_listed(event));
  event.action = journal::Action::Log;
  EXPECT_TRUE(is_listed(event));
  event.action = journal::Action::Allow;
  EXPECT_FALSE(is_listed(event));
  event.action = journal::Action::Block;
  event.category.clear();
  EXPECT_FALSE(is_listed(event));
}

}  // namespace
}  // namespace gatehouse::lodge
