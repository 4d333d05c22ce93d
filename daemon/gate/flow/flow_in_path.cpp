// The engine with the path in its hands: what is refused, so that nobody has to guess what the far end reads
// (README.md, "In the path").
#include "gate/flow/flow_context.h"
#include "gate/inspect/quic_packet.h"

namespace gatehouse::flow {
namespace {

namespace evasion = inspect::evasion;
using inspect::Direction;
using inspect::EvasionFlags;
using inspect::Unnamed;
using packet::PacketView;

// Longer than any handshake of QUIC takes.
constexpr Seconds kQuicHandshake{30};

bool has(const PacketView& view, std::uint8_t flag) noexcept { return (view.tcp.flags & flag) != 0; }

}  // namespace

// What some far ends ignore and others do not. No browser sends it with its first bytes; whoever does can spare it.
EvasionFlags FlowEngine::in_path_suspicion(const Flow& flow, const PacketView& view, int end) noexcept {
  EvasionFlags reasons = 0;
  if (has(view, packet::tcp_flag::kUrg)) reasons |= evasion::kTcpUrgent;
  if (has(view, packet::tcp_flag::kSyn)) return reasons | evasion::kSynData;
  if (view.out_of_state || view.odd_headers) reasons |= evasion::kOutOfWindow;
  // RFC 7323 section 3.2: once agreed on, a timestamp is in every segment.
  if (!view.tcp.has_timestamp && flow.ends[end].recent_ts != 0) reasons |= evasion::kOutOfWindow;
  return reasons;
}

// In the path, whatever the far end may ignore is thrown away here: then it certainly does not have it, and nothing has
// to be guessed. A sender that meant it sends it again as it should be.
bool FlowEngine::refused_tcp(Flow& flow, const PacketView& view, int end, EvasionFlags reasons) noexcept {
  const bool syn = has(view, packet::tcp_flag::kSyn) && !has(view, packet::tcp_flag::kAck);
  const bool carries = !view.payload.empty();
  // The first SYN went on, so the far end counts from it: another one before any answer would only confuse us.
  const bool other_syn = syn && flow.seq_known(end) && flow.ends[end].first_seq != view.tcp.seq + 1;
  const bool bad_syn = syn && (reasons & (evasion::kBadChecksum | evasion::kSynData)) != 0;
  refuse_ = bad_syn || other_syn || (reasons != 0 && carries);
  if (!refuse_) return false;
  flow.evasion |= reasons;
  if (carries) note_first_bytes(flow, view);
  ++stats_.decoys;
  if (carries && flow.names == 0) look_at_refused(flow, view);
  return true;
}

// Whoever sends a listed name in a way that is refused is told so at once, and the attempt has its name. Any other name
// in there is a decoy's, and nobody's attempt.
void FlowEngine::look_at_refused(Flow& flow, const PacketView& view) noexcept {
  Hearing hearing(*this, flow);
  hearing.only_listed = true;
  inspect::StreamInspection once(resources_, {flow.server_port(), flow.server()});
  (void)once.feed(Direction::ToServer, view.payload, false, hearing);
  if (flow.decided()) release_tcp_of(flow);
}

void FlowEngine::release_tcp_of(const Flow& flow) noexcept {
  if (flow.context != Flow::kNoContext) release_tcp(tcp_owner_[flow.context], Unnamed::None);
}

// A QUIC packet with a long header, of the size that RFC 9000 section 14.1 asks of a client's first.
bool FlowEngine::may_open_quic(Bytes datagram) noexcept {
  constexpr std::size_t kLeastInitial = 1200;
  return datagram.size() >= kLeastInitial && (datagram[0] & 0xc0) == 0xc0;
}

// In the path: the kernel has handed over the flow, but gives us what may open another QUIC connection on its ports.
bool FlowEngine::looks_again(const Flow& flow, const PacketView& view) const noexcept {
  return limits_.in_path && flow.verdict != FlowVerdict::Block && may_open_quic(view.payload);
}

// A connection does not change its path before its handshake is done (RFC 9000 section 9): one whose first packets come
// from two ports is meant to be read in halves.
bool FlowEngine::on_two_paths(Flow& flow, const PacketView& view) noexcept {
  const auto packet = inspect::read_long_packet(view.payload);
  if (!packet || packet->type != inspect::QuicPacketType::Initial) return false;
  const std::uint64_t hash = siphash13(limits_.table_key, packet->destination_id) ^
                             siphash13(limits_.table_key, flow.server().bytes());
  QuicPath& known = quic_paths_[hash % quic_paths_.size()];
  const bool same = known.connection == hash && now_ - known.last < kQuicHandshake;
  if (same && known.flow != flow.id) {
    flow.evasion |= evasion::kQuicTwoPaths;
    ++stats_.decoys;
    refuse_ = true;
    return true;
  }
  known = {hash, flow.id, now_};
  return false;
}

// False for a QUIC packet whose keys cannot be made from what it says: whoever can read it reads more than we do. And for
// one in the middle of a DTLS hello: one server reads one of them.
bool FlowEngine::opened(const Flow& flow, const DatagramContext& context, const PacketView& view) const noexcept {
  if (!may_open_quic(view.payload)) return true;
  const Unnamed why = context.inspection.unnamed();
  if (context.inspection.protocol() == inspect::AppProtocol::Quic) return why != Unnamed::DecryptionFailed;
  if (context.inspection.protocol() == inspect::AppProtocol::Dtls) return false;
  return flow.names == 0;  // no known version of QUIC; on a flow that was decided it is nothing new
}

void FlowEngine::bound_reached(Flow& flow, Bound bound) noexcept {
  if (limits_.in_path && !flow.decided()) flow.verdict = sink_.on_bound(flow, bound);
}

}  // namespace gatehouse::flow
