// From a ClientHello to Observations: the part that TLS, QUIC and DTLS share. No heap; the observation borrows
// from the hello and from this call's stack.
#pragma once

#include <cstdint>

#include "gate/inspect/ja4.h"
#include "gate/inspect/observation.h"
#include "gate/inspect/tls_client_hello.h"

namespace gatehouse::inspect {

struct HelloContext {
  AppProtocol protocol = AppProtocol::Tls;
  NameSource source = NameSource::TlsSni;
  Ja4Transport transport = Ja4Transport::Tcp;
  Direction direction = Direction::ToServer;
  EvasionFlags evasion = 0;
  std::uint32_t quic_version = 0;
};

// Observes the hello, once for each different name (once without a host when there is none); returns why the
// flow is unnamed, or None.
Unnamed report_hello(const ClientHello& hello, const HelloContext& context, ObservationSink& sink) noexcept;

// Of the names in a hello, to tell whether a later one asks for others. Case does not matter.
std::uint64_t hash_of_names(const ClientHello& hello) noexcept;

}  // namespace gatehouse::inspect
