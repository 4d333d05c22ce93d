// The part of the Worker that gives verdicts and sends replies.
#include "gate/event_builder.h"
#include "gate/worker.h"

namespace gatehouse::gate {
namespace {

using capture::Verdict;
using packet::PacketView;
using packet::Transport;

constexpr std::uint16_t kDns = 53;
// What comes with fewer hops left than this may be meant to die on its way. Systems begin with 64 or more, and clients
// are a few hops from their gateway.
constexpr std::uint8_t kFewHops = 48;

bool is_dns(const PacketView& view, bool from_client) noexcept {
  const bool carries = view.transport == Transport::Udp || view.transport == Transport::Tcp;
  return carries && (from_client ? view.dst_port : view.src_port) == kDns;
}

// Tricks work by what the far end does not get. UDP of no known protocol is left alone: traceroute lives on its hops.
bool must_get_there(const PacketView& view, const flow::PacketOutcome& outcome) noexcept {
  if (view.ttl >= kFewHops || view.payload.empty() || !outcome.from_client) return false;
  return view.transport == Transport::Tcp || outcome.protocol != inspect::AppProtocol::Unknown;
}

}  // namespace

bool Worker::answer_observation(const flow::Flow& flow, const inspect::Observation& observation,
                                const policy::Decision& decision, bool& ended) noexcept {
  const PacketView* view = engine_.in_hand();
  const bool block = decision.action == policy::Action::Block;
  const bool dns = observation.protocol == inspect::AppProtocol::Dns;
  if (view == nullptr) return false;
  if (!path_.in_path && (path_.injector == nullptr || !block)) return false;
  if (!block && !dns) return false;
  if (answered_[view->handle]) return block && flow.decided();  // another name in the same packet was stopped
  respond::FlowFacts facts;
  facts.from_client = view->src == flow.client() && view->src_port == flow.client_port();
  facts.reference = event_.id;
  const respond::Reply reply = policy_->responder.make(*view, facts, observation, decision);
  carry_out(*view, reply);
  ended = block && reply.ends_flow;
  return block;
}

bool Worker::is_listed(const flow::Flow& flow, const inspect::Observation& observation) noexcept {
  const policy::Subject subject{flow.client(), flow.client_mac, flow.key.vlan};
  return policy_->decider.decide(subject, observation, flow.last, &flow.server()).listed;
}

void Worker::carry_out(const PacketView& view, const respond::Reply& reply) noexcept {
  if (path_.injector != nullptr) {
    for (const respond::ReplyPacket& one : reply.packets) {
      path_.injector->send(one.bytes, one.towards == respond::Towards::Client);
    }
  }
  if (reply.kind == respond::ReplyKind::None || !path_.in_path) return;
  capture::Answer answer;
  switch (reply.packet) {
    case respond::InHand::Pass: return;
    case respond::InHand::Drop:
      // Of a packet in a tunnel, the kernel's connection is the tunnel's, and others are in it.
      answer.verdict = reply.ends_flow && view.encapsulation == packet::Encapsulation::None ? Verdict::BlockFlow
                                                                                           : Verdict::Drop;
      break;
    case respond::InHand::Replace: answer.replacement = reply.replacement; break;
  }
  path_.source->verdict(view.handle, answer);
  answered_[view.handle] = true;
}

void Worker::drop(std::uint32_t handle) noexcept {
  if (!live()) return;
  path_.source->verdict(handle, {.verdict = Verdict::Drop});
  answered_[handle] = true;
}

// A packet of a connection that was blocked, perhaps by the gate that ran before this one: the kernel remembers.
void Worker::answer_blocked(const packet::RawPacket& raw) noexcept {
  PacketView view;
  if (decoder_.decode(raw, view) == packet::Decoded::Yes) carry_out(view, policy_->responder.after_block(view, {}));
  if (!answered_[raw.handle]) drop(raw.handle);
}

void Worker::answer_views() noexcept {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (!answered_[views_[i].handle]) answer(views_[i], outcomes_[i]);
  }
}

void Worker::answer(const PacketView& view, const flow::PacketOutcome& outcome) noexcept {
  respond::FlowFacts facts;
  facts.from_client = outcome.from_client;
  if (!path_.in_path) {
    if (outcome.verdict == flow::FlowVerdict::Block && path_.injector != nullptr) {
      carry_out(view, policy_->responder.after_block(view, facts));
    }
    return;
  }
  // Of what the kernel gave in pieces only the last is in hand: a kernel with connection tracking gives them whole.
  if (outcome.refuse || view.from_fragments) return drop(view.handle);
  if (outcome.verdict == flow::FlowVerdict::Block) {
    carry_out(view, policy_->responder.after_block(view, facts));
    if (!answered_[view.handle]) drop(view.handle);
    return;
  }
  const bool dns = is_dns(view, outcome.from_client);
  if (dns) {
    const policy::Decider& decider = policy_->decider;
    const policy::Client client =
        decider.client_of({outcome.from_client ? view.src : view.dst, view.src_mac, view.vlan}, view.at);
    carry_out(view, policy_->responder.dns(view, facts, decider.snapshot().groups()[client.group].id));
    if (answered_[view.handle]) return;
  }
  const bool over = outcome.inspection_over && !dns && view.encapsulation == packet::Encapsulation::None;
  path_.source->verdict(view.handle, {.verdict = over ? Verdict::PassFlow : Verdict::Pass,
                                      .far = must_get_there(view, outcome)});
}

bool Worker::fails_closed(const flow::Flow& flow) const noexcept {
  const policy::PolicySnapshot& policy = policy_->decider.snapshot();
  const policy::Client client = policy.client_of({flow.client(), flow.client_mac, flow.key.vlan});
  const bool closed = path_.failing == capture::Failing::Closed;
  if (client.network == policy::Client::kNone) return closed;
  return policy.settings().networks[client.network].fails_closed.value_or(closed);
}

// Our memory is used up: as the network's policy has it. One stream that never says what it wants, in more bytes than
// any client needs for that, is stopped in any case.
flow::FlowVerdict Worker::on_bound(const flow::Flow& flow, flow::Bound bound) noexcept {
  if (!live() || !path_.in_path) return flow::FlowVerdict::Continue;
  if (bound != flow::Bound::Stream && !fails_closed(flow)) {
    if (bound == flow::Bound::Memory) ++totals_.bound_open;
    return flow::FlowVerdict::Continue;
  }
  ++totals_.bound_closed;
  clear(event_);
  fill_from_flow(event_, flow, flow.last);
  fill_unnamed(event_, flow);
  event_.reason = bound == flow::Bound::Start ? "start-missed" : "bound-reached";
  event_.action = journal::Action::Block;
  event_.outcome = journal::Outcome::Blocked;
  event_.rule = bound == flow::Bound::Stream ? "gate: first message too long" : "gate: fails closed";
  make_id();
  write_event(flow, bound == flow::Bound::Stream);
  return flow::FlowVerdict::Block;
}

}  // namespace gatehouse::gate
