#include "lodge/identity_settings.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

// A secret that is guessed lets anybody sign in anybody.
constexpr std::size_t kShortestSecret = 12;
constexpr std::size_t kShortestToken = 24;

std::vector<Endpoint> read_endpoints(const ConfigNode& node) {
  std::vector<Endpoint> out;
  for (const ConfigNode& one : node.list()) {
    const std::string text = one.text();
    if (const auto endpoint = parse_endpoint(text)) {
      out.push_back(*endpoint);
    } else {
      one.error(fmt::format("`{}` is not an address and a port", text),
                "write it as 10.0.0.1:1813, or [2001:db8::1]:1813");
    }
  }
  return out;
}

std::vector<IpPrefix> read_prefixes(const ConfigNode& node) {
  std::vector<IpPrefix> out;
  for (const ConfigNode& one : node.list()) {
    if (const auto prefix = one.prefix()) out.push_back(*prefix);
  }
  return out;
}

std::string read_secret(const ConfigNode& node, std::size_t shortest) {
  std::string secret = node.text();
  if (node.present() && secret.size() < shortest) {
    node.wrong(fmt::format("is shorter than {} characters", shortest),
               "make one with 'openssl rand -hex 16'; who knows it can say that anybody is anywhere");
  }
  return secret;
}

void read_groups(const ConfigNode& identity, IdentitySettings& out) {
  static constexpr std::pair<const char*, GroupBy> kKinds[] = {
      {"class", GroupBy::Class}, {"filter_id", GroupBy::FilterId}, {"ssid", GroupBy::Ssid},
      {"realm", GroupBy::Realm}, {"network", GroupBy::Network},    {"source", GroupBy::Source}};
  for (const ConfigNode& one : identity.child("groups").list()) {
    GroupRule rule;
    rule.group = one.required("group").text();
    int given = 0;
    for (const auto& [key, by] : kKinds) {
      const ConfigNode value = one.child(key);
      if (!value.present()) continue;
      ++given;
      rule.by = by;
      rule.value = value.text();
      if (by == GroupBy::Network) rule.network = value.prefix().value_or(IpPrefix{});
    }
    if (given != 1) {
      one.wrong(fmt::format("has {} conditions", given),
                "give one of class, filter_id, ssid, realm, network, source; write another line for another condition");
    }
    one.finish();
    if (given == 1) out.groups.add(std::move(rule));
  }
  out.group_file = identity.child("group_file").path();
}

void read_silence(const ConfigNode& node, FeedWatchSettings& out) {
  out.on = node.child("watch").boolean(out.on);
  out.after = node.child("after").duration(out.after, Seconds{60});
  out.days = node.child("days").days(out.days);
  out.from = node.child("from").time_of_day(out.from);
  out.to = node.child("to").time_of_day(out.to);
  node.finish();
  if (out.to <= out.from) node.wrong("end before they begin", "exchange `from` and `to`");
}

void read_radius(const ConfigNode& node, IdentitySettings& out) {
  out.radius_listen = read_endpoints(node.child("listen"));
  out.radius.interim = node.child("interim").duration(Seconds{0});
  for (const ConfigNode& one : node.child("clients").list()) {
    radius::Client client;
    client.name = one.required("name").text();
    if (const auto from = one.required("from").prefix()) client.from = *from;
    client.secret = read_secret(one.required("secret"), kShortestSecret);
    client.names_are_proved = one.required("names").choice<bool>({{"proved", true}, {"claimed", false}}, false);
    client.must_sign = one.child("must_sign").boolean(false);
    one.finish();
    out.radius.clients.push_back(std::move(client));
  }
  if (!out.radius_listen.empty() && out.radius.clients.empty()) {
    node.wrong("listens and has no clients", "add clients: with name, from, secret and names");
  }
  node.finish();
}

