#include "gate/firewall/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gate/capture/packet_account.h"

namespace gatehouse::firewall {
namespace {

using capture::Failing;
using capture::GateSettings;

constexpr std::string_view kForward = "GATEHOUSE-FORWARD";
constexpr std::string_view kClient = "GATEHOUSE-CLIENT";
constexpr std::string_view kAsk = "GATEHOUSE-ASK";
constexpr std::string_view kStop = "GATEHOUSE-STOP";
constexpr std::string_view kStopped = "GATEHOUSE-STOPPED";
constexpr std::string_view kAgain = "GATEHOUSE-AGAIN";
constexpr std::string_view kLocal = "GATEHOUSE-LOCAL";
constexpr std::string_view kAnswer = "GATEHOUSE-ANSWER";
constexpr std::string_view kOut = "GATEHOUSE-OUT";
constexpr std::string_view kRaw = "GATEHOUSE-RAW";

// Classic BPF on the packet from its IP header on: "carries at least one byte above TCP". For IPv6 with extension
// headers the answer is yes, for there it cannot be told so simply.
//   ldxb 4*([0]&0xf); ldb [x+12]; and #0xf0; rsh #2; add x; tax; ld len; jgt x
constexpr std::string_view kDataV4 =
    "10,177 0 0 0,80 0 0 12,84 0 0 240,116 0 0 2,12 0 0 0,7 0 0 0,128 0 0 0,45 0 1 0,6 0 0 65535,6 0 0 0";
//   ldb [6]; jne #6 -> yes; ldb [52]; and #0xf0; rsh #2; add #40; tax; ld len; jgt x
constexpr std::string_view kDataV6 =
    "11,48 0 0 6,21 0 7 6,48 0 0 52,84 0 0 240,116 0 0 2,4 0 0 40,7 0 0 0,128 0 0 0,45 0 1 0,6 0 0 65535,6 0 0 0";

// "a QUIC packet with a long header": UDP's payload begins with 11xxxxxx (RFC 9000 section 17.2). Which types of it
// begin a connection differs between versions, so all count.
//   ldxb 4*([0]&0xf); ldb [x+8]; and #0xc0; jeq #0xc0
constexpr std::string_view kQuicV4 = "6,177 0 0 0,80 0 0 8,84 0 0 192,21 0 1 192,6 0 0 65535,6 0 0 0";
constexpr std::string_view kQuicV6 = "5,48 0 0 48,84 0 0 192,21 0 1 192,6 0 0 65535,6 0 0 0";
// RFC 9000 section 14.1: a datagram with a first packet holds at least 1200 bytes.
constexpr int kLeastQuic = 1200;

class Builder {
 public:
  Builder(Family family, const GateSettings& gate, const std::vector<policy::Network>& networks, const Abilities& can,
          const policy::DhcpSeenSettings& dhcp)
      : v4_(family == Family::V4), gate_(gate), networks_(networks), can_(can), dhcp_(dhcp) {}

