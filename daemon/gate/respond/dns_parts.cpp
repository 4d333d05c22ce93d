#include "gate/respond/dns_parts.h"

#include "base/text.h"

namespace gatehouse::respond {
namespace {

constexpr std::uint8_t kPointer = 0xc0;
// More records than this before the EDNS record: not a message whose like is sent; the rest is not looked at.
constexpr unsigned kMostRecords = 512;

// The question's name, which nothing precedes that it could point to.
bool read_name(ByteReader& reader, DnsAsked& out) noexcept {
  out.text_size = 0;
  const std::size_t start = reader.position();
  for (;;) {
    const std::size_t length = reader.u8();
    if (!reader.ok() || length >= 64) return false;
    if (length == 0) break;
    const Bytes label = reader.bytes(length);
    if (!reader.ok() || reader.position() - start >= dns::kMostName) return false;
    if (out.text_size != 0) out.text[out.text_size++] = '.';
    for (const std::uint8_t byte : label) out.text[out.text_size++] = ascii_lower(static_cast<char>(byte));
  }
  return true;
}

void find_opt(ByteReader& reader, DnsAsked& out) noexcept {
  const unsigned records = static_cast<unsigned>(out.header.counts[1]) + out.header.counts[2] + out.header.counts[3];
  DnsRecord record;
  for (unsigned i = 0; i < records && i < kMostRecords; ++i) {
    if (!read_record(reader, record)) return;
    if (record.type != dns::kOpt) continue;
    out.has_opt = true;
    out.dnssec_ok = (record.ttl & 0x8000) != 0;
    return;
  }
}

}  // namespace

bool read_header(ByteReader& reader, DnsHeader& out) noexcept {
  out.id = reader.u16();
  out.flags = reader.u16();
  for (std::uint16_t& count : out.counts) count = reader.u16();
  return reader.ok();
}

bool skip_name(ByteReader& reader) noexcept {
  const std::size_t start = reader.position();
  for (;;) {
    const std::uint8_t length = reader.u8();
    if (!reader.ok()) return false;
    if (length == 0) return true;
    if ((length & kPointer) == kPointer) {
      reader.skip(1);
      return reader.ok();
    }
    if (length >= 64) return false;
    reader.skip(length);
    if (!reader.ok() || reader.position() - start >= dns::kMostName) return false;
  }
}

bool read_record(ByteReader& reader, DnsRecord& out) noexcept {
  out.start = reader.position();
  if (!skip_name(reader)) return false;
  out.type = reader.u16();
  out.klass = reader.u16();
  out.ttl = reader.u32();
  out.rdlength_at = reader.position();
  out.rdlength = reader.u16();
  out.rdata_at = reader.position();
  reader.skip(out.rdlength);
  return reader.ok();
}

bool read_asked(Bytes message, DnsAsked& out) noexcept {
  out.has_opt = out.dnssec_ok = false;
  ByteReader reader(message);
  if (!read_header(reader, out.header) || out.header.counts[0] != 1) return false;
  if (!read_name(reader, out)) return false;
  out.type = reader.u16();
  reader.skip(2);
  if (!reader.ok()) return false;
  out.question = message.subspan(dns::kHeader, reader.position() - dns::kHeader);
  find_opt(reader, out);
  return true;
}

}  // namespace gatehouse::respond
