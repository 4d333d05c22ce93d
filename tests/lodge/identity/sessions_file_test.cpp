#include "lodge/identity/sessions_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::lodge {
namespace {

using ::testing::HasSubstr;

struct Loaded {
  SessionTimeline timeline;
  std::vector<Error> problems;
};

Loaded load(const std::string& text) {
  TimelineBuilder builder;
  auto problems = read_sessions(text, "sessions.yaml", builder);
  EXPECT_TRUE(problems.has_value()) << (problems ? "" : problems.error().to_string());
  return {std::move(builder).build(), problems.value_or(std::vector<Error>{})};
}

constexpr const char* kExample = R"(
devices:
  - {mac: "02:00:5e:10:00:01", name: LRC-14, place: "Library, row 2", shared: true}
  - {mac: "02:00:5e:10:00:02", name: LT-0231, owner: b.teacher}
leases:
  - {address: 10.10.4.7, mac: "02:00:5e:10:00:01", from: 2026-11-10T08:50:00Z, to: 2026-11-10T12:50:00Z, source: dhcp}
logins:
  - {login: a.learner, group: students, mac: "02:00:5e:10:00:01", from: 2026-11-10T09:01:10Z, to: 2026-11-10T09:55:00Z, source: radius}
  - {login: g.visitor, group: guests, sponsor: b.teacher, address: 10.30.0.9, from: 2026-11-10T10:00:00+01:00, source: portal}
)";

TEST(SessionsFile, ReadsTheExampleOfTheReadme) {
  const auto loaded = load(kExample);
  EXPECT_TRUE(loaded.problems.empty());
  ASSERT_EQ(loaded.timeline.seats().size(), 2u);
  ASSERT_EQ(loaded.timeline.leases().size(), 1u);
  ASSERT_EQ(loaded.timeline.logins().size(), 2u);
  EXPECT_TRUE(loaded.timeline.seats()[0].shared);
  EXPECT_EQ(loaded.timeline.seats()[0].place, "Library, row 2");
  EXPECT_EQ(loaded.timeline.seats()[1].owner, "b.teacher");
  EXPECT_EQ(loaded.timeline.leases()[0].to, *parse_time("2026-11-10T12:50:00Z"));
  const Login& guest = loaded.timeline.logins()[1];
  EXPECT_EQ(guest.from, *parse_time("2026-11-10T09:00:00Z"));
  EXPECT_EQ(guest.to, kStillOpen);
  EXPECT_EQ(guest.sponsor, "b.teacher");
  EXPECT_EQ(
      guest.evidence,
      "sessions.yaml:9: portal login g.visitor - 10.30.0.9 2026-11-10T09:00:00.000000+0000 to (no end)");
}

TEST(SessionsFile, AnEmptyFileIsAnEmptyTimeline) {
  EXPECT_TRUE(load("").timeline.logins().empty());
  EXPECT_TRUE(load("logins:\n").timeline.logins().empty());
}

struct BadCase {
  const char* name;
  const char* text;
  int line;
  const char* message;
};

class SessionsFileBadEntry : public ::testing::TestWithParam<BadCase> {};

TEST_P(SessionsFileBadEntry, IsToldWithItsLineAndSkippedWhileOthersCount) {
  const std::string good =
      "\n  - {login: good, mac: 020000000001, from: 2026-11-10T09:00:00Z, source: radius}\n";
  const auto loaded = load(GetParam().text + good);
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].file, "sessions.yaml");
  EXPECT_EQ(loaded.problems[0].line, GetParam().line);
  EXPECT_THAT(loaded.problems[0].message, HasSubstr(GetParam().message));
  EXPECT_FALSE(loaded.problems[0].remedy.empty());
  ASSERT_EQ(loaded.timeline.logins().size(), 1u);
  EXPECT_EQ(loaded.timeline.logins()[0].login, "good");
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SessionsFileBadEntry,
    ::testing::Values(
        BadCase{"mac", "logins:\n  - {login: a, mac: 02-zz, from: 2026-11-10T09:00:00Z, source: radius}", 2,
                "`02-zz`"},
        BadCase{"time", "logins:\n  - {login: a, mac: 020000000001, from: yesterday, source: radius}", 2,
                "not a time"},
        BadCase{"no_login", "logins:\n  - {mac: 020000000001, from: 2026-11-10T09:00:00Z, source: radius}", 2,
                "no `login`"},
        BadCase{"no_source", "logins:\n  - {login: a, mac: 020000000001, from: 2026-11-10T09:00:00Z}", 2,
                "no `source`"},
        BadCase{"no_place", "logins:\n  - {login: a, from: 2026-11-10T09:00:00Z, source: radius}", 2,
                "neither `mac` nor `address`"},
        BadCase{"unknown_key",
                "logins:\n  - login: a\n    mac: 020000000001\n    from: 2026-11-10T09:00:00Z\n    sorce: "
                "radius\n"
                "    source: radius",
                5, "no key `sorce`"},
        BadCase{"backwards",
                "logins:\n  - {login: a, mac: 020000000001, from: 2026-11-10T09:00:00Z, to: "
                "2026-11-10T08:00:00Z, "
                "source: x}",
                2, "ends before"},
        BadCase{"text", "logins:\n  - somebody", 2, "not a set"},
        BadCase{
            "lease",
            "leases:\n  - {address: 10.10.4, mac: 020000000001, from: 2026-11-10T09:00:00Z, source: dhcp}\n"
            "logins:",
            2, "`10.10.4`"},
        BadCase{"shared", "devices:\n  - {mac: 020000000001, shared: perhaps}\nlogins:", 2, "`shared`"},
        BadCase{"section", "device: []\nlogins:", 1, "no section `device`"},
        BadCase{"no_list", "devices: {mac: 020000000001}\nlogins:", 1, "not a list"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(SessionsFile, TellsAFileThatIsNoYamlWithItsLine) {
  TimelineBuilder builder;
  const auto read = read_sessions("logins:\n  - {login: a\nleases: ]", "sessions.yaml", builder);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().file, "sessions.yaml");
  EXPECT_GT(read.error().line, 1);
}

TEST(SessionsFile, TellsAFileThatIsSomethingElse) {
  TimelineBuilder builder;
  EXPECT_FALSE(read_sessions("- one\n- two\n", "sessions.yaml", builder).has_value());
}

TEST(SessionsFile, TellsAFileThatIsNotThere) {
  TimelineBuilder builder;
  const auto read = SessionsFile("/nowhere/sessions.yaml").feed(builder);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().file, "/nowhere/sessions.yaml");
  EXPECT_THAT(read.error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace gatehouse::lodge
