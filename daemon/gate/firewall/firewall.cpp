#include "gate/firewall/firewall.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "gate/capture/packet_account.h"
#include "gate/firewall/run_program.h"

namespace gatehouse::firewall {
namespace {

std::string tool(Family family, std::string_view verb) {
  return fmt::format("{}-{}", family == Family::V4 ? "iptables" : "ip6tables", verb);
}

std::string save(Family family, bool counters) {
  std::string all;
  for (const char* table : {"mangle", "raw"}) {
    std::vector<std::string> command = {tool(family, "save"), "-t", table};
    if (counters) command.emplace_back("-c");
    const ProgramResult result = value_or_throw(run_program(command, {}));
    // A kernel without table raw does without; one without mangle is told of by what cannot be applied.
    if (result.status == 0) all += result.output;
  }
  return all;
}

ProgramResult restore(Family family, std::string_view text) {
  return value_or_throw(run_program({tool(family, "restore"), "--noflush", "--wait", "5"}, text));
}

std::string first_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  return std::string(text.substr(0, end));
}

struct Feature {
  const char* table;
  const char* rule;
  const char* name;
  const char* meaning;
};

constexpr Feature kNeeded[] = {
    {"mangle", "-j MARK --set-xmark 0x0/0x0", "packet marks (xt_mark)", ""},
    {"mangle", "-m mark --mark 0x1/0x1", "matching packet marks (xt_mark)", ""},
    {"mangle", "-j CONNMARK --save-mark --nfmask 0x1 --ctmask 0x1", "connection marks (xt_connmark, nf_conntrack)", ""},
    {"mangle", "-m connmark --mark 0x1/0x1", "matching connection marks (xt_connmark)", ""},
    {"mangle", "-m conntrack --ctstate INVALID", "connection tracking (xt_conntrack)", ""},
    {"mangle", "-p tcp -j NFQUEUE --queue-balance 0:1 --queue-bypass", "queues (xt_NFQUEUE, nfnetlink_queue)", ""},
};
constexpr Feature kBpf = {"mangle", "-p tcp -m bpf --bytecode \"1,6 0 0 1\"", "xt_bpf",
                          "packets without data come up too, which costs speed"};
constexpr Feature kTtl4 = {"mangle", "-j TTL --ttl-set 64", "xt_HL",
                           "packets with few hops left are passed on as they are"};
constexpr Feature kTtl6 = {"mangle", "-j HL --hl-set 64", "xt_HL", kTtl4.meaning};
constexpr Feature kAccount = {"mangle", "-m nfacct --nfacct-name gatehouse-undecided", "nfnetlink_acct",
                              "the journal does not count what goes on undecided; 'firewall status' does"};
constexpr Feature kNotrack = {"raw", "-j CT --notrack", "xt_CT and table raw",
                              "on a gateway that translates addresses, block pages do not reach the client"};

bool can(Family family, const Feature& feature) {
  const std::string chain = fmt::format("{}TRY-{}", kPrefix, ::getpid());
  const std::string there = fmt::format("*{0}\n:{1} - [0:0]\n-A {1} {2}\nCOMMIT\n", feature.table, chain, feature.rule);
  const bool works = restore(family, there).status == 0;
  if (works) (void)restore(family, fmt::format("*{0}\n:{1} - [0:0]\n-X {1}\nCOMMIT\n", feature.table, chain));
  return works;
}

}  // namespace

bool has_family(Family family) {
  return family == Family::V4 || ::access("/proc/net/if_inet6", F_OK) == 0;
}

KernelLacks probe(Family family) {
  const ProgramResult right = restore(family, "*mangle\nCOMMIT\n");
  if (right.status != 0) {
    throw SetupError({fmt::format("{}: the firewall cannot be changed: {}", name_of(family), first_line(right.errors)),
                      "run it as root; the kernel needs table mangle of iptables", {}, 0});
  }
  KernelLacks out;
  for (const Feature& feature : kNeeded) {
    if (!can(family, feature)) out.needed.emplace_back(fmt::format("{}: the kernel lacks {}", name_of(family), feature.name));
  }
  const auto helpful = [&](const Feature& feature, bool& able) {
    able = can(family, feature);
    if (able) return;
    out.helpful.push_back(fmt::format("{}: the kernel lacks {}: {}", name_of(family), feature.name, feature.meaning));
  };
  helpful(kBpf, out.abilities.bpf);
  helpful(family == Family::V4 ? kTtl4 : kTtl6, out.abilities.ttl);
  (void)capture::PacketAccount(capture::kUndecidedAccount).make();
  helpful(kAccount, out.abilities.account);
  helpful(kNotrack, out.abilities.notrack);
  return out;
}

