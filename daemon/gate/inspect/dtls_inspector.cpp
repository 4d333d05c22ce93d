#include "gate/inspect/dtls_inspector.h"

#include <algorithm>

#include "gate/inspect/tls_records.h"
#include "gate/inspect/tls_report.h"

namespace gatehouse::inspect {

namespace {

// Client datagrams after which a hello will not come: hello, hello with cookie, each retransmitted a few times.
constexpr std::uint8_t kMaxDatagrams = 16;
constexpr std::uint8_t kHelloVerifyRequest = 3;

// DTLS 1.0 (0xfeff), 1.2 and 1.3, and OpenSSL's form before the standard, which Cisco's VPN still speaks.
bool is_dtls_version(std::uint16_t version) noexcept {
  return version == 0xfeff || version == 0xfefd || version == 0xfefc || version == 0x0100;
}

struct Record {
  std::uint8_t type = 0;
  std::uint16_t epoch = 0;
  Bytes content;
  bool cut = false;
};

// RFC 6347 section 4.1.
bool read_record(ByteReader& reader, Record& record) noexcept {
  record.type = reader.u8();
  const std::uint16_t version = reader.u16();
  record.epoch = reader.u16();
  reader.skip(6);  // sequence number
  const std::size_t length = reader.u16();
  if (!reader.ok() || record.type < kChangeCipherSpec || record.type > 26 || !is_dtls_version(version)) return false;
  record.cut = length > reader.remaining();
  record.content = reader.bytes(std::min(length, reader.remaining()));
  return length <= kMaxRecord;
}

}  // namespace

Probe DtlsInspector::probe(Bytes datagram) noexcept {
  ByteReader reader(datagram);
  Record record;
  if (!read_record(reader, record) || record.content.empty()) return Probe::No;
  if (record.type != kHandshake) return record.type <= kHeartbeat && !record.cut ? Probe::Yes : Probe::No;
  if (record.epoch > 0) return Probe::Yes;
  ByteReader message(record.content);
  const std::uint8_t type = message.u8();
  const std::uint32_t length = message.u24();
  message.skip(2);
  const std::uint32_t offset = message.u24();
  const std::uint32_t fragment = message.u24();
  return message.ok() && type <= 24 && offset + fragment <= length ? Probe::Yes : Probe::No;
}

Step DtlsInspector::feed(Direction direction, Bytes datagram, ObservationSink& sink) noexcept {
  if (finished_) return Step::Done;
  if (++datagrams_ > kMaxDatagrams) {
    finished_ = true;
    return Step::Done;
  }
  ByteReader reader(datagram);
  while (!reader.empty() && !finished_) {
    Record record;
    if (!read_record(reader, record)) {
      if (unnamed_ == Unnamed::NoPayload) unnamed_ = Unnamed::Malformed;
      break;
    }
    if (record.type == kHandshake && record.epoch == 0) {
      handshake(record.content, direction, sink);
    } else if (unnamed_ == Unnamed::NoPayload && record.type != kAlert) {
      unnamed_ = Unnamed::StartMissed;
    }
  }
  return finished_ ? Step::Done : Step::NeedMore;
}

// RFC 6347 section 4.2.2. The first hello, without a cookie, already says all: it is not waited for the second.
void DtlsInspector::handshake(Bytes record, Direction direction, ObservationSink& sink) noexcept {
  ByteReader reader(record);
  while (!reader.empty() && !finished_) {
    const std::uint8_t type = reader.u8();
    const std::uint32_t length = reader.u24();
    const std::uint16_t sequence = reader.u16();
    const std::uint32_t offset = reader.u24();
    const std::uint32_t fragment = reader.u24();
    if (!reader.ok() || offset + fragment > length) {
      if (unnamed_ == Unnamed::NoPayload) unnamed_ = Unnamed::Malformed;
      return;
    }
    const Bytes piece = reader.bytes(std::min<std::size_t>(fragment, reader.remaining()));
    if (type != kClientHelloMessage) {
      if (unnamed_ == Unnamed::NoPayload && type != kHelloVerifyRequest) unnamed_ = Unnamed::StartMissed;
      continue;
    }
    if (length > kMaxHandshake) {
      unnamed_ = Unnamed::BoundReached;
      finished_ = true;
      return;
    }
    if (length != length_ || sequence != sequence_) {  // another hello
      fragments_.clear();
      length_ = length;
      sequence_ = sequence;
    }
    fragments_.add(offset, piece);
    unnamed_ = Unnamed::HelloIncomplete;
    if (fragments_.contiguous().size() < length) continue;
    report(fragments_.contiguous().first(length), direction, sink);
  }
}

void DtlsInspector::report(Bytes body, Direction direction, ObservationSink& sink) noexcept {
  finished_ = true;
  const auto hello = parse_client_hello(body, HelloForm::Dtls);
  if (!hello) {
    unnamed_ = Unnamed::Malformed;
    return;
  }
  HelloContext context;
  context.protocol = AppProtocol::Dtls;
  context.source = NameSource::DtlsSni;
  context.transport = Ja4Transport::Dtls;
  context.direction = direction;
  unnamed_ = report_hello(*hello, context, sink);
}

}  // namespace gatehouse::inspect
