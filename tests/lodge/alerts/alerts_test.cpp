// Alerts: what is urgent, folded, kept to a rate and to hours, escalated until acknowledged; and as each
// channel writes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lodge/alerts/notices.h"
#include "lodge/store/sqlite_store.h"
#include "lodge/test_events.h"

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Alerts : public ::testing::Test {
 protected:
  Alerts() {
    settings_.channels = {{"desk", ChannelKind::Json, "http://127.0.0.1:9/", false},
                          {"night", ChannelKind::Json, "http://127.0.0.1:9/", false},
                          {"deputy", ChannelKind::Json, "http://127.0.0.1:9/", false}};
    settings_.tell = {"desk"};
    settings_.deputy = {"deputy"};
  }
  Alert raise(const std::string& key, const std::string& attempt, const std::string& clock) {
    return value_or_throw(raise_alert(db(), {key, testing::at(clock), "Look today: x", "L-1.", attempt, 7},
                                      settings_.fold, testing::at(clock)));
  }
  // What has to go out at this time: channel and step.
  std::vector<std::string> due(const std::string& clock) {
    throw_if_failed(queue_alerts(db(), settings_, testing::at(clock)));
    std::vector<std::string> out;
    for (const AlertMessage& one : value_or_throw(messages_due(db(), testing::at(clock)))) {
      out.push_back(one.channel + " " + one.step);
      throw_if_failed(note_message(db(), one, std::string("200"), testing::at(clock)));
    }
    return out;
  }
  using Steps = std::vector<std::string>;
  [[nodiscard]] const Connection& db() const { return store_->connection(); }

  testing::TemporaryFolder folder_;
  std::unique_ptr<SqliteStore> store_ = value_or_throw(SqliteStore::open(folder_.file("store.db")));
  AlertSettings settings_;
};

TEST_F(Alerts, ANewOneIsToldOnceAtOnce) {
  raise("k", "a1", "10:00:00");
  EXPECT_EQ(due("10:00:01"), Steps{"desk first"});
  EXPECT_EQ(due("10:00:02"), Steps{});
}

TEST_F(Alerts, TheSameAttemptChangesNothingAndFurtherOnesAreFolded) {
  const Alert first = raise("k", "a1", "10:00:00");
  EXPECT_EQ(due("10:00:01"), Steps{"desk first"});
  EXPECT_EQ(raise("k", "a1", "10:00:30").events, 1);
  EXPECT_EQ(raise("k", "a2", "10:05:00").id, first.id);
  EXPECT_EQ(raise("k", "a3", "10:06:00").events, 3);
  EXPECT_EQ(raise("k", "a1", "10:06:30").events, 3);  // one that grew, not one more
  EXPECT_EQ(raise("k", "a2", "10:06:40").events, 3);
  EXPECT_EQ(due("10:07:00"), Steps{});
  EXPECT_EQ(due("10:15:01"), Steps{"desk more 3"});
  EXPECT_NE(raise("other", "a4", "10:06:00").id, first.id);
}

TEST_F(Alerts, EscalatesUntilSomebodyHasIt) {
  const Alert alert = raise("k", "a1", "10:00:00");
  const Alert seen = raise("m", "a9", "10:00:00");
  due("10:00:01");
  EXPECT_TRUE(value_or_throw(acknowledge_alert(db(), seen.id, "J. Grant", testing::at("10:10:00"))));
  EXPECT_FALSE(value_or_throw(acknowledge_alert(db(), seen.id, "P. Iqbal", testing::at("10:11:00"))));
  EXPECT_EQ(due("10:29:00"), Steps{});
  EXPECT_EQ(due("10:30:02"), Steps{"deputy escalated"});
  EXPECT_EQ(due("11:30:02"), Steps{});
  EXPECT_TRUE(value_or_throw(acknowledge_alert(db(), alert.id, "P. Iqbal", testing::at("11:31:00"))));
}

TEST_F(Alerts, AboveTheRateOneLineAnHourSaysThatThereAreMore) {
  settings_.most_an_hour = 2;
  for (int i = 0; i < 6; ++i) raise("k" + std::to_string(i), "a" + std::to_string(i), "10:00:00");
  EXPECT_EQ(due("10:00:01"), (Steps{"desk first", "desk first", "desk rate 2026-11-10 10"}));
}

TEST_F(Alerts, OutsideTheHoursTheyAreHeldOrToldToTheNight) {
  settings_.from = 8 * 60;
  settings_.to = 18 * 60;
  raise("k", "a1", "19:00:00");
  EXPECT_EQ(due("19:00:01"), Steps{});
  EXPECT_EQ(next_open(settings_, testing::at("19:00:00")), testing::at("08:00:00") + std::chrono::days{1});
  settings_.days = kWeekdays;  // from Friday evening to Monday
  EXPECT_EQ(next_open(settings_, *parse_time("2026-11-13T19:00:00Z")), *parse_time("2026-11-16T08:00:00Z"));
  settings_.at_night = {"night"};
  raise("m", "a2", "19:01:00");
  EXPECT_EQ(due("19:01:01"), Steps{"night first"});
}