  RuleSet build() {
    forward();
    client();
    ask();
    stop();
    stopped();
    if (gate_.local_dns) local_dns();
    out();
    if (can_.notrack) {
      add(kRaw, {fmt::format("-m mark --mark {} -j CT --notrack", bits(marks().ours()))}, "raw");
      jump("raw", "OUTPUT", fmt::format("-j {}", kRaw));
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] const capture::Marks& marks() const { return gate_.marks; }
  static std::string bits(std::uint32_t value) { return fmt::format("0x{:x}/0x{:x}", value, value); }
  [[nodiscard]] std::string none() const { return fmt::format("0x0/0x{:x}", marks().field()); }
  [[nodiscard]] std::string data() const {
    return can_.bpf ? fmt::format("-m bpf --bytecode \"{}\" ", v4_ ? kDataV4 : kDataV6) : std::string();
  }
  void add(std::string_view chain, std::vector<std::string> rules, std::string table = "mangle") {
    out_.chains.push_back({std::move(table), std::string(chain), std::move(rules)});
  }
  void jump(std::string table, std::string from, std::string rule) {
    out_.jumps.push_back({std::move(table), std::move(from), std::move(rule)});
  }

  void forward() {
    std::vector<std::string> rules;
    rules.push_back(fmt::format("-m mark --mark {} -j {}", bits(marks().blocked()), kStop));
    // A SYN may begin a connection between the same ends and ports: what was decided is over.
    rules.push_back(fmt::format("-p tcp --syn -m connmark ! --mark {} -j CONNMARK --set-xmark 0x0/0x{:x}", none(),
                                marks().field()));
    for (const std::string& interface : gate_.clients) {
      if (!can_.bpf) break;
      // Perhaps another QUIC connection through the same ports: what was decided was about the first.
      rules.push_back(fmt::format("-i {} -p udp -m connmark --mark {} -m length --length {}:65535 -m bpf --bytecode \"{}\" -j {}",
                                  interface, bits(marks().decided()), kLeastQuic + (v4_ ? 28 : 48), v4_ ? kQuicV4 : kQuicV6,
                                  kAsk));
    }
    if (v4_) dhcp(rules);
    rules.push_back(fmt::format("-m connmark --mark {} -j RETURN", bits(marks().decided())));
    rules.push_back(fmt::format("-m connmark --mark {} -j {}", bits(marks().blocked()), kStopped));
    for (const std::string& interface : gate_.clients) {
      rules.push_back(fmt::format("-i {} -g {}", interface, kClient));
      rules.push_back(fmt::format("-o {} -p udp -m udp --sport 53 -j {}", interface, kAsk));
      rules.push_back(fmt::format("-o {} -p tcp -m tcp --sport 53 {}-j {}", interface, data(), kAsk));
    }
    add(kForward, std::move(rules));
    jump("mangle", "FORWARD", fmt::format("-j {}", kForward));
  }

  // DHCP on its way between relays or clients and the named servers; few packets, and never decided on.
  void dhcp(std::vector<std::string>& rules) {
    for (const std::string& interface : gate_.clients) {
      for (const IpAddress& server : dhcp_.servers) {
        rules.push_back(fmt::format("-i {} -d {} -p udp -m udp --dport 67 -j {}", interface, server.to_string(), kAsk));
        rules.push_back(fmt::format("-o {} -s {} -p udp -m udp --sport 67 -j {}", interface, server.to_string(), kAsk));
      }
    }
  }

  // From clients, of connections that are not decided on.
  void client() {
    std::vector<std::string> rules;
    rules.push_back(fmt::format("-p tcp -m conntrack --ctstate INVALID -j MARK --set-xmark {}", bits(marks().odd())));
    rules.push_back(fmt::format("-p tcp --syn -j {}", kAsk));
    rules.push_back(fmt::format("-p tcp {}-j {}", data(), kAsk));
    rules.push_back("-p tcp -j RETURN");
    rules.push_back(v4_ ? "-p icmp -j RETURN" : "-p ipv6-icmp -j RETURN");
    rules.push_back(fmt::format("-j {}", kAsk));
    add(kClient, std::move(rules));
  }

  [[nodiscard]] std::string queue(bool closed) const {
    const int last = gate_.worker_count() - 1;
    const int first = closed ? gate_.closed_queue(0) : gate_.open_queue(0);
    std::string out = last == 0 ? fmt::format("-j NFQUEUE --queue-num {}", first)
                                : fmt::format("-j NFQUEUE --queue-balance {}:{}", first, first + last);
    if (!closed) out += " --queue-bypass";
    return out;
  }

  // Which queue: those of networks that fail open, or closed.
  void ask() {
    const bool closed = gate_.failing == Failing::Closed;
    std::vector<std::string> rules = {fmt::format("-j MARK --set-xmark {}", bits(marks().asked()))};
    // The longest prefix first, as the policy finds them.
    std::vector<std::pair<IpPrefix, bool>> prefixes;
    for (const policy::Network& network : networks_) {
      const bool this_closed = network.fails_closed.value_or(closed);
      for (const MacAddress& mac : network.macs) {
        if (this_closed != closed) {
          rules.push_back(fmt::format("-m mac --mac-source {} {}", mac.to_string(), queue(this_closed)));
        }
      }
      for (const IpPrefix& prefix : network.addresses) {
        if (prefix.base().is_v4() == v4_) prefixes.emplace_back(prefix, this_closed);
      }
    }
    std::stable_sort(prefixes.begin(), prefixes.end(),
                     [](const auto& a, const auto& b) { return a.first.length() > b.first.length(); });
    const bool all_alike = std::all_of(prefixes.begin(), prefixes.end(), [&](const auto& p) { return p.second == closed; });
    for (const auto& [prefix, this_closed] : prefixes) {
      if (all_alike) break;
      rules.push_back(fmt::format("-s {} {}", prefix.to_string(), queue(this_closed)));
      rules.push_back(fmt::format("-d {} {}", prefix.to_string(), queue(this_closed)));
    }
    rules.push_back(queue(closed));
    add(kAsk, std::move(rules));
  }

  // The gate said that a connection is to be stopped: the packet came through the rules once more for this.
  void stop() {
    add(kStop, {fmt::format("-j CONNMARK --save-mark --nfmask 0x{0:x} --ctmask 0x{0:x}", marks().blocked()), "-j DROP"});
  }

  // What a stopped connection still sends. The client's data and its farewell get an answer; without the gate, none.
  void stopped() {
    std::vector<std::string> rules;
    for (const std::string& interface : gate_.clients) {
      if (can_.bpf) rules.push_back(fmt::format("-i {} -p tcp {}-g {}", interface, data(), kAgain));
      rules.push_back(fmt::format("-i {} -p tcp -m tcp --tcp-flags FIN FIN -g {}", interface, kAgain));
    }
    rules.push_back("-j DROP");
    add(kStopped, std::move(rules));
    add(kAgain, {fmt::format("-j MARK --set-xmark {}", bits(marks().blocked())), queue(true)});
  }

  // DNS that the gateway itself answers.
  void local_dns() {
    std::vector<std::string> rules, answers;
    // Ours: what the gate sends in a server's name.
    answers.push_back(fmt::format("-m mark ! --mark {} -j RETURN", none()));
    for (const std::string& interface : gate_.clients) {
      rules.push_back(fmt::format("-i {} -p udp -m udp --dport 53 -j {}", interface, kAsk));
      rules.push_back(fmt::format("-i {} -p tcp -m tcp --dport 53 -j {}", interface, kClient));
      answers.push_back(fmt::format("-o {} -p udp -m udp --sport 53 -j {}", interface, kAsk));
      answers.push_back(fmt::format("-o {} -p tcp -m tcp --sport 53 {}-j {}", interface, data(), kAsk));
    }
    rules.insert(rules.begin(), fmt::format("-m mark --mark {} -j {}", bits(marks().blocked()), kStop));
    add(kLocal, std::move(rules));
    add(kAnswer, std::move(answers));
    jump("mangle", "INPUT", fmt::format("-j {}", kLocal));
    jump("mangle", "OUTPUT", fmt::format("-j {}", kAnswer));
  }

  // On its way out: what the gate's answer said of the packet. What still has the mark of a question was never answered:
  // the first rule counts what went through undecided.
  void out() {
    std::vector<std::string> rules;
    rules.push_back(fmt::format("-m mark --mark {} {}", bits(marks().asked()),
                                can_.account ? fmt::format("-m nfacct --nfacct-name {}", capture::kUndecidedAccount)
                                             : "-m comment --comment undecided"));
    rules.push_back(fmt::format("-m mark --mark {0} -j CONNMARK --save-mark --nfmask 0x{1:x} --ctmask 0x{1:x}",
                                bits(marks().decided()), marks().decided()));
    if (can_.ttl) {
      rules.push_back(fmt::format("-m mark --mark {} -j {}", bits(marks().far()),
                                  v4_ ? "TTL --ttl-set 64" : "HL --hl-set 64"));
    }
    rules.push_back(fmt::format("-j MARK --set-xmark {}", none()));
    add(kOut, std::move(rules));
    jump("mangle", "POSTROUTING", fmt::format("-m mark ! --mark {} -j {}", none(), kOut));
  }

  bool v4_;
  const GateSettings& gate_;
  const std::vector<policy::Network>& networks_;
  const Abilities& can_;
  const policy::DhcpSeenSettings& dhcp_;
  RuleSet out_;
};

// The lines of iptables-save, with the table that each is in.
template <typename Visit>
void each_line(std::string_view saved, Visit&& visit) {
  std::string table;
  while (!saved.empty()) {
    const std::size_t end = std::min(saved.find('\n'), saved.size());
    const std::string_view line = saved.substr(0, end);
    saved.remove_prefix(std::min(end + 1, saved.size()));
    if (line.starts_with('*')) table = line.substr(1);
    visit(std::string_view(table), line);
  }
}

// "-A FORWARD ... -j GATEHOUSE-FORWARD" of a chain that is not ours.
bool is_jump(std::string_view line) {
  if (!line.starts_with("-A ") || line.substr(3).starts_with(kPrefix)) return false;
  return line.find(fmt::format("-j {}", kPrefix)) != std::string_view::npos ||
         line.find(fmt::format("-g {}", kPrefix)) != std::string_view::npos;
}

std::string_view target_of(std::string_view rule) {
  const std::size_t at = rule.find(kPrefix);
  if (at == std::string_view::npos) return {};
  return rule.substr(at, std::min(rule.find(' ', at), rule.size()) - at);
}

}  // namespace

std::string_view name_of(Family family) noexcept { return family == Family::V4 ? "IPv4" : "IPv6"; }

RuleSet make_rules(Family family, const GateSettings& gate, const std::vector<policy::Network>& networks,
                   const Abilities& abilities, const policy::DhcpSeenSettings& dhcp) {
  return Builder(family, gate, networks, abilities, dhcp).build();
}

std::vector<std::string> networks_without_match(const GateSettings& gate, const std::vector<policy::Network>& networks) {
  std::vector<std::string> out;
  const bool closed = gate.failing == Failing::Closed;
  for (const policy::Network& network : networks) {
    if (network.fails_closed.value_or(closed) != closed && !network.vlans.empty()) out.push_back(network.name);
  }
  return out;
}

std::string text_to_apply(const RuleSet& rules, std::string_view present) {
  std::map<std::string, std::pair<std::string, std::string>> tables;  // declarations, rules
  std::map<std::string, std::vector<std::string_view>> old_chains;
  std::vector<std::string> jumps_there;
  each_line(present, [&](std::string_view table, std::string_view line) {
    if (line.starts_with(':') && line.substr(1).starts_with(kPrefix)) {
      old_chains[std::string(table)].push_back(line.substr(1, line.find(' ') - 1));
    }
    if (is_jump(line)) jumps_there.push_back(fmt::format("{} {}", table, line));
  });
  for (const Chain& chain : rules.chains) {
    auto& [declared, body] = tables[chain.table];
    declared += fmt::format(":{} - [0:0]\n", chain.name);
    for (const std::string& rule : chain.rules) body += fmt::format("-A {} {}\n", chain.name, rule);
  }
  // A jump is told by where it stands and where it leads; one of an older version with other words is replaced.
  for (const std::string& there : jumps_there) {
    const std::size_t space = there.find(' ');
    const std::string table = there.substr(0, space);
    const std::string line = there.substr(space + 1);
    const bool wanted = std::any_of(rules.jumps.begin(), rules.jumps.end(), [&](const Jump& jump) {
      return jump.table == table && line.starts_with(fmt::format("-A {} ", jump.from)) &&
             target_of(line) == target_of(jump.rule);
    });
    if (!wanted) tables[table].second += fmt::format("-D {}\n", line.substr(3));
  }
  for (const Jump& jump : rules.jumps) {
    const bool there = std::any_of(jumps_there.begin(), jumps_there.end(), [&](const std::string& line) {
      return line.starts_with(fmt::format("{} -A {} ", jump.table, jump.from)) && target_of(line) == target_of(jump.rule);
    });
    if (!there) tables[jump.table].second += fmt::format("-A {} {}\n", jump.from, jump.rule);
  }
  // Chains of an older version that nothing leads to any more.
  for (const auto& [table, names] : old_chains) {
    for (const std::string_view name : names) {
      const bool kept = std::any_of(rules.chains.begin(), rules.chains.end(), [&name, &of = table](const Chain& chain) {
        return chain.table == of && chain.name == name;
      });
      if (kept) continue;
      tables[table].first += fmt::format(":{} - [0:0]\n", name);
      tables[table].second += fmt::format("-X {}\n", name);
    }
  }
  std::string out;
  for (const auto& [table, parts] : tables) out += fmt::format("*{}\n{}{}COMMIT\n", table, parts.first, parts.second);
  return out;
}

std::string text_to_remove(std::string_view present) { return text_to_apply({}, present); }

}  // namespace gatehouse::firewall
