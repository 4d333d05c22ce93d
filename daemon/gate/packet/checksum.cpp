#include "gate/packet/checksum.h"

#include <bit>
#include <cstring>

namespace gatehouse::packet {

std::uint64_t sum16(Bytes bytes) noexcept {
  // Summed in the machine's order, four bytes at a time, and swapped at the end: the sum does not mind (RFC 1071).
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word;
    std::memcpy(&word, bytes.data() + at, 4);
    sum += word;
  }
  if (at + 2 <= bytes.size()) {
    std::uint16_t word;
    std::memcpy(&word, bytes.data() + at, 2);
    sum += word;
    at += 2;
  }
  if (at < bytes.size()) {
    const std::uint8_t pair[2] = {bytes[at], 0};
    std::uint16_t word;
    std::memcpy(&word, pair, 2);
    sum += word;
  }
  const std::uint16_t folded = fold16(sum);
  return std::endian::native == std::endian::little ? static_cast<std::uint16_t>(folded << 8 | folded >> 8) : folded;
}

std::uint16_t fold16(std::uint64_t sum) noexcept {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

Checksum check_transport(const IpAddress& src, const IpAddress& dst, std::uint8_t protocol, Bytes segment,
                         std::uint16_t stored) noexcept {
  const std::uint64_t pseudo = sum16(src.wire()) + sum16(dst.wire()) + protocol + segment.size();
  if (protocol == 17 && stored == 0) return src.is_v4() ? Checksum::Good : Checksum::Bad;  // RFC 768; RFC 8200
  if (fold16(pseudo + sum16(segment)) == 0xffff) return Checksum::Good;
  return fold16(pseudo) == stored ? Checksum::Offloaded : Checksum::Bad;
}

}  // namespace gatehouse::packet
