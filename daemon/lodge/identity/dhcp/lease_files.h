// Lease files of three DHCP servers: text in, what each line says out. Pure functions; LeaseBook makes intervals of
// it. dnsmasq writes what holds now, Kea (memfile) and ISC dhcpd append what changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace gatehouse::lodge::dhcp {

enum class Format : std::uint8_t { Dnsmasq, Kea, Isc };

struct FileLease {
  IpAddress address;
  MacAddress mac;
  std::optional<Timestamp> from;  // of the last renewal; nullopt: the file does not say
  Timestamp to{};                 // Timestamp::max(): without end
  bool held = true;               // false: given back, expired or declined
  std::string host_name;          // as the device calls itself
};

struct LeaseFile {
  std::vector<FileLease> leases;  // in the file's order: of two for one address the later one holds
  bool whole = false;             // what is not in it is not leased
  std::size_t not_understood = 0;
  std::size_t without_mac = 0;    // IPv6 leases by DUID alone
};

// Half a line or block at the end is left out: the server is still writing it.
LeaseFile read_lease_file(Format format, std::string_view text);

}  // namespace gatehouse::lodge::dhcp
