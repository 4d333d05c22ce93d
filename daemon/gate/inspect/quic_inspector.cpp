#include "gate/inspect/quic_inspector.h"

#include <algorithm>
#include <cstring>

#include "gate/inspect/quic_google.h"
#include "gate/inspect/quic_packet.h"
#include "gate/inspect/tls_records.h"
#include "gate/inspect/tls_report.h"

namespace gatehouse::inspect {

namespace {

// The largest Initial packet looked at; clients send 1,200 to 1,500 bytes.
constexpr std::size_t kMaxInitial = 16 * 1024;
// Client datagrams after which the hello will not come any more: a hello takes two or three, retransmitted.
constexpr std::uint8_t kMaxDatagrams = 24;
constexpr std::size_t kTag = 16;
constexpr std::size_t kSampleAt = 4;
constexpr std::size_t kSample = 16;

enum FrameType : std::uint64_t {
  kPadding = 0, kPing = 1, kAck = 2, kAckEcn = 3, kCrypto = 6, kClose = 0x1c, kCloseApp = 0x1d,
};

// RFC 9000 section 19.3.
void skip_ack(ByteReader& reader, bool with_ecn) noexcept {
  reader.quic_varint();  // largest
  reader.quic_varint();  // delay
  std::uint64_t ranges = reader.quic_varint();
  reader.quic_varint();
  while (ranges-- > 0 && reader.ok()) {
    reader.quic_varint();
    reader.quic_varint();
  }
  for (int i = 0; with_ecn && i < 3; ++i) reader.quic_varint();
}

void skip_close(ByteReader& reader, bool of_transport) noexcept {
  reader.quic_varint();
  if (of_transport) reader.quic_varint();
  reader.skip(reader.quic_varint());
}

}  // namespace

Probe QuicInspector::probe(Bytes datagram) noexcept {
  if (datagram.empty()) return Probe::No;
  if (find_google_hello(datagram).version != 0) return Probe::Yes;
  if ((datagram[0] & 0x80) == 0) return (datagram[0] & 0x40) != 0 ? Probe::Maybe : Probe::No;
  const auto packet = read_long_packet(datagram);
  if (!packet) return Probe::No;
  if (packet->type == QuicPacketType::VersionNegotiation) {
    ByteReader reader(datagram);
    reader.skip(5);
    reader.skip(reader.u8());
    reader.skip(reader.u8());
    if (reader.empty() || reader.remaining() % 4 != 0) return Probe::No;
    for (; !reader.empty();) {
      const std::uint32_t version = reader.u32();
      if (find_quic_version(version) != nullptr || is_google_plain(version)) return Probe::Yes;
    }
    return Probe::No;
  }
  if (packet->version == nullptr) {
    // Drafts before 22 and versions yet to come have a number of their own kind, and a full-sized datagram.
    const bool draft = (packet->number >> 8) == 0xff0000 || (packet->number >> 12) == 0xfaceb;
    return draft && datagram.size() >= 1000 ? Probe::Yes : Probe::No;
  }
  if (packet->type == QuicPacketType::Retry) return Probe::Yes;
  return packet->protected_.size() >= kSampleAt + kSample || packet->cut ? Probe::Yes : Probe::No;
}

Step QuicInspector::feed(Direction direction, Bytes datagram, ObservationSink& sink) noexcept {
  if (finished_) return Step::Done;
  if (datagram.empty()) return Step::NeedMore;
  if (direction == Direction::ToServer && ++datagrams_ > kMaxDatagrams) return finish();
  const GoogleHello google = find_google_hello(datagram);
  if (google.version != 0) {
    if (direction == Direction::ToClient) return Step::NeedMore;
    if (!google.chlo.empty()) {
      report_google(google.chlo, google.version, sink);
      return finish();
    }
    unnamed_ = Unnamed::HelloIncomplete;
    return Step::NeedMore;
  }
  if ((datagram[0] & 0x80) != 0) return long_packets(direction, datagram, sink);
  if (unnamed_ == Unnamed::NoPayload) unnamed_ = Unnamed::StartMissed;
  // A short header from the client: its handshake is over.
  return saw_hello_ ? finish() : Step::NeedMore;
}

Step QuicInspector::long_packets(Direction direction, Bytes datagram, ObservationSink& sink) noexcept {
  // After the hello there may be a second one, because the first was a decoy that the server never got, or because
  // the server asks for it. The server's answer ends the first doubt, the client's next flight the second.
  while (!datagram.empty() && (datagram[0] & 0x80) != 0) {
    const auto packet = read_long_packet(datagram);
    if (!packet) {
      if (unnamed_ == Unnamed::NoPayload) unnamed_ = Unnamed::Malformed;
      break;
    }
    if (packet->type == QuicPacketType::VersionNegotiation) {
      if (!saw_hello_) {
        crypto_bytes_.clear();
        opened_ = false;
      }
      return Step::NeedMore;
    }
    if (packet->type == QuicPacketType::Unknown) {
      if (unnamed_ == Unnamed::NoPayload) unnamed_ = Unnamed::UnknownVersion;
      break;
    }
    if (packet->type == QuicPacketType::Retry) return Step::NeedMore;
    if (direction == Direction::ToClient && saw_hello_ && !retry_likely_) return finish();
    if (packet->type == QuicPacketType::Handshake && direction == Direction::ToServer && saw_hello_) return finish();
    // The server's Initials are of no interest; but where the sides were guessed wrong, they are the client's.
    if (packet->type == QuicPacketType::Initial && (direction == Direction::ToServer || !opened_)) {
      initial(*packet, direction, sink);
    }
    if (finished_) return Step::Done;
    datagram = datagram.subspan(std::min(packet->size, datagram.size()));
  }
  return Step::NeedMore;
}

void QuicInspector::initial(const QuicPacket& packet, Direction direction, ObservationSink& sink) noexcept {
  if (packet.number != version_ && opened_ && !saw_hello_) {
    // Another version after a negotiation. Between 1 and 2 the CRYPTO stream goes on (RFC 9368).
    const bool compatible = packet.version->v2 || (find_quic_version(version_) && find_quic_version(version_)->v2);
    if (!compatible) crypto_bytes_.clear();
  }
  bool fits = opened_ && packet.number == version_ && try_keys(packet, keys_, false);
  if (!fits) fits = try_own_keys(packet);
  if (!fits && opened_) {  // the first connection again, after another one or in another version
    const QuicKeys first = QuicCrypto::client_keys(*packet.version, Bytes(first_id_).first(first_id_length_));
    fits = try_keys(packet, first, false);
    if (fits) keys_ = first;
  }
  if (!fits) {
    if (direction == Direction::ToServer && !opened_ && unnamed_ != Unnamed::None) {
      unnamed_ = Unnamed::DecryptionFailed;
    }
    return;
  }
  version_ = packet.number;
  opened_ = true;
  if (!saw_hello_ && unnamed_ != Unnamed::BoundReached) unnamed_ = Unnamed::HelloIncomplete;
  if (packet.version->frames != QuicVersion::Frames::Google) {
    look_for_hello(direction, sink);
  } else if (!saw_hello_ && !crypto_bytes_.contiguous().empty()) {
    report_google(crypto_bytes_.contiguous(), packet.number, sink);
  }
}

bool QuicInspector::try_own_keys(const QuicPacket& packet) noexcept {
  QuicKeys own = QuicCrypto::client_keys(*packet.version, packet.destination_id);
  bool fits = try_keys(packet, own, true);
  const bool settled = packet.number == 1 || packet.version->v2 || opened_ || packet.cut;
  for (std::size_t i = 0; i < kQuicGuesses && !fits && !settled; ++i) {
    own = QuicCrypto::client_keys(quic_guess(i), packet.destination_id);
    fits = try_keys(packet, own, true);
  }
  if (!fits) return false;
  keys_ = own;
  if (opened_) {
    mixed_ = true;
  } else {
    first_id_length_ = static_cast<std::uint8_t>(packet.destination_id.size());
    std::copy(packet.destination_id.begin(), packet.destination_id.end(), first_id_.begin());
  }
  return true;
}

// Header protection (RFC 9001 section 5.4), then the payload (5.3), then its frames. `own`: keys of this packet's
// own connection id; when another connection was read to its end, the stream begins anew.
bool QuicInspector::try_keys(const QuicPacket& packet, const QuicKeys& keys, bool own) noexcept {
  if (packet.protected_.size() < kSampleAt + kSample || packet.protected_.size() > kMaxInitial) return false;
  const auto mask = crypto_->header_mask(keys, packet.protected_.subspan(kSampleAt, kSample));
  if (!mask) return false;
  const auto first = static_cast<std::uint8_t>(packet.header[0] ^ ((*mask)[0] & 0x0f));
  const std::size_t number_length = (first & 3u) + 1;
  std::array<std::uint8_t, 4> number_bytes{};
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < number_length; ++i) {
    number_bytes[i] = static_cast<std::uint8_t>(packet.protected_[i] ^ (*mask)[i + 1]);
    number = (number << 8) | number_bytes[i];
  }
  const std::array<Bytes, 3> header{Bytes(&first, 1), packet.header.subspan(1), Bytes(number_bytes).first(number_length)};
  const Bytes sealed = packet.protected_.subspan(number_length);
  const Bytes tag = packet.cut ? Bytes{} : sealed.last(kTag);
  const Bytes ciphertext = packet.cut ? sealed : sealed.first(sealed.size() - kTag);
  std::array<std::uint8_t, kMaxInitial> plain;  // not initialised: touched only as far as the packet goes
  if (!crypto_->open(keys, number, header, ciphertext, tag, plain)) return false;
  const Bytes payload = Bytes(plain).first(ciphertext.size());
  if (packet.cut) {
    // Nothing proves the keys right but the content: a frame that a client's Initial begins with.
    if (payload.empty() || payload[0] > kCrypto + 2 || (first & 0x0c) != 0) return false;
    cut_ = true;
  }
  if (own && saw_hello_) {
    crypto_bytes_.clear();
    base_ = 0;
  }
  if (packet.version->frames == QuicVersion::Frames::Google) {
    crypto_bytes_.add(0, find_chlo(payload));
  } else {
    frames(payload, packet.version->frames == QuicVersion::Frames::GoogleTls);
  }
  return true;
}

