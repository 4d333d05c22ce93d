// RADIUS accounting packets: octets to a value and back, and the two ways they are signed. Pure functions; the
// server over them is accounting.h. RFC 2866 (accounting), RFC 2865 (format), RFC 2869 section 5.14
// (Message-Authenticator), RFC 5080 (duplicates).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::lodge::radius {

inline constexpr std::uint8_t kAccountingRequest = 4;
inline constexpr std::uint8_t kAccountingResponse = 5;
inline constexpr std::size_t kHeader = 20;
inline constexpr std::size_t kLargest = 4096;  // RFC 2865 section 3

// Attribute types that are read or written here.
enum Type : std::uint8_t {
  kUserName = 1,
  kNasIpAddress = 4,
  kNasPort = 5,
  kFramedIpAddress = 8,
  kFilterId = 11,
  kClass = 25,
  kCalledStationId = 30,
  kCallingStationId = 31,
  kNasIdentifier = 32,
  kProxyState = 33,
  kAcctStatusType = 40,
  kAcctDelayTime = 41,
  kAcctSessionId = 44,
  kAcctSessionTime = 46,
  kAcctTerminateCause = 49,
  kEventTimestamp = 55,
  kMessageAuthenticator = 80,
  kNasPortId = 87,
  kChargeableUserIdentity = 89,
  kNasIpv6Address = 95,
  kFramedIpv6Prefix = 97,
  kFramedIpv6Address = 168,  // RFC 6911
};

struct Attribute {
  std::uint8_t type = 0;
  Bytes value;  // of the datagram
};

struct Packet {
  std::uint8_t code = 0;
  std::uint8_t id = 0;
  Bytes whole;          // without padding after the stated length
  Bytes authenticator;  // sixteen
  std::vector<Attribute> attributes;

  // The value of the first of this type; an empty view where there is none.
  [[nodiscard]] Bytes first(std::uint8_t type) const noexcept;
  [[nodiscard]] bool has(std::uint8_t type) const noexcept;
};

// What is wrong with a packet; each is counted by itself.
enum class Fault : std::uint8_t {
  None,
  Malformed,                // lengths that do not add up
  NotAccounting,            // another code than Accounting-Request
  BadAuthenticator,         // another secret, or forged
  BadMessageAuthenticator,  // present and wrong
  NoMessageAuthenticator,   // absent where the client must sign
};

// The format only; signatures are checked by `check_signatures`.
Fault decode(Bytes datagram, Packet& out);

// RFC 2866 section 3: MD5 over the packet with sixteen zeros in place of the authenticator, and the secret.
// A Message-Authenticator is checked wherever there is one.
Fault check_signatures(const Packet& packet, std::string_view secret, bool must_sign);

// The answer: Proxy-State given back as it came (RFC 2865 section 5.33). Without a Message-Authenticator, which has no
// place in it (RFC 2869 section 5.19), and over which clients disagree: radclient throws away what others expect.
std::vector<std::uint8_t> response_to(const Packet& request, std::string_view secret);

// A signed request, for tests, benchmarks and the simulated day. `sign` adds a Message-Authenticator.
struct NewAttribute {
  std::uint8_t type;
  std::vector<std::uint8_t> value;
};
std::vector<std::uint8_t> make_request(std::uint8_t id, const std::vector<NewAttribute>& attributes,
                                       std::string_view secret, bool sign);

}  // namespace gatehouse::lodge::radius
