// VPNs by the shape of their first packets: OpenVPN, WireGuard, IKE, ESP in UDP, L2TP. Used by the two
// choosers. Pure functions of the bytes; each verdict says how sure and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gate/inspect/inspection.h"

namespace gatehouse::inspect {

struct TunnelVerdict {
  AppProtocol protocol = AppProtocol::Unknown;
  std::string_view tunnel;
  std::uint8_t confidence = 0;  // 0 to 100
  std::string_view reason;
  bool kind_certain = false;  // see Observation
};

// One datagram, from either side.
std::optional<TunnelVerdict> vpn_in_datagram(Bytes datagram, const DatagramFacts& facts) noexcept;
// OpenVPN over TCP: the first bytes of either side, with its two-byte lengths.
std::optional<TunnelVerdict> vpn_in_stream(Bytes first) noexcept;
// A first packet that is nothing but random bytes, as obfuscated tunnels send ("How the Great Firewall of
// China Detects and Blocks Fully Encrypted Traffic", USENIX Security 2023, section 4): a low confidence, no
// proof.
std::optional<TunnelVerdict> fully_encrypted(Bytes first) noexcept;

}  // namespace gatehouse::inspect
