// Which TCP flows are looked at: their inspections and the chunks of their streams come from bounded pools, and the
// oldest give theirs back when a pool runs short.
#include <algorithm>

#include "gate/flow/flow_context.h"

namespace gatehouse::flow {

using inspect::Unnamed;

FlowEngine::TcpContext* FlowEngine::tcp_context(Index index) noexcept {
  Flow& flow = table_[index];
  if (flow.context == Flow::kNoContext) {
    const inspect::StreamFacts facts{flow.server_port(), flow.server()};
    std::uint32_t slot = tcp_contexts_->acquire(resources_, facts);
    while (slot == BoundedPool<TcpContext>::kNone) {
      tcp_hand_ = static_cast<std::uint32_t>((tcp_hand_ + 1) % tcp_owner_.size());
      if (tcp_owner_[tcp_hand_] == FlowTable::kNone) continue;
      ++stats_.context_bound;
      bound_reached(table_[tcp_owner_[tcp_hand_]], Bound::Memory);
      release_tcp(tcp_owner_[tcp_hand_], Unnamed::BoundReached);
      slot = tcp_contexts_->acquire(resources_, facts);
    }
    flow.context = slot;
    tcp_owner_[slot] = index;
  }
  TcpContext& context = (*tcp_contexts_)[flow.context];
  for (int end = 0; end < 2; ++end) {
    StreamReassembly& side = context.sides[static_cast<std::size_t>(end)];
    if (!side.started() && flow.seq_known(end)) side.start(flow.ends[end].first_seq, end == flow.client_end());
  }
  return &context;
}

// Before bytes are stored: when chunks run short, the oldest inspections give theirs back.
void FlowEngine::make_room(std::size_t bytes, std::uint32_t keep) noexcept {
  // Three places may keep a segment (stream, aside, second version), and a second version copies 16 KiB once.
  const std::size_t wanted = std::min(3 * (bytes / StreamChunk::kSize + 2) + 8, memory_.chunks.capacity() / 2);
  for (std::size_t tries = 0; tries < tcp_owner_.size(); ++tries) {
    if (memory_.chunks.capacity() - memory_.chunks.in_use() >= wanted) return;
    tcp_hand_ = static_cast<std::uint32_t>((tcp_hand_ + 1) % tcp_owner_.size());
    if (tcp_owner_[tcp_hand_] == FlowTable::kNone || tcp_hand_ == keep) continue;
    ++stats_.chunk_bound;
    bound_reached(table_[tcp_owner_[tcp_hand_]], Bound::Memory);
    release_tcp(tcp_owner_[tcp_hand_], Unnamed::BoundReached);
  }
}

void FlowEngine::release_tcp(Index index, Unnamed why) noexcept {
  Flow& flow = table_[index];
  if (flow.context == Flow::kNoContext) return;
  TcpContext& context = (*tcp_contexts_)[flow.context];
  flow.evasion |= context.sides[static_cast<std::size_t>(flow.client_end())].flags();
  if (context.inspection.protocol() != inspect::AppProtocol::Unknown) flow.protocol = context.inspection.protocol();
  settle_unnamed(flow, why != Unnamed::None ? why : context.inspection.unnamed());
  for (StreamReassembly& side : context.sides) side.release(memory_);
  tcp_owner_[flow.context] = FlowTable::kNone;
  tcp_contexts_->release(flow.context);
  flow.context = Flow::kNoContext;
  flow.inspection_over = true;
}

}  // namespace gatehouse::flow
