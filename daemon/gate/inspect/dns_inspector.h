// DNS over UDP and TCP, and its relatives on UDP: mDNS (RFC 6762), LLMNR (RFC 4795), the NetBIOS name service
// (RFC 1002), each under its own AppProtocol and NameSource. Used by the two inspections. Every question is
// one Observation; a response is one with its answers. A query's name that looks like a tunnel says so. One
// flow, one thread; keeps no bytes.
#pragma once

#include <cstdint>

#include "gate/inspect/dns_message.h"
#include "gate/inspect/dns_tunnel.h"
#include "gate/inspect/probe.h"
#include "gate/inspect/stream_step.h"

namespace gatehouse::inspect {

class ResourcePools;

// Tells the sink what one message holds. Shared by both transports.
class DnsReporter {
 public:
  void report(const DnsMessage& message, AppProtocol protocol, Direction direction,
              ObservationSink& sink) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return unnamed_; }
  void set_unnamed(Unnamed why) noexcept {
    if (unnamed_ != Unnamed::None) unnamed_ = why;
  }

 private:
  DnsTunnelWatch watch_;
  Unnamed unnamed_ = Unnamed::NoPayload;
};

class DnsDatagramInspector {
 public:
  // The four share one message format, so the port says which it is; elsewhere only what is DNS beyond doubt
  // is.
  static Probe probe(Bytes datagram, const DatagramFacts& facts) noexcept;
  // A server's, where whatever comes is meant to be one of the four.
  static bool is_own_port(std::uint16_t port) noexcept;

  Step feed(Direction direction, Bytes datagram, const DatagramFacts& facts, ObservationSink& sink,
            ResourcePools& pools) noexcept;
  [[nodiscard]] AppProtocol protocol() const noexcept { return protocol_; }
  [[nodiscard]] Unnamed unnamed() const noexcept { return reporter_.unnamed(); }

 private:
  DnsReporter reporter_;
  AppProtocol protocol_ = AppProtocol::Dns;
};

// Over TCP each message has its length before it (RFC 1035 section 4.2.2); LLMNR does the same on its port.
class DnsStreamInspector {
 public:
  static Probe probe(Direction direction, Bytes first) noexcept;

  StreamStep feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                  ResourcePools& pools) noexcept;
  [[nodiscard]] Unnamed unnamed() const noexcept { return reporter_.unnamed(); }
  [[nodiscard]] AppProtocol protocol() const noexcept { return protocol_; }
  void know(const StreamFacts& facts) noexcept;

 private:
  DnsReporter reporter_;
  AppProtocol protocol_ = AppProtocol::Dns;
};

// A DNS message inside HTTP (RFC 8484): the one that a target's `dns` parameter holds, or that a body is.
// Reports its question as a DNS query that came by a way round. Nothing happens when there is none.
void report_doh_target(std::string_view target, ObservationSink& sink, ResourcePools& pools) noexcept;
void report_doh_body(Bytes message, Direction direction, ObservationSink& sink,
                     ResourcePools& pools) noexcept;

}  // namespace gatehouse::inspect
