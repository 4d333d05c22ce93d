// `gatehouse firewall`: the rules by which the kernel asks the gate.
#include "gate/firewall/firewall.h"

#include <fmt/format.h>

#include <cstdio>

#include "commands.h"
#include "gate/policy/check.h"
#include "gate/policy/settings.h"

namespace gatehouse::cli {
namespace {

using firewall::Family;

struct FirewallConfig {
  capture::GateSettings gate;
  std::vector<policy::Network> networks;
  policy::DhcpSeenSettings dhcp;
};

FirewallConfig read(const std::string& path) {
  const ConfigFile file = ConfigFile::load(path);
  FirewallConfig out{capture::read_gate_settings(file), policy::read_policy_settings(file).networks,
                     policy::read_dhcp_seen_settings(file)};
  policy::refuse_unknown_sections(file);
  file.throw_if_errors();
  if (!out.gate.present || out.gate.mode != capture::Mode::Inline) {
    throw SetupError({"the configuration has no gate that stands inline, so there is nothing for the kernel to ask",
                      "add 'gate: {clients: [eth1]}' with the interface that the clients are behind", path, 0});
  }
  return out;
}

std::vector<Family> families() {
  std::vector<Family> out;
  for (const Family family : {Family::V4, Family::V6}) {
    if (firewall::has_family(family)) out.push_back(family);
  }
  return out;
}

int print(const std::string& path) {
  const FirewallConfig config = read(path);
  for (const Family family : families()) {
    const auto rules = firewall::make_rules(family, config.gate, config.networks, {}, config.dhcp);
    fmt::print("# {}: {}-restore --noflush\n{}", firewall::name_of(family),
               family == Family::V4 ? "iptables" : "ip6tables", firewall::text_to_apply(rules, {}));
  }
  return kOk;
}

int apply(const std::string& path) {
  const FirewallConfig config = read(path);
  std::vector<firewall::KernelLacks> lacks;
  bool possible = true;
  for (const Family family : families()) {
    lacks.push_back(firewall::probe(family));
    for (const std::string& one : lacks.back().needed) fmt::print(stderr, "gatehouse: {}\n", one);
    for (const std::string& one : lacks.back().helpful) fmt::print(stderr, "{}\n", one);
    possible = possible && lacks.back().needed.empty();
  }
  if (!possible) {
    fmt::print(stderr, "  remedy: load these modules or use Debian's kernel; nothing was changed\n");
    return kFailed;
  }
  for (const std::string& name : firewall::networks_without_match(config.gate, config.networks)) {
    fmt::print(stderr, "network '{}' is known by its VLAN only: 'failing' of the section 'gate' holds for it\n", name);
  }
  std::size_t at = 0;
  for (const Family family : families()) {
    firewall::apply(family, firewall::make_rules(family, config.gate, config.networks, lacks[at++].abilities, config.dhcp));
    fmt::print("{}: applied\n", firewall::name_of(family));
  }
  return kOk;
}

int remove() {
  for (const Family family : families()) {
    fmt::print("{}: {}\n", firewall::name_of(family), firewall::remove(family) ? "removed" : "nothing was there");
  }
  return kOk;
}

int status(const std::string& path) {
  const FirewallConfig config = read(path);
  bool good = true;
  for (const Family family : families()) {
    const auto wanted = firewall::make_rules(family, config.gate, config.networks, {}, config.dhcp);
    const firewall::FirewallStatus found = firewall::status(family, wanted);
    fmt::print("{}: {}; {} packets asked about, {} went on undecided\n", firewall::name_of(family),
               found.complete  ? "applied"
               : found.applied ? "not as this configuration has it"
                               : "not applied",
               found.asked, found.undecided);
    for (const std::string& one : found.missing) fmt::print("  missing: {}\n", one);
    for (const std::string& one : found.warnings) fmt::print("  warning: {}\n", one);
    good = good && found.complete;
  }
  for (const firewall::QueueState& queue : firewall::queues(config.gate)) {
    fmt::print("queue {}: {}, {} waiting, {} dropped\n", queue.number,
               queue.listening ? "the gate listens" : "nobody listens", queue.waiting, queue.dropped);
    good = good && queue.listening;
  }
  fmt::print("when failing: {}\n", capture::name_of(config.gate.failing));
  return good ? kOk : kFailed;
}

}  // namespace

void add_firewall(CLI::App& app, Run& run) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "firewall", "The rules by which the kernel asks the gate: chains of our own in iptables and ip6tables, put in and\n"
                  "taken out as one; nobody else's rules are touched.");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, int (*act)(const std::string&)) {
    CLI::App* one = command->add_subcommand(name, what);
    one->add_option("--config", *path, "gatehouse.yaml")->required();
    one->callback([path, act, &run] { run = [path, act] { return act(*path); }; });
  };
  add("print", "Shows what would be applied, as iptables-restore reads it.", print);
  add("apply", "Puts the rules in, or brings them up to date. Says what the kernel lacks.", apply);
  add("status", "How the rules and queues stand. Exit code 0 when everything is in its place.", status);
  CLI::App* one = command->add_subcommand("remove", "Takes the rules out.");
  one->add_option("--config", *path, "not needed; for the sake of habit");
  one->callback([&run] { run = remove; });
}

}  // namespace gatehouse::cli
