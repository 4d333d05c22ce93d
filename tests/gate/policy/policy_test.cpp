// The order of precedence, case by case, on a real pack compiled in memory.
#include "gate/policy/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/policy/why.h"
#include "lists/compiler.h"

namespace gatehouse::policy {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const lists::Pack> a_pack() {
  lists::Compiler compiler(lists::CompileOptions{});
  const auto add = [&](const char* id, const char* category, const char* text, bool allow = false,
                       bool sealed = false, const char* format = "domains") {
    lists::ListInput input;
    input.path = std::string(id) + ".txt";
    input.id = id;
    input.format = format;
    input.category = category;
    input.allow = allow;
    input.sealed = sealed;
    const auto added = compiler.add_text(input, text);
    EXPECT_TRUE(added) << (added ? "" : added.error().to_string());
  };
  add("firearms", "weapons-firearms", "guns-direct.test\nshared-list.test\nknives-and-guns.test\n");
  add("swords", "weapons-other", "sword-cellar.test\nknives-and-guns.test\n");
  add("networks", "circumvention", "198.51.100.0/24\n", false, false, "cidr");
  add("right", "extremism-right-wing", "northern-order.test\n");
  add("vpn", "circumvention", "vpn-escape.test\n");
  add("sealed", "statutory", "sealed-entry.test\n", false, true);
  add("teaching", "other-harm", "history.northern-order.test\nsealed-entry.test\n", true);
  const auto pack = compiler.to_pack();
  EXPECT_TRUE(pack);
  return *pack;
}

constexpr std::string_view kConfig = R"(
groups:
  students: {title: Students, age_band: mixed}
  staff: {title: Staff, age_band: adult}
networks:
  - {name: Whole college, group: students, addresses: [10.10.0.0/16]}
  - {name: Staff rooms, group: staff, addresses: [10.10.8.0/24], place: Main building}
  - {name: Guests, group: guests, vlan: 30}
  - {name: Head's laptop, group: staff, macs: ["02:00:5e:10:00:01"]}
policy:
  categories: {other-harm: log}
  rules:
    - {name: Staff may look, groups: [staff], categories: [weapons-other, weapons-firearms], action: log, reason: catering}
    - {name: Night, groups: [guests], categories: [circumvention], action: log, hours: {days: mon-fri, from: "22:00", to: "06:00"}}
    - {name: No ways round for students, groups: [students], categories: [circumvention], action: block}
    - {name: For everyone, categories: [weapons-firearms, extremism-right-wing], action: block}
  allow:
    - {hosts: [guns-direct.test, sealed-entry.test], groups: [students], until: 2026-11-30, reason: history module, by: Tutor}
    - {categories: [extremism-right-wing], addresses: [10.10.8.7], reason: research}
  tunnels:
    min_confidence: 60
    kinds: {ssh: allow, stun: log, fully-encrypted: block}
)";

struct Fixture {
  explicit Fixture(std::string_view config = kConfig) {
    const ConfigFile file = ConfigFile::parse(config, "/etc/gatehouse/test.yaml");
    PolicySettings settings = read_policy_settings(file);
    for (const ConfigProblem& one : file.problems()) ADD_FAILURE() << one.to_string();
    snapshot = std::make_shared<const PolicySnapshot>(std::move(settings), a_pack());
    decider.emplace(snapshot);
  }
  Decision ask(std::string_view host, const char* from = "10.10.4.7", const char* at = "2026-11-10T10:00Z") {
    inspect::Observation seen;
    seen.protocol = inspect::AppProtocol::Tls;
    seen.from = inspect::NameSource::TlsSni;
    seen.host = host;
    return decider->decide({*IpAddress::parse(from), {}, vlan}, seen, *parse_time(at));
  }
  Decision ask_tunnel(std::string_view kind, int confidence, const char* from, std::string_view host = {},
                      bool kind_certain = false) {
    inspect::Observation seen;
    seen.kind_certain = kind_certain;
    seen.tunnel = kind;
    seen.confidence = static_cast<std::uint8_t>(confidence);
    seen.host = host;
    return decider->decide({*IpAddress::parse(from), {}, 0}, seen, *parse_time("2026-11-10T10:00Z"));
  }
  std::shared_ptr<const PolicySnapshot> snapshot;
  std::optional<Decider> decider;
  std::uint16_t vlan = 0;
};

TEST(Policy, AllowsWhatNoListHolds) {
  Fixture f;
  const Decision decision = f.ask("bbc.example");
  EXPECT_EQ(decision.action, Action::Allow);
  EXPECT_FALSE(decision.listed);
  EXPECT_EQ(decision.group, "students");
}

TEST(Policy, BlocksByTheFirstRuleThatFitsAndNamesListEntryAndLine) {
  Fixture f;
  const Decision decision = f.ask("www.shared-list.test");
  EXPECT_EQ(decision.action, Action::Block);
  EXPECT_EQ(decision.rule, "For everyone");
  EXPECT_EQ(decision.category, "weapons-firearms");
  EXPECT_EQ(decision.list, "firearms");
  EXPECT_EQ(decision.entry, "shared-list.test");
  EXPECT_EQ(decision.entry_line, 2u);
  EXPECT_EQ(decision.network, "Whole college");
  EXPECT_THAT(explain(decision), HasSubstr("firearms.txt line 2"));
}

TEST(Policy, TakesTheLongestPrefixThenVlanOverItAndMacOverBoth) {
  Fixture f;
  const Decision staff = f.ask("shared-list.test", "10.10.8.9");
  EXPECT_EQ(staff.group, "staff");
  EXPECT_EQ(staff.place, "Main building");
  EXPECT_EQ(staff.action, Action::Log);
  EXPECT_EQ(staff.reason, "catering");
  Subject subject{*IpAddress::parse("10.10.8.9"), {}, 30};
  EXPECT_EQ(f.snapshot->client_of(subject).by, KnownBy::Vlan);
  EXPECT_EQ(f.snapshot->groups()[f.snapshot->client_of(subject).group].id, "guests");
  subject.mac = *MacAddress::parse("02:00:5e:10:00:01");
  EXPECT_EQ(f.snapshot->client_of(subject).by, KnownBy::Mac);
  EXPECT_EQ(f.snapshot->groups()[f.snapshot->client_of(subject).group].id, "staff");
}

TEST(Policy, FindsTheSmallestOfManyNestedNetworks) {
  Fixture f(R"(networks:
  - {name: all, group: a, addresses: [10.0.0.0/8]}
  - {name: low, group: b, addresses: [10.0.0.0/16]}
  - {name: mid, group: c, addresses: [10.5.0.0/16, 10.5.7.0/24]}
  - {name: one, group: d, addresses: [10.5.7.9]}
  - {name: again, group: e, addresses: [10.0.0.0/8]}
  - {name: six, group: f, addresses: ["2001:db8::/32"]}
)");
  const auto network = [&](const char* address) { return f.ask("x.example", address).network; };
  EXPECT_EQ(network("10.0.255.255"), "low");
  EXPECT_EQ(network("10.1.0.0"), "all");
  EXPECT_EQ(network("10.5.0.1"), "mid");
  EXPECT_EQ(network("10.5.7.8"), "mid");
  EXPECT_EQ(network("10.5.7.9"), "one");
  EXPECT_EQ(network("10.255.255.255"), "all");
  EXPECT_EQ(network("2001:db8:1::1"), "six");
  EXPECT_EQ(network("2001:db9::"), "");
  EXPECT_EQ(network("11.0.0.0"), "");
}

TEST(Policy, GivesAnUnknownClientEveryGroupsBlocksAndNoGroupsAllowances) {
  Fixture f;
  const Decision decision = f.ask("vpn-escape.test", "192.0.2.1");
  EXPECT_TRUE(decision.unknown_client);
  EXPECT_EQ(decision.group, "default");
  EXPECT_EQ(decision.rule, "No ways round for students");
  EXPECT_EQ(f.ask("guns-direct.test", "192.0.2.1").action, Action::Block);
}

TEST(Policy, LetsNothingOverrideASealedList) {
  Fixture f;
  const Decision decision = f.ask("sealed-entry.test");  // on an allow list and in an exemption too
  EXPECT_EQ(decision.action, Action::Block);
  EXPECT_EQ(decision.decided_by, DecidedBy::SealedList);
  EXPECT_TRUE(decision.sealed);
  EXPECT_EQ(decision.entry, "");
  EXPECT_THAT(explain(decision), ::testing::Not(HasSubstr("sealed-entry")));
}

TEST(Policy, HonoursAnExemptionUntilItsLastMinuteAndForItsGroupOnly) {
  Fixture f;
  const Decision during = f.ask("www.guns-direct.test", "10.10.4.7", "2026-11-30T23:59:59Z");
  EXPECT_EQ(during.action, Action::Allow);
  EXPECT_EQ(during.decided_by, DecidedBy::Permission);
  EXPECT_TRUE(during.listed);
  EXPECT_EQ(during.reason, "history module");
  EXPECT_EQ(f.ask("guns-direct.test", "10.10.4.7", "2026-12-01T00:00Z").action, Action::Block);
  EXPECT_EQ(f.ask("guns-direct.test", "10.10.8.9").action, Action::Log);  // staff: by rule, not by exemption
  EXPECT_EQ(f.ask("notguns-direct.test").listed, false);
  EXPECT_EQ(f.ask("northern-order.test", "10.10.8.7").decided_by, DecidedBy::Permission);  // by address
  EXPECT_EQ(f.ask("northern-order.test", "10.10.8.8").action, Action::Block);
}

TEST(Policy, LetsAMoreSpecificAllowListEntryWinButNotALessSpecificOne) {
  Fixture f;
  const Decision decision = f.ask("history.northern-order.test");
  EXPECT_EQ(decision.action, Action::Allow);
  EXPECT_EQ(decision.decided_by, DecidedBy::AllowList);
  EXPECT_EQ(decision.list, "right");
  EXPECT_EQ(f.ask("northern-order.test").action, Action::Block);
}

TEST(Policy, LetsAnAllowListThatIsGivenToAGroupCountForItAlone) {
  Fixture f(
      "networks:\n  - {name: A, group: a, addresses: [10.1.0.0/16]}\n  - {name: B, group: b, addresses: "
      "[10.2.0.0/16]}\npolicy:\n  allow:\n    - {lists: [teaching], groups: [a], reason: course}\n");
  EXPECT_EQ(f.ask("history.northern-order.test", "10.1.0.1").action, Action::Allow);
  EXPECT_EQ(f.ask("history.northern-order.test", "10.2.0.1").action, Action::Block);
}

TEST(Policy, TakesTheStricterOfTwoCategories) {
  Fixture f("policy: {categories: {weapons-firearms: log}}\n");
  const Decision decision = f.ask("knives-and-guns.test");
  EXPECT_EQ(decision.action, Action::Block);
  EXPECT_EQ(decision.category, "weapons-other");
}

TEST(Policy, BlocksEverythingListedForEverybodyWithoutAnyConfiguration) {
  Fixture f("");
  const Decision decision = f.ask("vpn-escape.test", "203.0.113.9");
  EXPECT_EQ(decision.action, Action::Block);
  EXPECT_EQ(decision.rule, "category default");
  EXPECT_EQ(f.ask_tunnel("openvpn", 90, "203.0.113.9").action, Action::Block);
}

TEST(Policy, KeepsHoursOfTheNightByLondonsClocks) {
  Fixture f;
  f.vlan = 30;
  const auto at = [&](const char* time) { return f.ask("vpn-escape.test", "10.10.4.7", time).action; };
  EXPECT_EQ(at("2026-11-10T21:59Z"), Action::Block);
  EXPECT_EQ(at("2026-11-10T22:00Z"), Action::Log);
  EXPECT_EQ(at("2026-07-07T21:00Z"), Action::Log);  // 22:00 in summer
  EXPECT_EQ(at("2026-11-14T05:59Z"), Action::Log);  // Saturday morning is still Friday's night
  EXPECT_EQ(at("2026-11-14T06:00Z"), Action::Block);
  EXPECT_EQ(at("2026-11-14T23:00Z"), Action::Block);  // Saturday's own night is not in it
  EXPECT_EQ(at("2026-11-16T05:00Z"), Action::Block);  // nor Monday morning, which is Sunday's night
}

TEST(Hours, HoldByTheWallClockWhenItChanges) {
  const Hours hours{kEveryDay, 60, 120};  // 01:00 to 02:00
  const auto holds = [&](const char* at) { return hours.contains(to_london(*parse_time(at))); };
  EXPECT_TRUE(holds("2026-10-25T00:30Z"));  // 01:30 BST
  EXPECT_TRUE(holds("2026-10-25T01:30Z"));  // 01:30 GMT, the hour again
  EXPECT_FALSE(holds("2026-10-25T02:00Z"));
  EXPECT_FALSE(holds("2026-03-29T01:00Z"));  // 02:00 BST: that hour does not exist
  EXPECT_FALSE(holds("2026-03-29T00:59Z"));
}

TEST(Policy, TakesTunnelsAsCircumventionWhenSureEnough) {
  Fixture f;
  const Decision decision = f.ask_tunnel("openvpn", 90, "10.10.4.7");
  EXPECT_EQ(decision.action, Action::Block);
  EXPECT_EQ(decision.category, "circumvention");
  EXPECT_EQ(decision.entry, "openvpn");
  EXPECT_EQ(decision.rule, "No ways round for students");
  EXPECT_FALSE(f.ask_tunnel("openvpn", 59, "10.10.4.7").listed);
  EXPECT_FALSE(f.ask_tunnel("ssh", 99, "10.10.4.7").listed);
  EXPECT_EQ(f.ask_tunnel("stun", 99, "10.10.8.9").decided_by, DecidedBy::TunnelKind);
  EXPECT_EQ(f.ask_tunnel("stun", 99, "10.10.8.9").action, Action::Log);
  EXPECT_EQ(f.ask_tunnel("openvpn", 90, "10.10.8.9", "sword-cellar.test").entry,
            "openvpn");  // stricter than log
}

TEST(Policy, TakesAKindThatIsCertainAtAnyConfidenceWhenItIsNamed) {
  Fixture f;
  EXPECT_EQ(f.ask_tunnel("fully-encrypted", 35, "203.0.113.9", {}, true).action, Action::Block);
  EXPECT_EQ(f.ask_tunnel("fully-encrypted", 35, "203.0.113.9", {}, true).entry, "fully-encrypted");
  EXPECT_FALSE(f.ask_tunnel("fully-encrypted", 35, "203.0.113.9").listed) << "only perhaps of this kind";
  EXPECT_FALSE(f.ask_tunnel("gopher", 35, "203.0.113.9", {}, true).listed) << "not named";
  EXPECT_FALSE(f.ask_tunnel("ssh", 30, "203.0.113.9", {}, true).listed) << "named, and allowed";
}

TEST(Policy, LooksAtTheServersAddressAndAtDnsAnswers) {
  Fixture f;
  inspect::Observation seen;
  const Subject subject{*IpAddress::parse("10.10.4.7"), {}, 0};
  const IpAddress server = *IpAddress::parse("198.51.100.7");
  const Timestamp at = *parse_time("2026-11-10T10:00Z");
  EXPECT_EQ(f.decider->decide(subject, seen, at, &server).list, "networks");
  inspect::DnsAnswer answers[2];
  answers[0].type = 5;
  answers[0].target = "edge.shared-list.test";
  answers[1].address = server;
  seen.host = "innocent.example";
  seen.answers = {answers, 1};
  EXPECT_EQ(f.decider->decide(subject, seen, at).list, "firearms");
  seen.answers = {answers + 1, 1};
  EXPECT_EQ(f.decider->decide(subject, seen, at).list, "networks");
}

TEST(Policy, LeavesNamesOfTheLocalNetworkAlone) {
  Fixture f;
  inspect::Observation seen;
  seen.host = "shared-list.test";
  seen.from = inspect::NameSource::LlmnrName;
  EXPECT_FALSE(f.decider->decide({*IpAddress::parse("10.10.4.7"), {}, 0}, seen, Timestamp{}).listed);
}

TEST(Why, SaysWhoWhatAndWhichRuleAndWhyTheOthersDidNot) {
  Fixture f;
  const WhyReport report = why(f.snapshot, "https://www.guns-direct.test/shop",
                               {*IpAddress::parse("10.10.4.7"), {}, 0}, *parse_time("2026-12-01T10:00Z"));
  const std::string text = to_text(report);
  EXPECT_EQ(report.decision.action, Action::Block);
  EXPECT_THAT(text, HasSubstr("Whole college"));
  EXPECT_THAT(text, HasSubstr("firearms.txt line 1"));
  EXPECT_THAT(text, HasSubstr("expired"));
  EXPECT_THAT(text, HasSubstr("'Staff may look'"));
  EXPECT_THAT(text, HasSubstr("not for group students"));
  EXPECT_THAT(text, HasSubstr("'For everyone'"));
}

TEST(Why, ShowsNothingOfASealedEntry) {
  Fixture f;
  const WhyReport report = why(f.snapshot, "sealed-entry.test", {}, Timestamp{});
  EXPECT_EQ(report.decision.decided_by, DecidedBy::SealedList);
  EXPECT_THAT(to_text(report), HasSubstr("a sealed list"));
}

}  // namespace
}  // namespace gatehouse::policy
