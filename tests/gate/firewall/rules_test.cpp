// The rules as text: what is asked about, which networks wait and which pass, and that applying twice changes nothing.
#include "gate/firewall/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::firewall {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

capture::GateSettings settings() {
  capture::GateSettings out;
  out.clients = {"eth1"};
  out.workers = 2;
  return out;
}

std::string text(const capture::GateSettings& gate, const std::vector<policy::Network>& networks = {},
                 Family family = Family::V4, const Abilities& abilities = {}) {
  return text_to_apply(make_rules(family, gate, networks, abilities), {});
}

policy::Network network(const char* prefix, std::optional<bool> closed) {
  policy::Network out;
  out.name = prefix;
  out.addresses = {*IpPrefix::parse(prefix)};
  out.fails_closed = closed;
  return out;
}

// As iptables-save would show the rules.
std::string saved(const RuleSet& rules) {
  std::string out;
  for (const char* table : {"mangle", "raw"}) {
    out += std::string("*") + table + "\n:FORWARD ACCEPT [0:0]\n";
    for (const Chain& chain : rules.chains) {
      if (chain.table == table) out += ":" + chain.name + " - [0:0]\n";
    }
    for (const Chain& chain : rules.chains) {
      for (const std::string& rule : chain.rules) {
        if (chain.table == table) out += "-A " + chain.name + " " + rule + "\n";
      }
    }
    for (const Jump& jump : rules.jumps) {
      if (jump.table == table) out += "-A " + jump.from + " " + jump.rule + "\n";
    }
    out += "COMMIT\n";
  }
  return out;
}

std::size_t count(std::string_view haystack, std::string_view needle) {
  std::size_t found = 0;
  for (std::size_t at = haystack.find(needle); at != std::string_view::npos; at = haystack.find(needle, at + 1)) ++found;
  return found;
}

TEST(FirewallRules, PassWhenTheGateIsGoneUnlessTheyAreToFailClosed) {
  EXPECT_THAT(text(settings()), HasSubstr("-A GATEHOUSE-ASK -j NFQUEUE --queue-balance 0:1 --queue-bypass\n"));
  capture::GateSettings closed = settings();
  closed.failing = capture::Failing::Closed;
  EXPECT_THAT(text(closed), HasSubstr("-A GATEHOUSE-ASK -j NFQUEUE --queue-balance 2:3\n"));
}

TEST(FirewallRules, GiveANetworkItsOwnFailPolicyBothWays) {
  const std::string out = text(settings(), {network("10.20.0.0/16", true), network("10.10.0.0/16", std::nullopt)});
  EXPECT_THAT(out, HasSubstr("-A GATEHOUSE-ASK -s 10.20.0.0/16 -j NFQUEUE --queue-balance 2:3\n"));
  EXPECT_THAT(out, HasSubstr("-A GATEHOUSE-ASK -d 10.20.0.0/16 -j NFQUEUE --queue-balance 2:3\n"));
}

TEST(FirewallRules, AskTheLongestNetworkFirst) {
  const std::string out = text(settings(), {network("10.0.0.0/8", true), network("10.20.0.0/16", false)});
  EXPECT_LT(out.find("-s 10.20.0.0/16"), out.find("-s 10.0.0.0/8"));
}

TEST(FirewallRules, LeaveNetworksOfTheOtherFamilyOut) {
  EXPECT_THAT(text(settings(), {network("10.20.0.0/16", true)}, Family::V6), Not(HasSubstr("10.20.0.0")));
}

TEST(FirewallRules, AskAboutEveryTcpPacketWhereTheKernelCannotTellDataFromNone) {
  Abilities abilities;
  abilities.bpf = false;
  const std::string out = text(settings(), {}, Family::V4, abilities);
  EXPECT_THAT(out, Not(HasSubstr("-m bpf")));
  EXPECT_THAT(out, HasSubstr("-A GATEHOUSE-CLIENT -p tcp -j GATEHOUSE-ASK\n"));
}

