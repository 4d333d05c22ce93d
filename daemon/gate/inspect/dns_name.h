// Domain names on the wire (RFC 1035 sections 3.1 and 4.1.4). Used by dns_message.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::inspect {

// Walks a message and reads the names in it, following compression pointers, which are bounded.
class DnsNameReader {
 public:
  explicit DnsNameReader(Bytes message) noexcept : message_(message), at(message) {}

  // Reads the name at `at` as dotted text without a trailing dot ("." for the root); what is no printable
  // ASCII becomes \DDD. False, and `at` failed, for a name that is malformed, loops, or is longer than 255
  // bytes. The text lives until the next call.
  bool read(std::string_view& name) noexcept;
  bool skip() noexcept {
    std::string_view ignored;
    return read(ignored);
  }

 private:
  static constexpr std::size_t kMaxWire = 255;  // RFC 1035 section 2.3.4
  static constexpr std::size_t kMaxText = kMaxWire * 4 + 1;
  static constexpr int kMaxJumps = 32;  // a name has at most 127 labels; no server nests pointers so deep

  bool label(ByteReader& reader, std::size_t length) noexcept;

  Bytes message_;
  std::array<char, kMaxText> text_;
  std::size_t size_ = 0;

 public:
  ByteReader at;  // where the walk stands
};

}  // namespace gatehouse::inspect
