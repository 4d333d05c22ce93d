// Stands between an inspector and the caller's sink: notes whether a name was seen, and adds what a name says
// about tunnels. Used by the two choosers; lives during one feed.
#pragma once

#include "gate/inspect/observation.h"
#include "gate/inspect/tunnels_names.h"

namespace gatehouse::inspect {

class Observing final : public ObservationSink {
 public:
  Observing(ObservationSink& to, std::uint16_t server_port, bool resolver_address, Direction swapped) noexcept
      : to_(to), server_port_(server_port), resolver_address_(resolver_address), swapped_(swapped) {}

  void observe(const Observation& observation) noexcept override {
    Observation seen = observation;
    if (swapped_ == Direction::ToClient) {
      seen.direction = seen.direction == Direction::ToServer ? Direction::ToClient : Direction::ToServer;
    }
    if (!seen.host.empty()) {
      named = true;
      if (seen.from == NameSource::EchOuterName || seen.ech == Ech::Offered) outer_only = true;
    }
    if (seen.tunnel.empty() && (seen.protocol == AppProtocol::Tls || seen.protocol == AppProtocol::Quic)) {
      if (const auto verdict = tunnel_by_hello(seen, server_port_, resolver_address_)) {
        seen.tunnel = verdict->tunnel;
        seen.confidence = verdict->confidence;
        seen.reason = verdict->reason;
        seen.kind_certain = verdict->kind_certain;
      }
    }
    to_.observe(seen);
  }

  // A tunnel that an opening betrayed, without any name.
  void tunnel(const TunnelVerdict& verdict, Direction direction) noexcept {
    Observation seen;
    seen.protocol = verdict.protocol;
    seen.direction = direction;
    seen.tunnel = verdict.tunnel;
    seen.confidence = verdict.confidence;
    seen.reason = verdict.reason;
    seen.kind_certain = verdict.kind_certain;
    to_.observe(seen);
  }

  bool named = false;
  bool outer_only = false;

 private:
  ObservationSink& to_;
  std::uint16_t server_port_;
  bool resolver_address_;
  Direction swapped_;
};

}  // namespace gatehouse::inspect
