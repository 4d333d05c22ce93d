#include "gate/flow/flow_engine.h"

#include <algorithm>
#include <utility>

#include "gate/flow/flow_context.h"

namespace gatehouse::flow {
namespace {

namespace evasion = inspect::evasion;
constexpr std::uint8_t kProtocolAh = 51;
// For flow ids: any fixed key, so that the same capture gives the same ids on every run.
constexpr HashKey kIdKey{0x67617465686f7573, 0x652d666c6f772d69};
// A step back in time of more than this is another capture, not packets out of order.
constexpr Seconds kOtherCapture{60};

std::string_view tunnel_of(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case static_cast<std::uint8_t>(packet::Transport::Gre): return "gre";
    case static_cast<std::uint8_t>(packet::Transport::Esp): return "ipsec-esp";
    case kProtocolAh: return "ipsec-ah";
    default: return {};
  }
}

bool makes_flow(const packet::PacketView& view) noexcept {
  return view.transport == packet::Transport::Tcp || view.transport == packet::Transport::Udp ||
         !tunnel_of(view.ip_protocol).empty();
}

}  // namespace

FlowEngine::FlowEngine(const FlowLimits& limits, inspect::InspectionResources& resources, FlowSink& sink)
    : limits_(limits),
      resources_(resources),
      sink_(sink),
      table_(limits.flows, limits.table_key),
      memory_(limits, stats_),
      tcp_contexts_(std::make_unique<BoundedPool<TcpContext>>(std::max<std::size_t>(limits.tcp_contexts, 1))),
      datagram_contexts_(
          std::make_unique<BoundedPool<DatagramContext>>(std::max<std::size_t>(limits.datagram_contexts, 1))),
      tcp_owner_(tcp_contexts_->capacity(), FlowTable::kNone),
      datagram_owner_(datagram_contexts_->capacity(), FlowTable::kNone),
      quic_paths_(limits.in_path ? 4096 : 1) {}

FlowEngine::~FlowEngine() = default;

void FlowEngine::process(std::span<const packet::PacketView> packets, std::span<PacketOutcome> outcomes) noexcept {
  std::array<packet::KeyedPacket, kBurst> keys;
  std::array<std::uint64_t, kBurst> hashes;
  for (std::size_t done = 0; done < packets.size(); done += kBurst) {
    const auto burst = packets.subspan(done, std::min(kBurst, packets.size() - done));
    for (std::size_t i = 0; i < burst.size(); ++i) {
      keys[i] = packet::key_of(burst[i]);
      hashes[i] = table_.hash(keys[i].key);
      table_.prefetch_buckets(hashes[i]);
    }
    for (std::size_t i = 0; i < burst.size(); ++i) table_.prefetch_flow(hashes[i]);
    for (std::size_t i = 0; i < burst.size(); ++i) {
      PacketOutcome outcome;
      one(burst[i], keys[i], hashes[i], outcome);
      if (done + i < outcomes.size()) outcomes[done + i] = outcome;
    }
  }
}

void FlowEngine::one(const packet::PacketView& view, const packet::KeyedPacket& keyed, std::uint64_t hash,
                     PacketOutcome& outcome) noexcept {
  ++stats_.packets;
  refuse_ = false;
  if (view.at > now_ || view.at + kOtherCapture < now_) {
    now_ = view.at;
    expire(now_);
  }
  if (!makes_flow(view)) {
    ++stats_.no_flow;
    outcome.inspection_over = true;
    return;
  }
  Index index = table_.find(keyed.key, hash);
  if (index != FlowTable::kNone && view.at - table_[index].last > timeout_of(table_[index])) {
    end_flow(index, inspect::Unnamed::None);  // over before the wheel came round
    index = FlowTable::kNone;
  }
  if (index == FlowTable::kNone) index = open(view, keyed, hash);
  in_hand_ = &view;
  const int end = keyed.from_low ? 0 : 1;
  switch (view.transport) {
    case packet::Transport::Tcp: index = tcp(index, view, end, hash); break;
    case packet::Transport::Udp: udp(index, view, end); break;
    default: other(index, view); break;
  }
  Flow& flow = table_[index];
  FlowEnd& sender = flow.ends[end];
  ++sender.packets;
  sender.bytes += view.payload.size();
  flow.last = std::max(flow.last, view.at);
  in_hand_ = nullptr;
  stats_.refused += refuse_ ? 1 : 0;
  outcome = {flow.id, flow.verdict, flow.inspection_over, refuse_, end == flow.client_end(), flow.protocol};
}

FlowEngine::Index FlowEngine::open(const packet::PacketView& view, const packet::KeyedPacket& keyed,
                                   std::uint64_t hash) noexcept {
  if (const Index victim = table_.victim(hash); victim != FlowTable::kNone) {
    ++stats_.evicted;
    if (!table_[victim].inspection_over) ++stats_.evicted_undecided;
    end_flow(victim, inspect::Unnamed::BoundReached);
  }
  const Index index = table_.insert(keyed.key, hash, view.at);
  Flow& flow = table_[index];
  flow.id = packet::hash_of(keyed.key, HashKey{kIdKey.k0 ^ static_cast<std::uint64_t>(to_us(view.at)), kIdKey.k1});
  flow.id &= 0x001f'ffff'ffff'ffff;  // 53 bits: a JSON number that every reader keeps exactly
  flow.client_is_high = !keyed.from_low;
  flow.client_mac = view.src_mac;
  flow.start_seen = view.transport != packet::Transport::Tcp;
  ++stats_.flows;
  return index;
}

