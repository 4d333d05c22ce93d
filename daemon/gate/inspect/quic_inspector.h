// QUIC: opens the client's Initial packets, puts the ClientHello together from their CRYPTO frames in any order,
// and reports its name. v1, v2, the IETF drafts, mvfst's and Google's versions; old gQUIC's plain CHLO too.
// Big (both versions of the CRYPTO stream): lives in a BoundedPool<QuicInspector> and is made with
// pool.acquire(crypto); the pool's memory is touched only as far as bytes arrive. One flow, one thread.
#pragma once

#include <array>
#include <cstdint>

#include "gate/inspect/handshake_buffer.h"
#include "gate/inspect/inspection.h"
#include "gate/inspect/probe.h"
#include "gate/inspect/quic_crypto.h"

namespace gatehouse::inspect {

struct QuicPacket;

class QuicInspector {
 public:
  // Yes for long headers of known or negotiable versions, Maybe for short headers (any first byte can be one).
  static Probe probe(Bytes datagram) noexcept;

  // `crypto` is the worker's and outlives this.
  explicit QuicInspector(QuicCrypto& crypto) noexcept : crypto_(&crypto) {}

  // One datagram, whole or cut by the capture. Done when nothing more can be learnt.
  Step feed(Direction direction, Bytes datagram, ObservationSink& sink) noexcept;

  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }

 private:
  // A real hello is 300 to 2,000 bytes; ECH with large keys and many shares stays below this.
  static constexpr std::size_t kMaxHandshake = 16 * 1024;

  Step long_packets(Direction direction, Bytes datagram, ObservationSink& sink) noexcept;
  void initial(const QuicPacket& packet, Direction direction, ObservationSink& sink) noexcept;
  bool try_keys(const QuicPacket& packet, const QuicKeys& keys, bool own) noexcept;
  bool try_own_keys(const QuicPacket& packet) noexcept;
  void frames(Bytes payload, bool google_numbers) noexcept;
  void look_for_hello(Direction direction, ObservationSink& sink) noexcept;
  std::size_t look_at(Bytes stream, bool last_version, Direction direction, ObservationSink& sink) noexcept;
  void report_google(Bytes chlo, std::uint32_t version, ObservationSink& sink) noexcept;
  Step finish() noexcept;

  QuicCrypto* crypto_;
  Unnamed unnamed_ = Unnamed::NoPayload;
  bool finished_ = false;
  bool saw_hello_ = false;
  bool opened_ = false;              // some packet was opened; keys_ and first_id_ are set
  bool mixed_ = false;               // bytes of two connections may be in the buffer (after Retry, or a decoy)
  bool cut_ = false;                 // the capture cut a packet: more will not come
  bool retry_likely_ = false;
  std::uint8_t datagrams_ = 0;       // from the client
  std::uint8_t first_id_length_ = 0;
  std::uint32_t version_ = 0;
  std::uint64_t base_ = 0;           // where the hello in hand begins in the CRYPTO stream
  std::uint32_t told_version_ = 0;  // of the hello reported last
  std::uint64_t names_hash_ = 0;
  QuicKeys keys_;                    // that opened the last packet
  std::array<std::uint8_t, 20> first_id_;
  HandshakeBuffer<kMaxHandshake> crypto_bytes_;
};

}  // namespace gatehouse::inspect
