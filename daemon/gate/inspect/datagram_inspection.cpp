// The chooser for datagrams. The table kDatagramProtocols is the one place where a protocol is added; its
// order is the order in which they are asked, the surest content check first.
#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <variant>

#include "gate/inspect/dhcp_message.h"
#include "gate/inspect/dns_inspector.h"
#include "gate/inspect/http_request.h"
#include "gate/inspect/inspection.h"
#include "gate/inspect/observing.h"
#include "gate/inspect/pool_handle.h"
#include "gate/inspect/resources.h"

namespace gatehouse::inspect {
namespace {

// Datagrams that fit nothing before giving up. Calls open with STUN before their DTLS hello, so some are
// allowed.
constexpr std::uint8_t kMaxTries = 12;
constexpr std::uint16_t kSsdpPort = 1900;
constexpr std::uint16_t kNtpPort = 123;

struct QuicDatagrams {
  static constexpr AppProtocol kProtocol = AppProtocol::Quic;
  static Probe probe(Bytes datagram, const DatagramFacts&) noexcept { return QuicInspector::probe(datagram); }
  explicit QuicDatagrams(ResourcePools& pools) noexcept : inner(pools.quic(), pools.quic_crypto()) {}
  Step feed(Direction direction, Bytes datagram, const DatagramFacts&, ObservationSink& sink,
            ResourcePools&) noexcept {
    return inner ? inner->feed(direction, datagram, sink) : Step::Done;
  }
  [[nodiscard]] Unnamed unnamed() const noexcept { return inner ? inner->unnamed() : Unnamed::BoundReached; }
  PoolHandle<QuicInspector> inner;
};

struct DtlsDatagrams {
  static constexpr AppProtocol kProtocol = AppProtocol::Dtls;
  static Probe probe(Bytes datagram, const DatagramFacts&) noexcept { return DtlsInspector::probe(datagram); }
  explicit DtlsDatagrams(ResourcePools& pools) noexcept : inner(pools.dtls()) {}
  Step feed(Direction direction, Bytes datagram, const DatagramFacts&, ObservationSink& sink,
            ResourcePools&) noexcept {
    return inner ? inner->feed(direction, datagram, sink) : Step::Done;
  }
  [[nodiscard]] Unnamed unnamed() const noexcept { return inner ? inner->unnamed() : Unnamed::BoundReached; }
  PoolHandle<DtlsInspector> inner;
};

struct DnsDatagrams : DnsDatagramInspector {
  // A QUIC hello is one on DNS' own ports too: as a question it would be the first of 256 and more.
  static Probe probe(Bytes datagram, const DatagramFacts& facts) noexcept {
    return QuicInspector::probe(datagram) == Probe::Yes ? Probe::No : DnsDatagramInspector::probe(datagram, facts);
  }
  explicit DnsDatagrams(ResourcePools&) noexcept {}
};

// SSDP (UPnP Device Architecture 2.0, section 1.3): HTTP's heads in datagrams.
struct SsdpDatagrams {
  static constexpr AppProtocol kProtocol = AppProtocol::Ssdp;
  static Probe probe(Bytes datagram, const DatagramFacts& facts) noexcept {
    const std::string_view text = as_text(datagram);
    if (text.starts_with("M-SEARCH * HTTP/1") || text.starts_with("NOTIFY * HTTP/1")) return Probe::Yes;
    const bool port = facts.server_port == kSsdpPort || facts.client_port == kSsdpPort;
    return port && text.starts_with("HTTP/1.") ? Probe::Yes : Probe::No;
  }
  explicit SsdpDatagrams(ResourcePools&) noexcept {}
  Step feed(Direction direction, Bytes datagram, const DatagramFacts&, ObservationSink& sink,
            ResourcePools&) noexcept {
    const auto head = parse_request_head(datagram);
    if (named || !head || head->host_count == 0) return Step::NeedMore;  // the same is said again every few seconds
    Observation seen;
    seen.protocol = kProtocol;
    seen.direction = direction;
    seen.from = NameSource::HttpHost;
    seen.method = head->method;
    seen.url = head->target;
    seen.user_agent = head->user_agent;
    const HostPort host = split_authority(head->hosts[0]);
    seen.host = host.host;
    seen.port = host.port;
    named = named || !host.host.empty();
    sink.observe(seen);
    return Step::NeedMore;
  }
  [[nodiscard]] Unnamed unnamed() const noexcept { return named ? Unnamed::None : Unnamed::KnownOther; }
  bool named = false;
};

// Every message of it is told: it names nobody, but says which device was given which address.
struct DhcpDatagrams {
  static constexpr AppProtocol kProtocol = AppProtocol::Dhcp;
  // On its own ports only: on others such a datagram may stand before what is to go unseen.
  static Probe probe(Bytes datagram, const DatagramFacts& facts) noexcept {
    return are_dhcp_ports(facts.client_port, facts.server_port) && looks_like_dhcp(datagram) ? Probe::Yes : Probe::No;
  }
  explicit DhcpDatagrams(ResourcePools&) noexcept {}
  Step feed(Direction direction, Bytes datagram, const DatagramFacts&, ObservationSink& sink, ResourcePools&) noexcept {
    const auto message = parse_dhcp(datagram);
    if (!message) return Step::NeedMore;
    Observation seen;
    seen.protocol = kProtocol;
    seen.direction = direction;
    seen.dhcp = &*message;
    sink.observe(seen);
    return Step::NeedMore;  // a server's broadcasts to all its clients are one flow
  }
  [[nodiscard]] Unnamed unnamed() const noexcept { return Unnamed::KnownOther; }
};

// The table. `probe(Bytes, facts)`, `feed(...)`, `unnamed()`, and kProtocol or protocol().
using DatagramTable = std::variant<std::monostate, SsdpDatagrams, DhcpDatagrams, DnsDatagrams, DtlsDatagrams,
                                   QuicDatagrams>;

bool is_ntp(Bytes datagram, const DatagramFacts& facts) noexcept {
  const bool port = facts.server_port == kNtpPort || facts.client_port == kNtpPort;
  return port && datagram.size() >= 12 &&
         (datagram[0] & 0x38) <= 0x20;  // versions up to 4 (RFC 5905 section 7.3)
}

}  // namespace

struct DatagramInspection::State {
  ResourcePools* pools;
  DatagramTable current;
  AppProtocol protocol = AppProtocol::Unknown;
  Unnamed why = Unnamed::NoPayload;
  std::uint8_t tries = 0;
  bool finished = false;
  bool named = false;
  bool outer_only = false;
  bool tunnel_told = false;

