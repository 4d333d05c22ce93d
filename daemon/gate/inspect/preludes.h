// Protocols that stand before another one on the same stream: the PROXY header, text protocols with
// STARTTLS, and framed ones that ask for TLS (PostgreSQL, MySQL, RDP, LDAP). Each reports what it names, then
// hands the rest back to the chooser. Used by StreamInspection. One flow, one thread; they keep no bytes.
#pragma once

#include <cstdint>

#include "gate/inspect/probe.h"
#include "gate/inspect/stream_step.h"

namespace gatehouse::inspect {

class ResourcePools;

// PROXY protocol versions 1 and 2 (haproxy proxy-protocol.txt, section 2): skipped, whatever follows is
// inspected.
class ProxyHeaderInspector {
 public:
  static constexpr AppProtocol kProtocol = AppProtocol::Unknown;
  static Probe probe(Direction direction, Bytes first) noexcept;
  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return Unnamed::NoPayload; }
};

// SMTP, IMAP, POP3, FTP, XMPP: lines of text until the client begins TLS (RFC 3207, 2595, 4217, 6120).
class TextInspector {
 public:
  static Probe probe(Direction direction, Bytes first) noexcept;
  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return Unnamed::KnownOther; }
  [[nodiscard]] AppProtocol protocol() const noexcept { return protocol_; }

 private:
  AppProtocol protocol_ = AppProtocol::Unknown;
  std::uint32_t read_ = 0;
};

// Messages with a length that come before TLS on one connection: PostgreSQL's SSLRequest, MySQL's, RDP's
// X.224 connection request, LDAP's StartTLS.
class FramedInspector {
 public:
  static Probe probe(Direction direction, Bytes first) noexcept;
  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return Unnamed::KnownOther; }
  [[nodiscard]] AppProtocol protocol() const noexcept { return protocol_; }

 private:
  AppProtocol protocol_ = AppProtocol::Other;
  bool first_read_ = false;
};

// How many bytes of the server's the preamble takes from the start of `offered`; `done` when the new
// protocol's begin after them.
struct PreambleStep {
  std::size_t consumed = 0;
  bool done = false;
};
PreambleStep skip_server_preamble(ServerPreamble preamble, Bytes offered) noexcept;

}  // namespace gatehouse::inspect
