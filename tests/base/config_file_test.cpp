// The configuration reader: values with their places, every mistake in one pass, and words a person can act
// on.
#include "base/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace gatehouse {
namespace {

using ::testing::HasSubstr;

ConfigFile parse(std::string_view text) { return ConfigFile::parse(text, "/etc/gatehouse/test.yaml"); }

std::string all_problems(const ConfigFile& file) {
  std::string out;
  for (const ConfigProblem& one : file.problems()) out += one.to_string() + "\n";
  return out;
}

TEST(ConfigFile, GivesTypedValuesAndFallbacks) {
  const ConfigFile file = parse(R"(
store:
  path: data/gatehouse.db
  keep: 12 weeks
  rotate: 100 MB
  workers: 4
  live: yes
  begins: "08:30"
  days: [mon-wed, saturday]
  until: 2026-10-25
  address: 10.0.0.1
  networks: [10.1.0.0/16, "2001:db8::/32"]
  mac: "02-00-5E-10-00-01"
  words: one
  colour: Green
  empty:
)");
  const ConfigNode store = file.section("store");
  EXPECT_EQ(store.child("path").path(), "/etc/gatehouse/data/gatehouse.db");
  EXPECT_EQ(store.child("keep").duration(Seconds{1}), std::chrono::hours{12 * 7 * 24});
  EXPECT_EQ(store.child("rotate").size(1), 100u << 20);
  EXPECT_EQ(store.child("workers").integer(1, 1, 64), 4);
  EXPECT_TRUE(store.child("live").boolean(false));
  EXPECT_EQ(store.child("begins").time_of_day(0), 8 * 60 + 30);
  EXPECT_EQ(store.child("days").days(), 0b0100111);
  // The 25th ends at the midnight that is 25 hours after its beginning.
  EXPECT_EQ(store.child("until").until(), parse_time("2026-10-26T00:00Z"));
  EXPECT_EQ(store.child("address").address(), IpAddress::parse("10.0.0.1"));
  const auto networks = store.child("networks").list();
  ASSERT_EQ(networks.size(), 2u);
  EXPECT_EQ(networks[1].prefix(), IpPrefix::parse("2001:db8::/32"));
  EXPECT_EQ(store.child("mac").mac()->to_string(), "02:00:5e:10:00:01");
  EXPECT_THAT(store.child("words").texts(), ::testing::ElementsAre("one"));
  enum class Colour { Red, Green };
  EXPECT_EQ(
      (store.child("colour").choice<Colour>({{"red", Colour::Red}, {"green", Colour::Green}}, Colour::Red)),
      Colour::Green);
  EXPECT_EQ(store.child("empty").text("fallback"), "fallback");
  EXPECT_EQ(store.child("absent").child("deeper").integer(7, 0, 9), 7);
  EXPECT_EQ(store.child("absent").path("x.db"), "/etc/gatehouse/x.db");
  store.finish();
  EXPECT_EQ(all_problems(file), "");
  EXPECT_NO_THROW(file.throw_if_errors());
}

TEST(ConfigFile, NamesFileLineAndColumnOfAnUnknownKeyAndTheNearestKnownOne) {
  const ConfigFile file = parse("store:\n  path: a\n  adress: 10.0.0.1\n  zzz: 1\n");
  const ConfigNode store = file.section("store");
  (void)store.child("path").path();
  (void)store.child("address").address();
  store.finish();
  ASSERT_EQ(file.problems().size(), 2u);
  EXPECT_EQ(file.problems()[0].to_string(),
            "/etc/gatehouse/test.yaml:3:3: error: 'adress' is not a key of 'store'\n  remedy: Did you mean "
            "'address'?");
  EXPECT_EQ(file.problems()[1].error.line, 4);
  EXPECT_EQ(file.problems()[1].error.remedy, "Known here: address, path.");
}

TEST(ConfigFile, CollectsEveryMistakeOfAFileInOnePass) {
  const ConfigFile file = parse(
      "a:\n  n: 99\n  d: 5\n  t: 25:00\n  b: maybe\n  m: 02:00\n  p: 10.1.2.0/16\n  c: blok\n"
      "  until: tomorrow\n  day: [someday]\n  s: [1]\n  size: much\n");
  const ConfigNode a = file.section("a");
  EXPECT_EQ(a.child("n").integer(3, 1, 10), 3);
  EXPECT_EQ(a.child("d").duration(Seconds{8}), Seconds{8});
  EXPECT_EQ(a.child("t").time_of_day(60), 60);
  EXPECT_TRUE(a.child("b").boolean(true));
  EXPECT_FALSE(a.child("m").mac());
  EXPECT_FALSE(a.child("p").prefix());
  EXPECT_EQ(a.child("c").choice<int>({{"block", 1}, {"log", 2}}, 0), 0);
  EXPECT_FALSE(a.child("until").until());
  EXPECT_EQ(a.child("day").days(kWeekdays), kWeekdays);
  EXPECT_EQ(a.child("s").text("x"), "x");
  EXPECT_EQ(a.child("size").size(5), 5u);
  (void)a.required("name");
  ASSERT_EQ(file.problems().size(), 12u) << all_problems(file);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_EQ(file.problems()[i].error.line, static_cast<int>(i) + 2);
    EXPECT_FALSE(file.problems()[i].error.remedy.empty());
  }
  EXPECT_THAT(file.problems()[6].error.remedy, HasSubstr("'block'"));
  EXPECT_EQ(file.error_count(), 12u);
  try {
    file.throw_if_errors();
    FAIL() << "errors were let through";
  } catch (const SetupError& error) {
    EXPECT_EQ(error.error().line, 2);
    EXPECT_THAT(error.error().remedy, HasSubstr("11 more errors"));
  }
}

