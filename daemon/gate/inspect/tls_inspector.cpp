#include "gate/inspect/tls_inspector.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "gate/inspect/certificate_names.h"
#include "gate/inspect/tls_client_hello.h"
#include "gate/inspect/tls_records.h"
#include "gate/inspect/tls_report.h"

namespace gatehouse::inspect {

namespace {

constexpr std::uint16_t kTls13 = 0x0304;
// "What follows in this direction is not wanted": more than any flow carries.
constexpr std::uint64_t kAllThatFollows = std::uint64_t{1} << 40;

// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3).
constexpr std::array<std::uint8_t, 32> kRetryRandom = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

constexpr std::size_t kSslv2Header = 11;  // length, type, version and three lengths

// An SSLv2-framed ClientHello (RFC 5246 appendix E.2), as old clients sent to servers of unknown version.
Probe probe_sslv2(Bytes first) noexcept {
  ByteReader reader(first);
  if ((reader.peek() & 0x80) == 0) return Probe::No;
  const std::size_t length = reader.u16() & 0x7fffu;
  const std::uint8_t type = reader.u8();
  const std::uint16_t version = reader.u16();
  if (first.size() >= 3 && type != kClientHelloMessage) return Probe::No;
  if (first.size() >= 5 && version != 0x0002 && (version < 0x0300 || version > kTls13)) return Probe::No;
  const std::size_t ciphers = reader.u16();
  const std::size_t session = reader.u16();
  const std::size_t challenge = reader.u16();
  if (!reader.ok()) return Probe::Maybe;
  const bool fits = ciphers > 0 && ciphers % 3 == 0 && challenge >= 16 && challenge <= 32 &&
                    length == kSslv2Header - 2 + ciphers + session + challenge;
  return fits ? Probe::Yes : Probe::No;
}

struct ServerHello {
  std::uint16_t version = 0;
  bool asks_for_another = false;
};

// RFC 8446 section 4.1.3; `body` without the message header.
ServerHello read_server_hello(Bytes body) noexcept {
  ServerHello hello;
  ByteReader reader(body);
  hello.version = reader.u16();
  const Bytes random = reader.bytes(kRetryRandom.size());
  reader.skip(reader.u8());  // session id
  reader.skip(3);            // cipher suite and compression
  hello.asks_for_another =
      reader.ok() && std::equal(random.begin(), random.end(), kRetryRandom.begin(), kRetryRandom.end());
  ByteReader extensions = reader.sub(reader.u16());
  while (extensions.remaining() >= 4) {
    const std::uint16_t type = extensions.u16();
    ByteReader content = extensions.sub(extensions.u16());
    if (type == 43 && content.remaining() == 2) hello.version = content.u16();
  }
  const int high = hello.version >> 8;
  if (high == 0x7f || high == 0xfb) hello.version = kTls13;  // drafts
  return hello;
}

// Whether a cut beginning of a ClientHello body could be one: its version is TLS's.
bool body_looks_right(Bytes handshake) noexcept {
  return handshake.size() <= kMessageHeader || handshake[kMessageHeader] == 3;
}

// What must be there before a flight without handshake bytes so far can have any.
std::size_t need_for_first_byte(const TlsFlight& flight, Bytes offered) noexcept {
  const std::size_t next = flight.missing > 0 && flight.records > 0 ? flight.end - flight.missing + 1
                                                                     : flight.end + kRecordHeader + 1;
  return std::max(offered.size() + 1, next);
}

}  // namespace

Probe TlsInspector::probe(Bytes first) noexcept {
  if (first.empty()) return Probe::Maybe;
  if ((first[0] & 0x80) != 0) return probe_sslv2(first);
  ByteReader reader(first);
  const std::uint8_t type = reader.u8();
  const std::uint8_t major = reader.u8();
  const std::uint8_t minor = reader.u8();
  const std::size_t length = reader.u16();
  if (type < kChangeCipherSpec || type > kHeartbeat) return Probe::No;
  if (first.size() >= 2 && major != 3) return Probe::No;
  if (first.size() < kRecordHeader) return Probe::Maybe;
  if (length > kMaxRecord) return Probe::No;
  switch (type) {
    case kHandshake: break;
    case kChangeCipherSpec: return length == 1 && minor <= 4 ? Probe::Yes : Probe::No;
    default: return minor <= 4 && length > 0 ? Probe::Yes : Probe::No;
  }
  if (length == 0) return minor <= 4 ? Probe::Yes : Probe::No;
  if (first.size() == kRecordHeader) return Probe::Maybe;
  if (minor <= 4) return Probe::Yes;
  // A version that never was: only a hello is believed then.
  if (reader.u8() != kClientHelloMessage) return Probe::No;
  reader.skip(3);
  const std::uint8_t hello_major = reader.u8();
  if (!reader.ok()) return length <= kMessageHeader ? Probe::Yes : Probe::Maybe;
  return hello_major == 3 ? Probe::Yes : Probe::No;
}

Progress TlsInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink) noexcept {
  if (stage_ == Stage::Finished) return {Step::Done, offered.size() + kAllThatFollows, 1};
  return direction == client_ ? client(offered, ended, sink) : server(offered, ended, sink);
}

