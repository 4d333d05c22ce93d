// The parts of a DNS message that an answer of ours is made from or that are rewritten (RFC 1035 section 4, RFC 6891).
// Unlike inspect's reader it keeps the bytes as they came, to echo them. Pure functions over foreign bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::respond {

namespace dns {
inline constexpr std::size_t kHeader = 12;
inline constexpr std::size_t kMostName = 255;  // on the wire (RFC 1035 section 2.3.4)
// Types
inline constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28, kOpt = 41, kSvcb = 64, kHttps = 65, kAny = 255;
// Flags
inline constexpr std::uint16_t kAnswer = 0x8000, kAuthoritative = 0x0400, kTruncated = 0x0200, kRecursion = 0x0100,
                               kRecursionAvailable = 0x0080, kAuthentic = 0x0020, kNoChecking = 0x0010,
                               kOpcode = 0x7800;
inline constexpr unsigned kNoError = 0, kFormatError = 1, kNoSuchDomain = 3;
}  // namespace dns

struct DnsHeader {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::array<std::uint16_t, 4> counts{};  // questions, answers, authority, additional
};

// A message with one question, as queries and the answers to them are.
struct DnsAsked {
  DnsHeader header;
  Bytes question;          // name, type and class as sent, upper and lower case kept
  std::uint16_t type = 0;
  std::array<char, dns::kMostName + 1> text;  // the name in lower case, dotted, no trailing dot; empty for the root
  std::size_t text_size = 0;
  bool has_opt = false;    // EDNS (RFC 6891)
  bool dnssec_ok = false;  // its DO flag
  [[nodiscard]] std::string_view name() const noexcept { return {text.data(), text_size}; }
};

struct DnsRecord {
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;
  std::size_t start = 0;  // of the owner's name; all three are offsets into the message
  std::size_t rdlength_at = 0;
  std::size_t rdata_at = 0;
  std::size_t rdlength = 0;
};

bool read_header(ByteReader& reader, DnsHeader& out) noexcept;
// Past a name, compressed or not, without following its pointer.
bool skip_name(ByteReader& reader) noexcept;
bool read_record(ByteReader& reader, DnsRecord& out) noexcept;

// False unless the message has a whole header and exactly one question, whose name is not compressed. Records after
// it that cannot be read count as no EDNS.
bool read_asked(Bytes message, DnsAsked& out) noexcept;

}  // namespace gatehouse::respond
