#include "gate/respond/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "gate/respond/safe_search.h"

namespace gatehouse::respond {
namespace {

// A reader of the page sees the address; a browser must not be led elsewhere by it.
bool is_web_address(std::string_view text) {
  return (text.starts_with("https://") || text.starts_with("http://")) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == '"' || c == '<' || c == '>'; });
}

void read_addresses(const ConfigNode& respond, RespondSettings& out) {
  for (const ConfigNode& item : respond.child("dns_address").list()) {
    const auto address = item.address();
    if (!address) continue;
    auto& place = address->is_v4() ? out.address_v4 : out.address_v6;
    if (place) item.error("dns_address has a second address of the same family", "Give one IPv4 and one IPv6 address at most.");
    place = address;
  }
  if (out.dns == DnsReply::Address && !out.address_v4 && !out.address_v6) {
    respond.child("dns").error("'dns: address' needs 'dns_address'",
                               "Give the block page's addresses, such as 'dns_address: [10.0.0.1]'.");
  }
}

void check_groups(const ConfigFile& file, const ConfigNode& node) {
  std::vector<std::string> known;
  for (const auto& [id, group] : file.section("groups").entries()) known.push_back(id);
  if (known.empty()) return;  // the networks make them; nothing to compare with
  const std::vector<std::string_view> names(known.begin(), known.end());
  for (const ConfigNode& item : node.list()) {
    const std::string id = item.text();
    if (id == "default" || std::find(known.begin(), known.end(), id) != known.end()) continue;
    const std::string_view near = nearest_word(id, names);
    item.error(fmt::format("safe_search names the group '{}', which does not exist", id),
               near.empty() ? "Add it under 'groups:'." : fmt::format("Did you mean '{}'?", near));
  }
}

std::string host_of(const ConfigNode& node, std::string_view text) {
  std::string host = to_lower(trim(text));
  if (wire_name(host).empty()) node.error(fmt::format("'{}' is no host name", text), "Write it like www.search.example.");
  return host;
}

SafeSearchSettings read_safe_search(const ConfigFile& file, const ConfigNode& node) {
  SafeSearchSettings out;
  out.groups = node.child("groups").texts();
  check_groups(file, node.child("groups"));
  for (const std::string_view engine : known_engines()) out.engines.emplace_back(engine);
  if (const ConfigNode engines = node.child("engines"); engines.present()) {
    out.engines.clear();
    for (const ConfigNode& item : engines.list()) {
      std::string engine = item.text();
      const auto known = known_engines();
      if (std::find(known.begin(), known.end(), engine) == known.end()) {
        item.error(fmt::format("'{}' is no engine whose safe search is known", engine),
                   fmt::format("Known: {}. Write another one under 'others:'.", fmt::join(known, ", ")));
        continue;
      }
      out.engines.push_back(std::move(engine));
    }
  }
  out.youtube = node.child("youtube").choice<YouTube>(
      {{"off", YouTube::Off}, {"moderate", YouTube::Moderate}, {"strict", YouTube::Strict}}, out.youtube);
  for (const auto& [host, safe] : node.child("others").entries()) {
    out.others.emplace_back(host_of(safe, host), host_of(safe, safe.text()));
  }
  node.finish();
  return out;
}

}  // namespace

RespondSettings read_respond_settings(const ConfigFile& file) {
  RespondSettings out;
  const ConfigNode college = file.section("college");
  out.college = college.child("name").text();
  out.contact = college.child("contact").text();

  const ConfigNode node = file.section("respond");
  out.block_page = node.child("block_page").boolean(out.block_page);
  const ConfigNode url = node.child("request_url");
  out.request_url = url.text();
  if (!out.request_url.empty() && !is_web_address(out.request_url)) {
    url.error(fmt::format("'{}' is no web address", out.request_url),
              "Write it like https://gatehouse.college.example/request.");
    out.request_url.clear();
  }
  out.unreachable = node.child("icmp").boolean(out.unreachable);
  out.dns = node.child("dns").choice<DnsReply>(
      {{"no-such-domain", DnsReply::NoSuchDomain}, {"address", DnsReply::Address}}, out.dns);
  read_addresses(node, out);
  out.dns_ttl = node.child("dns_ttl").duration(out.dns_ttl, Seconds{1}, Seconds{86400});
  out.dns_reason = node.child("dns_reason").choice<DnsReason>(
      {{"blocked", DnsReason::Blocked}, {"censored", DnsReason::Censored}, {"filtered", DnsReason::Filtered}},
      out.dns_reason);
  out.remove_ech = node.child("remove_ech").boolean(out.remove_ech);
  out.refuse_encrypted_dns = node.child("refuse_encrypted_dns").boolean(out.refuse_encrypted_dns);
  out.refuse_private_relay = node.child("refuse_private_relay").boolean(out.refuse_private_relay);
  out.safe_search = read_safe_search(file, node.child("safe_search"));
  node.finish();
  return out;
}

}  // namespace gatehouse::respond
