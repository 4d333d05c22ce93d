// The rules by which the kernel asks the gate: our own chains in table mangle (and one rule in raw), the same for IPv4
// and IPv6, as text for iptables-restore. Pure: nothing is run here. README.md in this folder says why each rule is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/capture/settings.h"
#include "gate/policy/settings.h"

namespace gatehouse::firewall {

enum class Family : std::uint8_t { V4, V6 };
std::string_view name_of(Family family) noexcept;  // "IPv4"

// What a kernel can do beyond what is needed.
struct Abilities {
  bool bpf = true;      // without: every packet of an undecided TCP connection comes up, also those without data
  bool ttl = true;      // without: decoys that die on their way are met by dropping alone
  bool account = true;  // without: the journal does not count what went on undecided; 'firewall status' does
  bool notrack = true;  // without: block pages do not pass a gateway that translates addresses
};

// One chain of ours, or a jump to one from a chain of the kernel's.
struct Jump {
  std::string table;
  std::string from;  // "FORWARD"
  std::string rule;  // what stands after "-A FORWARD "
};
struct Chain {
  std::string table;
  std::string name;  // begins with kPrefix
  std::vector<std::string> rules;
};
struct RuleSet {
  std::vector<Chain> chains;
  std::vector<Jump> jumps;
};
inline constexpr std::string_view kPrefix = "GATEHOUSE-";

RuleSet make_rules(Family family, const capture::GateSettings& gate, const std::vector<policy::Network>& networks,
                   const Abilities& abilities, const policy::DhcpSeenSettings& dhcp = {});

// Networks whose own fail policy the kernel cannot tell by their addresses or MACs (VLANs without an interface here).
std::vector<std::string> networks_without_match(const capture::GateSettings& gate,
                                                const std::vector<policy::Network>& networks);

// Input for iptables-restore --noflush, given what is there (iptables-save's output): sets our chains anew, adds the
// jumps that are missing. Applying it twice changes nothing.
std::string text_to_apply(const RuleSet& rules, std::string_view present);
// Takes our chains and jumps away, whatever version of them is there; empty when there is nothing.
std::string text_to_remove(std::string_view present);

}  // namespace gatehouse::firewall
