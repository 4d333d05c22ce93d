#include "gate/event_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "gate/packet/community_id.h"

namespace gatehouse::gate {
namespace {

using inspect::AppProtocol;
using inspect::NameSource;
using inspect::Observation;
using journal::Event;
using journal::EventType;

constexpr std::uint64_t kJsonSafe = (std::uint64_t{1} << 53) - 1;  // numbers that JavaScript keeps exact

EventType type_of(const Observation& observation) noexcept {
  // A way round that also shows a name is journalled under its name; one without is an event of its own.
  const bool named = !observation.host.empty() || !observation.url.empty();
  if (!observation.tunnel.empty() && !named) return EventType::Tunnel;
  switch (observation.protocol) {
    case AppProtocol::Tls:
    case AppProtocol::Dtls: return EventType::Tls;
    case AppProtocol::Quic: return EventType::Quic;
    case AppProtocol::Http:
    case AppProtocol::Http2:
    case AppProtocol::Ssdp: return EventType::Http;  // SSDP is HTTP's heads in datagrams; app_proto says which
    case AppProtocol::Dns: return EventType::Dns;
    case AppProtocol::Mdns: return EventType::Mdns;
    case AppProtocol::Llmnr: return EventType::Llmnr;
    case AppProtocol::NetbiosName: return EventType::Netbios;
    default: return EventType::Tunnel;
  }
}

std::string_view tls_version_name(std::uint16_t version) noexcept {
  switch (version) {
    case 0x0002: return "SSLv2";
    case 0x0300: return "SSLv3";
    case 0x0301: return "TLS 1.0";
    case 0x0302: return "TLS 1.1";
    case 0x0303: return "TLS 1.2";
    case 0x0304: return "TLS 1.3";
    case 0xfeff: return "DTLS 1.0";
    case 0xfefd: return "DTLS 1.2";
    case 0xfefc: return "DTLS 1.3";
    default: return "unknown";
  }
}

void append_quic_version(std::string& out, std::uint32_t version) {
  if (version == 1) {
    out += "1";
  } else if (version == 0x6b3343cf) {
    out += "2";
  } else if ((version & 0xffffff00u) == 0xff000000u) {
    fmt::format_to(std::back_inserter(out), "draft-{}", version & 0xff);
  } else {
    fmt::format_to(std::back_inserter(out), "{:08x}", version);
  }
}

std::string_view dns_rcode_name(std::uint8_t rcode) noexcept {
  constexpr std::array<std::string_view, 11> kNames = {"NOERROR",  "FORMERR",  "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                                       "YXDOMAIN", "YXRRSET",  "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  return rcode < kNames.size() ? kNames[rcode] : "OTHER";
}

// Sets element `index`, making it if need be; the vector is cut to its length by the caller.
template <typename T>
T& slot(std::vector<T>& items, std::size_t index) {
  if (items.size() <= index) items.emplace_back();
  return items[index];
}

void fill_alpn(std::vector<std::string>& out, std::string_view offered) {
  std::size_t count = 0;
  while (!offered.empty()) {
    const auto comma = offered.find(',');
    slot(out, count++).assign(offered.substr(0, comma));
    if (comma == std::string_view::npos) break;
    offered.remove_prefix(comma + 1);
  }
  out.resize(count);
}

void fill_answers(std::vector<journal::DnsRecord>& out, std::span<const inspect::DnsAnswer> answers) {
  std::size_t count = 0;
  for (const inspect::DnsAnswer& answer : answers) {
    journal::DnsRecord& record = slot(out, count++);
    record.rrname.assign(answer.name);
    record.rrtype.clear();
    append_dns_type(record.rrtype, answer.type);
    record.ttl = answer.ttl;
    if (answer.type == 1 || answer.type == 28) {
      record.rdata = answer.address.to_string();
    } else {
      record.rdata.assign(answer.target);
    }
    if (answer.has_ech) record.rdata += record.rdata.empty() ? "ech" : " ech";
  }
  out.resize(count);
}

// "01:02:00:5e", as Suricata writes identifiers.
void append_hex(std::string& out, Bytes bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::size_t kMost = 64;  // longer ones are nobody's
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), kMost))) {
    if (!out.empty()) out += ':';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

void fill_evasion(std::vector<std::string>& out, inspect::EvasionFlags flags) {
  std::size_t count = 0;
  for (int bit = 0; bit < inspect::kEvasionKinds; ++bit) {
    if ((flags >> bit & 1) != 0) slot(out, count++).assign(inspect::evasion_name(bit));
  }
  out.resize(count);
}

}  // namespace

