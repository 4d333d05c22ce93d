// One worker: everything between a burst of packets and the journal. It owns its decoder, flows and inspection and
// shares nothing with other workers but the immutable policy. In a replay its time is the capture's; live, it gives
// verdicts and sends replies through its path (worker_live.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gate/capture/injector.h"
#include "gate/capture/settings.h"
#include "gate/capture/source.h"
#include "gate/dhcp_watch.h"
#include "gate/flow/flow_engine.h"
#include "gate/inspect/inspection.h"
#include "gate/packet/decode.h"
#include "gate/policy/policy.h"
#include "gate/recorder.h"
#include "gate/respond/responder.h"
#include "journal/event.h"

namespace gatehouse::gate {

// What a worker of a live gate decides and answers with. Made outside its thread and handed over whole.
struct WorkerPolicy {
  WorkerPolicy(std::shared_ptr<const policy::PolicySnapshot> snapshot,
               std::shared_ptr<const respond::RespondSettings> replies,
               std::shared_ptr<const policy::GroupTable> groups = {})
      : decider(snapshot, std::move(groups)), responder(std::move(replies), std::move(snapshot)) {}
  policy::Decider decider;
  respond::Responder responder;
};

// Where a live worker's verdicts and replies go. Everything outlives the worker.
struct WorkerPath {
  capture::PacketSource* source = nullptr;
  capture::Injector* injector = nullptr;  // null: nothing is sent
  bool in_path = true;                    // false: it only watches
  capture::Failing failing = capture::Failing::Open;  // of networks that say nothing themselves
};

struct WorkerSettings {
  flow::FlowLimits flows;
  inspect::InspectionLimits inspection;
  packet::FragmentLimits fragments;
  bool replay = false;  // what is past cannot be stopped: a block is recorded as would-block, and the flow goes on
  int number = 0;       // of this worker, for the ids of its figures
  policy::DhcpSeenSettings dhcp = {};  // whose leases are journalled
};

// What one worker did, in all.
struct WorkerTotals {
  std::uint64_t packets = 0;
  std::uint64_t flows = 0;
  std::uint64_t named = 0;      // flows with at least one name
  std::uint64_t events = 0;
  std::uint64_t listed = 0;     // events that a list or tunnel rule named
  std::uint64_t blocked = 0;    // of those, stopped
  std::uint64_t bound_open = 0; // let through because a bound was reached, as the network's policy has it
  std::uint64_t bound_closed = 0;
  Timestamp first{};
  Timestamp last{};
};

class Worker final : private flow::FlowSink {
 public:
  // For a replay. Reserves all memory; throws SetupError.
  Worker(const WorkerSettings& settings, std::shared_ptr<const policy::PolicySnapshot> policy, Recorder& recorder);
  // For a live gate.
  Worker(const WorkerSettings& settings, std::unique_ptr<WorkerPolicy> policy, Recorder& recorder, const WorkerPath& path);

  void process(std::span<const packet::RawPacket> burst);
  // Live: time goes on although no packet came.
  void tick(Timestamp now);
  // Live, between bursts: what is decided from now on is decided by this.
  void use(std::unique_ptr<WorkerPolicy> policy) { policy_ = std::move(policy); }
  // The same for who belongs to which group now. False: the table is of a policy that this worker has not got yet.
  bool use(const std::shared_ptr<const policy::GroupTable>& groups) noexcept {
    if (groups->made_for() != &policy_->decider.snapshot()) return false;
    policy_->decider.use_groups(groups);
    return true;
  }
  // The end of a capture, or of the gate: every flow ends, the last minute's figures are written.
  void finish();
  // Figures that only the caller knows, for the minute's event: names and totals so far.
  using Counters = std::vector<std::pair<std::string, std::uint64_t>>;
  void set_extra_counters(Counters now) { extra_ = std::move(now); }
  void record_gate_event(std::string_view what, Timestamp at, Counters counters = {});

  [[nodiscard]] const WorkerTotals& totals() const noexcept { return totals_; }
  [[nodiscard]] const packet::DecodeStats& decode_stats() const noexcept { return decoder_.stats(); }
  [[nodiscard]] const flow::FlowStats& flow_stats() noexcept { return engine_.stats(); }

 private:
  flow::FlowVerdict on_observation(const flow::Flow& flow, const inspect::Observation& observation) noexcept override;
  bool is_listed(const flow::Flow& flow, const inspect::Observation& observation) noexcept override;
  void on_flow_end(const flow::Flow& flow) noexcept override;
  flow::FlowVerdict on_bound(const flow::Flow& flow, flow::Bound bound) noexcept override;

  void flush_views();
  void give_up_fragments(Timestamp now, bool at_end);
  void minutes_until(Timestamp at);
  void write_minute(Timestamp end);
  void apply(const policy::Decision& decision, bool stopped);
  void make_id();
  void note_dhcp(const flow::Flow& flow, const inspect::DhcpMessage& message) noexcept;
  void write_event(const flow::Flow& flow, bool listed);

  // worker_live.cpp
  [[nodiscard]] bool live() const noexcept { return path_.source != nullptr; }
  bool answer_observation(const flow::Flow& flow, const inspect::Observation& observation,
                          const policy::Decision& decision, bool& ended) noexcept;
  void carry_out(const packet::PacketView& view, const respond::Reply& reply) noexcept;
  void answer_blocked(const packet::RawPacket& raw) noexcept;
  void answer_views() noexcept;
  void answer(const packet::PacketView& view, const flow::PacketOutcome& outcome) noexcept;
  void drop(std::uint32_t handle) noexcept;
  [[nodiscard]] bool fails_closed(const flow::Flow& flow) const noexcept;

  WorkerSettings settings_;
  WorkerPath path_;
  std::unique_ptr<WorkerPolicy> policy_;
  Recorder& recorder_;
  DhcpWatch dhcp_;
  packet::Decoder decoder_;
  inspect::InspectionResources inspection_;
  flow::FlowEngine engine_;
  std::vector<packet::PacketView> views_;   // of the burst in hand
  std::array<flow::PacketOutcome, capture::kBurst> outcomes_;
  std::array<bool, capture::kBurst + 1> answered_{};  // by handle; the last: no packet of this burst
  journal::Event event_;                    // filled anew for each line
  journal::Event stats_event_;
  journal::Event gate_event_;
  WorkerTotals totals_;
  Counters extra_;
  Counters extra_before_;
  flow::FlowStats minute_flows_;            // as they stood when the last minute was written
  packet::DecodeStats minute_packets_;
  WorkerTotals minute_totals_;
  DhcpCounts minute_dhcp_;
  Timestamp next_minute_{};
};

}  // namespace gatehouse::gate
