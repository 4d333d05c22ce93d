// Kept until sent, sent once.
#include "lodge/mail/outbox.h"

#include <gtest/gtest.h>

#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

class Outbox : public ::testing::Test {
 protected:
  Outbox() : store_(value_or_throw(SqliteStore::open(folder_.file("store.db")))) {
    clock_.set(testing::at("07:00:00"));
  }
  OutboxMail mail(const std::string& key = "report 2026-11-10 lead a@b.test") {
    OutboxMail out;
    out.key = key;
    out.recipient = "a@b.test";
    out.sender = "g@b.test";
    out.subject = "s";
    out.message = "m";
    out.made = testing::at("06:40:00");
    out.due = testing::at("07:00:00");
    out.deadline = testing::at("08:00:00");
    return out;
  }
  OutboxRun run(bool relay_answers) {
    return value_or_throw(
        send_due_mail(db(), clock_, [&](const SmtpEnvelope& envelope, const std::string&) -> Result<int> {
          ++tried_;
          EXPECT_EQ(envelope.to, "a@b.test");
          if (relay_answers) return 250;
          return failure("no route to the relay");
        }));
  }
  [[nodiscard]] const Connection& db() const { return store_->connection(); }

  testing::TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_;
  ManualClock clock_;
  int tried_ = 0;
};

TEST_F(Outbox, SendsOnceAndNotBeforeItsTime) {
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  EXPECT_FALSE(value_or_throw(put_in_outbox(db(), mail())));
  clock_.set(testing::at("06:59:59"));
  EXPECT_EQ(run(true).sent, 0u);
  clock_.set(testing::at("07:00:00"));
  EXPECT_EQ(run(true).sent, 1u);
  EXPECT_EQ(run(true).sent, 0u);
  EXPECT_FALSE(value_or_throw(put_in_outbox(db(), mail())));
  EXPECT_EQ(run(true).sent, 0u);
  EXPECT_EQ(tried_, 1);
  const auto done = value_or_throw(deliveries(db(), "report 2026-11-10 "));
  ASSERT_EQ(done.size(), 1u);
  EXPECT_TRUE(done[0].sent);
  EXPECT_EQ(done[0].answer, "250");
}

TEST_F(Outbox, TriesAgainWithLongerWaitsForAsLongAsItTakes) {
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  EXPECT_EQ(run(false).failed, 1u);
  clock_.set(testing::at("07:00:59"));
  EXPECT_EQ(run(false).failed, 0u);
  clock_.set(testing::at("07:01:00"));
  EXPECT_EQ(run(false).failed, 1u);
  clock_.set(testing::at("07:02:30"));
  EXPECT_EQ(run(true).sent, 0u);
  for (int day = 0; day < 40; ++day) {
    clock_.set(clock_.now() + std::chrono::days{1});
    EXPECT_EQ(run(false).failed, 1u);
  }
  clock_.set(clock_.now() + std::chrono::days{1});
  EXPECT_EQ(run(true).sent, 1u);
  EXPECT_EQ(mail_back_off(1).count(), 60);
  EXPECT_EQ(mail_back_off(2).count(), 120);
  EXPECT_EQ(mail_back_off(50).count(), 1800);
}

TEST_F(Outbox, WhatIsLateIsToldOnce) {
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  EXPECT_TRUE(value_or_throw(take_late_mail(db(), testing::at("07:59:59"))).empty());
  EXPECT_EQ(value_or_throw(take_late_mail(db(), testing::at("08:00:00"))).size(), 1u);
  EXPECT_TRUE(value_or_throw(take_late_mail(db(), testing::at("09:00:00"))).empty());
}

TEST_F(Outbox, AMailThatExpiresIsGivenUpThen) {
  OutboxMail link = mail("guest request 1");
  link.expires = testing::at("07:30:00");
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), link)));
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  EXPECT_EQ(run(false).failed, 2u);
  clock_.set(testing::at("07:30:00"));
  EXPECT_EQ(run(true).sent, 1u);
  EXPECT_TRUE(value_or_throw(deliveries(db(), "guest request 1")).empty());
}

TEST_F(Outbox, TheTextOfAMailThatExpiresIsForgottenOnceItIsSent) {
  OutboxMail link = mail("guest request 1");
  link.expires = testing::at("07:30:00");
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), link)));
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  EXPECT_EQ(run(true).sent, 2u);
  EXPECT_EQ(value_or_throw(db().number("SELECT count(*) FROM outbox WHERE message = 'm'")), 1);
  EXPECT_EQ(value_or_throw(db().number("SELECT count(*) FROM outbox WHERE key = 'guest request 1' AND message = ''")), 1);
}

TEST_F(Outbox, TwoProgramsAtOnceSendOneMail) {
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  const auto other = value_or_throw(SqliteStore::open(folder_.file("store.db")));
  int sent = 0;
  const auto first = send_due_mail(db(), clock_, [&](const SmtpEnvelope&, const std::string&) -> Result<int> {
    ++sent;
    const auto second = send_due_mail(other->connection(), clock_,
                                      [&](const SmtpEnvelope&, const std::string&) -> Result<int> {
                                        ++sent;
                                        return 250;
                                      });
    EXPECT_EQ(value_or_throw(second).sent, 0u);
    return 250;
  });
  EXPECT_EQ(value_or_throw(first).sent, 1u);
  EXPECT_EQ(sent, 1);
}

TEST_F(Outbox, WhatACrashLeftClaimedIsTriedAgainLater) {
  EXPECT_TRUE(value_or_throw(put_in_outbox(db(), mail())));
  throw_if_failed(db().run("UPDATE outbox SET claimed = " + std::to_string(to_us(clock_.now()))));
  EXPECT_EQ(run(true).sent, 0u);
  clock_.set(clock_.now() + std::chrono::minutes{11});
  EXPECT_EQ(run(true).sent, 1u);
}

}  // namespace
}  // namespace gatehouse::lodge