TEST(FirewallRules, DoWithoutWhatTheKernelLacks) {
  Abilities abilities;
  abilities.ttl = abilities.notrack = false;
  const std::string out = text(settings(), {}, Family::V6, abilities);
  EXPECT_THAT(out, Not(HasSubstr("HL --hl-set")));
  EXPECT_THAT(out, Not(HasSubstr("*raw")));
}

TEST(FirewallRules, AskAboutDhcpOfNamedServersWhateverWasDecided) {
  policy::DhcpSeenSettings dhcp;
  dhcp.servers = {*IpAddress::parse("10.0.0.2")};
  const auto with = [&](Family family) { return text_to_apply(make_rules(family, settings(), {}, {}, dhcp), {}); };
  const std::string out = with(Family::V4);
  const std::string back = "-A GATEHOUSE-FORWARD -o eth1 -s 10.0.0.2 -p udp -m udp --sport 67 -j GATEHOUSE-ASK\n";
  EXPECT_THAT(out, HasSubstr("-A GATEHOUSE-FORWARD -i eth1 -d 10.0.0.2 -p udp -m udp --dport 67 -j GATEHOUSE-ASK\n"));
  EXPECT_LT(out.find(back), out.find("-j RETURN"));
  EXPECT_THAT(with(Family::V6), Not(HasSubstr("--dport 67")));
  EXPECT_THAT(text(settings()), Not(HasSubstr("--dport 67")));
}

TEST(FirewallRules, UseTheMarksOfTheConfiguration) {
  capture::GateSettings gate = settings();
  gate.marks.first_bit = 4;
  EXPECT_THAT(text(gate), HasSubstr("-m connmark --mark 0x20/0x20 -j RETURN"));
}

TEST(FirewallRules, AddNoSecondJumpWhenAppliedAgain) {
  const RuleSet rules = make_rules(Family::V4, settings(), {}, {});
  const std::string first = text_to_apply(rules, {});
  const std::string second = text_to_apply(rules, saved(rules));
  EXPECT_EQ(count(first, "-A FORWARD "), 1u);
  EXPECT_EQ(count(second, "-A FORWARD "), 0u);
  EXPECT_EQ(count(second, "-D "), 0u);
  EXPECT_EQ(count(second, ":GATEHOUSE-FORWARD - "), 1u);  // declared again: emptied and filled in one step
}

TEST(FirewallRules, TakeAwayWhatAnOlderConfigurationLeft) {
  const RuleSet old = make_rules(Family::V4, settings(), {}, {});
  capture::GateSettings fresh = settings();
  fresh.local_dns = false;
  const std::string out = text_to_apply(make_rules(Family::V4, fresh, {}, {}), saved(old));
  EXPECT_THAT(out, HasSubstr("-D INPUT -j GATEHOUSE-LOCAL\n"));
  EXPECT_THAT(out, HasSubstr("-X GATEHOUSE-LOCAL\n"));
  EXPECT_THAT(out, Not(HasSubstr("-D FORWARD")));
}

TEST(FirewallRules, RemoveOnlyWhatIsOurs) {
  const RuleSet rules = make_rules(Family::V4, settings(), {}, {});
  std::string present = saved(rules);
  present.insert(present.find("COMMIT"), "-A FORWARD -i eth9 -j TCPMSS --clamp-mss-to-pmtu\n");
  const std::string out = text_to_remove(present);
  EXPECT_EQ(count(out, "-D "), rules.jumps.size());
  EXPECT_EQ(count(out, "-X "), rules.chains.size());
  EXPECT_THAT(out, Not(HasSubstr("eth9")));
  EXPECT_TRUE(text_to_remove("*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j DROP\nCOMMIT\n").empty());
}

TEST(FirewallRules, NameNetworksThatTheKernelCannotTell) {
  policy::Network vlan;
  vlan.name = "Guest wifi";
  vlan.vlans = {40};
  vlan.fails_closed = true;
  EXPECT_THAT(networks_without_match(settings(), {vlan}), ::testing::ElementsAre("Guest wifi"));
}

}  // namespace
}  // namespace gatehouse::firewall
