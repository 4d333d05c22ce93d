#include "gate/inspect/quic_google.h"

#include <algorithm>

#include "gate/inspect/quic_version.h"

namespace gatehouse::inspect {

Bytes find_chlo(Bytes bytes) noexcept {
  // Public header, hash and one stream frame header take under 64 bytes; ACK frames before it a little more.
  constexpr std::size_t kNearStart = 256;
  const std::string_view text = as_text(bytes.first(std::min(bytes.size(), kNearStart)));
  const std::size_t at = text.find("CHLO");
  return at == std::string_view::npos ? Bytes{} : bytes.subspan(at);
}

GoogleHello find_google_hello(Bytes datagram) noexcept {
  ByteReader reader(datagram);
  const std::uint8_t flags = reader.u8();
  const bool long_form = (flags & 0x80) != 0;
  if (!long_form) {
    constexpr std::uint8_t kHasVersion = 0x01;
    constexpr std::uint8_t kHasConnectionId = 0x08;
    if ((flags & kHasVersion) == 0 || (flags & kHasConnectionId) == 0) return {};
    reader.skip(8);
  }
  const std::uint32_t version = reader.u32();
  if (!reader.ok() || !is_google_plain(version)) return {};
  return {version, find_chlo(reader.rest())};
}

GoogleNames read_chlo(Bytes chlo) noexcept {
  constexpr std::string_view kName{"SNI\0", 4};
  constexpr std::string_view kUserAgent{"UAID", 4};
  GoogleNames names;
  ByteReader reader(chlo);
  reader.skip(4);
  const std::size_t count = reader.u16_le();
  reader.skip(2);
  ByteReader tags = reader.sub(count * 8);
  const Bytes values = reader.rest();
  std::size_t begin = 0;
  while (!tags.empty()) {
    const std::string_view tag = tags.text(4);
    const std::size_t end = tags.u32_le();
    if (end < begin || end > values.size()) break;
    const std::string_view value = as_text(values.subspan(begin, end - begin));
    if (tag == kName) names.host = value;
    if (tag == kUserAgent) names.user_agent = value;
    begin = end;
  }
  return names;
}

}  // namespace gatehouse::inspect