void append_dns_type(std::string& out, std::uint16_t type) {
  constexpr std::array<std::pair<std::uint16_t, std::string_view>, 22> kNames = {
      {{1, "A"},      {2, "NS"},     {5, "CNAME"}, {6, "SOA"},    {10, "NULL"},  {12, "PTR"},   {13, "HINFO"},
       {15, "MX"},    {16, "TXT"},   {28, "AAAA"}, {32, "NB"},    {33, "SRV"},   {35, "NAPTR"}, {41, "OPT"},
       {43, "DS"},    {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {64, "SVCB"}, {65, "HTTPS"}, {255, "ANY"},
       {257, "CAA"}}};
  for (const auto& [number, name] : kNames) {
    if (number == type) {
      out += name;
      return;
    }
  }
  fmt::format_to(std::back_inserter(out), "TYPE{}", type);
}

void clear(Event& event) {
  for (std::string* text : {&event.id, &event.community_id, &event.app_proto, &event.host, &event.version, &event.ja4,
                            &event.ech, &event.method, &event.url, &event.user_agent, &event.referer, &event.rrtype,
                            &event.rcode, &event.category, &event.list, &event.entry, &event.rule, &event.group,
                            &event.name_source, &event.tunnel, &event.reason, &event.dhcp.type, &event.dhcp.client_id,
                            &event.dhcp.host_name, &event.dhcp.vendor_class}) {
    text->clear();
  }
  event.alpn.clear();
  event.answers.clear();
  event.evasion.clear();
  event.counters.clear();
  event.dns_id = 0;
  event.dns_answer = false;
  event.action = journal::Action::None;
  event.outcome = journal::Outcome::None;
  event.line = 0;
  event.sealed = false;
  event.confidence = 0;
}

void fill_from_flow(Event& event, const flow::Flow& flow, Timestamp at) {
  event.at = at;
  event.flow_id = flow.id & kJsonSafe;
  event.src_ip = flow.client();
  event.dest_ip = flow.server();
  event.src_port = flow.client_port();
  event.dest_port = flow.server_port();
  event.proto = flow.key.protocol;
  event.vlan = flow.key.vlan;
  event.src_mac = flow.client_mac;
  if (flow.key.protocol == 6 || flow.key.protocol == 17) {
    event.community_id.assign(packet::CommunityId(flow.client(), flow.client_port(), flow.server(), flow.server_port(),
                                                  flow.key.protocol)
                                  .text());
  }
}

void fill_from_observation(Event& event, const Observation& observation) {
  event.type = type_of(observation);
  event.app_proto.assign(inspect::name_of(observation.protocol));
  event.host.assign(observation.host);
  event.ja4.assign(observation.ja4);
  event.url.assign(observation.url);
  event.method.assign(observation.method);
  event.user_agent.assign(observation.user_agent);
  event.referer.assign(observation.referer);
  event.tunnel.assign(observation.tunnel);
  event.confidence = observation.confidence;
  event.reason.assign(observation.reason);
  if (observation.from != NameSource::None) event.name_source.assign(inspect::name_of(observation.from));
  if (observation.ech != inspect::Ech::Absent) event.ech.assign(inspect::name_of(observation.ech));
  fill_evasion(event.evasion, observation.evasion);
  switch (event.type) {
    case EventType::Tls:
      event.version.assign(tls_version_name(observation.version));
      fill_alpn(event.alpn, observation.alpn);
      break;
    case EventType::Quic:
      append_quic_version(event.version, observation.quic_version);
      fill_alpn(event.alpn, observation.alpn);
      break;
    case EventType::Dns:
    case EventType::Mdns:
    case EventType::Llmnr:
    case EventType::Netbios:
      event.dns_id = observation.dns_id;
      event.dns_answer = observation.is_answer;
      append_dns_type(event.rrtype, observation.rrtype);
      if (observation.is_answer) event.rcode.assign(dns_rcode_name(observation.rcode));
      fill_answers(event.answers, observation.answers);
      break;
    default: break;
  }
}

void fill_from_dhcp(Event& event, const inspect::DhcpMessage& message, const packet::PacketView& view,
                    std::string_view host_name) {
  event.type = EventType::Dhcp;
  event.app_proto.assign(inspect::name_of(AppProtocol::Dhcp));
  event.src_ip = view.src;
  event.dest_ip = view.dst;
  event.src_port = view.src_port;
  event.dest_port = view.dst_port;
  event.src_mac = view.src_mac;
  journal::DhcpLease& lease = event.dhcp;
  lease.reply = message.reply;
  lease.id = message.id;
  lease.type.assign(inspect::name_of(message.type));
  lease.client_mac = message.client;
  lease.assigned_ip = message.your_ip;
  lease.client_ip = message.client_ip;
  lease.relay_ip = message.relay_ip;
  lease.requested_ip = message.requested_ip;
  lease.lease_time = message.lease_time;
  lease.host_name.assign(host_name);
  lease.vendor_class.assign(message.vendor_class);
  append_hex(lease.client_id, message.client_id);
}

void fill_unnamed(Event& event, const flow::Flow& flow) {
  event.type = EventType::Flow;
  event.app_proto.assign(inspect::name_of(flow.protocol));
  event.reason.assign(inspect::name_of(flow.unnamed));
  fill_evasion(event.evasion, flow.evasion);
}

}  // namespace gatehouse::gate
