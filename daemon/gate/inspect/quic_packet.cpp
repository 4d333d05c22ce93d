#include "gate/inspect/quic_packet.h"

#include <algorithm>

namespace gatehouse::inspect {

namespace {

constexpr std::size_t kMaxConnectionId = 20;

QuicPacketType type_of(std::uint8_t first, bool v2) noexcept {
  unsigned type = (first >> 4) & 3u;
  if (v2) type = (type + 3) & 3u;  // RFC 9369 section 3.2: each one further
  switch (type) {
    case 0: return QuicPacketType::Initial;
    case 1: return QuicPacketType::ZeroRtt;
    case 2: return QuicPacketType::Handshake;
    default: return QuicPacketType::Retry;
  }
}

}  // namespace

std::optional<QuicPacket> read_long_packet(Bytes datagram) noexcept {
  ByteReader reader(datagram);
  const std::uint8_t first = reader.u8();
  if ((first & 0x80) == 0) return std::nullopt;
  QuicPacket packet;
  packet.number = reader.u32();
  packet.version = find_quic_version(packet.number);
  const std::size_t destination = reader.u8();
  packet.destination_id = reader.bytes(destination);
  const std::size_t source = reader.u8();
  reader.skip(source);
  if (!reader.ok()) return std::nullopt;
  packet.size = datagram.size();
  if (packet.number == 0) {
    packet.type = QuicPacketType::VersionNegotiation;
    return packet;
  }
  if (packet.version == nullptr) return packet;
  if (destination > kMaxConnectionId || source > kMaxConnectionId) return std::nullopt;
  packet.type = type_of(first, packet.version->v2);
  if (packet.type == QuicPacketType::Retry) return packet;
  if (packet.type == QuicPacketType::Initial) reader.skip(reader.quic_varint());  // token
  const std::uint64_t length = reader.quic_varint();
  if (!reader.ok()) return std::nullopt;
  packet.header = datagram.first(reader.position());
  packet.cut = length > reader.remaining();
  packet.protected_ = reader.bytes(static_cast<std::size_t>(std::min<std::uint64_t>(length, reader.remaining())));
  packet.size = reader.position();
  return packet;
}

}  // namespace gatehouse::inspect
