// SOCKS: reports the name or address that a client asks a proxy for, then hands what is inside back to the
// chooser. Used by StreamInspection. One flow, one thread; keeps no bytes.
#pragma once

#include <cstdint>

#include "gate/inspect/probe.h"
#include "gate/inspect/stream_step.h"

namespace gatehouse::inspect {

class ResourcePools;

// SOCKS 4, 4a (OpenSSH's SOCKS4.protocol, SOCKS4A.protocol) and 5 (RFC 1928, RFC 1929): the name asked for.
class SocksInspector {
 public:
  static Probe probe(Direction direction, Bytes first) noexcept;
  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }
  [[nodiscard]] AppProtocol protocol() const noexcept { return protocol_; }

 private:
  StreamStep version4(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  StreamStep version5(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  StreamStep request5(Bytes request, std::uint64_t consumed, bool ended, ObservationSink& sink) noexcept;

  AppProtocol protocol_ = AppProtocol::Socks5;
  Unnamed unnamed_ = Unnamed::HelloIncomplete;
  bool greeted_ = false;
};

}  // namespace gatehouse::inspect