void read_dhcp(const ConfigNode& node, IdentitySettings& out) {
  for (const ConfigNode& one : node.list()) {
    LeaseFileSettings file;
    file.name = one.required("name").text();
    file.format = one.required("format").choice<dhcp::Format>(
        {{"dnsmasq", dhcp::Format::Dnsmasq}, {"kea", dhcp::Format::Kea}, {"isc", dhcp::Format::Isc}}, dhcp::Format::Dnsmasq);
    file.file = one.required("file").path();
    one.finish();
    out.lease_files.push_back(std::move(file));
  }
}

void read_syslog(const ConfigNode& node, IdentitySettings& out) {
  out.syslog_udp = read_endpoints(node.child("udp"));
  out.syslog_tcp = read_endpoints(node.child("tcp"));
  out.logons.senders = read_prefixes(node.child("senders"));
  const ConfigNode patterns = node.child("patterns");
  for (const ConfigNode& one : patterns.list()) {
    if (auto pattern = logon::built_in_pattern(one.text())) {
      out.logons.patterns.push_back(std::move(*pattern));
    } else {
      one.error(fmt::format("there is no pattern `{}`", one.text()),
                fmt::format("patterns are {}; your own go into `templates`", logon::kBuiltInNames));
    }
  }
  for (const ConfigNode& one : node.child("templates").list()) {
    const auto event = one.child("event").choice<logon::Event>(
        {{"logon", logon::Event::Logon}, {"logoff", logon::Event::Logoff}}, logon::Event::Logon);
    const ConfigNode text = one.required("text");
    auto pattern = logon::template_pattern(one.required("name").text(), text.text(), event);
    if (pattern) {
      out.logons.patterns.push_back(std::move(*pattern));
    } else if (text.present()) {
      text.error(pattern.error().message, pattern.error().remedy);
    }
    one.finish();
  }
  out.logons.ignore = node.child("ignore").texts();
  out.logons.believed = node.child("believed").duration(out.logons.believed, Seconds{60}, kOpenLoginTrusted);
  out.logons.marks = node.child("marks").duration(out.logons.marks, Seconds{10}, std::chrono::hours{1});
  const bool listens = !out.syslog_udp.empty() || !out.syslog_tcp.empty();
  if (listens && (out.logons.senders.empty() || out.logons.patterns.empty())) {
    node.wrong("listens and has no senders or no patterns",
               "name who may send (senders: [10.0.0.5]) and what they send (patterns: [winlogbeat])");
  }
  node.finish();
}

