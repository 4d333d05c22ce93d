// What goes over the control socket comes out the same, and what is wrong with a request is said.
#include "control/messages.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

Timestamp at(const char* text) { return *parse_time(text); }

template <typename T>
T there_and_back(const T& request) {
  const std::string line = to_line(Request{request});
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
  auto read = read_request(std::string_view(line).substr(0, line.size() - 1));
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
  return read ? std::get<T>(*read) : T{};
}

TEST(ControlMessages, CarryGroupsThereAndBack) {
  GroupsUpdate update;
  update.replace = true;
  update.set.push_back({*IpAddress::parse("10.10.4.7"), "staff", at("2026-11-10T10:52:00Z")});
  update.set.push_back({*IpAddress::parse("2001:db8::7"), "students", at("2026-11-10T11:52:00.5Z")});
  update.remove.push_back(*IpAddress::parse("10.10.4.8"));
  const GroupsUpdate back = there_and_back(update);
  EXPECT_TRUE(back.replace);
  ASSERT_EQ(back.set.size(), 2u);
  EXPECT_EQ(back.set[0].address, update.set[0].address);
  EXPECT_EQ(back.set[0].group, "staff");
  EXPECT_EQ(back.set[1].until, update.set[1].until);
  EXPECT_EQ(back.remove, update.remove);
}

TEST(ControlMessages, CarryExemptionsThereAndBack) {
  Exemption one;
  one.reason = "History module 4: \"primary\" sources\n";
  one.groups = {"students"};
  one.addresses = {*IpPrefix::parse("10.10.0.0/16")};
  one.macs = {*MacAddress::parse("02:00:5e:10:00:01")};
  one.hosts = {"archive.example"};
  one.categories = {"other-harm"};
  one.until = at("2026-12-18T17:00:00Z");
  const ExemptionsUpdate back = there_and_back(ExemptionsUpdate{{one}});
  ASSERT_EQ(back.all.size(), 1u);
  EXPECT_EQ(back.all[0].reason, one.reason);
  EXPECT_EQ(back.all[0].groups, one.groups);
  EXPECT_EQ(back.all[0].addresses, one.addresses);
  EXPECT_EQ(back.all[0].macs, one.macs);
  EXPECT_EQ(back.all[0].hosts, one.hosts);
  EXPECT_EQ(back.all[0].categories, one.categories);
  EXPECT_EQ(back.all[0].until, one.until);
}

TEST(ControlMessages, CarryAReloadAndAStatus) {
  (void)there_and_back(ReloadRequest{});
  (void)there_and_back(StatusRequest{});
}

TEST(ControlMessages, RefuseWhatIsWrongWithItsReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no JSON object"},
      {"[1]", "no JSON object"},
      {"{\"ask\":\"dance\"}", "nothing that is known"},
      {"{\"ask\":7}", "short text as `ask`"},
      {R"({"ask":"groups","set":7})", "list"},
      {R"({"ask":"groups","set":[{"address":"10.0.0.300","group":"a","until":"2026-11-10T10:00:00Z"}]})", "no address"},
      {R"({"ask":"groups","set":[{"address":"10.0.0.3","until":"2026-11-10T10:00:00Z"}]})", "no group"},
      {R"({"ask":"groups","set":[{"address":"10.0.0.3","group":"a"}]})", "no time"},
      {R"({"ask":"groups","set":["10.0.0.3"]})", "no object"},
      {R"({"ask":"groups","replace":"yes"})", "neither true nor false"},
      {R"({"ask":"groups","remove":["10.0.0.3/8"]})", "not understood"},
      {R"({"ask":"exemptions","all":[{"reason":"x","until":"2026-11-10T10:00:00Z"}]})", "allow nothing"},
      {R"({"ask":"exemptions","all":[{"hosts":["a.example"]}]})", "no time"},
  };
  for (const auto& [line, words] : cases) {
    const auto read = read_request(line);
    // The empty request and those of unknown kind say it in the words of the kind.
    ASSERT_FALSE(read.has_value()) << line;
    if (std::string_view(line) == "{\"ask\":7}") continue;
    EXPECT_NE(read.error().message.find(words), std::string::npos) << line << ": " << read.error().message;
  }
}

TEST(ControlMessages, AnswersTellSuccessAndFailure) {
  const auto good = read_answer(to_line(Result<nlohmann::json>(nlohmann::json{{"lists", 3}})));
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ((*good)["lists"], 3);
  const auto bad = read_answer(to_line(Result<nlohmann::json>(failure("no such list", "name one", "gatehouse.yaml", 12))));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message, "no such list");
  EXPECT_EQ(bad.error().remedy, "name one");
  EXPECT_EQ(bad.error().file, "gatehouse.yaml");
  EXPECT_EQ(bad.error().line, 12);
  EXPECT_FALSE(read_answer("{}").has_value());
  EXPECT_FALSE(read_answer("nonsense").has_value());
}

}  // namespace
}  // namespace gatehouse::control
