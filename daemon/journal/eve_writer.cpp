#include "journal/eve_writer.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

#include "base/text.h"
#include "journal/names.h"

namespace gatehouse::journal {
namespace {

// One JSON object being written into a string; closes itself.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  void text(std::string_view key, std::string_view value) {
    name(key);
    quoted(value);
  }
  void text_if(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void number(std::string_view key, std::uint64_t value) {
    name(key);
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
  }
  void flag(std::string_view key) {
    name(key);
    out_ += "true";
  }
  void texts_if(std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    name(key);
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      quoted(values[i]);
    }
    out_ += ']';
  }
  // The key of a nested value, which the caller writes next.
  void name(std::string_view key) {
    out_ += first_ ? "\"" : ",\"";
    first_ = false;
    out_ += key;
    out_ += "\":";
  }

 private:
  void quoted(std::string_view value) {
    out_ += '"';
    append_json_escaped(out_, value);
    out_ += '"';
  }

  std::string& out_;
  bool first_ = true;
};

void append_timestamp(std::string& out, Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day ymd{day};
  const std::chrono::hh_mm_ss time{at - day};
  std::array<char, 32> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':', '0', '0',
                            ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', '+', '0', '0', '0', '0'};
  const auto put = [&](std::size_t last, std::int64_t value, int digits) {
    for (int i = 0; i < digits; ++i, value /= 10) text[last - static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  };
  put(3, static_cast<int>(ymd.year()), 4);
  put(6, static_cast<unsigned>(ymd.month()), 2);
  put(9, static_cast<unsigned>(ymd.day()), 2);
  put(12, time.hours().count(), 2);
  put(15, time.minutes().count(), 2);
  put(18, time.seconds().count(), 2);
  put(25, time.subseconds().count(), 6);
  out.append(text.data(), 31);
}

void append_address(ObjectWriter& object, std::string_view key, const IpAddress& address, std::string& out) {
  if (!address.is_v4()) {
    object.text(key, address.to_string());
    return;
  }
  object.name(key);
  const Bytes b = address.wire();
  std::array<char, 17> text;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    text[at++] = i == 0 ? '"' : '.';
    if (b[i] >= 100) text[at++] = static_cast<char>('0' + b[i] / 100);
    if (b[i] >= 10) text[at++] = static_cast<char>('0' + b[i] / 10 % 10);
    text[at++] = static_cast<char>('0' + b[i] % 10);
  }
  text[at++] = '"';
  out.append(text.data(), at);
}

void append_mac(ObjectWriter& object, std::string_view key, const MacAddress& mac, std::string& out) {
  object.name(key);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<char, 19> text;
  std::size_t at = 0;
  for (const std::uint8_t byte : mac.bytes) {
    text[at] = at == 0 ? '"' : ':';
    ++at;
    text[at++] = kHex[byte >> 4];
    text[at++] = kHex[byte & 15];
  }
  text[at++] = '"';
  out.append(text.data(), at);
}

void write_handshake(ObjectWriter& event_object, std::string& out, const Event& event, std::string_view key) {
  event_object.name(key);
  ObjectWriter object(out);
  // A name from the server's certificate is no SNI; Suricata calls it so.
  object.text_if(event.name_source == "tls-certificate" ? "subjectaltname" : "sni", event.host);
  object.text_if("version", event.version);
  object.text_if("ja4", event.ja4);
  object.texts_if("client_alpns", event.alpn);
  object.text_if("ech", event.ech);
}

void write_http(ObjectWriter& event_object, std::string& out, const Event& event) {
  event_object.name("http");
  ObjectWriter object(out);
  object.text_if("hostname", event.host);
  object.text_if("url", event.url);
  object.text_if("http_user_agent", event.user_agent);
  object.text_if("http_refer", event.referer);
  object.text_if("http_method", event.method);
}

void write_dns(ObjectWriter& event_object, std::string& out, const Event& event, std::string_view key) {
  event_object.name(key);
  ObjectWriter object(out);
  object.text("type", event.dns_answer ? "answer" : "query");
  object.number("id", event.dns_id);
  object.text("rrname", event.host);
  object.text_if("rrtype", event.rrtype);
  object.text_if("rcode", event.rcode);
  if (event.answers.empty()) return;
  object.name("answers");
  out += '[';
  for (std::size_t i = 0; i < event.answers.size(); ++i) {
    if (i > 0) out += ',';
    const DnsRecord& record = event.answers[i];
    ObjectWriter answer(out);
    answer.text("rrname", record.rrname);
    answer.text("rrtype", record.rrtype);
    answer.number("ttl", record.ttl);
    answer.text("rdata", record.rdata);
  }
  out += ']';
}

