// Codes become names for those who may ask, with a purpose, and never without a record.
#include "lodge/names/look_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/names/pseudonym.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LookUp : public ::testing::Test {
 protected:
  LookUp() : store_(value_or_throw(SqliteStore::open(folder_.file("store.db")))) {
    IngestBatch batch;
    for (const auto& [login, group] : {std::pair{"a.harper", "students"}, std::pair{"m.dean", "staff"}}) {
      Attempt attempt;
      attempt.id = login;
      attempt.first = attempt.last = testing::at("10:42:00");
      attempt.who.grade = Grade::A;
      attempt.who.login = login;
      attempt.who.group = group;
      attempt.who.device = "02:00:5e:10:00:01";
      batch.attempts.push_back(attempt);
    }
    throw_if_failed(store_->ingest(batch));
  }

  NameAnswer ask(NameQuestion question) {
    return value_or_throw(look_up_name(db(), question, key_, default_name_roles(), testing::at("11:00:00")));
  }
  std::vector<NameLookUp> record() {
    return value_or_throw(look_ups_between(db(), testing::at("00:00:00"), testing::at("23:00:00")));
  }
  [[nodiscard]] const Connection& db() const { return store_->connection(); }

  testing::TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_;
  HashKey key_{1, 2};
  std::string harper_ = code_for('L', "a.harper", key_);
  std::string dean_ = code_for('L', "m.dean", key_);
};

TEST_F(LookUp, ShowsTheNameToARoleWithAPurposeAndWritesItDown) {
  const NameAnswer answer = ask({harper_, "J. Grant", "safeguarding-lead", "to speak with the tutor", ""});
  EXPECT_EQ(answer.kind, NameAnswer::Kind::Shown);
  EXPECT_THAT(answer.names, ElementsAre("a.harper"));
  ASSERT_EQ(record().size(), 1u);
  EXPECT_EQ(record()[0].purpose, "to speak with the tutor");
  EXPECT_EQ(record()[0].answer, "shown");
}

TEST_F(LookUp, RefusesOtherRolesAndEmptyPurposesAndWritesThatDownToo) {
  EXPECT_EQ(ask({harper_, "T. Webb", "it", "curious", ""}).kind, NameAnswer::Kind::Refused);
  EXPECT_EQ(ask({harper_, "J. Grant", "safeguarding-lead", "  ", ""}).kind, NameAnswer::Kind::Refused);
  ASSERT_EQ(record().size(), 2u);
  EXPECT_EQ(record()[0].answer, "refused");
}

TEST_F(LookUp, WantsASecondPersonForStaff) {
  EXPECT_EQ(ask({dean_, "J. Grant", "safeguarding-lead", "a concern", ""}).kind, NameAnswer::Kind::Refused);
  EXPECT_EQ(ask({dean_, "J. Grant", "safeguarding-lead", "a concern", "J. Grant"}).kind,
            NameAnswer::Kind::Refused);
  EXPECT_THAT(ask({dean_, "J. Grant", "safeguarding-lead", "a concern", "P. Iqbal"}).names,
              ElementsAre("m.dean"));
}

TEST_F(LookUp, SaysWhenNobodyHasTheCode) {
  const NameAnswer answer = ask({"L-000000", "J. Grant", "safeguarding-lead", "a concern", ""});
  EXPECT_EQ(answer.kind, NameAnswer::Kind::Unknown);
  EXPECT_THAT(answer.words, HasSubstr("nobody"));
}

TEST_F(LookUp, TheRecordCanNeitherBeChangedNorCut) {
  for (int i = 0; i < 3; ++i) ask({harper_, "J. Grant", "safeguarding-lead", "a concern", ""});
  EXPECT_FALSE(db().run("UPDATE name_look_up SET purpose = 'none'").has_value());
  EXPECT_FALSE(db().run("DELETE FROM name_look_up WHERE id = 2").has_value());
  EXPECT_TRUE(value_or_throw(look_ups_unbroken(db())));
}

TEST_F(LookUp, WhoeverHoldsTheFileAndForcesAChangeIsFoundOut) {
  for (int i = 0; i < 3; ++i) ask({harper_, "J. Grant", "safeguarding-lead", "a concern", ""});
  throw_if_failed(
      db().run("DROP TRIGGER name_look_up_fixed; UPDATE name_look_up SET person = 'x' WHERE id = 2"));
  EXPECT_FALSE(value_or_throw(look_ups_unbroken(db())));
}

TEST_F(LookUp, ACutRowIsFoundOut) {
  for (int i = 0; i < 3; ++i) ask({harper_, "J. Grant", "safeguarding-lead", "a concern", ""});
  throw_if_failed(db().run("DROP TRIGGER name_look_up_kept; DELETE FROM name_look_up WHERE id = 1"));
  EXPECT_FALSE(value_or_throw(look_ups_unbroken(db())));
}

}  // namespace
}  // namespace gatehouse::lodge