Progress TlsInspector::client(Bytes offered, bool ended, ObservationSink& sink) noexcept {
  if (offered.empty()) return ended && !saw_hello_ ? finish(unnamed_) : Progress{};
  if (!saw_hello_ && (offered[0] & 0x80) != 0) return sslv2_client(offered, ended, sink);
  // The usual case without a copy: the hello lies whole in the first record.
  ByteReader reader(offered);
  const std::uint8_t type = reader.u8();
  const std::uint8_t major = reader.u8();
  const std::uint8_t minor = reader.u8();
  const std::size_t record = reader.u16();
  const std::uint8_t message = reader.u8();
  const std::size_t length = reader.u24();
  if (reader.ok() && type == kHandshake && major == 3 && minor <= 4 && message == kClientHelloMessage &&
      record <= kMaxRecord && kMessageHeader + length <= record) {
    if (reader.remaining() >= length) return hello(reader.bytes(length), kRecordHeader + record, 0, sink);
    if (!ended) {
      unnamed_ = saw_hello_ ? unnamed_ : Unnamed::HelloIncomplete;
      return {Step::NeedMore, 0, kRecordHeader + kMessageHeader + length};
    }
  }
  return gathered_client(offered, ended, sink);
}

Progress TlsInspector::gathered_client(Bytes offered, bool ended, ObservationSink& sink) noexcept {
  std::array<std::uint8_t, kMaxGathered> scratch;  // not initialised: touched only as far as records go
  const TlsFlight flight = gather_flight(offered, scratch);
  if (flight.handshake.empty()) {
    if (flight.stop == TlsFlight::Stop::NotTls) return finish(saw_hello_ ? unnamed_ : Unnamed::Malformed);
    if (flight.stop == TlsFlight::Stop::OtherRecord) return finish(saw_hello_ ? unnamed_ : Unnamed::StartMissed);
    if (ended) return finish(saw_hello_ ? unnamed_ : Unnamed::HelloIncomplete);
    return {Step::NeedMore, 0, need_for_first_byte(flight, offered)};
  }
  const std::uint8_t message = flight.handshake[0];
  if (message == kServerHelloMessage && !saw_hello_ && body_looks_right(flight.handshake)) {
    client_ = client_ == Direction::ToServer ? Direction::ToClient : Direction::ToServer;
    return server(offered, ended, sink);
  }
  // After ChangeCipherSpec the record may be encrypted and its first byte chance. Else the version in the hello is
  // not judged: with supported_versions a server must ignore it (RFC 8446 section 4.1.2).
  const bool may_be_encrypted = flight.skipped > 0;
  if (message != kClientHelloMessage || (may_be_encrypted && !body_looks_right(flight.handshake))) {
    if (!saw_hello_) return finish(Unnamed::StartMissed);
    if (name_sent_) return finish(unnamed_);
    return {Step::NeedMore, offered.size() + kAllThatFollows, 1};  // its certificate may still come
  }
  const std::size_t size = flight.message_size(0);
  if (size == 0 || size > flight.handshake.size()) return cut_client(flight, ended, sink);
  EvasionFlags flags = 0;
  if (flight.records > 1 && size <= 16384) flags |= evasion::kTinyRecords;
  if (flight.odd || (flight.skipped > 0 && !saw_hello_)) flags |= evasion::kOddRecord;
  return hello(flight.handshake.subspan(kMessageHeader, size - kMessageHeader), flight.end, flags, sink);
}

