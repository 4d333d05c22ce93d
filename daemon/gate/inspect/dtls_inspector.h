// DTLS 1.0 to 1.3 and Cisco's older form: puts the ClientHello together from its fragments over datagrams and
// reports its name, if it has one (calls in browsers have none), and its JA4.
// Holds a few kilobytes of fragments: lives in a BoundedPool<DtlsInspector>. One flow, one thread.
#pragma once

#include <cstdint>

#include "gate/inspect/handshake_buffer.h"
#include "gate/inspect/inspection.h"
#include "gate/inspect/probe.h"

namespace gatehouse::inspect {

class DtlsInspector {
 public:
  static Probe probe(Bytes datagram) noexcept;

  DtlsInspector() noexcept {}  // NOLINT(modernize-use-equals-default): leaves the fragment bytes untouched

  // One datagram. Done when the hello was reported or will not come.
  Step feed(Direction direction, Bytes datagram, ObservationSink& sink) noexcept;

  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }

 private:
  // A hello with a post-quantum share and a cookie takes about 2,000 bytes.
  static constexpr std::size_t kMaxHandshake = 8 * 1024;

  void handshake(Bytes record, Direction direction, ObservationSink& sink) noexcept;
  void report(Bytes body, Direction direction, ObservationSink& sink) noexcept;

  Unnamed unnamed_ = Unnamed::NoPayload;
  bool finished_ = false;
  std::uint8_t datagrams_ = 0;
  std::uint16_t sequence_ = 0;       // of the hello in hand
  std::uint32_t length_ = 0;
  HandshakeBuffer<kMaxHandshake> fragments_;
};

}  // namespace gatehouse::inspect
