// TLS on a stream: puts the ClientHello together from any split of records and segments, reports its name, and
// looks at the server's side only as long as something can still be learnt (a HelloRetryRequest's second hello;
// the certificate when a TLS 1.2 client sent no name). Used by StreamInspection, also after a STARTTLS.
// One flow, one thread; small and trivially movable; copies only hellos that span records, onto the stack.
#pragma once

#include <cstdint>

#include "gate/inspect/inspection.h"
#include "gate/inspect/probe.h"

namespace gatehouse::inspect {

struct TlsFlight;

class TlsInspector {
 public:
  // Does a stream that begins so hold TLS (any record type) or an SSLv2-framed ClientHello?
  static Probe probe(Bytes first) noexcept;

  // See inspection.h. `offered` begins with the first TLS byte of that direction that was not yet consumed.
  // If the bytes called ToClient hold the ClientHello (a mid-stream guess was wrong), the sides are swapped.
  Progress feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink) noexcept;

  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }

 private:
  enum class Stage : std::uint8_t {
    Opening,         // no ClientHello yet, or the second one is to come
    AwaitingServer,  // to see whether it asks for a second hello, or sends a certificate
    Finished,
  };

  Progress client(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress gathered_client(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress sslv2_client(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress cut_client(const TlsFlight& flight, bool ended, ObservationSink& sink) noexcept;
  Progress hello(Bytes body, std::uint64_t consumed, EvasionFlags flags, ObservationSink& sink) noexcept;
  Progress server(Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress server_flight(const TlsFlight& flight, Bytes offered, bool ended, ObservationSink& sink) noexcept;
  Progress certificate(Bytes der, Bytes offered, ObservationSink& sink) noexcept;
  Progress finish(Unnamed why) noexcept;
  Progress server_is_no_help(Bytes offered) noexcept;

  Stage stage_ = Stage::Opening;
  Unnamed unnamed_ = Unnamed::NoPayload;
  Direction client_ = Direction::ToServer;  // the side that sends the ClientHello
  bool saw_hello_ = false;
  bool name_sent_ = false;
  std::uint64_t names_hash_ = 0;            // of the first hello, to tell whether the second differs
};

}  // namespace gatehouse::inspect
