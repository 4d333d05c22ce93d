// TCP and UDP headers and the checksums over them (RFC 9293, RFC 768). No state.
#pragma once

#include "gate/packet/drop_reason.h"
#include "gate/packet/packet.h"

namespace gatehouse::packet {

// Fills ports, TCP fields and payload of `view` from `segment`, which is what IP carried.
bool parse_tcp(Bytes segment, PacketView& view, DropReason& why) noexcept;
bool parse_udp(Bytes segment, PacketView& view, DropReason& why) noexcept;

}  // namespace gatehouse::packet
