#include "gate/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gate/event_builder.h"

namespace gatehouse::gate {
namespace {

using journal::Action;
using journal::Outcome;

constexpr std::chrono::minutes kMinute{1};
// Where a capture holds nothing for longer than this, the minutes between are not written: nothing was watched.
constexpr std::chrono::minutes kLongestSilence{60};

// Names that machines tell each other on the local network lead nowhere outside it.
bool decided_on(const inspect::Observation& observation) noexcept {
  using inspect::AppProtocol;
  switch (observation.protocol) {
    case AppProtocol::Mdns:
    case AppProtocol::Llmnr:
    case AppProtocol::NetbiosName:
    case AppProtocol::Ssdp: return false;
    default: return true;
  }
}

Action action_of(policy::Action action) noexcept {
  switch (action) {
    case policy::Action::Block: return Action::Block;
    case policy::Action::Log: return Action::Log;
    case policy::Action::Allow: break;
  }
  return Action::Allow;
}

}  // namespace

Worker::Worker(const WorkerSettings& settings, std::shared_ptr<const policy::PolicySnapshot> policy, Recorder& recorder)
    : Worker(settings, std::make_unique<WorkerPolicy>(std::move(policy), std::make_shared<respond::RespondSettings>()),
             recorder, {}) {}

Worker::Worker(const WorkerSettings& settings, std::unique_ptr<WorkerPolicy> policy, Recorder& recorder,
               const WorkerPath& path)
    : settings_(settings),
      path_(path),
      policy_(std::move(policy)),
      recorder_(recorder),
      dhcp_(settings_.dhcp),
      decoder_(settings.fragments),
      inspection_(settings.inspection),
      engine_(settings.flows, inspection_, *this) {
  views_.reserve(capture::kBurst);
  stats_event_.type = journal::EventType::Stats;
  gate_event_.type = journal::EventType::Gate;
}

void Worker::process(std::span<const packet::RawPacket> burst) {
  answered_.fill(false);
  for (const packet::RawPacket& raw : burst) {
    if (totals_.packets++ == 0) totals_.first = raw.at;
    if (next_minute_ == Timestamp{}) next_minute_ = std::chrono::floor<std::chrono::minutes>(raw.at) + kMinute;
    totals_.last = std::max(totals_.last, raw.at);
    if (raw.at >= next_minute_) {
      flush_views();
      minutes_until(raw.at);
    }
    if (raw.blocked_before) {
      answer_blocked(raw);
      continue;
    }
    packet::PacketView& view = views_.emplace_back();
    const packet::Decoded decoded = decoder_.decode(raw, view);
    if (decoded != packet::Decoded::Yes) {
      views_.pop_back();
      drop(raw.handle);  // what cannot be read cannot be let through
      if (decoded == packet::Decoded::Held) {
        flush_views();
        give_up_fragments(raw.at, false);
      }
    } else if (view.from_fragments) {
      flush_views();  // its bytes are the fragment store's until the next decode
    }
  }
  flush_views();
}

void Worker::flush_views() {
  if (views_.empty()) return;
  engine_.process(views_, outcomes_);
  if (live()) answer_views();
  views_.clear();
}

// What fragments never completed is looked at as far as it came.
void Worker::give_up_fragments(Timestamp now, bool at_end) {
  packet::PacketView view;
  while (decoder_.give_up_fragments(now, at_end, view)) {
    view.handle = capture::kBurst;  // of no packet in hand
    engine_.process({&view, 1});
  }
}

void Worker::finish() {
  flush_views();
  give_up_fragments(totals_.last, true);
  engine_.finish();
  if (next_minute_ != Timestamp{}) write_minute(next_minute_);
}

void Worker::tick(Timestamp now) {
  if (next_minute_ == Timestamp{}) next_minute_ = std::chrono::floor<std::chrono::minutes>(now) + kMinute;
  if (now >= next_minute_) minutes_until(now);
  engine_.advance(now);
}

void Worker::minutes_until(Timestamp at) {
  give_up_fragments(at, false);
  engine_.advance(at);
  write_minute(next_minute_);
  next_minute_ += kMinute;
  if (at - next_minute_ > kLongestSilence) next_minute_ = std::chrono::floor<std::chrono::minutes>(at);
  for (; next_minute_ <= at; next_minute_ += kMinute) write_minute(next_minute_);
}

void Worker::write_minute(Timestamp end) {
  const flow::FlowStats& flows = engine_.stats();
  const packet::DecodeStats& packets = decoder_.stats();
  auto& counters = stats_event_.counters;
  counters.clear();
  const auto count = [&](std::string name, std::uint64_t value) { counters.emplace_back(std::move(name), value); };
  count("packets.seen", packets.packets - minute_packets_.packets);
  count("packets.decoded", packets.decoded - minute_packets_.decoded);
  for (int i = 0; i < packet::kDropReasons; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::uint64_t dropped = packets.dropped[at] - minute_packets_.dropped[at];
    if (dropped != 0) count(fmt::format("packets.{}", name_of(static_cast<packet::DropReason>(i))), dropped);
  }
  count("flows.begun", flows.flows - minute_flows_.flows);
  count("flows.ended", flows.ended - minute_flows_.ended);
  count("flows.named", flows.named - minute_flows_.named);
  count("flows.evicted", flows.evicted - minute_flows_.evicted);
  for (int i = 1; i < inspect::kUnnamedKinds; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::uint64_t unnamed = flows.unnamed[at] - minute_flows_.unnamed[at];
    if (unnamed != 0) count(fmt::format("unnamed.{}", inspect::name_of(static_cast<inspect::Unnamed>(i))), unnamed);
  }
  count("events.listed", totals_.listed - minute_totals_.listed);
  if (dhcp_.on()) {
    const DhcpCounts& dhcp = dhcp_.counts();
    count("dhcp.told", dhcp.told - minute_dhcp_.told);
    count("dhcp.repeated", dhcp.repeated - minute_dhcp_.repeated);
    count("dhcp.strangers", dhcp.strangers - minute_dhcp_.strangers);
    count("dhcp.outside", dhcp.outside - minute_dhcp_.outside);
    count("dhcp.let-go", dhcp.let_go - minute_dhcp_.let_go);
    minute_dhcp_ = dhcp;
  }
  if (live()) {
    count("events.blocked", totals_.blocked - minute_totals_.blocked);
    count("packets.refused", flows.refused - minute_flows_.refused);
    count("bound.passed", totals_.bound_open - minute_totals_.bound_open);
    count("bound.blocked", totals_.bound_closed - minute_totals_.bound_closed);
    for (std::size_t i = 0; i < extra_.size(); ++i) {
      count(extra_[i].first, extra_[i].second - (i < extra_before_.size() ? extra_before_[i].second : 0));
    }
    extra_before_ = extra_;
  }
  stats_event_.at = end;
  stats_event_.id = fmt::format("stats-{}", to_us(end) / 60'000'000);
  if (settings_.number > 0) stats_event_.id += fmt::format("-{}", settings_.number);
  recorder_.record(stats_event_, false);
  minute_flows_ = flows;
  minute_packets_ = packets;
  minute_totals_ = totals_;
}

void Worker::record_gate_event(std::string_view what, Timestamp at, Counters counters) {
  gate_event_.at = at;
  gate_event_.reason.assign(what);
  gate_event_.counters = std::move(counters);
  gate_event_.id = fmt::format("gate-{}-{}-{}", to_us(at), settings_.number, ++totals_.events);
  recorder_.record(gate_event_, false);
}

void Worker::apply(const policy::Decision& decision, bool stopped) {
  event_.group.assign(decision.group);
  if (!decision.listed) return;
  event_.action = action_of(decision.action);
  event_.category.assign(decision.category);
  event_.list.assign(decision.list);
  event_.entry.assign(decision.entry);
  event_.line = decision.entry_line;
  event_.rule.assign(decision.rule);
  event_.sealed = decision.sealed;
  switch (decision.action) {
    case policy::Action::Allow: event_.outcome = Outcome::Allowed; break;
    case policy::Action::Log: event_.outcome = Outcome::AllowedLogged; break;
    case policy::Action::Block:
      // Live and not stopped: it watches only, or the name came out when the flow had already ended.
      event_.outcome = settings_.replay                        ? Outcome::WouldBlock
                       : stopped && path_.in_path              ? Outcome::Blocked
                       : stopped                               ? Outcome::ResetSentUnconfirmed
                       : live() && !path_.in_path              ? Outcome::WouldBlock
                                                               : Outcome::Unknown;
      break;
  }
}

// Before the event is written, for a block page shows it.
void Worker::make_id() {
  fmt::format_to(std::back_inserter(event_.id), "{:x}-{}", event_.flow_id, ++totals_.events);
}

void Worker::write_event(const flow::Flow& flow, bool listed) {
  if (listed) ++totals_.listed;
  if (event_.outcome == Outcome::Blocked) ++totals_.blocked;
  recorder_.record(event_, listed || flow.evasion != 0);
}

// Nothing is decided about it. A datagram that was held back for a decoy is told while another one is in hand, perhaps a
// server's: it counts for nothing.
void Worker::note_dhcp(const flow::Flow& flow, const inspect::DhcpMessage& message) noexcept {
  const packet::PacketView* view = engine_.in_hand();
  std::string_view host_name;
  if (view == nullptr || view->payload.data() != message.datagram.data()) return;
  if (!dhcp_.look(message, *view, host_name)) return;
  clear(event_);
  fill_from_flow(event_, flow, view->at);
  fill_from_dhcp(event_, message, *view, host_name);
  make_id();
  write_event(flow, false);
}

flow::FlowVerdict Worker::on_observation(const flow::Flow& flow, const inspect::Observation& observation) noexcept {
  if (observation.dhcp != nullptr) {
    note_dhcp(flow, *observation.dhcp);
    return flow::FlowVerdict::Continue;
  }
  clear(event_);
  fill_from_flow(event_, flow, flow.last);
  fill_from_observation(event_, observation);
  make_id();
  policy::Decision decision;
  bool ended = false;
  if (decided_on(observation)) {
    const policy::Subject subject{flow.client(), flow.client_mac, flow.key.vlan};
    inspect::Observation asked = observation;
    // The name in question was decided on when it was asked; what is new in an answer is where it leads.
    if (observation.is_answer) asked.host = {};
    decision = policy_->decider.decide(subject, asked, flow.last, &flow.server());
    bool stopped = false;
    if (live()) stopped = answer_observation(flow, observation, decision, ended);
    apply(decision, stopped);
  }
  write_event(flow, decision.listed);
  if (ended) return flow::FlowVerdict::Block;
  // A hello without a name: the server's side, which could still tell one, does not come up to us.
  const bool nameless = observation.protocol == inspect::AppProtocol::Tls && observation.host.empty();
  return live() && path_.in_path && flow.start_seen && nameless ? flow::FlowVerdict::Decided
                                                                : flow::FlowVerdict::Continue;
}

void Worker::on_flow_end(const flow::Flow& flow) noexcept {
  ++totals_.flows;
  if (flow.names > 0) {
    ++totals_.named;
    return;
  }
  if (live() && flow.verdict == flow::FlowVerdict::Block) return;  // recorded when it was stopped
  clear(event_);
  fill_from_flow(event_, flow, flow.last);
  fill_unnamed(event_, flow);
  make_id();
  write_event(flow, false);
}

}  // namespace gatehouse::gate
