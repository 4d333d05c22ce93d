#include "gate/inspect/dns_name.h"

namespace gatehouse::inspect {

bool DnsNameReader::label(ByteReader& reader, std::size_t length) noexcept {
  const Bytes bytes = reader.bytes(length);
  if (!reader.ok()) return false;
  if (size_ > 0) text_[size_++] = '.';
  for (const std::uint8_t byte : bytes) {
    if (byte > 0x20 && byte < 0x7f) {
      text_[size_++] = static_cast<char>(byte);
    } else if (byte == ' ') {
      text_[size_++] = ' ';  // service instance names of mDNS have them (RFC 6763 section 4.1.1)
    } else {
      text_[size_++] = '\\';
      text_[size_++] = static_cast<char>('0' + byte / 100);
      text_[size_++] = static_cast<char>('0' + byte / 10 % 10);
      text_[size_++] = static_cast<char>('0' + byte % 10);
    }
  }
  return true;
}

bool DnsNameReader::read(std::string_view& name) noexcept {
  size_ = 0;
  std::size_t wire = 1;  // the root label
  int jumps = 0;
  ByteReader walk = at;
  bool jumped = false;
  for (;;) {
    const std::uint8_t length = walk.u8();
    if (!walk.ok()) break;
    if (length == 0) {
      if (!jumped) at = walk;
      if (size_ == 0) text_[size_++] = '.';
      name = {text_.data(), size_};
      return true;
    }
    if ((length & 0xc0) == 0xc0) {
      const std::size_t target = static_cast<std::size_t>(length & 0x3f) << 8 | walk.u8();
      if (!walk.ok() || ++jumps > kMaxJumps) break;
      if (!jumped) at = walk;
      jumped = true;
      walk = ByteReader(message_);
      walk.seek(target);
      continue;
    }
    wire += std::size_t{1} + length;
    if ((length & 0xc0) != 0 || wire > kMaxWire || !label(walk, length)) break;
  }
  at.fail();
  return false;
}

}  // namespace gatehouse::inspect