// "https://guests.college.example/" without its last slash.
std::string read_base_url(const ConfigNode& node) {
  std::string url = node.text();
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

IdentitySettings::Https read_https(const ConfigNode& node) {
  IdentitySettings::Https out;
  const auto endpoints = read_endpoints(node.child("listen"));
  if (endpoints.empty()) return out;
  out.listen = endpoints.front();
  out.certificate = node.required("certificate").path();
  out.key = node.required("key").path();
  return out;
}

void read_script(const ConfigNode& node, IdentitySettings& out) {
  out.script = read_https(node);
  for (const ConfigNode& one : node.child("tokens").list()) {
    IdentitySettings::ScriptToken token;
    token.token = read_secret(one.required("token"), kShortestToken);
    token.from = read_prefixes(one.required("from"));
    one.finish();
    out.script_tokens.push_back(std::move(token));
  }
  if (out.script.listen && out.script_tokens.empty()) {
    node.wrong("listens and has no tokens", "add tokens: with token and from");
  }
  node.finish();
}

std::vector<std::string> read_lower(const ConfigNode& node) {
  std::vector<std::string> out;
  for (const std::string& one : node.texts()) out.push_back(to_lower(one));
  return out;
}

// The certificate is the portal's own unless another is named.
void read_sponsors(const ConfigNode& node, IdentitySettings& out) {
  if (!node.present()) return;
  portal::SponsorSettings& rules = out.guests.sponsors;
  rules.domains = read_lower(node.required("domains"));
  rules.people = read_lower(node.child("people"));
  rules.from = read_prefixes(node.required("from"));
  rules.url = read_base_url(node.required("url"));
  rules.valid = node.child("valid").duration(rules.valid, Seconds{60}, std::chrono::hours{24});
  constexpr std::int64_t kMost = 10'000;
  const auto limit = [&](const char* key, std::size_t usual) {
    return static_cast<std::size_t>(node.child(key).integer(static_cast<std::int64_t>(usual), 1, kMost));
  };
  rules.guest_an_hour = limit("guest_an_hour", rules.guest_an_hour);
  rules.sponsor_an_hour = limit("sponsor_an_hour", rules.sponsor_an_hour);
  rules.all_an_hour = limit("all_an_hour", rules.all_an_hour);
  const auto endpoints = read_endpoints(node.required("listen"));
  if (!endpoints.empty()) out.sponsors.listen = endpoints.front();
  out.sponsors.certificate = node.child("certificate").path(out.portal.certificate.string());
  out.sponsors.key = node.child("key").path(out.portal.key.string());
  if (!out.portal.listen) {
    node.wrong("has no portal for guests to ask on", "give the portal its `listen`, or leave `sponsors` out");
  }
  if (!rules.url.empty() && !rules.url.starts_with("https://")) {
    node.child("url").wrong("does not begin with https://", "give the name in the certificate under which staff reach `listen`");
  }
  for (const std::string& domain : rules.domains) {
    if (domain.find('@') != std::string::npos || domain.find('.') == std::string::npos) {
      node.child("domains").error(fmt::format("`{}` is no domain", domain), "write what stands after the @: college.example");
    }
  }
  for (const std::string& one : rules.people) {
    if (!portal::sponsor_address(one, rules)) {
      node.child("people").error(fmt::format("`{}` is no address of these domains", one), "write it as j.patel@college.example");
    }
  }
  node.finish();
}

void read_portal(const std::string& college, const ConfigNode& node, IdentitySettings& out) {
  out.portal = read_https(node);
  const auto http = read_endpoints(node.child("http"));
  if (!http.empty()) out.portal_http = http.front();
  out.guests.networks = read_prefixes(node.child("networks"));
  out.guests.url = read_base_url(node.child("url"));
  out.guests.policy = node.child("policy").text("Use of this network is filtered and recorded under the college's policy.");
  out.guests.group = node.child("group").text("guests");
  out.guests.longest = node.child("longest").duration(out.guests.longest, Seconds{60});
  out.guests.college = college.empty() ? "the college" : college;
  if (out.portal.listen && (!out.guests.url.starts_with("https://") || out.guests.networks.empty())) {
    node.wrong("listens and has no https url or no networks",
               "give url: https://guests.college.example (the name in the certificate) and networks: [10.40.0.0/16]");
  }
  read_sponsors(node.child("sponsors"), out);
  node.finish();
}

}  // namespace

bool IdentitySettings::any() const {
  return !radius_listen.empty() || !lease_files.empty() || dhcp_seen.on() || !syslog_udp.empty() || !syslog_tcp.empty() || script.listen ||
         portal.listen;
}

IdentitySettings read_identity_settings(const ConfigFile& file, const ReportSettings& report) {
  IdentitySettings out;
  const ConfigNode identity = file.section("identity");
  out.sessions = identity.child("sessions").path();
  out.vendors = identity.child("vendors").path("/usr/share/ieee-data/oui.txt");
  out.keep = identity.child("keep").duration(out.keep, std::chrono::hours{24});
  for (const std::string& realm : identity.child("own_realms").texts()) out.radius.own_realms.push_back(to_lower(realm));
  out.radius.pseudonyms = report.pseudonym_key;
  read_silence(identity.child("silence"), out.silence);
  read_groups(identity, out);
  read_radius(identity.child("radius"), out);
  read_dhcp(identity.child("dhcp"), out);
  (void)identity.child("dhcp_seen");
  out.dhcp_seen = policy::read_dhcp_seen_settings(file);
  read_syslog(identity.child("syslog"), out);
  read_script(identity.child("logon_script"), out);
  read_portal(report.college, identity.child("portal"), out);
  identity.finish();
  return out;
}

}  // namespace gatehouse::lodge
