// Groups and exemptions that come while the gate runs: who they count for, when they end, and what a reload keeps.
#include "gate/policy_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "gate/policy/load.h"

namespace gatehouse::gate {
namespace {

using policy::Action;
using policy::Decider;
using policy::KnownBy;
using policy::Subject;

Timestamp at(const char* clock) { return *parse_time(std::string("2026-11-10T") + clock + "Z"); }
IpAddress address(const char* text) { return *IpAddress::parse(text); }

constexpr const char* kConfig = R"(
groups: {students: {}, staff: {}}
networks:
  - {name: classrooms, group: students, addresses: [10.10.0.0/16]}
  - {name: loan laptop, group: staff, macs: ["02:00:5e:10:00:01"]}
lists:
  - {path: list.txt, category: weapons-other, format: domains}
policy:
  rules:
    - {name: Staff may look, groups: [staff], action: log, reason: courses}
)";

class PolicyDeskTest : public testing::Test {
 protected:
  PolicyDeskTest() { clock_.set(at("10:00:00")); }
  ~PolicyDeskTest() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<const policy::PolicySnapshot> configured(const std::string& text = kConfig) const {
    return policy::load_policy(ConfigFile::parse(text, folder_ / "gatehouse.yaml")).policy;
  }
  // What a worker with the newest orders does about `host`.
  policy::Decision decide(const Subject& subject, const char* clock, const char* host = "blades.test") const {
    Decider decider(orders_.policy, orders_.groups);
    inspect::Observation seen;
    seen.host = host;
    seen.from = inspect::NameSource::TlsSni;
    policy::Decision decision = decider.decide(subject, seen, at(clock));
    kept_.push_back(orders_.policy);  // its words live as long as the policy
    return decision;
  }
  control::GroupsUpdate groups(std::vector<control::GroupEntry> set) const {
    control::GroupsUpdate update;
    update.set = std::move(set);
    return update;
  }

  static std::filesystem::path folder_with_a_list() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-desk-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(name.data());
    std::ofstream(folder / "list.txt") << "blades.test\nswords.test\n";
    return folder;
  }

  std::filesystem::path folder_ = folder_with_a_list();
  ManualClock clock_;
  Orders orders_;
  int published_ = 0;
  mutable std::vector<std::shared_ptr<const policy::PolicySnapshot>> kept_;
  PolicyDesk desk_{configured(), clock_, [this](const Orders& orders) {
                     orders_ = orders;
                     ++published_;
                   }};
};

const Subject kPupil{address("10.10.4.7"), {}, 0};

TEST_F(PolicyDeskTest, WhoeverHasTheAddressIsTreatedAsTheGroupUntilItsEnd) {
  EXPECT_EQ(published_, 1);
  EXPECT_EQ(decide(kPupil, "10:00:00").action, Action::Block);
  ASSERT_TRUE(desk_.update(groups({{address("10.10.4.7"), "staff", at("10:10:00")}})).has_value());
  EXPECT_EQ(published_, 2);
  EXPECT_EQ(decide(kPupil, "10:09:59").action, Action::Log);
  EXPECT_EQ(decide(kPupil, "10:09:59").group, "staff");
  EXPECT_EQ(decide(kPupil, "10:10:00").action, Action::Block) << "it has ended, though nobody said so";
  EXPECT_EQ(decide({address("10.10.4.8"), {}, 0}, "10:05:00").action, Action::Block) << "the neighbour";
}

TEST_F(PolicyDeskTest, RemovingAndReplacingTakeEffectAtOnce) {
  ASSERT_TRUE(desk_.update(groups({{address("10.10.4.7"), "staff", at("11:00:00")},
                                   {address("10.10.4.8"), "staff", at("11:00:00")}})));
  control::GroupsUpdate removal;
  removal.remove = {address("10.10.4.7")};
  ASSERT_TRUE(desk_.update(removal).has_value());
  EXPECT_EQ(decide(kPupil, "10:01:00").action, Action::Block);
  EXPECT_EQ(decide({address("10.10.4.8"), {}, 0}, "10:01:00").action, Action::Log);
  control::GroupsUpdate nobody;
  nobody.replace = true;
  ASSERT_TRUE(desk_.update(nobody).has_value());
  EXPECT_EQ(decide({address("10.10.4.8"), {}, 0}, "10:01:00").action, Action::Block);
  EXPECT_EQ(desk_.addresses(), 0u);
}

