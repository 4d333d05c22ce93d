// The engine's TCP side: who is the client, what the far end throws away, and the feeding of both directions.
#include <algorithm>

#include "gate/flow/flow_context.h"
#include "gate/packet/decode.h"

namespace gatehouse::flow {
namespace {

namespace evasion = inspect::evasion;
using inspect::Direction;
using inspect::EvasionFlags;
using inspect::Unnamed;
using packet::PacketView;

// Hops by which packets of one sender may differ because of routing; a decoy is set to die well before.
constexpr int kTtlSlack = 4;
// Further than any window in use: RFC 7323 allows 1 GiB, stacks open at most some MiB in the first flight.
constexpr std::int64_t kFarAhead = 1 << 20;
// How many more packets a flow whose inspection is done stays watched for a second version of its first bytes.
constexpr std::uint8_t kLinger = 8;

bool has(const PacketView& view, std::uint8_t flag) noexcept { return (view.tcp.flags & flag) != 0; }

// +1: these bytes are a client's first; -1: a server's; 0: cannot tell.
int speaks_as_client(Bytes bytes) noexcept {
  const std::string_view text = as_text(bytes);
  if (bytes.size() >= 6 && bytes[0] == 0x16 && bytes[1] == 0x03) return bytes[5] == 1 ? 1 : bytes[5] == 2 ? -1 : 0;
  if (text.starts_with("HTTP/") || text.starts_with("220 ") || text.starts_with("220-")) return -1;
  for (const std::string_view method : {"GET ", "POST ", "HEAD ", "PUT ", "CONNECT ", "OPTIONS ", "DELETE ", "PRI * ",
                                        "EHLO ", "HELO "}) {
    if (text.starts_with(method)) return 1;
  }
  return 0;
}

}  // namespace

struct FlowEngine::Reader final : StreamConsumer {
  Reader(TcpContext& of, Direction which, Hearing& to) noexcept : context(of), direction(which), hearing(to) {}
  inspect::Progress offer(Bytes bytes, bool ended) noexcept override {
    inspect::Progress progress = context.inspection.feed(direction, bytes, ended, hearing);
    if (hearing.flow.decided()) progress.step = inspect::Step::Done;
    return progress;
  }
  TcpContext& context;
  Direction direction;
  Hearing& hearing;
};

FlowEngine::Index FlowEngine::tcp(Index index, const PacketView& view, int end, std::uint64_t hash) noexcept {
  if (starts_anew(table_[index], view, end)) {
    const packet::KeyedPacket keyed = packet::key_of(view);
    end_flow(index, Unnamed::None);
    index = open(view, keyed, hash);
  }
  Flow& flow = table_[index];
  if (flow.inspection_over) {
    tcp_state(flow, view, end);
    if (has(view, packet::tcp_flag::kSyn) && !has(view, packet::tcp_flag::kAck)) {
      flow.pending_seq = view.tcp.seq + 1;
      flow.pending_from_high = end == 1;
      flow.pending_syn = true;
    }
    return index;
  }
  const EvasionFlags reasons = suspicion(flow, view, end);
  if (limits_.in_path && refused_tcp(flow, view, end, reasons)) return index;
  if (has(view, packet::tcp_flag::kRst)) {
    tcp_reset(flow, view, end, reasons);
  } else if (has(view, packet::tcp_flag::kSyn)) {
    tcp_syn(index, view, end, reasons);
  } else {
    tcp_data(index, view, end, reasons);
  }
  return index;
}

// A new connection between the same ends and ports: a SYN after the end, or one that its answer or its data prove.
// A lone SYN in the middle of a connection is answered by a challenge (RFC 9293 section 3.10.7.4), not obeyed.
bool FlowEngine::starts_anew(const Flow& flow, const PacketView& view, int end) const noexcept {
  const bool syn = has(view, packet::tcp_flag::kSyn);
  const bool ack = has(view, packet::tcp_flag::kAck);
  if (flow.ends[0].packets + flow.ends[1].packets == 0) return false;
  if (syn && !ack) {
    const bool same = flow.seq_known(end) && flow.ends[end].first_seq == view.tcp.seq + 1;
    // In the path, the kernel has let go of a decided connection when a SYN comes up again.
    const bool over = flow.state == FlowState::Closing || (limits_.in_path && flow.inspection_over);
    return over && !same && flow.verdict != FlowVerdict::Block;
  }
  if (!flow.pending_syn) return false;
  const int claimant = flow.pending_from_high ? 1 : 0;
  if (flow.seq_known(claimant) && flow.ends[claimant].first_seq == flow.pending_seq) return false;
  if (flow.state == FlowState::New) return false;  // tcp_syn takes it over
  if (syn) return end != claimant && view.tcp.ack == flow.pending_seq;
  return end == claimant && view.tcp.seq == flow.pending_seq && !view.payload.empty();
}

// Why the far end would throw this packet of the client away; 0 when it takes it. Servers are not suspected.
EvasionFlags FlowEngine::suspicion(Flow& flow, const PacketView& view, int end) const noexcept {
  const bool syn = has(view, packet::tcp_flag::kSyn);
  EvasionFlags reasons = 0;
  FlowEnd& sender = flow.ends[end];
  if (end == flow.client_end() || syn) {
    packet::PacketView summed = view;
    const packet::Checksum sum = packet::verify_checksum(summed);
    const bool shown_good = sender.good_sum;
    // In the path the kernel says which checksums are still to be made, so any other must hold.
    const bool wrong = sum == packet::Checksum::Bad || (limits_.in_path && sum == packet::Checksum::Offloaded);
    if (sum == packet::Checksum::Good) {
      sender.good_sum = true;
    } else if (wrong && (shown_good || limits_.in_path)) {
      reasons |= evasion::kBadChecksum;
    }
  }
  if (end == flow.client_end()) {
    if (view.tcp.md5_option && !flow.md5_agreed && !syn) reasons |= evasion::kMd5Option;
    if (view.ttl + kTtlSlack < sender.ttl) reasons |= evasion::kLowTtl;
    const FlowEnd& peer = flow.ends[1 - end];
    if (!syn && !has(view, packet::tcp_flag::kRst) && !view.payload.empty()) {
      // RFC 9293 section 3.10.7.4: without ACK, or acknowledging what was before the peer's first byte or what it
      // cannot have sent yet.
      const bool acks = has(view, packet::tcp_flag::kAck);
      if (!acks) reasons |= evasion::kOutOfWindow;
      if (acks && flow.start_seen && flow.seq_known(1 - end) && peer.packets > 0) {
        const auto ahead = static_cast<std::int32_t>(view.tcp.ack - peer.first_seq);
        const auto sent = static_cast<std::int64_t>(peer.bytes);
        if (ahead < 0 || (ahead > sent + kFarAhead && sent < kFarAhead)) reasons |= evasion::kOutOfWindow;
      }
    }
    // PAWS, RFC 7323 section 5.3; one tick back is forgiven, as stacks do.
    if (view.tcp.has_timestamp && sender.recent_ts != 0 && !syn &&
        static_cast<std::int32_t>(sender.recent_ts - view.tcp.ts_value) > 1) {
      reasons |= evasion::kOutOfWindow;
    }
  }
  if (limits_.in_path && end == flow.client_end() && !view.payload.empty()) reasons |= in_path_suspicion(flow, view, end);
  if (reasons == 0) sender.ttl = std::max(sender.ttl, view.ttl);
  return reasons;
}

void FlowEngine::tcp_reset(Flow& flow, const PacketView& view, int end, EvasionFlags reasons) noexcept {
  bool ignored = reasons != 0;
  if (!ignored && flow.context != Flow::kNoContext) {
    const StreamReassembly& side = (*tcp_contexts_)[flow.context].sides[static_cast<std::size_t>(end)];
    if (side.started()) {  // RFC 9293 section 3.10.7.4: outside the window it is ignored
      const std::int64_t offset = side.offset_of(view.tcp.seq);
      ignored = offset + static_cast<std::int64_t>(kMaxStreamWindow) < side.highest() ||
                offset > side.highest() + kFarAhead;
    }
  }
  if (ignored) {
    flow.evasion |= evasion::kFakeReset;
    return;
  }
  flow.ends[end].reset = true;
  flow.state = FlowState::Closing;
}

void FlowEngine::tcp_syn(Index index, const PacketView& view, int end, EvasionFlags reasons) noexcept {
  Flow& flow = table_[index];
  const std::uint32_t first_seq = view.tcp.seq + 1;
  if (has(view, packet::tcp_flag::kAck)) {
    if (end == flow.client_end() && flow.start_seen && flow.client_certain) {
      // Who opened the connection does not accept it: meant to make the client look like the server.
      flow.evasion |= evasion::kOutOfWindow;
      return;
    }
    if (flow.client_is_high != (end == 0) && !flow.start_seen) flow.client_mac = view.dst_mac;
    flow.client_is_high = end == 0;
    flow.client_certain = flow.start_seen = true;
    flow.set_seq(end, first_seq);
    if (flow.context == Flow::kNoContext) flow.set_seq(1 - end, view.tcp.ack);
    flow.state = flow.state == FlowState::Closing ? flow.state : FlowState::Established;
  } else {
    flow.pending_seq = first_seq;
    flow.pending_from_high = end == 1;
    flow.pending_syn = true;
    const bool answered = flow.ends[1 - end].packets > 0;
    if (answered || (reasons != 0 && flow.seq_known(end)) || flow.context != Flow::kNoContext) return;
    flow.client_is_high = end == 1;
    flow.client_mac = view.src_mac;
    flow.client_certain = flow.start_seen = true;
    flow.md5_agreed = view.tcp.md5_option;
    flow.set_seq(end, first_seq);
  }
  if (view.tcp.has_timestamp) flow.ends[end].recent_ts = view.tcp.ts_value;
  TcpContext* context =
      view.payload.empty() && flow.context == Flow::kNoContext ? nullptr : tcp_context(index);
  if (context == nullptr) return;
  if (!view.payload.empty() && end == flow.client_end()) {
    // RFC 7413: without a cookie the server takes only the SYN; its acknowledgement tells.
    flow.evasion |= evasion::kSynData;
    note_first_bytes(flow, view);
    StreamSegment segment;
    segment.bytes = view.payload;
    make_room(view.payload.size(), flow.context);
    context->sides[static_cast<std::size_t>(end)].hold(segment, evasion::kSynData, memory_);
  }
  StreamReassembly& peer = context->sides[static_cast<std::size_t>(1 - end)];
  if (has(view, packet::tcp_flag::kAck) && peer.started()) {
    Hearing hearing(*this, flow, context);
    Reader reader(*context, 1 - end == flow.client_end() ? Direction::ToServer : Direction::ToClient, hearing);
    settle(index, peer.acknowledge(peer.offset_of(view.tcp.ack), memory_, reader), 1 - end);
  }
}

void FlowEngine::tcp_state(Flow& flow, const PacketView& view, int end) noexcept {
  if (has(view, packet::tcp_flag::kFin)) flow.ends[end].fin = true;
  if (flow.state == FlowState::New && flow.ends[1 - end].packets > 0) flow.state = FlowState::Established;
  if (flow.ends[0].fin && flow.ends[1].fin) flow.state = FlowState::Closing;
  const bool reset_before = flow.ends[end].reset;
  if (reset_before && !view.payload.empty() && !has(view, packet::tcp_flag::kRst)) {
    // Who reset the connection goes on talking: the reset was not its own.
    flow.evasion |= evasion::kFakeReset;
    flow.ends[end].reset = false;
    flow.state = FlowState::Established;
  }
  if (flow.inspection_over && has(view, packet::tcp_flag::kRst)) flow.state = FlowState::Closing;
}

void FlowEngine::tcp_data(Index index, const PacketView& view, int end, EvasionFlags reasons) noexcept {
  Flow& flow = table_[index];
  if (!flow.seq_known(end)) flow.set_seq(end, view.tcp.seq);
  if (has(view, packet::tcp_flag::kAck) && !flow.seq_known(1 - end)) flow.set_seq(1 - end, view.tcp.ack);
  if (reasons == 0) tcp_state(flow, view, end);
  if (reasons != 0 && view.payload.empty() && has(view, packet::tcp_flag::kFin)) flow.evasion |= evasion::kFakeReset;
  if (flow.context == Flow::kNoContext && view.payload.empty()) return;
  if (!flow.client_certain && flow.context == Flow::kNoContext) {
    const int speaks = speaks_as_client(view.payload);
    const std::uint16_t low = flow.key.low_port, high = flow.key.high_port;
    if (speaks != 0) {
      flow.client_is_high = (end == 1) == (speaks > 0);
    } else if (std::min(low, high) < 1024 && low != high) {
      flow.client_is_high = low < high;
    }
    flow.client_certain = true;
    flow.client_mac = end == flow.client_end() ? view.src_mac : view.dst_mac;
  }
  if (limits_.in_path && !flow.start_seen && flow.context == Flow::kNoContext && end == flow.client_end()) {
    bound_reached(flow, Bound::Start);
    flow.inspection_over = flow.decided();
    if (flow.inspection_over) return;
  }
  TcpContext* context = tcp_context(index);
  if (context == nullptr) return;
  const bool refused_before_start = limits_.in_path && !flow.start_seen && end == flow.client_end() &&
                                    context->sides[static_cast<std::size_t>(end)].offset_of(view.tcp.seq) < 0;
  if (context->lingering > 0 && !refused_before_start && ++context->lingering > kLinger) {
    release_tcp(index, Unnamed::None);
    return;
  }
  const bool from_client = end == flow.client_end();
  if (!view.payload.empty() && from_client && flow.names == 0) note_first_bytes(flow, view);
  make_room(view.payload.size(), flow.context);
  Hearing hearing(*this, flow, context);

  StreamReassembly& peer = context->sides[static_cast<std::size_t>(1 - end)];
  // A server that is not queued has said nothing that could be missing.
  const bool unheard = limits_.in_path && flow.ends[1 - end].packets == 0;
  if (reasons == 0 && has(view, packet::tcp_flag::kAck) && !unheard) {
    const std::int64_t acked = peer.offset_of(view.tcp.ack);
    if (acked <= peer.highest() + kFarAhead) {
      Reader reader(*context, from_client ? Direction::ToClient : Direction::ToServer, hearing);
      settle(index, peer.acknowledge(acked, memory_, reader), 1 - end);
      if (flow.inspection_over) return;
    }
  }
  if (!from_client && !view.payload.empty()) {
    hear_server(index);
    if (flow.inspection_over) return;
  }
  if (view.payload.empty() && !has(view, packet::tcp_flag::kFin)) return;

  StreamReassembly& side = context->sides[static_cast<std::size_t>(end)];
  StreamSegment segment;
  segment.offset = side.offset_of(view.tcp.seq);
  segment.bytes = view.payload;
  segment.fin = has(view, packet::tcp_flag::kFin);
  segment.urgent = has(view, packet::tcp_flag::kUrg);
  segment.urgent_pointer = view.tcp.urgent;
  const auto size = static_cast<std::int64_t>(view.payload.size());
  const bool before_start = flow.start_seen && segment.offset < 0 && segment.offset + size <= 0 && size > 1;
  if (before_start || segment.offset > std::max(side.highest(), side.acknowledged()) + kFarAhead) {
    if (from_client) flow.evasion |= evasion::kOutOfWindow;
    ++stats_.decoys;
    refuse_ = limits_.in_path;
    return;
  }
  if (limits_.in_path && !flow.start_seen && from_client && segment.offset < 0 && size > 1) {
    // Joined late, what is read as the first bytes may not be: nothing from before them goes on while they are read.
    refuse_ = true;
    return;
  }
  if (reasons != 0) {
    if (size > 0) side.hold(segment, reasons, memory_);
    return;
  }
  if (view.tcp.has_timestamp && segment.offset <= static_cast<std::int64_t>(side.next())) {
    flow.ends[end].recent_ts = view.tcp.ts_value;
  }
  Reader reader(*context, from_client ? Direction::ToServer : Direction::ToClient, hearing);
  const Took took = side.take(segment, memory_, reader);
  stats_.reassembly_peak = std::max<std::uint64_t>(stats_.reassembly_peak,
                                                   memory_.chunks.in_use() * sizeof(StreamChunk));
  settle(index, took, end);
  // What was refused cannot become the stream: what it says is known now or never.
  if (from_client && !flow.inspection_over) look_at_alternate(index, took == Took::Refused);
}

// The server speaks: it has read what the client sent. Now or never is the second version looked at, and what was
// taken for a decoy was none when nothing else had come.
void FlowEngine::hear_server(Index index) noexcept {
  Flow& flow = table_[index];
  TcpContext& context = (*tcp_contexts_)[flow.context];
  StreamReassembly& client = context.sides[static_cast<std::size_t>(flow.client_end())];
  if (client.next() == 0) {
    Hearing hearing(*this, flow, &context);
    Reader reader(context, Direction::ToServer, hearing);
    settle(index, client.believe_aside(memory_, reader), flow.client_end());
    if (flow.inspection_over) return;
  }
  look_at_alternate(index, true);
  if (!flow.inspection_over && context.lingering > 0) release_tcp(index, Unnamed::None);
}

void FlowEngine::look_at_alternate(Index index, bool now) noexcept {
  Flow& flow = table_[index];
  TcpContext& context = (*tcp_contexts_)[flow.context];
  StreamReassembly& client = context.sides[static_cast<std::size_t>(flow.client_end())];
  Bytes bytes = client.alternate_due(memory_, now);
  if (bytes.empty()) return;
  Hearing hearing(*this, flow, &context, true);
  inspect::StreamInspection other(resources_, {flow.server_port(), flow.server()});
  while (!bytes.empty()) {
    const inspect::Progress progress = other.feed(Direction::ToServer, bytes, false, hearing);
    if (progress.step == inspect::Step::Done || progress.consumed == 0 || progress.consumed >= bytes.size()) break;
    bytes = bytes.subspan(static_cast<std::size_t>(progress.consumed));
    if (bytes.size() < progress.need) break;
  }
  if (flow.decided()) release_tcp(index, Unnamed::None);
}

void FlowEngine::settle(Index index, Took took, int end) noexcept {
  Flow& flow = table_[index];
  switch (took) {
    case Took::Fine: return;
    case Took::Refused: refuse_ = true; return;
    case Took::WindowFull:
      ++stats_.stream_bound;
      bound_reached(flow, Bound::Stream);
      release_tcp(index, Unnamed::BoundReached);
      return;
    case Took::NoMemory:
      ++stats_.chunk_bound;
      bound_reached(flow, Bound::Memory);
      release_tcp(index, Unnamed::BoundReached);
      return;
    case Took::Done: break;
  }
  // The inspection gave up: a first message longer than it reads.
  const bool bound = (*tcp_contexts_)[flow.context].inspection.unnamed() == Unnamed::BoundReached;
  if (bound && end == flow.client_end()) bound_reached(flow, Bound::Stream);
  // Done by the client's bytes alone: until the server answers, another version of them may still come.
  // In the path no other version gets there, if the first one began where the stream does.
  const bool settled = limits_.in_path && flow.start_seen;
  if (settled || flow.decided() || end != flow.client_end() || flow.state == FlowState::Closing) {
    release_tcp(index, Unnamed::None);
    return;
  }
  TcpContext& context = (*tcp_contexts_)[flow.context];
  context.lingering = 1;
  for (StreamReassembly& side : context.sides) side.stop_offering();
}

void FlowEngine::finish_tcp(Index index) noexcept {
  Flow& flow = table_[index];
  for (const int end : {flow.client_end(), 1 - flow.client_end()}) {
    if (flow.context == Flow::kNoContext) return;
    TcpContext& context = (*tcp_contexts_)[flow.context];
    if (context.lingering > 0) break;
    StreamReassembly& side = context.sides[static_cast<std::size_t>(end)];
    const bool from_client = end == flow.client_end();
    const bool trust_aside = flow.ends[1 - end].packets == 0 || (flow.names == 0 && side.next() == 0);
    Hearing hearing(*this, flow, &context);
    Reader reader(context, from_client ? Direction::ToServer : Direction::ToClient, hearing);
    if (side.finish(trust_aside, memory_, reader) == Took::Done) break;
  }
  look_at_alternate(index, true);
}

}  // namespace gatehouse::flow
