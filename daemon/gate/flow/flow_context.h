// What an undecided flow holds, and how the engine listens to its inspection. Private to the engine's sources.
#pragma once

#include <algorithm>
#include <array>

#include "base/text.h"
#include "gate/flow/flow_engine.h"

namespace gatehouse::flow {

// Host names that the stream proper has shown, to tell a second version's name from it.
class SeenNames {
 public:
  void add(std::string_view host) noexcept { hashes_[count_++ % hashes_.size()] = hash(host); }
  [[nodiscard]] bool has(std::string_view host) const noexcept {
    const auto known = hashes_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, hashes_.size()));
    return std::find(hashes_.begin(), known, hash(host)) != known;
  }

 private:
  static std::uint64_t hash(std::string_view host) noexcept {
    std::uint64_t value = kFnvStart;
    for (const char c : host) value = (value ^ static_cast<std::uint8_t>(ascii_lower(c))) * 0x100000001b3;
    return value;
  }
  std::array<std::uint64_t, 4> hashes_{};
  std::size_t count_ = 0;
};

struct FlowEngine::TcpContext {
  TcpContext(inspect::InspectionResources& resources, const inspect::StreamFacts& facts) noexcept
      : inspection(resources, facts) {}
  inspect::StreamInspection inspection;
  std::array<StreamReassembly, 2> sides;  // by end of the flow key
  SeenNames names;
  std::uint8_t lingering = 0;  // packets since the inspection was done; 0 while it is not
};

struct FlowEngine::DatagramContext {
  explicit DatagramContext(inspect::InspectionResources& resources) noexcept : inspection(resources) {}
  inspect::DatagramInspection inspection;
  ChunkPool::Index held = ChunkPool::kNone;  // a first datagram that may be a decoy
  std::uint16_t held_size = 0;
  std::uint8_t held_ttl = 0;
  inspect::EvasionFlags held_reasons = 0;
  std::uint16_t datagrams = 0;
};

// Adds what the flow knows to each observation and hands it on.
struct FlowEngine::Hearing final : inspect::ObservationSink {
  Hearing(FlowEngine& to, Flow& of, TcpContext* context = nullptr, bool is_alternate = false) noexcept
      : engine(to), flow(of), tcp(context), alternate(is_alternate) {}

  void observe(const inspect::Observation& seen) noexcept override {
    if (tcp != nullptr) {
      flow.evasion |= tcp->sides[static_cast<std::size_t>(flow.client_end())].flags();
      if (alternate) {
        if (seen.host.empty() || tcp->names.has(seen.host)) return;
        flow.evasion |= inspect::evasion::kTwoNames;
      }
      if (!seen.host.empty()) tcp->names.add(seen.host);
    }
    inspect::Observation told = seen;
    told.evasion |= flow.evasion;
    if (only_listed && !engine.sink_.is_listed(flow, told)) return;
    flow.evasion |= seen.evasion;
    flow.protocol = seen.protocol;
    if (!seen.host.empty()) {
      ++engine.stats_.names;
      if (flow.names != 0xffff) ++flow.names;
    }
    flow.verdict = std::max(flow.verdict, engine.sink_.on_observation(flow, told));
  }

  FlowEngine& engine;
  Flow& flow;
  TcpContext* tcp;
  bool alternate;
  bool only_listed = false;
};

}  // namespace gatehouse::flow