TEST(ConfigFile, RefusesADurationOutsideItsBounds) {
  const ConfigFile file = parse("a: 2 days\nb: 1s\n");
  EXPECT_EQ(file.section("a").duration(Seconds{60}, Seconds{5}, Seconds{3600}), Seconds{60});
  EXPECT_EQ(file.section("b").duration(Seconds{60}, Seconds{5}, Seconds{3600}), Seconds{60});
  EXPECT_THAT(file.problems().at(0).error.remedy, HasSubstr("1 hour"));
  EXPECT_THAT(file.problems().at(1).error.remedy, HasSubstr("5 seconds"));
}

TEST(ConfigFile, ReportsADoubledKeyAndKeepsTheFirst) {
  const ConfigFile file = parse("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(file.section("a").integer(0, 0, 9), 1);
  ASSERT_EQ(file.problems().size(), 1u);
  EXPECT_EQ(file.problems()[0].error.line, 3);
  EXPECT_THAT(file.problems()[0].error.message, HasSubstr("line 1"));
}

TEST(ConfigFile, SaysOnceThatASectionIsNone) {
  const ConfigFile file = parse("store: gatehouse.db\n");
  const ConfigNode store = file.section("store");
  (void)store.child("path").path();
  (void)store.required("other");
  store.finish();
  EXPECT_EQ(file.problems().size(), 1u) << all_problems(file);
}

struct BrokenFile {
  const char* name;
  const char* text;
  int line;
  const char* says;
};

TEST(ConfigFile, ExplainsWhatIsNoYamlWithItsLine) {
  for (const BrokenFile& one : {
           BrokenFile{"tab", "store:\n\tpath: a\n", 2, "tab"},
           BrokenFile{"tab after spaces", "a:\n  b: 1\n  \tc: 2\n", 3, "tab"},
           BrokenFile{"indent", "a:\n  b: 1\n    c: 2\n", 3, "indented differently"},
           BrokenFile{"outdent", "a:\n    b: 1\n  c: 2\n", 3, "indented differently"},
           BrokenFile{"colon missing", "a:\n  b 1\n  c: 2\n", 3, "colon"},
           BrokenFile{"at sign", "a: @home\n", 1, "quote"},
           BrokenFile{"bracket", "a: [1, 2\nb: 3\n", 2, "not closed"},
           BrokenFile{"quote", "a: \"one\nb: 2\n", 1, "never closed"},
           BrokenFile{"star", "a: *.example\n", 1, "special meaning"},
           BrokenFile{"a word", "hello\n", 1, "no sections"},
           BrokenFile{"a list", "- one\n", 1, "no sections"},
       }) {
    try {
      (void)parse(one.text);
      ADD_FAILURE() << one.name << " was accepted";
    } catch (const SetupError& error) {
      EXPECT_THAT(error.error().message, HasSubstr(one.says)) << one.name;
      EXPECT_FALSE(error.error().remedy.empty()) << one.name;
      EXPECT_EQ(error.error().file, "/etc/gatehouse/test.yaml");
      EXPECT_EQ(error.error().line, one.line) << one.name;
    }
  }
}

TEST(ConfigFile, EndsAliasesThatMultiplyOrContainThemselves) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) laughs += std::string(k > 0 ? ", " : "") + "*a" + std::to_string(i - 1);
    laughs += "]\n";
  }
  EXPECT_THROW((void)parse(laughs), SetupError);
  EXPECT_THROW((void)parse("a: &a [*a]\n"), SetupError);
}

