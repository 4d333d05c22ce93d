// From decoded packets to observations and ended flows: finds each packet's flow, gives undecided ones an
// InspectContext (reassembly and inspection) from a bounded pool, and tells the sink what was seen. A decided flow
// costs counters and nothing else. Time is the packets' time.
// When contexts or reassembly memory are used up, the inspection that holds them longest ends with BoundReached.
// Used by the gate's worker and by replay; one engine, one thread.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "base/bounded_pool.h"
#include "gate/flow/flow_limits.h"
#include "gate/flow/flow_table.h"
#include "gate/flow/reassembly.h"
#include "gate/inspect/inspection.h"
#include "gate/packet/packet.h"

namespace gatehouse::flow {

// What ran out: the worker's memory for all flows, or the window of one stream. Start: the flow's beginning was not
// seen, because the gate came late or had to forget it.
enum class Bound : std::uint8_t { Memory, Stream, Start };

class FlowSink {
 public:
  virtual ~FlowSink() = default;
  // Called while the packet that completed the observation is in hand; the views live during the call only.
  virtual FlowVerdict on_observation(const Flow& flow, const inspect::Observation& observation) noexcept = 0;
  // Whether this observation, were it made, would be listed. Nothing is recorded.
  virtual bool is_listed(const Flow&, const inspect::Observation&) noexcept { return false; }
  // Once for each flow, when it ends, with its `unnamed` settled.
  virtual void on_flow_end(const Flow& flow) noexcept = 0;
  // In the path: a limit ended the inspection before the flow was decided on. What is done with it then.
  virtual FlowVerdict on_bound(const Flow&, Bound) noexcept { return FlowVerdict::Continue; }
};

// What the caller learns of each packet's flow, to give verdicts with.
struct PacketOutcome {
  std::uint64_t flow_id = 0;
  FlowVerdict verdict = FlowVerdict::Continue;
  bool inspection_over = false;  // nothing more will be looked at: the kernel may take this flow over
  bool refuse = false;           // in the path: this packet must not go on, whatever becomes of the flow
  bool from_client = true;
  inspect::AppProtocol protocol = inspect::AppProtocol::Unknown;
};

class FlowEngine {
 public:
  static constexpr std::size_t kBurst = 64;

  // May throw std::bad_alloc; nothing is allocated afterwards. `resources` and `sink` outlive the engine.
  FlowEngine(const FlowLimits& limits, inspect::InspectionResources& resources, FlowSink& sink);
  ~FlowEngine();
  FlowEngine(const FlowEngine&) = delete;
  FlowEngine& operator=(const FlowEngine&) = delete;

  // Packets in the order they came; `outcomes`, when not empty, gets one entry a packet.
  void process(std::span<const packet::PacketView> burst, std::span<PacketOutcome> outcomes = {}) noexcept;
  // Ends what has been silent too long at `now`; process() does so by itself with the packets' time.
  void advance(Timestamp now) noexcept;
  // End of the capture: every flow ends.
  void finish() noexcept;

  // The packet that led to the call of the sink; null where time did.
  [[nodiscard]] const packet::PacketView* in_hand() const noexcept { return in_hand_; }

  [[nodiscard]] const FlowStats& stats() noexcept;
  [[nodiscard]] std::vector<NamedCount> counters();  // for the stats event; allocates

 private:
  using Index = FlowTable::Index;
  struct TcpContext;
  struct DatagramContext;
  struct Hearing;  // the inspection's sink for one flow, while it is fed
  struct Reader;

  void one(const packet::PacketView& view, const packet::KeyedPacket& keyed, std::uint64_t hash,
           PacketOutcome& outcome) noexcept;
  Index open(const packet::PacketView& view, const packet::KeyedPacket& keyed, std::uint64_t hash) noexcept;
  void end_flow(Index index, inspect::Unnamed why) noexcept;
  void expire(Timestamp now) noexcept;
  [[nodiscard]] Seconds timeout_of(const Flow& flow) const noexcept;
  void note_first_bytes(Flow& flow, const packet::PacketView& view) noexcept;
  void settle_unnamed(Flow& flow, inspect::Unnamed why) const noexcept;
  void other(Index index, const packet::PacketView& view) noexcept;