// A hello that is not all there: waits, or takes what can be read when no more will come.
Progress TlsInspector::cut_client(const TlsFlight& flight, bool ended, ObservationSink& sink) noexcept {
  const bool full = flight.stop == TlsFlight::Stop::Full;
  const bool broken_off = flight.stop == TlsFlight::Stop::NotTls || flight.stop == TlsFlight::Stop::OtherRecord;
  if (!full && !broken_off && !ended) {
    if (!saw_hello_) unnamed_ = Unnamed::HelloIncomplete;
    const std::size_t size = std::min(std::max(flight.message_size(0), kMessageHeader), kMaxGathered);
    return {Step::NeedMore, 0, flight.end - flight.missing + flight.more_for(size)};
  }
  if (saw_hello_) return finish(unnamed_);
  const Bytes body = flight.handshake.subspan(std::min(kMessageHeader, flight.handshake.size()));
  const auto hello = parse_client_hello(body, HelloForm::Tls);
  if (hello && hello->name_count > 0) {
    HelloContext context;
    context.direction = client_;
    return finish(report_hello(*hello, context, sink));
  }
  return finish(full ? Unnamed::BoundReached : broken_off ? Unnamed::Malformed : Unnamed::HelloIncomplete);
}

Progress TlsInspector::hello(Bytes body, std::uint64_t consumed, EvasionFlags flags,
                             ObservationSink& sink) noexcept {
  const auto hello = parse_client_hello(body, HelloForm::Tls);
  if (!hello) return finish(saw_hello_ ? unnamed_ : Unnamed::Malformed);
  const std::uint64_t hash = hash_of_names(*hello);
  if (saw_hello_ && hash == names_hash_) return finish(unnamed_);
  HelloContext context;
  context.direction = client_;
  context.evasion = flags;
  if (saw_hello_) context.evasion |= evasion::kTwoNames;
  unnamed_ = report_hello(*hello, context, sink);
  if (saw_hello_) return finish(unnamed_);
  saw_hello_ = true;
  names_hash_ = hash;
  name_sent_ = unnamed_ != Unnamed::NoNameSent;
  if (name_sent_ && !hello->retry_likely()) return finish(unnamed_);
  stage_ = Stage::AwaitingServer;
  return {Step::NeedMore, consumed, 1};
}

Progress TlsInspector::sslv2_client(Bytes offered, bool ended, ObservationSink& sink) noexcept {
  switch (probe_sslv2(offered)) {
    case Probe::No: return finish(Unnamed::Malformed);
    case Probe::Maybe:
      return ended ? finish(Unnamed::HelloIncomplete) : Progress{Step::NeedMore, 0, kSslv2Header};
    case Probe::Yes: break;
  }
  ByteReader reader(offered);
  const std::size_t end = 2 + (reader.u16() & 0x7fffu);
  reader.skip(1);
  Observation seen;
  seen.protocol = AppProtocol::Tls;
  seen.direction = client_;
  seen.version = reader.u16();
  sink.observe(seen);
  saw_hello_ = true;
  unnamed_ = Unnamed::NoNameSent;
  if (seen.version < 0x0300) return finish(unnamed_);
  stage_ = Stage::AwaitingServer;
  return {Step::NeedMore, end, 1};
}

