// The Internet checksum (RFC 1071) and what it says of a TCP or UDP packet.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "gate/packet/packet.h"

namespace gatehouse::packet {

// One's complement sum of 16-bit words, not yet folded; an odd last byte counts as the high one.
std::uint64_t sum16(Bytes bytes) noexcept;
std::uint16_t fold16(std::uint64_t sum) noexcept;  // to 16 bits, not complemented

// Of a whole transport segment (header and payload) between these ends. `stored` is the field as sent.
Checksum check_transport(const IpAddress& src, const IpAddress& dst, std::uint8_t protocol, Bytes segment,
                         std::uint16_t stored) noexcept;

}  // namespace gatehouse::packet
