// Accounting requests as real clients write them, for tests.
#pragma once

#include <string>
#include <vector>

#include "lodge/identity/radius/packet.h"

namespace gatehouse::lodge::radius::testing {

using Octets = std::vector<std::uint8_t>;

inline NewAttribute text(std::uint8_t type, const std::string& value) {
  return {type, Octets(value.begin(), value.end())};
}
inline NewAttribute number(std::uint8_t type, std::uint32_t value) {
  return {type,
          {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
           static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)}};
}
inline NewAttribute address(const std::string& value) {
  const IpAddress parsed = *IpAddress::parse(value);
  const Bytes wire = parsed.wire();
  return {parsed.is_v4() ? std::uint8_t{kFramedIpAddress} : std::uint8_t{kFramedIpv6Address},
          Octets(wire.begin(), wire.end())};
}

}  // namespace gatehouse::lodge::radius::testing
