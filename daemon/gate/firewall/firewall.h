// The kernel's side of the gate as a whole: finds out what this kernel can do, puts our rules in and takes them out,
// and says how they stand. Each family in one step of iptables-restore. Set-up only; needs CAP_NET_ADMIN.
#pragma once

#include <string>
#include <vector>

#include "gate/firewall/rules.h"

namespace gatehouse::firewall {

struct KernelLacks {
  std::vector<std::string> needed;   // sentences: without these nothing can be applied
  std::vector<std::string> helpful;  // what is done without, and what that means
  Abilities abilities;
};

// Tries each feature in a chain of its own, which is gone afterwards. Throws SetupError where nothing can be asked.
KernelLacks probe(Family family);

// Whether this machine speaks the family at all.
bool has_family(Family family);

// Throws SetupError; then the rules are as they were.
void apply(Family family, const RuleSet& rules);
// True when there was something to remove.
bool remove(Family family);

struct QueueState {
  int number = 0;
  bool listening = false;
  std::uint64_t waiting = 0;
  std::uint64_t dropped = 0;  // no room in the queue, or in the gate's socket
};
struct FirewallStatus {
  bool applied = false;
  bool complete = false;               // every chain and jump that this configuration wants, with as many rules
  std::vector<std::string> missing;
  std::vector<std::string> warnings;
  std::uint64_t asked = 0;             // packets handed to a queue since applied
  std::uint64_t undecided = 0;         // of them, gone on without an answer
};
FirewallStatus status(Family family, const RuleSet& wanted);
std::vector<QueueState> queues(const capture::GateSettings& gate);

}  // namespace gatehouse::firewall