TEST_F(Alerts, AMessageThatFailedIsTriedAgainSoon) {
  raise("k", "a1", "10:00:00");
  throw_if_failed(queue_alerts(db(), settings_, testing::at("10:00:00")));
  const auto message = value_or_throw(messages_due(db(), testing::at("10:00:00"))).at(0);
  throw_if_failed(note_message(db(), message, failure("no answer"), testing::at("10:00:00")));
  EXPECT_TRUE(value_or_throw(messages_due(db(), testing::at("10:00:01"))).empty());
  EXPECT_EQ(value_or_throw(messages_due(db(), testing::at("10:00:02"))).size(), 1u);
}

Attempt firearms() {
  Attempt attempt;
  attempt.id = "a-1";
  attempt.first = attempt.last = testing::at("10:42:00");
  attempt.category = "weapons-firearms";
  attempt.who.grade = Grade::A;
  attempt.who.login = "a.harper";
  attempt.who.group = "students";
  attempt.who.place = "LRC-2";
  attempt.hosts.push_back({"guns-direct.test", "", "", "", 0, 1});
  attempt.band = Band::LikelyDeliberate;
  attempt.score = 86;
  attempt.outcome = journal::Outcome::Blocked;
  attempt.hits = 3;
  return attempt;
}

NoticeSettings notice_settings() {
  NoticeSettings out;
  out.categories = {{"weapons-firearms", {"Firearms sales", 4}}};
  return out;
}

TEST(UrgentCause, IsWhatSomebodyShouldLookAtTodayInCodesOnly) {
  const auto cause = urgent_cause(firearms(), notice_settings(), testing::at("10:43:00"));
  ASSERT_TRUE(cause.has_value());
  const std::string said = cause->title + cause->words;
  EXPECT_THAT(said, HasSubstr("Firearms and weapons"));
  EXPECT_THAT(said, HasSubstr("L-"));
  for (const char* never : {"a.harper", "guns-direct", "LRC-2"}) EXPECT_THAT(said, Not(HasSubstr(never)));
}

TEST(UrgentCause, IsNotWhatIsUnclearOrBackgroundOrOld) {
  Attempt unclear = firearms();
  unclear.band = Band::Unclear;
  EXPECT_FALSE(urgent_cause(unclear, notice_settings(), testing::at("10:43:00")).has_value());
  Attempt background = firearms();
  background.band = Band::LikelyBackground;
  EXPECT_FALSE(urgent_cause(background, notice_settings(), testing::at("10:43:00")).has_value());
  EXPECT_FALSE(urgent_cause(firearms(), notice_settings(), testing::at("12:43:00")).has_value());
}

AlertText text() {
  AlertText out;
  out.alert = 7;
  out.step = "first";
  out.title = "Look today: a|b=c";
  out.words = "L-7Q2K9M said \"x\" ]\nand more";
  out.attempt = "a-1";
  out.severity = 9;
  out.at = testing::at("10:42:00");
  out.college = "Northfield";
  out.version = "1.0";
  return out;
}

TEST(ChannelText, JsonAndTeamsAreJson) {
  const auto plain = nlohmann::json::parse(alert_json(text()));
  EXPECT_EQ(plain["alert"], 7);
  EXPECT_EQ(plain["severity"], 9);
  const auto teams = nlohmann::json::parse(alert_teams(text()));
  EXPECT_EQ(teams["attachments"][0]["content"]["type"], "AdaptiveCard");
}

TEST(ChannelText, SyslogIsOneLineWithEscapedValues) {
  AlertText odd = text();
  odd.attempt = "a]\"\\";
  const std::string line = alert_syslog(odd, "gate.college.test");
  EXPECT_THAT(
      line,
      StartsWith("<105>1 2026-11-10T10:42:00.000000Z gate.college.test gatehouse - alert [gatehouse@32473 "));
  EXPECT_THAT(line, HasSubstr(R"(attempt="a\]\"\\")"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST(ChannelText, CefEscapesItsHeaderAndItsValues) {
  const std::string line = alert_cef(text(), "");
  EXPECT_THAT(line, HasSubstr(R"(CEF:0|Gatehouse|Gatehouse|1.0|alert|Look today: a\|b=c|9|)"));
  EXPECT_THAT(line, HasSubstr("externalId=7"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace gatehouse::lodge