TEST(ConfigFile, TakesAnEmptyFileAsOneWithoutSettings) {
  const ConfigFile file = parse("# nothing yet\n");
  EXPECT_FALSE(file.root().present());
  EXPECT_EQ(file.section("journal").child("context").duration(Seconds{300}), Seconds{300});
  EXPECT_EQ(file.error_count(), 0u);
}

TEST(ConfigFile, RefusesBinaryFilesFoldersAndMissingOnes) {
  EXPECT_THROW((void)parse(std::string_view("a: b\0c", 6)), SetupError);
  EXPECT_THROW((void)ConfigFile::load(std::filesystem::temp_directory_path()), SetupError);
  EXPECT_THROW((void)ConfigFile::load("/nowhere/gatehouse.yaml"), SetupError);
}

TEST(ConfigFile, ListsTheNamesThatAnAdminChose) {
  const ConfigFile file = parse("groups:\n  staff: {title: Staff}\n  guests:\n");
  const ConfigNode groups = file.section("groups");
  const auto entries = groups.entries();
  groups.finish();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].first, "staff");
  EXPECT_EQ(entries[0].second.child("title").text(), "Staff");
  EXPECT_EQ(entries[1].first, "guests");
  EXPECT_FALSE(entries[1].second.present());
  EXPECT_EQ(entries[1].second.line(), 3);
  EXPECT_EQ(file.error_count(), 0u);
}

TEST(ConfigValues, ReadDurationsSizesAndTimes) {
  EXPECT_EQ(parse_duration("30s"), Seconds{30});
  EXPECT_EQ(parse_duration(" 2 Hours "), Seconds{7200});
  EXPECT_EQ(parse_duration("1 week"), Seconds{604800});
  for (const char* bad :
       {"", "5", "minutes", "-5 minutes", "5 moons", "99999999999999999999 s", "9999999 weeks"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  EXPECT_EQ(format_duration(Seconds{300}), "5 minutes");
  EXPECT_EQ(format_duration(Seconds{3601}), "3601 seconds");
  EXPECT_EQ(format_duration(Seconds{0}), "0 seconds");
  EXPECT_EQ(parse_size("64 KB"), 65536u);
  EXPECT_EQ(parse_size("512"), 512u);
  EXPECT_FALSE(parse_size("99999999999 GB"));
  EXPECT_EQ(parse_time_of_day("24:00"), 1440);
  EXPECT_EQ(parse_time_of_day("8:05"), 485);
  for (const char* bad : {"24:01", "8", "8:5", "08:60", "x8:00", "08:0x", ":30"})
    EXPECT_FALSE(parse_time_of_day(bad)) << bad;
}

TEST(ConfigValues, ReadAndWriteDaysOfTheWeek) {
  EXPECT_EQ(parse_days("weekdays"), kWeekdays);
  EXPECT_EQ(parse_days("fri-mon"), 0b1110001);
  EXPECT_EQ(parse_days("Tues, thursdays"), 0b0001010);
  EXPECT_FALSE(parse_days("mo"));
  EXPECT_FALSE(parse_days("monday-"));
  EXPECT_EQ(format_days(kWeekdays), "Monday to Friday");
  EXPECT_EQ(format_days(0b1100001), "Monday, Saturday, Sunday");
  EXPECT_EQ(format_days(kEveryDay), "every day");
}

TEST(ConfigValues, ReadLondonTimesAcrossTheClockChanges) {
  EXPECT_EQ(parse_london_time("2026-07-01 09:00"), parse_time("2026-07-01T08:00Z"));
  EXPECT_EQ(parse_london_time("2026-12-01 09:00"), parse_time("2026-12-01T09:00Z"));
  EXPECT_EQ(parse_london_time("2026-10-25 01:30"), parse_time("2026-10-25T00:30Z"));  // the first of the two
  EXPECT_EQ(parse_london_time("2026-07-01T09:00Z"), parse_time("2026-07-01T09:00Z"));
  EXPECT_EQ(parse_london_time("2026-03-29", true), parse_time("2026-03-29T23:00Z"));
  EXPECT_EQ(parse_london_time("2026-03-29"), parse_time("2026-03-29T00:00Z"));
  EXPECT_FALSE(parse_london_time("2026-02-30"));
}

}  // namespace
}  // namespace gatehouse
