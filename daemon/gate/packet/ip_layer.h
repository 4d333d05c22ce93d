// The IP header, both versions, with IPv6's extension headers walked (RFC 791, RFC 8200). No state.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "gate/packet/drop_reason.h"

namespace gatehouse::packet {

struct IpView {
  IpAddress src;
  IpAddress dst;
  std::uint8_t version = 4;
  std::uint8_t protocol = 0;
  std::uint8_t ttl = 0;
  bool cut = false;             // the capture ends before the packet did
  bool bad_checksum = false;    // IPv4 header; a zero one was left to the network card
  bool odd_headers = false;     // IPv4 options, or IPv6 extension headers beside a fragment's
  bool fragment = false;
  bool more_fragments = false;
  std::uint32_t fragment_id = 0;
  std::uint32_t fragment_offset = 0;  // bytes
  Bytes payload;
};

bool parse_ip(Bytes bytes, IpView& out, DropReason& why) noexcept;
// From `ip.protocol` and `ip.payload` on, past the extension headers of IPv6 (and AH in IPv4) to the transport, or to a
// fragment of it. Also for what fragments were put together from: RFC 8200 section 4.5 lets such headers stand inside.
bool walk_extensions(IpView& ip, DropReason& why) noexcept;

}  // namespace gatehouse::packet
