// One worker: everything between a burst of packets and the journal. It owns its decoder, flows and inspection and
// shares nothing with other workers but the immutable policy. In a replay its time is the capture's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "gate/capture/source.h"
#include "gate/flow/flow_engine.h"
#include "gate/inspect/inspection.h"
#include "gate/packet/decode.h"
#include "gate/policy/policy.h"
#include "gate/recorder.h"
#include "journal/event.h"

namespace gatehouse::gate {

struct WorkerSettings {
  flow::FlowLimits flows;
  inspect::InspectionLimits inspection;
  packet::FragmentLimits fragments;
  bool replay = false;  // what is past cannot be stopped: a block is recorded as would-block, and the flow goes on
};

// What one worker did, in all.
struct WorkerTotals {
  std::uint64_t packets = 0;
  std::uint64_t flows = 0;
  std::uint64_t named = 0;      // flows with at least one name
  std::uint64_t events = 0;
  std::uint64_t listed = 0;     // events that a list or tunnel rule named
  Timestamp first{};
  Timestamp last{};
};

class Worker final : private flow::FlowSink {
 public:
  // Reserves all memory; throws SetupError.
  Worker(const WorkerSettings& settings, std::shared_ptr<const policy::PolicySnapshot> policy, Recorder& recorder);

  void process(std::span<const packet::RawPacket> burst);
  // The end of a capture: every flow ends, the last minute's figures are written.
  void finish();

  [[nodiscard]] const WorkerTotals& totals() const noexcept { return totals_; }
  [[nodiscard]] const packet::DecodeStats& decode_stats() const noexcept { return decoder_.stats(); }
  [[nodiscard]] const flow::FlowStats& flow_stats() noexcept { return engine_.stats(); }

 private:
  flow::FlowVerdict on_observation(const flow::Flow& flow, const inspect::Observation& observation) noexcept override;
  void on_flow_end(const flow::Flow& flow) noexcept override;

  void flush_views();
  void give_up_fragments(Timestamp now, bool at_end);
  void minutes_until(Timestamp at);
  void write_minute(Timestamp end);
  void apply(const policy::Decision& decision);
  void write_event(const flow::Flow& flow, bool listed);

  WorkerSettings settings_;
  policy::Decider decider_;
  Recorder& recorder_;
  packet::Decoder decoder_;
  inspect::InspectionResources inspection_;
  flow::FlowEngine engine_;
  std::vector<packet::PacketView> views_;   // of the burst in hand
  journal::Event event_;                    // filled anew for each line
  journal::Event stats_event_;
  WorkerTotals totals_;
  flow::FlowStats minute_flows_;            // as they stood when the last minute was written
  packet::DecodeStats minute_packets_;
  std::uint64_t minute_listed_ = 0;
  Timestamp next_minute_{};
};

}  // namespace gatehouse::gate
