// The names inside accounting packets as people and devices are known elsewhere: a station's MAC address in any
// spelling, and what kind of thing a User-Name is. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace gatehouse::lodge::radius {

// Calling-Station-Id or the front of Called-Station-Id: "02-00-5E-10-00-01", "0200.5e10.0001", "02005e100001",
// "02:00:5e:10:00:01", "02-00-5E-10-00-01:eduroam". Zero when it is none (a phone number, an address).
MacAddress station_mac(std::string_view text);
// What follows the MAC address in Called-Station-Id: the name of the wireless network. Empty where there is none.
std::string ssid_of(std::string_view called_station);

enum class NameKind : std::uint8_t {
  Person,      // a login of this college
  Visitor,     // of another realm: the outer identity, which names nobody (RFC 7593)
  Hidden,      // of this college, and hidden: "anonymous"
  Machine,     // "host/pc1.college.test", "PC1$"
  Mac,         // the device's own address, from MAC authentication
  Unreadable,  // empty, or with characters that are no name's
};

struct UserName {
  NameKind kind = NameKind::Unreadable;
  std::string login;  // without domain and own realm
  std::string realm;  // lower case
};

// `own_realms` in lower case.
UserName read_user_name(std::string_view text, const std::vector<std::string>& own_realms);

}  // namespace gatehouse::lodge::radius
