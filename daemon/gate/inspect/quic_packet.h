// QUIC long headers (RFC 9000 section 17.2, RFC 9369 section 3.2) as views. Used by QuicInspector; pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "gate/inspect/quic_version.h"

namespace gatehouse::inspect {

enum class QuicPacketType : std::uint8_t { VersionNegotiation, Initial, ZeroRtt, Handshake, Retry, Unknown };

struct QuicPacket {
  QuicPacketType type = QuicPacketType::Unknown;
  std::uint32_t number = 0;             // the version's
  const QuicVersion* version = nullptr;
  Bytes destination_id;
  Bytes header;       // up to the packet number
  Bytes protected_;   // packet number and payload, as far as captured
  bool cut = false;   // the datagram ends before the packet does
  std::size_t size = 0;  // of the whole packet: where a coalesced one follows
};

// The long-header packet at the start of `datagram`; nullopt when it has none or it is broken.
std::optional<QuicPacket> read_long_packet(Bytes datagram) noexcept;

}  // namespace gatehouse::inspect