Progress TlsInspector::server(Bytes offered, bool ended, ObservationSink& sink) noexcept {
  if (offered.empty()) return {};
  if (saw_hello_ && stage_ == Stage::Opening) return {Step::NeedMore, offered.size() + kAllThatFollows, 1};
  std::array<std::uint8_t, kMaxGathered> scratch;  // not initialised, see gathered_client
  return server_flight(gather_flight(offered, scratch), offered, ended, sink);
}

Progress TlsInspector::server_flight(const TlsFlight& flight, Bytes offered, bool ended,
                                     ObservationSink& sink) noexcept {
  const bool stopped = flight.stop != TlsFlight::Stop::OutOfBytes || ended;
  const auto wait_for = [&](std::size_t wanted) -> Progress {
    if (stopped) return server_is_no_help(offered);
    return {Step::NeedMore, 0, flight.end - flight.missing + flight.more_for(wanted)};
  };
  if (flight.handshake.empty()) {
    if (stopped) return server_is_no_help(offered);
    return {Step::NeedMore, 0, need_for_first_byte(flight, offered)};
  }
  if (flight.handshake[0] == kClientHelloMessage && !saw_hello_) {
    client_ = client_ == Direction::ToServer ? Direction::ToClient : Direction::ToServer;
    return client(offered, ended, sink);
  }
  if (flight.handshake[0] != kServerHelloMessage) return server_is_no_help(offered);
  const std::size_t first = flight.message_size(0);
  if (first == 0 || first > flight.handshake.size()) return wait_for(std::max(first, kMessageHeader));
  const ServerHello answer = read_server_hello(flight.handshake.subspan(kMessageHeader, first - kMessageHeader));
  if (answer.asks_for_another && saw_hello_) {
    stage_ = Stage::Opening;
    return {Step::NeedMore, offered.size() + kAllThatFollows, 1};
  }
  if (answer.version >= kTls13 || name_sent_) return server_is_no_help(offered);
  // Certificate (RFC 5246 section 7.4.2): the list's length, then the leaf's.
  constexpr std::size_t kLengths = 3 + 3;
  if (flight.handshake.size() <= first) return wait_for(first + kMessageHeader + kLengths);
  if (flight.handshake[first] != kCertificateMessage) return server_is_no_help(offered);
  ByteReader reader(flight.handshake);
  reader.seek(first + kMessageHeader + 3);
  const std::size_t length = reader.u24();
  if (!reader.ok()) return wait_for(first + kMessageHeader + kLengths);
  if (length > reader.remaining()) return wait_for(std::min(reader.position() + length, kMaxGathered));
  return certificate(reader.bytes(length), offered, sink);
}

Progress TlsInspector::certificate(Bytes der, Bytes offered, ObservationSink& sink) noexcept {
  const auto names = read_certificate_names(der);
  const std::string_view host = names ? names->best() : std::string_view{};
  if (host.empty()) return server_is_no_help(offered);
  Observation seen;
  seen.protocol = AppProtocol::Tls;
  seen.from = NameSource::TlsCertificate;
  seen.direction = client_ == Direction::ToServer ? Direction::ToClient : Direction::ToServer;
  seen.host = host;
  sink.observe(seen);
  unnamed_ = Unnamed::None;
  return server_is_no_help(offered);
}

// Nothing more can come from the server's side. With the hello seen that is the end; without it, the client's
// side may still bring one (a capture that holds the answer first).
Progress TlsInspector::server_is_no_help(Bytes offered) noexcept {
  if (saw_hello_) return finish(unnamed_);
  if (unnamed_ != Unnamed::None) unnamed_ = Unnamed::StartMissed;
  return {Step::NeedMore, offered.size() + kAllThatFollows, 1};
}

Progress TlsInspector::finish(Unnamed why) noexcept {
  stage_ = Stage::Finished;
  unnamed_ = why;
  return {Step::Done, kAllThatFollows, 1};
}

}  // namespace gatehouse::inspect
