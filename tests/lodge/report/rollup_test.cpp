// The week and the term.
#include "lodge/report/rollup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lodge/report/post_report.h"
#include "lodge/report/sample_days.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Rollup : public ::testing::Test {
 protected:
  Rollup() {
    IngestBatch batch;
    const auto add = [&](const std::string& id, const std::string& at, const std::string& login, Band band) {
      batch.attempts.push_back(sample::attempt(id, at, 1, "weapons-firearms", sample::learner(login, "", ""),
                                               "x.test", band, 80, 1)
                                   .attempt);
    };
    add("1", "2026-11-09T10:00:00Z", "b.lee", Band::LikelyDeliberate);
    add("2", "2026-11-11T10:00:00Z", "b.lee", Band::Unclear);
    add("3", "2026-11-11T11:00:00Z", "c.ray", Band::LikelyBackground);
    for (int i = 0; i < 6; ++i)
      add("before" + std::to_string(i), "2026-10-2" + std::to_string(i) + "T10:00:00Z", "d.fox",
          Band::Unclear);
    batch.coverage.push_back({"m", {sample::at("2026-11-09T10:01:00Z"), {}}});
    throw_if_failed(store_->ingest(batch));
    context_.settings.terms = {{"Autumn term", sample::day_of("2026-09-07"), sample::day_of("2026-12-18")}};
    context_.settings.college = "Northfield College";
    context_.settings.pseudonym_key = pseudonym_key_from("sixteen letters at least");
  }
  testing::TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_ = value_or_throw(SqliteStore::open(folder_.file("store.db")));
  ReportContext context_;
};

TEST_F(Rollup, TheWeekStandsBesideTheFourBeforeIt) {
  const Brief brief = value_or_throw(week_brief(*store_, sample::day_of("2026-11-12"), context_));
  const std::string text = render_brief_text(brief);
  EXPECT_THAT(text, HasSubstr("Monday 9 November to Sunday 15 November 2026"));
  EXPECT_THAT(text, HasSubstr("CANNOT SAY"));  // days on which the gate was not heard
  EXPECT_EQ(brief.sections[1].table.rows[3], (std::vector<std::string>{"Firearms and weapons", "2", "1.5"}));
  ASSERT_EQ(brief.sections[2].table.rows.size(), 1u);
  EXPECT_EQ(brief.sections[2].table.rows[0][1], "2");
  EXPECT_THAT(text, Not(HasSubstr("b.lee")));
}

TEST_F(Rollup, TheTermShowsNobodyAndNoSmallCount) {
  const std::string text =
      render_brief_text(value_or_throw(term_brief(*store_, sample::day_of("2026-11-12"), context_)));
  EXPECT_THAT(text, HasSubstr("Autumn term"));
  EXPECT_THAT(text, ::testing::ContainsRegex("Firearms and weapons +8"));
  EXPECT_THAT(text, Not(HasSubstr("L-")));
  EXPECT_FALSE(term_brief(*store_, sample::day_of("2026-08-01"), context_).has_value());
}

TEST_F(Rollup, TheSameDayGivesTheSameMailsAndPutsNoneInTwice) {
  MailSettings mail;
  mail.smtp.server = "localhost";
  mail.from = "Gatehouse <g@college.test>";
  mail.recipients = {{"lead@college.test", MailReader::Lead},
                     {"head@college.test", MailReader::Leaders},
                     {"lead@college.test", MailReader::Week}};
  const Timestamp now = sample::at("2026-11-12T06:30:00Z");
  const DailyInput input = value_or_throw(load_daily_input(*store_, sample::day_of("2026-11-11"), context_));
  EXPECT_EQ(value_or_throw(post_report(*store_, input, context_, mail, now)).mails, 2u);  // it is no Sunday
  EXPECT_EQ(value_or_throw(post_report(*store_, input, context_, mail, now)).mails, 0u);
  std::string trouble;
  const auto bytes = [&] {
    return to_rfc5322(
        value_or_throw(report_mail(*store_, input, context_, mail, mail.recipients[0], trouble)));
  };
  EXPECT_EQ(bytes(), bytes());
  EXPECT_THAT(bytes(), HasSubstr("Date: Thu, 12 Nov 2026 07:00:00 +0000"));
}

}  // namespace
}  // namespace gatehouse::lodge
