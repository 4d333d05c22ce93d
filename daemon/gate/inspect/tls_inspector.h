// TLS on a stream: puts the ClientHello together from any split of records and segments, reports its name, and
// looks at the server's side only as long as something can still be learnt (a HelloRetryRequest's second hello;
// the certificate when a TLS 1.2 client sent no name). Used by StreamInspection, also after a STARTTLS.
// One flow, one thread; small and trivially movable; copies only hellos that span records, onto the stack.
#pragma once

#include <cstdint>

#include "gate/inspect/inspection.h"
#include "gate/inspect/probe.h"

namespace gatehouse::inspect {

struct ClientHello;

class TlsInspector {
 public:
  // Does a stream that begins so hold TLS (any record type) or an SSLv2-framed ClientHello?
  static Probe probe(Bytes first) noexcept;

  // See inspection.h. `offered` begins with the first TLS byte of that direction that was not yet consumed.
  // If the bytes called ToClient hold the ClientHello (a mid-stream guess was wrong), the sides are swapped.
  Progress feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink) noexcept;

  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }

 private:
  enum class Stage : std::uint8_t { Opening, AwaitingServer, AwaitingCertificate, Finished };

  Progress client(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress server(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress hello(Bytes body, std::size_t consumed, int records, EvasionFlags odd, bool cut,
                 ObservationSink& sink) noexcept;
  Progress certificate(Bytes leaf, ObservationSink& sink) noexcept;
  Progress sslv2(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress finish(Unnamed why) noexcept;
  Progress wait(std::size_t need, bool ended, Unnamed why_if_ended) noexcept;

  Stage stage_ = Stage::Opening;
  Unnamed unnamed_ = Unnamed::NoPayload;
  Direction client_ = Direction::ToServer;  // the side that sends the ClientHello
  bool saw_hello_ = false;
  bool saw_server_ = false;
  bool name_sent_ = false;
  std::uint64_t name_hash_ = 0;             // of the first hello's name, to tell whether the second differs
};

}  // namespace gatehouse::inspect
