// One line of the journal: what the gate saw and decided, as a value. The gate fills it, the EVE writer prints
// it, the lodge reads it back. It knows addresses and groups and no names of people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace gatehouse::journal {

// event_type in EVE; each kind fills its own part of Event.
enum class EventType : std::uint8_t { Tls, Quic, Http, Dns, Mdns, Llmnr, Netbios, Tunnel, Flow, Stats, Gate, Dhcp };

enum class Action : std::uint8_t { None, Allow, Log, Block };

// What became of it. In a replay nothing can be stopped: a block is WouldBlock.
enum class Outcome : std::uint8_t { None, Allowed, AllowedLogged, Blocked, ResetSentUnconfirmed, WouldBlock, Unknown };

// What a Gate event says in `reason` of the gate's own life; the report reads it.
inline constexpr std::string_view kStartedFailingOpen = "started, failing open";
inline constexpr std::string_view kStartedFailingClosed = "started, failing closed";
inline constexpr std::string_view kStopped = "stopped";

struct DnsRecord {
  std::string rrname;
  std::string rrtype;
  std::uint32_t ttl = 0;
  std::string rdata;
};

// An address given ("ack"), given back ("release") or found in use by another ("decline"). Not given: "::", zero, empty.
struct DhcpLease {
  bool reply = false;          // a server's
  std::uint32_t id = 0;        // of the exchange
  std::string type;
  MacAddress client_mac;
  IpAddress assigned_ip;       // by the server
  IpAddress client_ip;         // the client has it already
  IpAddress relay_ip;
  IpAddress requested_ip;
  std::string client_id;       // "01:02:00:5e:..."
  std::uint32_t lease_time = 0;  // seconds
  std::string host_name;       // as the device calls itself
  std::string vendor_class;
};

struct Event {
  EventType type = EventType::Flow;
  std::string id;              // unique and the same again when the same input is replayed
  Timestamp at{};
  std::uint64_t flow_id = 0;
  IpAddress src_ip;            // the client's side of the flow
  IpAddress dest_ip;
  std::uint16_t src_port = 0;
  std::uint16_t dest_port = 0;
  std::uint8_t proto = 0;      // IP protocol number
  std::uint16_t vlan = 0;
  MacAddress src_mac;          // zero: unknown
  std::string community_id;
  std::string app_proto;

  std::string host;            // tls.sni, quic.sni, http.hostname, dns.rrname ... as sent
  // TLS and QUIC
  std::string version;         // "TLS 1.3"; for QUIC "1", "2", "draft-29"
  std::string ja4;
  std::vector<std::string> alpn;
  std::string ech;             // "grease-like" or "offered"; empty when absent
  // HTTP
  std::string method;
  std::string url;
  std::string user_agent;
  std::string referer;
  // DNS and its relatives
  std::string rrtype;
  std::uint16_t dns_id = 0;
  bool dns_answer = false;
  std::string rcode;
  std::vector<DnsRecord> answers;

  DhcpLease dhcp;

  // The object `gatehouse`
  Action action = Action::None;
  std::string category;
  std::string list;
  std::string entry;           // as it stands in the list
  std::uint32_t line = 0;
  std::string rule;            // the policy rule that decided
  std::string group;
  bool sealed = false;         // a sealed list: the host is not to be shown to people
  Outcome outcome = Outcome::None;
  std::string name_source;
  std::vector<std::string> evasion;
  std::string tunnel;
  int confidence = 0;
  std::string reason;          // of a tunnel; or why a flow could not be named

  // Stats: counters by name, in the order written ("flows.named", "unnamed.start-missed", ...); Gate: `reason`
  // says what happened to the gate itself (started, stopped, policy-loaded, queue-overflow).
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};

}  // namespace gatehouse::journal
