// Reads one DHCPv4 message (RFC 2131 section 2, options of RFC 2132): who was given which address by whom, and what
// the device calls itself. Pure; the result borrows from the datagram. Used by the chooser for datagrams, which hands it
// on in an Observation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"

namespace gatehouse::inspect {

inline constexpr std::uint16_t kDhcpServerPort = 67;
inline constexpr std::uint16_t kDhcpClientPort = 68;
constexpr bool are_dhcp_ports(std::uint16_t one, std::uint16_t other) noexcept {
  const auto its_own = [](std::uint16_t port) { return port == kDhcpServerPort || port == kDhcpClientPort; };
  return its_own(one) && its_own(other);
}

// RFC 2132 section 9.6. What came later (forced renewals, lease queries) gives nobody an address.
enum class DhcpType : std::uint8_t { Discover = 1, Offer, Request, Decline, Ack, Nak, Release, Inform };
std::string_view name_of(DhcpType type) noexcept;  // "ack"

// An address that is not given is "::".
struct DhcpMessage {
  Bytes datagram;               // all of it
  DhcpType type = DhcpType::Discover;
  bool reply = false;           // a server's
  std::uint32_t id = 0;         // of the exchange; the answer has the question's
  MacAddress client;            // never zero
  IpAddress client_ip;          // the client has it already
  IpAddress your_ip;            // the client is given it
  IpAddress relay_ip;
  IpAddress server_id;          // option 54
  IpAddress requested_ip;       // option 50
  std::uint32_t lease_time = 0; // option 51, seconds
  std::string_view host_name;   // option 12, or the first label of option 81 (RFC 4702); as sent
  std::string_view vendor_class;  // option 60
  Bytes client_id;              // option 61
};

// Whether these are the first bytes of such a message, whatever stands in its options.
bool looks_like_dhcp(Bytes datagram) noexcept;

// nullopt: it is none; its options run past its end or contradict each other; or its client has no Ethernet address.
std::optional<DhcpMessage> parse_dhcp(Bytes datagram) noexcept;

}  // namespace gatehouse::inspect