void apply(Family family, const RuleSet& rules) {
  const ProgramResult result = restore(family, text_to_apply(rules, save(family, false)));
  if (result.status == 0) return;
  throw SetupError({fmt::format("{}: {}", name_of(family), first_line(result.errors)),
                    "the rules are as they were; 'gatehouse firewall print' shows what was to be applied", {}, 0});
}

bool remove(Family family) {
  const std::string text = text_to_remove(save(family, false));
  if (text.empty()) return false;
  const ProgramResult result = restore(family, text);
  if (result.status != 0) {
    throw SetupError({fmt::format("{}: {}", name_of(family), first_line(result.errors)),
                      "does another rule lead to one of our chains (their names begin with GATEHOUSE-)?", {}, 0});
  }
  capture::PacketAccount(capture::kUndecidedAccount).remove();  // the kernel keeps it while the other family's rules need it
  return true;
}

namespace {

// What iptables-save -c shows of one chain.
struct Seen {
  std::vector<std::string> rules;
  std::vector<std::uint64_t> packets;
};

std::uint64_t packets_of(std::string_view line) {
  std::uint64_t out = 0;
  for (const char c : line.substr(1)) {
    if (c < '0' || c > '9') break;
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return out;
}

}  // namespace

FirewallStatus status(Family family, const RuleSet& wanted) {
  FirewallStatus out;
  const std::string saved = save(family, true);
  std::istringstream lines(saved);
  std::string line, table;
  std::vector<std::pair<std::string, Seen>> chains;  // "table chain"
  const auto chain_of = [&](const std::string& name) -> Seen& {
    for (auto& [known, seen] : chains) {
      if (known == name) return seen;
    }
    return chains.emplace_back(name, Seen{}).second;
  };
  while (std::getline(lines, line)) {
    if (line.starts_with('*')) table = line.substr(1);
    const std::size_t at = line.find("] -A ");
    if (line.starts_with('[') && at != std::string::npos) {
      const std::string rest = line.substr(at + 5);
      Seen& seen = chain_of(fmt::format("{} {}", table, rest.substr(0, rest.find(' '))));
      seen.rules.push_back(rest.substr(rest.find(' ') + 1));
      seen.packets.push_back(packets_of(line));
    }
  }
  out.complete = true;
  const auto miss = [&](std::string what) {
    out.complete = false;
    out.missing.push_back(std::move(what));
  };
  for (const Chain& chain : wanted.chains) {
    const Seen& seen = chain_of(fmt::format("{} {}", chain.table, chain.name));
    out.applied = out.applied || !seen.rules.empty();
    if (seen.rules.size() != chain.rules.size()) {
      miss(fmt::format("{} chain {}: {} of {} rules", name_of(family), chain.name, seen.rules.size(), chain.rules.size()));
    }
    for (std::size_t i = 0; i < seen.rules.size(); ++i) {
      if (seen.rules[i].find("-j NFQUEUE") != std::string::npos) out.asked += seen.packets[i];
      if (seen.rules[i].find("undecided") != std::string::npos) out.undecided += seen.packets[i];
    }
  }
  for (const Jump& jump : wanted.jumps) {
    const Seen& seen = chain_of(fmt::format("{} {}", jump.table, jump.from));
    const std::string target = jump.rule.substr(jump.rule.find(kPrefix));
    const auto there = std::find_if(seen.rules.begin(), seen.rules.end(),
                                    [&](const std::string& rule) { return rule.ends_with(target); });
    if (there == seen.rules.end()) {
      miss(fmt::format("{} {}: nothing leads to {}", name_of(family), jump.from, target));
    } else if (jump.from == "FORWARD") {
      for (auto other = seen.rules.begin(); other != there; ++other) {
        if (other->ends_with("-j ACCEPT")) {
          out.warnings.push_back(fmt::format("{} FORWARD in mangle accepts before our rules: {}", name_of(family), *other));
        }
      }
    }
  }
  return out;
}

// /proc/net/netfilter/nfnetlink_queue: number, port id, waiting, copy mode, range, dropped, user dropped, last id.
std::vector<QueueState> queues(const capture::GateSettings& gate) {
  std::vector<QueueState> out;
  for (int i = 0; i < 2 * gate.worker_count(); ++i) out.push_back({gate.open_queue(0) + i, false, 0, 0});
  std::ifstream file("/proc/net/netfilter/nfnetlink_queue");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::uint64_t number = 0, port = 0, waiting = 0, mode = 0, range = 0, dropped = 0, user_dropped = 0;
    if (!(fields >> number >> port >> waiting >> mode >> range >> dropped >> user_dropped)) continue;
    for (QueueState& queue : out) {
      if (queue.number == static_cast<int>(number)) queue = {queue.number, true, waiting, dropped + user_dropped};
    }
  }
  return out;
}

}  // namespace gatehouse::firewall