// RFC 9000 section 12.4: the frames that an Initial packet may hold. Stops at any other.
void QuicInspector::frames(Bytes payload, bool google_numbers) noexcept {
  constexpr std::uint64_t kGooglePing = 7;
  constexpr std::uint64_t kGoogleCrypto = 8;
  ByteReader reader(payload);
  while (!reader.empty()) {
    std::uint64_t type = reader.quic_varint();
    if (google_numbers && type == kGooglePing) type = kPing;
    if (google_numbers && type == kGoogleCrypto) type = kCrypto;
    switch (type) {
      case kPadding: {  // comes by the thousand bytes
        const Bytes rest = reader.rest();
        reader.skip(static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), [](auto b) { return b != 0; }) - rest.begin()));
        break;
      }
      case kPing: break;
      case kAck: skip_ack(reader, false); break;
      case kAckEcn: skip_ack(reader, true); break;
      case kClose: skip_close(reader, true); break;
      case kCloseApp: skip_close(reader, false); break;
      case kCrypto: {
        const std::uint64_t offset = reader.quic_varint();
        const std::uint64_t length = reader.quic_varint();
        if (!reader.ok()) return;
        const std::size_t there = static_cast<std::size_t>(std::min<std::uint64_t>(length, reader.remaining()));
        const auto added = crypto_bytes_.add(offset, reader.bytes(there));
        using Added = HandshakeBuffer<kMaxHandshake>::Added;
        if ((added == Added::TooFar || added == Added::TooManyGaps) && !saw_hello_) unnamed_ = Unnamed::BoundReached;
        break;
      }
      default: return;
    }
  }
}

