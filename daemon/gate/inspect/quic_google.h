// Google's QUIC before the IETF's: the client hello ("CHLO", a list of tags) travels in the open up to Q046, and
// inside an Initial packet in Q050. Used by QuicInspector; pure, views only.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::inspect {

struct GoogleHello {
  std::uint32_t version = 0;  // 0: not a packet of Q024 to Q049 that names its version
  Bytes chlo;                 // from the tag "CHLO"; empty when this packet has none
};

GoogleHello find_google_hello(Bytes datagram) noexcept;

// The bytes from "CHLO" on, wherever frames have put it near the start; empty when there is none.
Bytes find_chlo(Bytes bytes) noexcept;

struct GoogleNames {
  std::string_view host;
  std::string_view user_agent;
};
GoogleNames read_chlo(Bytes chlo) noexcept;

}  // namespace gatehouse::inspect
