// The engine's UDP side: whole datagrams to the inspection, and first datagrams that may be decoys held back.
#include <algorithm>
#include <cstring>

#include "gate/flow/flow_context.h"
#include "gate/inspect/dhcp_message.h"
#include "gate/packet/decode.h"

namespace gatehouse::flow {
namespace {

namespace evasion = inspect::evasion;
using inspect::Direction;
using inspect::Unnamed;
using packet::PacketView;

// No system starts lower than 32, and no path to a server is this long: a first datagram with less left is meant
// to die on the way, or is local (multicast, announcements).
constexpr std::uint8_t kDyingTtl = 16;
constexpr int kTtlSlack = 4;
// Datagrams after which a flow of no known protocol is given up.
constexpr std::uint16_t kUnknownDatagrams = 64;
constexpr std::uint16_t kDns = 53, kNtp = 123, kHttps = 443;

bool is_multicast(const IpAddress& address) noexcept {
  const auto& bytes = address.bytes();
  return bytes[0] == 0xff || (address.is_v4() && bytes[12] >= 224);
}

// What a DHCP server says to all its clients is one flow, and nothing that is put into it hides what comes then.
bool is_dhcp(const PacketView& view) noexcept {
  return inspect::are_dhcp_ports(view.src_port, view.dst_port) && inspect::looks_like_dhcp(view.payload);
}

// A first packet that is an answer, by its content: its sender is the server.
bool is_answer(const PacketView& view) noexcept {
  const Bytes bytes = view.payload;
  if (view.src_port == view.dst_port) return false;
  if (view.src_port == kDns) return bytes.size() >= 12 && (bytes[2] & 0x80) != 0;          // RFC 1035 QR
  if (view.src_port == kNtp) return !bytes.empty() && (bytes[0] & 0x07) == 4;              // RFC 5905 mode
  if (view.src_port == kHttps) return !bytes.empty() && (bytes[0] & 0xc0) == 0x40;         // RFC 9000 short header
  return false;
}

}  // namespace

void FlowEngine::udp(Index index, const PacketView& view, int end) noexcept {
  Flow& flow = table_[index];
  if (flow.ends[0].packets + flow.ends[1].packets == 0 && is_answer(view)) {
    flow.client_is_high = !flow.client_is_high;
    flow.client_mac = view.dst_mac;
  }
  if (flow.ends[1 - end].packets > 0) flow.state = FlowState::Established;
  const bool from_client = end == flow.client_end();
  const bool again = flow.inspection_over && ((from_client && looks_again(flow, view)) || is_dhcp(view));
  if ((flow.inspection_over && !again) || view.payload.empty()) return;
  if (limits_.in_path && from_client && on_two_paths(flow, view)) return;
  flow.inspection_over = false;
  DatagramContext* context = datagram_context(index);
  if (from_client && flow.names == 0) note_first_bytes(flow, view);
  if (from_client && decoy_datagram(flow, *context, view, end)) return;
  feed_held(index);
  if (flow.inspection_over) return;
  feed_datagram(index, view.payload, from_client ? Direction::ToServer : Direction::ToClient);
  if (flow.inspection_over) return;
  if (limits_.in_path && from_client && !opened(flow, *context, view)) {
    if (again) {
      release_datagram(index, Unnamed::None);
    } else {
      refuse_ = flow.names == 0;
    }
    return;
  }
  if (++context->datagrams >= kUnknownDatagrams && flow.names == 0 &&
      context->inspection.protocol() == inspect::AppProtocol::Unknown) {
    release_datagram(index, Unnamed::None);
  }
}

// True when this datagram of the client is not to be fed now: held back, or dropped for good.
bool FlowEngine::decoy_datagram(Flow& flow, DatagramContext& context, const PacketView& view, int end) noexcept {
  packet::PacketView summed = view;
  const packet::Checksum sum = packet::verify_checksum(summed);
  FlowEnd& sender = flow.ends[end];
  if (limits_.in_path) {
    // As for TCP. How far a datagram would come is no question: the kernel sends it on with hops enough.
    const bool wrong = sum == packet::Checksum::Bad || sum == packet::Checksum::Offloaded;
    const bool dying = view.ttl <= kDyingTtl && may_open_quic(view.payload);
    refuse_ = wrong || dying || view.out_of_state || view.odd_headers;
    if (!refuse_) return false;
    flow.evasion |= wrong ? evasion::kBadChecksum : dying ? evasion::kLowTtl : evasion::kOutOfWindow;
    ++stats_.decoys;
    return true;
  }
  const bool shown_good = sender.good_sum;
  if (context.held != ChunkPool::kNone) {
    const bool low = (context.held_reasons & evasion::kLowTtl) != 0 && view.ttl > context.held_ttl + kTtlSlack;
    const bool bad = (context.held_reasons & evasion::kBadChecksum) != 0 && sum == packet::Checksum::Good;
    if (low || bad) {  // what follows shows how this sender's packets really look
      flow.evasion |= context.held_reasons;
      ++stats_.decoys;
      memory_.chunks.release(context.held);
      context.held = ChunkPool::kNone;
    }
  }
  inspect::EvasionFlags reasons = 0;
  if (sum == packet::Checksum::Bad) reasons |= evasion::kBadChecksum;
  if (view.ttl <= kDyingTtl && !is_multicast(view.dst)) reasons |= evasion::kLowTtl;
  const bool first = sender.packets == 0 && flow.ends[1 - end].packets == 0;
  if (first && reasons != 0 && view.payload.size() <= StreamChunk::kSize) {
    make_room(view.payload.size(), ~std::uint32_t{0});
    context.held = memory_.chunks.acquire();
    if (context.held != ChunkPool::kNone) {
      std::memcpy(memory_.chunks[context.held].bytes.data(), view.payload.data(), view.payload.size());
      context.held_size = static_cast<std::uint16_t>(view.payload.size());
      context.held_ttl = view.ttl;
      context.held_reasons = reasons;
      return true;
    }
  }
  const bool dying = view.ttl <= kDyingTtl && view.ttl + kTtlSlack < sender.ttl;
  if ((sum == packet::Checksum::Bad && shown_good) || dying) {
    flow.evasion |= dying ? evasion::kLowTtl : evasion::kBadChecksum;
    ++stats_.decoys;
    return true;
  }
  if (sum == packet::Checksum::Good) sender.good_sum = true;
  sender.ttl = std::max(sender.ttl, view.ttl);
  return false;
}

void FlowEngine::feed_held(Index index) noexcept {
  Flow& flow = table_[index];
  if (flow.context == Flow::kNoContext) return;
  DatagramContext& context = (*datagram_contexts_)[flow.context];
  if (context.held == ChunkPool::kNone) return;
  const ChunkPool::Index held = context.held;
  context.held = ChunkPool::kNone;
  feed_datagram(index, Bytes(memory_.chunks[held].bytes).first(context.held_size), Direction::ToServer);
  memory_.chunks.release(held);
}

void FlowEngine::feed_datagram(Index index, Bytes datagram, Direction direction) noexcept {
  Flow& flow = table_[index];
  DatagramContext& context = (*datagram_contexts_)[flow.context];
  Hearing hearing(*this, flow);
  const inspect::DatagramFacts facts{flow.client_port(), flow.server_port(), flow.server()};
  const inspect::Step step = context.inspection.feed(direction, datagram, facts, hearing);
  // Its pool is used up, or the hello is longer than any.
  const bool bound = context.inspection.unnamed() == Unnamed::BoundReached;
  if (bound && direction == Direction::ToServer && flow.names == 0) {
    bound_reached(flow, step == inspect::Step::Done ? Bound::Memory : Bound::Stream);
  }
  if (step == inspect::Step::Done || flow.decided()) release_datagram(index, Unnamed::None);
}

FlowEngine::DatagramContext* FlowEngine::datagram_context(Index index) noexcept {
  Flow& flow = table_[index];
  if (flow.context == Flow::kNoContext) {
    std::uint32_t slot = datagram_contexts_->acquire(resources_);
    while (slot == BoundedPool<DatagramContext>::kNone) {
      datagram_hand_ = static_cast<std::uint32_t>((datagram_hand_ + 1) % datagram_owner_.size());
      if (datagram_owner_[datagram_hand_] == FlowTable::kNone) continue;
      ++stats_.context_bound;
      bound_reached(table_[datagram_owner_[datagram_hand_]], Bound::Memory);
      release_datagram(datagram_owner_[datagram_hand_], Unnamed::BoundReached);
      slot = datagram_contexts_->acquire(resources_);
    }
    flow.context = slot;
    datagram_owner_[slot] = index;
  }
  return &(*datagram_contexts_)[flow.context];
}

void FlowEngine::release_datagram(Index index, Unnamed why) noexcept {
  Flow& flow = table_[index];
  if (flow.context == Flow::kNoContext) return;
  DatagramContext& context = (*datagram_contexts_)[flow.context];
  if (context.held != ChunkPool::kNone) memory_.chunks.release(context.held);
  if (context.inspection.protocol() != inspect::AppProtocol::Unknown) flow.protocol = context.inspection.protocol();
  settle_unnamed(flow, why != Unnamed::None ? why : context.inspection.unnamed());
  datagram_owner_[flow.context] = FlowTable::kNone;
  datagram_contexts_->release(flow.context);
  flow.context = Flow::kNoContext;
  flow.inspection_over = true;
}

}  // namespace gatehouse::flow