void FlowEngine::other(Index index, const packet::PacketView& view) noexcept {
  Flow& flow = table_[index];
  if (flow.inspection_over) return;
  flow.inspection_over = true;
  inspect::Observation seen;
  seen.protocol = inspect::AppProtocol::Other;
  seen.tunnel = tunnel_of(view.ip_protocol);
  seen.confidence = 100;
  seen.reason = "IP protocol number";
  Hearing(*this, flow).observe(seen);
  flow.unnamed = inspect::Unnamed::Tunnel;
}

void FlowEngine::note_first_bytes(Flow& flow, const packet::PacketView& view) noexcept {
  if (view.from_fragments) flow.evasion |= evasion::kFragments;
  if (view.fragments_overlapped) flow.evasion |= evasion::kFragmentOverlap;
  if (view.encapsulation != packet::Encapsulation::None) flow.evasion |= evasion::kEncapsulated;
}

Seconds FlowEngine::timeout_of(const Flow& flow) const noexcept {
  const bool new_flow = flow.state == FlowState::New;
  if (flow.key.protocol == static_cast<std::uint8_t>(packet::Transport::Tcp)) {
    if (flow.state == FlowState::Closing) return limits_.tcp_closing;
    return new_flow && flow.ends[0].bytes + flow.ends[1].bytes == 0 ? limits_.tcp_new : limits_.tcp_established;
  }
  if (flow.key.protocol == static_cast<std::uint8_t>(packet::Transport::Udp)) {
    return new_flow ? limits_.udp_unanswered : limits_.udp_answered;
  }
  return limits_.other;
}

void FlowEngine::expire(Timestamp now) noexcept {
  table_.advance(now, [&](Index index) -> std::int64_t {
    const Flow& flow = table_[index];
    const auto left = flow.last + timeout_of(flow) - now;
    if (left > Microseconds{0}) return std::chrono::ceil<Seconds>(left).count();
    end_flow(index, inspect::Unnamed::None);
    return 0;
  });
}

void FlowEngine::advance(Timestamp now) noexcept {
  now_ = std::max(now_, now);
  expire(now_);
}

void FlowEngine::finish() noexcept {
  for (Index index = 0; index < table_.touched(); ++index) {
    if (table_[index].in_use) end_flow(index, inspect::Unnamed::None);
  }
}

void FlowEngine::end_flow(Index index, inspect::Unnamed why) noexcept {
  Flow& flow = table_[index];
  const packet::PacketView* const in_hand = std::exchange(in_hand_, nullptr);  // it is not of this flow
  if (flow.context != Flow::kNoContext) {
    if (flow.key.protocol == static_cast<std::uint8_t>(packet::Transport::Tcp)) {
      finish_tcp(index);
      release_tcp(index, why);
    } else {
      feed_held(index);
      release_datagram(index, why);
    }
  } else if (!flow.inspection_over && why != inspect::Unnamed::None) {
    settle_unnamed(flow, why);
  }
  if (flow.names > 0) flow.unnamed = inspect::Unnamed::None;
  ++stats_.ended;
  if (flow.names > 0) {
    ++stats_.named;
  } else {
    ++stats_.unnamed[static_cast<std::size_t>(flow.unnamed)];
  }
  sink_.on_flow_end(flow);
  table_.erase(index);
  in_hand_ = in_hand;
}

void FlowEngine::settle_unnamed(Flow& flow, inspect::Unnamed why) const noexcept {
  using inspect::Unnamed;
  const bool vague = why == Unnamed::UnknownProtocol || why == Unnamed::HelloIncomplete || why == Unnamed::Malformed ||
                     (why == Unnamed::NoPayload && flow.ends[0].bytes + flow.ends[1].bytes > 0);
  flow.unnamed = flow.names > 0                ? Unnamed::None
                 : vague && !flow.start_seen   ? Unnamed::StartMissed
                                               : why;
}

const FlowStats& FlowEngine::stats() noexcept {
  stats_.flows_now = table_.size();
  stats_.reassembly_now = memory_.chunks.in_use() * sizeof(StreamChunk);
  return stats_;
}

std::vector<NamedCount> FlowEngine::counters() {
  const FlowStats& s = stats();
  std::vector<NamedCount> out = {
      {"packets", s.packets},
      {"no-flow", s.no_flow},
      {"flows", s.flows},
      {"flows-now", s.flows_now},
      {"ended", s.ended},
      {"named", s.named},
      {"names", s.names},
      {"evicted", s.evicted},
      {"evicted-undecided", s.evicted_undecided},
      {"context-bound", s.context_bound},
      {"chunk-bound", s.chunk_bound},
      {"stream-bound", s.stream_bound},
      {"alternate-bound", s.alternate_bound},
      {"gaps", s.gaps},
      {"decoys", s.decoys},
      {"promoted", s.promoted},
      {"overlaps", s.overlaps},
      {"refused", s.refused},
      {"reassembly-now", s.reassembly_now},
      {"reassembly-peak", s.reassembly_peak},
  };
  for (int i = 1; i < inspect::kUnnamedKinds; ++i) {
    out.push_back({inspect::name_of(static_cast<inspect::Unnamed>(i)), s.unnamed[static_cast<std::size_t>(i)]});
  }
  return out;
}

}  // namespace gatehouse::flow
