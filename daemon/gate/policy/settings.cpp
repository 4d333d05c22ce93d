#include "gate/policy/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatehouse::policy {
namespace {

Action read_action(const ConfigNode& node, Action fallback) {
  return node.choice<Action>({{"block", Action::Block}, {"log", Action::Log}, {"allow", Action::Allow}},
                             fallback);
}

std::vector<IpPrefix> read_prefixes(const ConfigNode& node) {
  std::vector<IpPrefix> out;
  for (const ConfigNode& item : node.list()) {
    if (const auto prefix = item.prefix()) out.push_back(*prefix);
  }
  return out;
}

std::vector<MacAddress> read_macs(const ConfigNode& node) {
  std::vector<MacAddress> out;
  for (const ConfigNode& item : node.list()) {
    if (const auto mac = item.mac()) out.push_back(*mac);
  }
  return out;
}

Network read_network(const ConfigNode& node) {
  Network out;
  out.line = node.line();
  out.name = node.required("name").text();
  out.group = node.required("group").text();
  out.place = node.child("place").text();
  out.addresses = read_prefixes(node.child("addresses"));
  for (const ConfigNode& item : node.child("vlan").list()) {
    if (const auto vlan = item.integer(0, 1, 4094); vlan != 0)
      out.vlans.push_back(static_cast<std::uint16_t>(vlan));
  }
  out.macs = read_macs(node.child("macs"));
  if (const ConfigNode failing = node.child("failing"); failing.present()) {
    out.fails_closed = failing.choice<bool>({{"open", false}, {"closed", true}}, false);
  }
  node.finish();
  if (out.addresses.empty() && out.vlans.empty() && out.macs.empty() && node.is_map()) {
    node.error(fmt::format("network '{}' has no addresses, vlan or macs, so nobody is in it", out.name),
               "Add a line such as 'addresses: [10.20.0.0/16]'.");
  }
  return out;
}

Hours read_hours(const ConfigNode& node) {
  Hours out;
  out.days = node.child("days").days();
  out.from = node.child("from").time_of_day(0);
  out.to = node.child("to").time_of_day(24 * 60);
  node.finish();
  if (out.from == out.to) {
    node.error("the hours begin and end at the same time, so they never hold",
               "Write different times, or leave the hours out for 'always'.");
  }
  return out;
}

Rule read_rule(const ConfigNode& node) {
  Rule out;
  out.line = node.line();
  out.name = node.required("name").text();
  out.groups = node.child("groups").texts();
  out.categories = node.child("categories").texts();
  out.action = read_action(node.required("action"), Action::Block);
  if (const ConfigNode hours = node.child("hours")) out.hours = read_hours(hours);
  out.reason = node.child("reason").text();
  node.finish();
  return out;
}

std::string plain_host(std::string_view host) {
  std::string out = to_lower(trim(host));
  if (out.starts_with("*.")) out.erase(0, 2);
  while (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

Permission read_permission(const ConfigNode& node) {
  Permission out;
  out.line = node.line();
  out.reason = node.required("reason").text();
  out.by = node.child("by").text();
  out.groups = node.child("groups").texts();
  out.addresses = read_prefixes(node.child("addresses"));
  out.macs = read_macs(node.child("macs"));
  for (const ConfigNode& item : node.child("hosts").list()) {
    const std::string host = plain_host(item.text());
    if (host.find('.') == std::string::npos || host.find_first_of("/: \t") != std::string::npos) {
      item.error(fmt::format("'{}' is not the name of a site", host),
                 "Write the name alone, without http:// and without a path, such as history.example.");
      continue;
    }
    out.hosts.push_back(host);
  }
  out.lists = node.child("lists").texts();
  out.categories = node.child("categories").texts();
  if (const ConfigNode until = node.child("until")) {
    out.until = until.until();
    if (!out.until) out.until = Timestamp{};  // a wrong date must not become "for ever"
  }
  node.finish();
  if (out.hosts.empty() && out.lists.empty() && out.categories.empty() && node.is_map()) {
    node.error("this allows nothing: it names no hosts, lists or categories",
               "Add a line such as 'hosts: [history.example]'.");
  }
  return out;
}

TunnelSettings read_tunnels(const ConfigNode& node) {
  TunnelSettings out;
  out.min_confidence = static_cast<int>(node.child("min_confidence").integer(out.min_confidence, 1, 100));
  for (const auto& [kind, action] : node.child("kinds").entries()) {
    out.kinds.emplace_back(to_lower(kind), read_action(action, Action::Block));
  }
  node.finish();
  return out;
}

}  // namespace

std::string_view name_of(Action action) noexcept {
  switch (action) {
    case Action::Allow:
      return "allow";
    case Action::Log:
      return "log";
    case Action::Block:
      return "block";
  }
  return "block";
}

bool Hours::contains(const LondonTime& at) const noexcept {
  const unsigned iso = std::chrono::weekday{std::chrono::sys_days{at.day}}.iso_encoding() - 1;  // Monday is 0
  const auto has = [&](unsigned day) { return (days >> day & 1u) != 0; };
  const int minute = at.minute_of_day();
  if (from < to) return has(iso) && minute >= from && minute < to;
  return (has(iso) && minute >= from) || (has((iso + 6) % 7) && minute < to);
}

std::string Hours::to_string() const {
  return fmt::format("{}, {} to {}{}", format_days(days), format_time_of_day(from), format_time_of_day(to),
                     from > to ? " the next day" : "");
}

PolicySettings read_policy_settings(const ConfigFile& file) {
  PolicySettings out;
  const ConfigNode root = file.root();
  if (!root.file().empty()) out.file = root.file();
  for (const ConfigNode& node : file.section("networks").list()) out.networks.push_back(read_network(node));
  for (const auto& [id, node] : file.section("groups").entries()) {
    Group group;
    group.id = id;
    group.line = node.line();
    group.title = node.child("title").text(id);
    group.age_band =
        node.child("age_band")
            .choice<AgeBand>(
                {{"under-18", AgeBand::Under18}, {"mixed", AgeBand::Mixed}, {"adult", AgeBand::Adult}},
                AgeBand::Unknown);
    node.finish();
    out.groups.push_back(std::move(group));
  }
  const ConfigNode policy = file.section("policy");
  out.default_action = read_action(policy.child("default"), Action::Block);
  for (const auto& [category, node] : policy.child("categories").entries()) {
    out.category_actions.emplace_back(category, read_action(node, Action::Block));
  }
  for (const ConfigNode& node : policy.child("rules").list()) out.rules.push_back(read_rule(node));
  for (const ConfigNode& node : policy.child("allow").list())
    out.permissions.push_back(read_permission(node));
  out.tunnels = read_tunnels(policy.child("tunnels"));
  policy.finish();
  return out;
}

ListSettings read_list_settings(const ConfigFile& file) {
  ListSettings out;
  const ConfigNode section = file.section("lists");
  out.present = section.present();
  for (const ConfigNode& node : section.list()) {
    if (node.is_text()) {
      ListSource source;
      source.path = node.path();
      source.line = node.line();
      out.sources.push_back(std::move(source));
      continue;
    }
    if (const ConfigNode pack = node.child("pack")) {
      if (!out.pack.empty())
        pack.error("a second pack is named", "Name one pack; it holds any number of lists.");
      out.pack = pack.path();
    } else if (const ConfigNode categories = node.child("categories")) {
      out.categories = categories.path();
    } else {
      ListSource source;
      source.line = node.line();
      source.path = node.required("path").path();
      source.format = node.child("format").text();
      source.category = node.child("category").text();
      source.title = node.child("title").text();
      source.allow = node.child("allow").boolean(false);
      source.sealed = node.child("sealed").boolean(false);
      if (source.allow && source.sealed) {
        node.error("a list cannot be both 'allow' and 'sealed'", "Keep the one that is meant.");
      }
      out.sources.push_back(std::move(source));
    }
    node.finish();
  }
  if (!out.pack.empty() && !out.sources.empty()) {
    section.error(
        "lists names both a pack and sources",
        "Either name the sources, or compile them with 'gatehouse lists compile' and name only the pack.");
  }
  return out;
}

constexpr std::uint64_t kLeastRotateSize = 1u << 20;

JournalSettings read_journal_settings(const ConfigFile& file) {
  JournalSettings out;
  const ConfigNode node = file.section("journal");
  out.record = node.child("record").choice<Record>(
      {{"listed", Record::Listed}, {"everything", Record::Everything}}, out.record);
  out.context = node.child("context").duration(out.context, Seconds{0}, Seconds{3600});
  out.path = node.child("path").path("eve.json");
  const ConfigNode rotate_size = node.child("rotate_size");
  out.rotate_size = rotate_size.size(out.rotate_size);
  if (out.rotate_size < kLeastRotateSize) {
    rotate_size.wrong("is so small that a file would hold minutes only", "use 1 MB or more");
    out.rotate_size = kLeastRotateSize;
  }
  out.keep = static_cast<std::uint64_t>(node.child("keep").integer(static_cast<std::int64_t>(out.keep), 1, 10'000));
  node.finish();
  return out;
}

bool DhcpSeenSettings::is_server(const IpAddress& address) const noexcept {
  return std::find(servers.begin(), servers.end(), address) != servers.end();
}

bool DhcpSeenSettings::covers(const IpAddress& address) const noexcept {
  return networks.empty() || std::any_of(networks.begin(), networks.end(),
                                         [&](const IpPrefix& network) { return network.contains(address); });
}

DhcpSeenSettings read_dhcp_seen_settings(const ConfigFile& file) {
  DhcpSeenSettings out;
  const ConfigNode node = file.section("identity").child("dhcp_seen");
  for (const ConfigNode& one : node.child("servers").list()) {
    const auto address = one.address();
    if (!address) continue;
    if (address->is_v4()) {
      out.servers.push_back(*address);
    } else {
      one.wrong("is an IPv6 address, and DHCPv6 is not read", "name servers by their IPv4 addresses");
    }
  }
  for (const ConfigNode& one : node.child("networks").list()) {
    if (const auto network = one.prefix()) out.networks.push_back(*network);
  }
  out.guarded = node.child("guarded").boolean(out.guarded);
  node.finish();
  const bool says_something = !out.networks.empty() || out.guarded;
  if (says_something && out.servers.empty() && !node.child("servers").present()) {
    node.wrong("names no servers, and without them no DHCP counts",
               "add 'servers: [10.0.0.2]': the addresses that replies come from, also those of relays on the clients' side");
  }
  return out;
}

}  // namespace gatehouse::policy