void write_dhcp(ObjectWriter& event_object, std::string& out, const DhcpLease& lease) {
  event_object.name("dhcp");
  ObjectWriter object(out);
  const auto address_if = [&](std::string_view key, const IpAddress& address) {
    if (address != IpAddress{}) append_address(object, key, address, out);
  };
  object.text("type", lease.reply ? "reply" : "request");
  object.number("id", lease.id);
  append_mac(object, "client_mac", lease.client_mac, out);
  address_if("assigned_ip", lease.assigned_ip);
  address_if("client_ip", lease.client_ip);
  address_if("relay_ip", lease.relay_ip);
  object.text_if("client_id", lease.client_id);
  object.text("dhcp_type", lease.type);
  address_if("requested_ip", lease.requested_ip);
  if (lease.lease_time != 0) object.number("lease_time", lease.lease_time);
  object.text_if("hostname", lease.host_name);
  object.text_if("vendor_class_identifier", lease.vendor_class);
}

void write_gatehouse(ObjectWriter& event_object, std::string& out, const Event& event) {
  event_object.name("gatehouse");
  ObjectWriter object(out);
  object.text_if("id", event.id);
  if (event.action != Action::None) object.text("action", name_of(event.action));
  object.text_if("category", event.category);
  object.text_if("list", event.list);
  object.text_if("entry", event.entry);
  if (event.line != 0) object.number("line", event.line);
  object.text_if("rule", event.rule);
  object.text_if("group", event.group);
  if (event.sealed) object.flag("sealed");
  if (event.outcome != Outcome::None) object.text("outcome", name_of(event.outcome));
  object.text_if("name_source", event.name_source);
  object.texts_if("evasion", event.evasion);
  object.text_if("tunnel", event.tunnel);
  if (event.confidence != 0) object.number("confidence", static_cast<std::uint64_t>(event.confidence));
  object.text_if("reason", event.reason);
}

void write_flow_fields(ObjectWriter& object, std::string& out, const Event& event) {
  object.number("flow_id", event.flow_id);
  object.text("event_type", name_of(event.type));
  if (event.vlan != 0) {
    object.name("vlan");
    fmt::format_to(std::back_inserter(out), "[{}]", event.vlan);
  }
  append_address(object, "src_ip", event.src_ip, out);
  object.number("src_port", event.src_port);
  append_address(object, "dest_ip", event.dest_ip, out);
  object.number("dest_port", event.dest_port);
  object.text("proto", protocol_name(event.proto));
  if (!event.src_mac.is_zero()) {
    object.name("ether");
    ObjectWriter ether(out);
    append_mac(ether, "src_mac", event.src_mac, out);
  }
  object.text_if("community_id", event.community_id);
  object.text_if("app_proto", event.app_proto);
  object.text_if("ja4", event.ja4);
}

void write_counters(ObjectWriter& event_object, std::string& out, const Event& event) {
  event_object.name("stats");
  ObjectWriter object(out);
  for (const auto& [name, value] : event.counters) object.number(name, value);
}

}  // namespace

void append_eve_line(std::string& out, const Event& event) {
  {
    ObjectWriter object(out);
    object.name("timestamp");
    out += '"';
    append_timestamp(out, event.at);
    out += '"';
    switch (event.type) {
      case EventType::Stats:
        object.text("event_type", name_of(event.type));
        write_counters(object, out, event);
        break;
      case EventType::Gate:
        object.text("event_type", name_of(event.type));
        break;
      default:
        write_flow_fields(object, out, event);
        break;
    }
    switch (event.type) {
      case EventType::Tls: write_handshake(object, out, event, "tls"); break;
      case EventType::Quic: write_handshake(object, out, event, "quic"); break;
      case EventType::Http: write_http(object, out, event); break;
      case EventType::Dns:
      case EventType::Mdns:
      case EventType::Llmnr:
      case EventType::Netbios: write_dns(object, out, event, name_of(event.type)); break;
      case EventType::Dhcp: write_dhcp(object, out, event.dhcp); break;
      default: break;
    }
    write_gatehouse(object, out, event);
  }
  out += '\n';
}

}  // namespace gatehouse::journal
