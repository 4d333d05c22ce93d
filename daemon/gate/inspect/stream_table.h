// The one table of stream inspectors: to add a protocol, add its class to StreamTable. The order is the order
// in which they are asked, the surest content check first. Used by stream_inspection.cpp only.
//
// Such a class has: static Probe probe(Direction, Bytes first); StreamStep feed(Direction, Bytes offered,
// bool ended, ObservationSink&, ResourcePools&); Unnamed unnamed() const; and kProtocol or protocol() const;
// know(const StreamFacts&) if it wants them. No heap, no bytes kept.
#pragma once

#include <variant>

#include "gate/inspect/dns_inspector.h"
#include "gate/inspect/http2_inspector.h"
#include "gate/inspect/http_inspector.h"
#include "gate/inspect/preludes.h"
#include "gate/inspect/socks_inspector.h"
#include "gate/inspect/tls_inspector.h"

namespace gatehouse::inspect {

// TLS speaks Progress, the outer form, because it never hands over.
class TlsStream {
 public:
  static constexpr AppProtocol kProtocol = AppProtocol::Tls;
  static Probe probe(Direction, Bytes first) noexcept { return TlsInspector::probe(first); }
  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools&) noexcept {
    return as_stream_step(inner_.feed(direction, offered, ended, sink));
  }
  [[nodiscard]] Unnamed unnamed() const noexcept { return inner_.unnamed(); }

 private:
  TlsInspector inner_;
};

template <typename... Inspectors>
struct InspectorTable {
  using State = std::variant<std::monostate, Inspectors...>;  // monostate: not chosen yet
};

using StreamTable = InspectorTable<ProxyHeaderInspector, TlsStream, Http2Inspector, HttpInspector,
                                   SocksInspector, FramedInspector, TextInspector, DnsStreamInspector>;

}  // namespace gatehouse::inspect
