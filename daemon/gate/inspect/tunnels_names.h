// Ways round that a name or a hello betrays: DNS over HTTPS, TLS and QUIC, Tor's own TLS, and the products
// that use names of their own. Used by the choosers on every observation of TLS and QUIC. Pure functions; no
// state.
#pragma once

#include <optional>

#include "gate/inspect/observation.h"
#include "gate/inspect/tunnels_vpn.h"

namespace gatehouse::inspect {

// Well-known public resolvers' names and ALPN "dot", "doq"; names of Tor, Psiphon, Ultrasurf, Hotspot Shield.
// `server_port` and `resolver_address` (the server is in the list handed in) strengthen what is weak alone.
std::optional<TunnelVerdict> tunnel_by_hello(const Observation& seen, std::uint16_t server_port,
                                             bool resolver_address) noexcept;

// "www." and 8 to 20 random letters and digits of base32, then ".com" or ".net": what Tor relays and clients
// use.
bool looks_like_tor_name(std::string_view host) noexcept;

}  // namespace gatehouse::inspect
