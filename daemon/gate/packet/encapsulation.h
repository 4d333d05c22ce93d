// Headers that carry another packet: GRE, VXLAN, Geneve, GTP-U, Teredo, AYIYA, CAPWAP, and UDP that carries a packet as
// it is. Each answers where the inner packet starts, or that there is none: what runs over UDP is known by its content,
// the port alone proves nothing.
#pragma once

#include "gate/packet/link_layer.h"
#include "gate/packet/packet.h"

namespace gatehouse::packet {

// The inner packet of a GRE payload (RFC 2784, 2890; version 1 of PPTP, RFC 2637; ERSPAN).
bool open_gre(Bytes payload, LinkView& inner) noexcept;
// The inner packet of a UDP datagram, and which encapsulation it was; None when it is ordinary UDP.
Encapsulation open_udp(const PacketView& outer, LinkView& inner) noexcept;

}  // namespace gatehouse::packet
