#include "gate/packet/ip_layer.h"

#include <algorithm>

#include "gate/packet/checksum.h"

namespace gatehouse::packet {
namespace {

constexpr int kMostExtensionHeaders = 8;  // what one host accepts for good reasons; beyond it is an attack

bool refuse(DropReason& why, DropReason reason) noexcept {
  why = reason;
  return false;
}

// RFC 791 section 3.1: each option but two has its length, of at least two bytes, inside the header. Hosts drop the
// packet otherwise, so it must not pass for one that they read.
bool options_hold(Bytes options) noexcept {
  ByteReader reader(options);
  while (!reader.empty()) {
    const std::uint8_t kind = reader.u8();
    if (kind == 0) return true;
    if (kind == 1) continue;
    const std::uint8_t length = reader.u8();
    if (length < 2) return false;
    reader.skip(length - 2u);
    if (!reader.ok()) return false;
  }
  return true;
}

bool parse_v4(Bytes bytes, IpView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::size_t header = std::size_t{4} * (reader.u8() & 0x0f);
  reader.skip(1);
  const std::size_t total = reader.u16();
  out.fragment_id = reader.u16();
  const std::uint16_t fragment = reader.u16();
  out.ttl = reader.u8();
  out.protocol = reader.u8();
  const std::uint16_t checksum = reader.u16();
  out.src = IpAddress::v4(reader.bytes(4));
  out.dst = IpAddress::v4(reader.bytes(4));
  if (!reader.ok()) return refuse(why, DropReason::TruncatedIp);
  // A length of zero is left by cards that cut the packet themselves (TSO): then the capture's length counts.
  const std::size_t length = total == 0 ? bytes.size() : total;
  if (header < 20 || length < header) return refuse(why, DropReason::BadIpHeader);
  if (bytes.size() < header) return refuse(why, DropReason::TruncatedIp);
  if (header > 20 && !options_hold(bytes.subspan(20, header - 20))) return refuse(why, DropReason::BadIpHeader);
  out.bad_checksum = checksum != 0 && fold16(sum16(bytes.first(header))) != 0xffff;
  out.odd_headers = header > 20;
  out.cut = length > bytes.size();
  out.payload = bytes.subspan(header, std::min(length, bytes.size()) - header);
  out.more_fragments = (fragment & 0x2000) != 0;
  out.fragment_offset = std::uint32_t{8} * (fragment & 0x1fff);
  out.fragment = out.more_fragments || out.fragment_offset != 0;
  return out.protocol != 51 || out.fragment || walk_extensions(out, why);
}

bool is_extension(std::uint8_t protocol, std::uint8_t version) noexcept {
  if (version == 4) return protocol == 51;  // RFC 4302 serves both versions
  switch (protocol) {
    case 0:    // hop-by-hop
    case 43:   // routing
    case 44:   // fragment
    case 51:   // authentication
    case 60:   // destination options
    case 135:  // mobility
    case 139:  // host identity
    case 140:  // shim6
      return true;
    default: return false;
  }
}

bool parse_v6(Bytes bytes, IpView& out, DropReason& why) noexcept {
  ByteReader fixed(bytes);
  fixed.skip(4);
  const std::size_t length = fixed.u16();
  out.version = 6;
  out.protocol = fixed.u8();
  out.ttl = fixed.u8();
  out.src = IpAddress::v6(fixed.bytes(16));
  out.dst = IpAddress::v6(fixed.bytes(16));
  if (!fixed.ok()) return refuse(why, DropReason::TruncatedIp);
  // An IPv4 address in its mapped form never travels (RFC 4942 section 2.2): it would pass for that IPv4 address here.
  if (out.src.is_v4() || out.dst.is_v4()) return refuse(why, DropReason::BadIpHeader);
  out.payload = fixed.rest();
  // Zero is a jumbogram or a card's own cutting: then the capture's length counts.
  if (length != 0) {
    out.cut = length > out.payload.size();
    out.payload = out.payload.first(std::min(out.payload.size(), length));
  }
  return walk_extensions(out, why);
}

}  // namespace

bool walk_extensions(IpView& ip, DropReason& why) noexcept {
  for (int headers = 0; is_extension(ip.protocol, ip.version); ++headers) {
    if (headers == kMostExtensionHeaders) return refuse(why, DropReason::TooManyHeaders);
    ByteReader reader(ip.payload);
    const std::uint8_t current = ip.protocol;
    // RFC 8200 section 4.1: hop-by-hop options stand right behind the IPv6 header; anywhere else hosts refuse them.
    if (current == 0 && headers > 0) return refuse(why, DropReason::BadIpHeader);
    ip.protocol = reader.u8();
    if (current == 44) {
      reader.skip(1);
      const std::uint16_t offset = reader.u16();
      ip.fragment_id = reader.u32();
      if (!reader.ok()) return refuse(why, DropReason::TruncatedIp);
      ip.more_fragments = (offset & 1) != 0;
      ip.fragment_offset = offset & 0xfff8u;
      ip.fragment = ip.more_fragments || ip.fragment_offset != 0;  // an atomic fragment is none (RFC 6946)
      ip.payload = reader.rest();
      if (ip.fragment) break;  // what follows is only whole when put together
      continue;
    }
    ip.odd_headers = true;
    const std::size_t units = reader.u8();
    const std::size_t size = current == 51 ? (units + 2) * 4 : (units + 1) * 8;
    if (!reader.ok() || size > ip.payload.size()) return refuse(why, DropReason::TruncatedIp);
    ip.payload = ip.payload.subspan(size);
  }
  return true;
}

bool parse_ip(Bytes bytes, IpView& out, DropReason& why) noexcept {
  if (bytes.empty()) return refuse(why, DropReason::TruncatedIp);
  const int version = bytes[0] >> 4;
  if (version == 4) return parse_v4(bytes, out, why);
  if (version == 6) return parse_v6(bytes, out, why);
  return refuse(why, DropReason::BadIpHeader);
}

}  // namespace gatehouse::packet
