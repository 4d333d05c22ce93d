#include "gate/respond/dns_answer.h"

#include "gate/packet/byte_writer.h"

namespace gatehouse::respond {
namespace {

using packet::ByteWriter;

constexpr std::uint16_t kExtendedError = 15;  // option code of RFC 8914 section 2
constexpr unsigned kOurUdpSize = 1232;        // what passes every path unfragmented (DNS flag day 2020)
constexpr unsigned kQuestionName = 0xc00c;    // a pointer to the name right behind the header

// What an answer repeats of the query, and that it is one.
unsigned answer_flags(std::uint16_t asked, unsigned rcode) noexcept {
  const unsigned kept = asked & (dns::kOpcode | dns::kRecursion | dns::kNoChecking);
  return dns::kAnswer | dns::kRecursionAvailable | kept | rcode;
}

// Cuts at a character's beginning: the text is UTF-8 (RFC 8914 section 2).
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

void write_opt(ByteWriter& out, const DnsAsked& asked, const DnsAnswerPlan& plan) noexcept {
  out.u8(0);
  out.u16(dns::kOpt);
  out.u16(kOurUdpSize);
  out.u32(asked.dnssec_ok ? 0x8000 : 0);
  if (plan.reason == 0) {
    out.u16(0);
    return;
  }
  const std::string_view text = cut(plan.text, kMostReason);
  out.u16(static_cast<unsigned>(6 + text.size()));
  out.u16(kExtendedError);
  out.u16(static_cast<unsigned>(2 + text.size()));
  out.u16(plan.reason);
  out.text(text);
}

}  // namespace

std::size_t write_dns_answer(std::span<std::uint8_t> out, const DnsAsked& asked, const DnsAnswerPlan& plan) noexcept {
  const bool wants_v4 = asked.type == dns::kA || asked.type == dns::kAny;
  const std::optional<IpAddress>& address = wants_v4 ? plan.v4 : plan.v6;
  const bool has_address = plan.rcode == dns::kNoError && address && (wants_v4 || asked.type == dns::kAaaa);
  ByteWriter writer(out);
  writer.u16(asked.header.id);
  writer.u16(answer_flags(asked.header.flags, plan.rcode));
  writer.u16(1);
  writer.u16(has_address ? 1 : 0);
  writer.u16(0);
  writer.u16(asked.has_opt ? 1 : 0);
  writer.bytes(asked.question);
  if (has_address) {
    writer.u16(kQuestionName);
    writer.u16(wants_v4 ? dns::kA : dns::kAaaa);
    writer.u16(1);
    writer.u32(plan.ttl);
    writer.u16(static_cast<unsigned>(address->wire().size()));
    writer.bytes(address->wire());
  }
  if (asked.has_opt) write_opt(writer, asked, plan);
  return writer.written().size();
}

std::size_t write_format_error(std::span<std::uint8_t> out, Bytes message) noexcept {
  ByteReader reader(message);
  DnsHeader header;
  if (!read_header(reader, header)) return 0;
  ByteWriter writer(out);
  writer.u16(header.id);
  writer.u16(answer_flags(header.flags, dns::kFormatError));
  for (int i = 0; i < 4; ++i) writer.u16(0);
  return writer.written().size();
}

}  // namespace gatehouse::respond