  // flow_tcp.cpp
  Index tcp(Index index, const packet::PacketView& view, int end, std::uint64_t hash) noexcept;
  bool starts_anew(const Flow& flow, const packet::PacketView& view, int end) const noexcept;
  void tcp_syn(Index index, const packet::PacketView& view, int end, inspect::EvasionFlags reasons) noexcept;
  void tcp_reset(Flow& flow, const packet::PacketView& view, int end, inspect::EvasionFlags reasons) noexcept;
  void tcp_data(Index index, const packet::PacketView& view, int end, inspect::EvasionFlags reasons) noexcept;
  void tcp_state(Flow& flow, const packet::PacketView& view, int end) noexcept;
  inspect::EvasionFlags suspicion(Flow& flow, const packet::PacketView& view, int end) const noexcept;
  TcpContext* tcp_context(Index index) noexcept;
  void settle(Index index, Took took, int end) noexcept;
  void hear_server(Index index) noexcept;
  void look_at_alternate(Index index, bool now) noexcept;
  void finish_tcp(Index index) noexcept;
  void release_tcp(Index index, inspect::Unnamed why) noexcept;
  void make_room(std::size_t bytes, std::uint32_t keep) noexcept;

  // flow_udp.cpp
  void udp(Index index, const packet::PacketView& view, int end) noexcept;
  DatagramContext* datagram_context(Index index) noexcept;
  bool decoy_datagram(Flow& flow, DatagramContext& context, const packet::PacketView& view, int end) noexcept;
  void feed_datagram(Index index, Bytes datagram, inspect::Direction direction) noexcept;
  void feed_held(Index index) noexcept;
  void release_datagram(Index index, inspect::Unnamed why) noexcept;

  // flow_in_path.cpp
  static inspect::EvasionFlags in_path_suspicion(const Flow& flow, const packet::PacketView& view, int end) noexcept;
  bool refused_tcp(Flow& flow, const packet::PacketView& view, int end, inspect::EvasionFlags reasons) noexcept;
  void look_at_refused(Flow& flow, const packet::PacketView& view) noexcept;
  void release_tcp_of(const Flow& flow) noexcept;
  void bound_reached(Flow& flow, Bound bound) noexcept;
  static bool may_open_quic(Bytes datagram) noexcept;
  [[nodiscard]] bool looks_again(const Flow& flow, const packet::PacketView& view) const noexcept;
  bool on_two_paths(Flow& flow, const packet::PacketView& view) noexcept;
  [[nodiscard]] bool opened(const Flow& flow, const DatagramContext& context, const packet::PacketView& view) const noexcept;

  FlowLimits limits_;
  inspect::InspectionResources& resources_;
  FlowSink& sink_;
  FlowStats stats_;
  FlowTable table_;
  ReassemblyMemory memory_;
  std::unique_ptr<BoundedPool<TcpContext>> tcp_contexts_;
  std::unique_ptr<BoundedPool<DatagramContext>> datagram_contexts_;
  std::vector<Index> tcp_owner_;       // which flow has a context; kNone for none
  std::vector<Index> datagram_owner_;
  std::uint32_t tcp_hand_ = 0;         // goes round: nearly the order in which contexts were given out
  std::uint32_t datagram_hand_ = 0;
  // QUIC connections whose first packets came lately, by their hash; an older one makes room.
  struct QuicPath {
    std::uint64_t connection = 0;
    std::uint64_t flow = 0;
    Timestamp last{};
  };
  std::vector<QuicPath> quic_paths_;
  Timestamp now_{};
  const packet::PacketView* in_hand_ = nullptr;
  bool refuse_ = false;                // the packet in hand
};

}  // namespace gatehouse::flow