TEST_F(PolicyDeskTest, AGroupThatIsNotConfiguredIsNamedAndGivesNothing) {
  ASSERT_TRUE(desk_.update(groups({{address("10.10.4.7"), "staff", at("11:00:00")}})));
  const auto answer = desk_.update(groups({{address("10.10.4.7"), "governors", at("11:00:00")}}));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ((*answer)["unknown"], nlohmann::json({"governors"}));
  EXPECT_EQ(decide(kPupil, "10:01:00").group, "students");
}

TEST_F(PolicyDeskTest, ADeviceThatIsNamedByItsMacAddressKeepsItsGroup) {
  ASSERT_TRUE(desk_.update(groups({{address("10.10.4.7"), "students", at("11:00:00")}})));
  const Subject laptop{address("10.10.4.7"), *MacAddress::parse("02:00:5e:10:00:01"), 0};
  EXPECT_EQ(decide(laptop, "10:01:00").group, "staff");
}

TEST_F(PolicyDeskTest, AnExemptionAllowsForWhomAndHowLongItSays) {
  control::Exemption one;
  one.reason = "Drama: stage combat";
  one.groups = {"students"};
  one.hosts = {"Blades.TEST."};
  one.until = at("12:00:00");
  ASSERT_TRUE(desk_.update(control::ExemptionsUpdate{{one}}).has_value());
  EXPECT_EQ(desk_.exemptions(), 1u);
  EXPECT_EQ(decide(kPupil, "11:59:59").action, Action::Allow);
  EXPECT_EQ(decide(kPupil, "11:59:59").reason, "Drama: stage combat");
  EXPECT_EQ(decide(kPupil, "12:00:00").action, Action::Block);
  EXPECT_EQ(decide(kPupil, "11:00:00", "swords.test").action, Action::Block) << "another site";
  ASSERT_TRUE(desk_.update(control::ExemptionsUpdate{}).has_value());
  EXPECT_EQ(decide(kPupil, "11:00:00").action, Action::Block) << "withdrawn";
}

TEST_F(PolicyDeskTest, RefusesAnExemptionForNoHostAndKeepsTheOthers) {
  control::Exemption one;
  one.hosts = {"blades.test"};
  one.until = at("12:00:00");
  ASSERT_TRUE(desk_.update(control::ExemptionsUpdate{{one}}).has_value());
  control::Exemption bad = one;
  bad.hosts = {"not a host"};
  EXPECT_FALSE(desk_.update(control::ExemptionsUpdate{{bad}}).has_value());
  EXPECT_EQ(decide(kPupil, "10:30:00").action, Action::Allow);
}

TEST_F(PolicyDeskTest, AReloadKeepsGroupsAndExemptionsAndRenumbersThem) {
  ASSERT_TRUE(desk_.update(groups({{address("10.10.4.7"), "staff", at("11:00:00")}})));
  control::Exemption one;
  one.hosts = {"swords.test"};
  one.until = at("12:00:00");
  ASSERT_TRUE(desk_.update(control::ExemptionsUpdate{{one}}).has_value());
  std::string text = kConfig;
  text.replace(text.find("students: {}, staff: {}"), 23, "visitors: {}, students: {}, staff: {}");
  desk_.set_policy(configured(text));
  EXPECT_EQ(decide(kPupil, "10:30:00").group, "staff");
  EXPECT_EQ(decide(kPupil, "10:30:00", "swords.test").action, Action::Allow);
  clock_.set(at("13:00:00"));
  desk_.set_policy(configured());
  EXPECT_EQ(desk_.exemptions(), 0u) << "ended ones go at the next change";
  EXPECT_EQ(desk_.addresses(), 0u);
}

}  // namespace
}  // namespace gatehouse::gate
