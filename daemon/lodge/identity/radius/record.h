// What one Accounting-Request says, apart from its octets. Times are ours: the moment it came, less what the client
// says it waited, so that a wrong clock in a switch changes nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "lodge/identity/radius/packet.h"

namespace gatehouse::lodge::radius {

enum class Status : std::uint8_t { Start, Stop, Interim, On, Off, Other };

struct Record {
  Status status = Status::Other;
  std::string session;
  std::string user_name;
  MacAddress mac;  // Calling-Station-Id; zero: none in it
  std::string calling_station;
  std::string called_station;
  std::vector<IpAddress> addresses;  // Framed-IP-Address, Framed-IPv6-Address
  std::vector<IpAddress> prefixes;   // bases of /64 in Framed-IPv6-Prefix
  std::uint64_t nas = 0;             // the network device, as a number
  std::string nas_name;              // NAS-Identifier, else its address
  std::string port;                  // NAS-Port-Id, else NAS-Port
  std::vector<std::string> classes;
  std::string filter_id;
  std::string cui;
  Timestamp at{};     // of what it reports
  Timestamp start{};  // of the session, as far as this request says: `at` less Acct-Session-Time
};

// `from` is who sent it, `client` what the configuration calls that.
Record read_record(const Packet& packet, std::string_view client, const IpAddress& from, Timestamp now);

// The evidence in one line: what was reported, by whom, when.
std::string evidence_of(const Record& record, std::string_view client, Timestamp from);

// Text from outside for evidence lines: no control characters, at most 64 characters.
std::string printable(std::string_view text);

}  // namespace gatehouse::lodge::radius