  // Whether this is no more of what a single datagram can be: it may be what that was put before, to go unseen.
  [[nodiscard]] bool strays(Bytes datagram, const DatagramFacts& facts) const noexcept {
    if (std::holds_alternative<DhcpDatagrams>(current)) return false;
    if (DhcpDatagrams::probe(datagram, facts) == Probe::Yes) return true;  // whatever was sent in the server's name before
    if (std::holds_alternative<SsdpDatagrams>(current)) return SsdpDatagrams::probe(datagram, facts) != Probe::Yes;
    if (!std::holds_alternative<DnsDatagrams>(current)) return false;
    if (DnsDatagrams::is_own_port(facts.server_port)) return QuicInspector::probe(datagram) == Probe::Yes;
    return DnsDatagrams::probe(datagram, facts) != Probe::Yes;
  }
  template <std::size_t I>
  Probe choose(Bytes datagram, const DatagramFacts& facts, Probe best) noexcept;
  Step no_inspector(Direction direction, Bytes datagram, const DatagramFacts& facts, Probe best,
                    Observing& sink) noexcept;
};

template <std::size_t I>
Probe DatagramInspection::State::choose(Bytes datagram, const DatagramFacts& facts, Probe best) noexcept {
  if constexpr (I == std::variant_size_v<DatagramTable>) {
    return best;
  } else {
    const Probe probe = std::variant_alternative_t<I, DatagramTable>::probe(datagram, facts);
    if (probe == Probe::Yes) {
      current.template emplace<I>(*pools);
      return probe;
    }
    return choose<I + 1>(datagram, facts, std::max(best, probe));
  }
}

Step DatagramInspection::State::no_inspector(Direction direction, Bytes datagram, const DatagramFacts& facts,
                                             Probe best, Observing& sink) noexcept {
  const bool first = tries == 0;
  ++tries;
  const Signature* known = pools->signatures().match(Transport::Datagram, datagram);
  if (known != nullptr || is_ntp(datagram, facts)) {
    const bool tunnel = known != nullptr && !known->tunnel.empty();
    protocol = known != nullptr ? known->protocol : AppProtocol::Ntp;
    why = tunnel ? Unnamed::Tunnel : Unnamed::KnownOther;
    if (tunnel) sink.tunnel({known->protocol, known->tunnel, known->confidence, known->reason, true}, direction);
    const bool call = protocol == AppProtocol::Stun;  // a DTLS hello may follow
    return call && tries < kMaxTries ? Step::NeedMore : Step::Done;
  }
  if (why != Unnamed::KnownOther)
    why = best == Probe::Maybe ? Unnamed::StartMissed : Unnamed::UnknownProtocol;
  if (first && direction == Direction::ToServer && best == Probe::No) {
    if (const auto random = fully_encrypted(datagram)) sink.tunnel(*random, direction);
  }
  return tries < kMaxTries ? Step::NeedMore : Step::Done;
}

DatagramInspection::State& DatagramInspection::state() noexcept {
  return *std::launder(reinterpret_cast<State*>(storage_.data()));
}
const DatagramInspection::State& DatagramInspection::state() const noexcept {
  return *std::launder(reinterpret_cast<const State*>(storage_.data()));
}

DatagramInspection::DatagramInspection(InspectionResources& resources) noexcept {
  static_assert(sizeof(State) <= kStateSize, "tens of thousands of these are alive at once");
  std::construct_at(reinterpret_cast<State*>(storage_.data()), State{&resources.pools(), {}});
}
DatagramInspection::DatagramInspection(DatagramInspection&& from) noexcept {
  std::construct_at(reinterpret_cast<State*>(storage_.data()), std::move(from.state()));
}
DatagramInspection::~DatagramInspection() { std::destroy_at(&state()); }

Step DatagramInspection::feed(Direction direction, Bytes datagram, const DatagramFacts& facts,
                              ObservationSink& sink) noexcept {
  State& own = state();
  if (own.finished) return Step::Done;
  if (datagram.empty()) return Step::NeedMore;
  Observing observing(sink, facts.server_port, own.pools->is_resolver(facts.server), Direction::ToServer);
  Step step = Step::NeedMore;
  if (own.strays(datagram, facts)) own.current.emplace<std::monostate>();
  if (own.current.index() == 0) {
    // VPNs first: their openings are exact, and they like the ports of others.
    if (const auto vpn = vpn_in_datagram(datagram, facts)) {
      own.protocol = vpn->protocol;
      own.why = Unnamed::Tunnel;
      observing.tunnel(*vpn, direction);
      own.finished = true;
      return Step::Done;
    }
    const Probe best = own.choose<1>(datagram, facts, Probe::No);
    if (best != Probe::Yes) step = own.no_inspector(direction, datagram, facts, best, observing);
  }
  std::visit(
      [&](auto& inspector) {
        using Inspector = std::decay_t<decltype(inspector)>;
        if constexpr (!std::is_same_v<Inspector, std::monostate>) {
          step = inspector.feed(direction, datagram, facts, observing, *own.pools);
          own.why = inspector.unnamed();
          if constexpr (requires { inspector.protocol(); }) {
            own.protocol = inspector.protocol();
          } else {
            own.protocol = Inspector::kProtocol;
          }
        }
      },
      own.current);
  own.named = own.named || observing.named;
  own.outer_only = own.outer_only || observing.outer_only;
  if (step == Step::Done) {
    own.finished = true;
    own.current.emplace<std::monostate>();  // gives pooled state back at once
  }
  return step;
}

AppProtocol DatagramInspection::protocol() const noexcept { return state().protocol; }

Unnamed DatagramInspection::unnamed() const noexcept {
  const State& own = state();
  if (own.outer_only) return Unnamed::EncryptedHello;
  return own.named ? Unnamed::None : own.why;
}

}  // namespace gatehouse::inspect
