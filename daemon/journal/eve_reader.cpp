#include "journal/eve_reader.h"

#include <nlohmann/json.hpp>

#include "journal/names.h"

namespace gatehouse::journal {
namespace {

using nlohmann::json;

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <typename Number>
Number number(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return 0;
  return static_cast<Number>(found->get<std::uint64_t>());
}

std::vector<std::string> texts(const json& object, const char* key) {
  std::vector<std::string> out;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return out;
  for (const auto& value : *found) {
    if (value.is_string()) out.push_back(value.get<std::string>());
  }
  return out;
}

const json& object_or_empty(const json& parent, std::string_view key) {
  static const json kEmpty = json::object();
  const auto found = parent.find(std::string(key));
  return found != parent.end() && found->is_object() ? *found : kEmpty;
}

void read_handshake(const json& object, Event& event) {
  event.host = text(object, "sni");
  if (event.host.empty()) event.host = text(object, "subjectaltname");
  event.version = text(object, "version");
  event.ja4 = text(object, "ja4");
  event.alpn = texts(object, "client_alpns");
  event.ech = text(object, "ech");
}

void read_http(const json& object, Event& event) {
  event.host = text(object, "hostname");
  event.url = text(object, "url");
  event.user_agent = text(object, "http_user_agent");
  event.referer = text(object, "http_refer");
  event.method = text(object, "http_method");
}

void read_dns(const json& object, Event& event) {
  event.dns_answer = text(object, "type") == "answer";
  event.dns_id = number<std::uint16_t>(object, "id");
  event.host = text(object, "rrname");
  event.rrtype = text(object, "rrtype");
  event.rcode = text(object, "rcode");
  const auto answers = object.find("answers");
  if (answers == object.end() || !answers->is_array()) return;
  for (const auto& answer : *answers) {
    if (!answer.is_object()) continue;
    event.answers.push_back({text(answer, "rrname"), text(answer, "rrtype"), number<std::uint32_t>(answer, "ttl"),
                             text(answer, "rdata")});
  }
}

IpAddress address(const json& object, const char* key) { return IpAddress::parse(text(object, key)).value_or(IpAddress{}); }
MacAddress mac(const json& object, const char* key) { return MacAddress::parse(text(object, key)).value_or(MacAddress{}); }

void read_dhcp(const json& object, DhcpLease& lease) {
  lease.reply = text(object, "type") == "reply";
  lease.id = number<std::uint32_t>(object, "id");
  lease.type = text(object, "dhcp_type");
  lease.client_mac = mac(object, "client_mac");
  lease.assigned_ip = address(object, "assigned_ip");
  lease.client_ip = address(object, "client_ip");
  lease.relay_ip = address(object, "relay_ip");
  lease.requested_ip = address(object, "requested_ip");
  lease.client_id = text(object, "client_id");
  lease.lease_time = number<std::uint32_t>(object, "lease_time");
  lease.host_name = text(object, "hostname");
  lease.vendor_class = text(object, "vendor_class_identifier");
}

void read_gatehouse(const json& object, Event& event) {
  event.id = text(object, "id");
  event.action = action_from(text(object, "action")).value_or(Action::None);
  event.category = text(object, "category");
  event.list = text(object, "list");
  event.entry = text(object, "entry");
  event.line = number<std::uint32_t>(object, "line");
  event.rule = text(object, "rule");
  event.group = text(object, "group");
  event.sealed = object.value("sealed", json()).is_boolean() && object["sealed"].get<bool>();
  event.outcome = outcome_from(text(object, "outcome")).value_or(Outcome::None);
  event.name_source = text(object, "name_source");
  event.evasion = texts(object, "evasion");
  event.tunnel = text(object, "tunnel");
  event.confidence = number<int>(object, "confidence");
  event.reason = text(object, "reason");
}

void read_flow_fields(const json& line, Event& event) {
  event.flow_id = number<std::uint64_t>(line, "flow_id");
  event.src_ip = address(line, "src_ip");
  event.dest_ip = address(line, "dest_ip");
  event.src_port = number<std::uint16_t>(line, "src_port");
  event.dest_port = number<std::uint16_t>(line, "dest_port");
  event.proto = protocol_from(text(line, "proto"));
  event.community_id = text(line, "community_id");
  event.app_proto = text(line, "app_proto");
  event.src_mac = mac(object_or_empty(line, "ether"), "src_mac");
  const auto vlan = line.find("vlan");
  if (vlan != line.end() && vlan->is_array() && !vlan->empty() && vlan->front().is_number_unsigned()) {
    event.vlan = vlan->front().get<std::uint16_t>();
  }
}

void read_counters(const json& object, Event& event) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_number_unsigned()) event.counters.emplace_back(name, value.get<std::uint64_t>());
  }
}

}  // namespace

Result<Event> read_event(std::string_view line) {
  const json parsed = json::parse(line, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) {
    return failure("this line is not a JSON object", "a journal has one JSON object on each line");
  }
  const auto at = parse_time(text(parsed, "timestamp"));
  if (!at) return failure("the event has no readable `timestamp`", "write it as 2026-11-10T10:42:00.000000+0000");
  const std::string type_name = text(parsed, "event_type");
  const auto type = event_type_from(type_name);
  if (!type) return failure(fmt::format("unknown event_type `{}`", type_name));

  Event event;
  event.type = *type;
  event.at = *at;
  read_flow_fields(parsed, event);
  read_gatehouse(object_or_empty(parsed, "gatehouse"), event);
  switch (*type) {
    case EventType::Tls:
    case EventType::Quic: read_handshake(object_or_empty(parsed, type_name), event); break;
    case EventType::Http: read_http(object_or_empty(parsed, "http"), event); break;
    case EventType::Dns:
    case EventType::Mdns:
    case EventType::Llmnr:
    case EventType::Netbios: read_dns(object_or_empty(parsed, type_name), event); break;
    case EventType::Dhcp: read_dhcp(object_or_empty(parsed, "dhcp"), event.dhcp); break;
    case EventType::Stats: read_counters(object_or_empty(parsed, "stats"), event); break;
    case EventType::Tunnel:
    case EventType::Flow:
    case EventType::Gate: break;
  }
  return event;
}

}  // namespace gatehouse::journal