void QuicInspector::look_for_hello(Direction direction, ObservationSink& sink) noexcept {
  const std::size_t first = look_at(crypto_bytes_.contiguous(), false, direction, sink);
  const std::size_t last = crypto_bytes_.conflict() ? look_at(crypto_bytes_.contiguous_last(), true, direction, sink) : 0;
  base_ += std::max(first, last);
}

// Reports the hello at base_ of one version of the stream; returns its size, 0 when it is not whole.
std::size_t QuicInspector::look_at(Bytes stream, bool last_version, Direction direction,
                                   ObservationSink& sink) noexcept {
  if (stream.size() <= base_) return 0;
  ByteReader reader(stream.subspan(static_cast<std::size_t>(base_)));
  const std::uint8_t message = reader.u8();
  const std::size_t length = reader.u24();
  if (message != kClientHelloMessage) {
    if (!saw_hello_ && unnamed_ != Unnamed::BoundReached) unnamed_ = Unnamed::Malformed;
    return 0;
  }
  if (!reader.ok()) return 0;
  if (!saw_hello_ && kMessageHeader + length > kMaxHandshake) unnamed_ = Unnamed::BoundReached;
  const bool whole = reader.remaining() >= length;
  const bool last_chance = cut_ || kMessageHeader + length > kMaxHandshake;
  if (!whole && !last_chance) return 0;
  const auto hello = parse_client_hello(reader.bytes(std::min(length, reader.remaining())), HelloForm::Tls);
  if (!hello) {
    if (whole && !saw_hello_) unnamed_ = Unnamed::Malformed;
    return 0;
  }
  if (!whole && hello->name_count == 0) return 0;
  const std::uint64_t hash = hash_of_names(*hello);
  const bool other_name = saw_hello_ && hash != names_hash_;
  // After a negotiation the hello is another one (other parameters, another fingerprint), and the one that connects.
  const bool other_version = saw_hello_ && version_ != told_version_;
  if (!saw_hello_ || other_name || other_version) {
    told_version_ = version_;
    HelloContext context;
    context.protocol = AppProtocol::Quic;
    context.source = NameSource::QuicSni;
    context.transport = Ja4Transport::Quic;
    context.direction = direction;
    context.quic_version = version_;
    if (crypto_bytes_.conflict() && !mixed_) context.evasion |= evasion::kQuicOverlap;
    if (other_name) context.evasion |= evasion::kTwoNames;
    if (other_name && last_version) context.evasion |= evasion::kQuicOverlap;
    unnamed_ = report_hello(*hello, context, sink);
    names_hash_ = hash;
    retry_likely_ = hello->retry_likely();
    saw_hello_ = true;
  }
  return whole ? kMessageHeader + length : 0;
}

void QuicInspector::report_google(Bytes chlo, std::uint32_t version, ObservationSink& sink) noexcept {
  const GoogleNames names = read_chlo(chlo);
  Observation seen;
  seen.protocol = AppProtocol::Quic;
  seen.from = names.host.empty() ? NameSource::None : NameSource::QuicSni;
  seen.host = names.host;
  seen.user_agent = names.user_agent;
  seen.quic_version = version;
  sink.observe(seen);
  unnamed_ = names.host.empty() ? Unnamed::NoNameSent : Unnamed::None;
  saw_hello_ = true;
}

Step QuicInspector::finish() noexcept {
  finished_ = true;
  return Step::Done;
}

}  // namespace gatehouse::inspect
