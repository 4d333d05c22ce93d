#include "gate/respond/responder.h"

#include <algorithm>

#include "gate/packet/byte_writer.h"
#include "gate/packet/reply.h"
#include "gate/respond/dns_answer.h"
#include "gate/respond/dns_parts.h"

namespace gatehouse::respond {
namespace {

using inspect::AppProtocol;
using packet::Ends;
using packet::PacketView;
using packet::TcpReply;
using packet::Transport;
namespace tcp_flag = packet::tcp_flag;

// What a replying end may still be sent; nothing is meant to be.
constexpr std::uint16_t kWindow = 65'535;

Towards sender(const FlowFacts& flow) noexcept { return flow.from_client ? Towards::Client : Towards::Server; }

// What a reply can be addressed to: an ordinary packet. Of one inside a tunnel the outer headers are not known here.
bool can_answer(const PacketView& view) noexcept {
  return view.encapsulation == packet::Encapsulation::None && view.src.is_v4() == view.dst.is_v4();
}

}  // namespace

std::string_view name_of(ReplyKind kind) noexcept {
  switch (kind) {
    case ReplyKind::None: return "none";
    case ReplyKind::Silence: return "silence";
    case ReplyKind::Reset: return "reset";
    case ReplyKind::BlockPage: return "block-page";
    case ReplyKind::Unreachable: return "unreachable";
    case ReplyKind::DnsRefused: return "dns-refused";
    case ReplyKind::DnsSwitch: return "dns-switch";
    case ReplyKind::DnsSafeSearch: return "dns-safe-search";
    case ReplyKind::DnsWithoutEch: return "dns-without-ech";
  }
  return "none";
}

Responder::Responder(std::shared_ptr<const RespondSettings> settings,
                     std::shared_ptr<const policy::PolicySnapshot> snapshot)
    : settings_(std::move(settings)),
      snapshot_(std::move(snapshot)),
      pages_(*settings_, *snapshot_),
      safe_search_(settings_->safe_search) {
  explain_categories();
}

void Responder::begin() noexcept {
  used_ = 0;
  count_ = 0;
}

std::span<std::uint8_t> Responder::room() noexcept { return std::span(arena_).subspan(used_); }

void Responder::sent(std::size_t length, Towards towards) noexcept {
  if (length == 0 || count_ == kMostPackets) return;
  packets_[count_++] = {Bytes(arena_).subspan(used_, length), towards};
  used_ += length;
}

Reply Responder::finish(ReplyKind kind, InHand packet, bool ends_flow) noexcept {
  Reply reply;
  reply.kind = kind;
  reply.packet = packet;
  reply.packets = {packets_.data(), count_};
  reply.ends_flow = ends_flow;
  return reply;
}

void Responder::reset(const PacketView& view, const FlowFacts& flow, Towards towards) noexcept {
  const bool to_sender = towards == sender(flow);
  TcpReply tcp = to_sender ? packet::reset_back(view) : packet::reset_onward(view);
  const Ends ends = to_sender ? packet::back(view) : packet::onward(view);
  sent(packet::write_tcp(room(), ends, tcp, {}), towards);
  // Where the flow knows of another number that this side may expect next, one reset more: the wrong one is ignored.
  const std::optional<std::uint32_t>& other = towards == Towards::Client ? flow.server_next : flow.client_next;
  if (!other || *other == tcp.seq) return;
  tcp.seq = *other;
  sent(packet::write_tcp(room(), ends, tcp, {}), towards);
}

Reply Responder::reset_both(const PacketView& view, const FlowFacts& flow) noexcept {
  begin();
  reset(view, flow, Towards::Client);
  reset(view, flow, Towards::Server);
  return finish(ReplyKind::Reset, InHand::Drop, true);
}

// `content` to the client as if the server had sent it and closed, and a reset to the server. False when the packet
// in hand does not say what the client expects next.
bool Responder::say_and_close(const PacketView& view, const FlowFacts& flow, Bytes content) noexcept {
  if ((view.tcp.flags & tcp_flag::kAck) == 0) return false;
  const Ends ends = flow.from_client ? packet::back(view) : packet::onward(view);
  TcpReply tcp;
  tcp.seq = flow.from_client ? view.tcp.ack : view.tcp.seq;
  tcp.ack = flow.from_client ? view.tcp.seq + packet::sequence_length(view) : view.tcp.ack;
  tcp.window = kWindow;
  while (!content.empty()) {
    const Bytes piece = content.first(std::min(content.size(), packet::kMostSegment));
    content = content.subspan(piece.size());
    tcp.flags = content.empty() ? tcp_flag::kAck | tcp_flag::kPsh | tcp_flag::kFin : tcp_flag::kAck;
    sent(packet::write_tcp(room(), ends, tcp, piece), Towards::Client);
    tcp.seq += static_cast<std::uint32_t>(piece.size());
  }
  reset(view, flow, Towards::Server);
  return true;
}

Reply Responder::unreachable(const PacketView& view, const FlowFacts& flow, bool quic) noexcept {
  begin();
  if (settings_->unreachable && flow.from_client) {
    // A port where nobody listens is the one error that every system hands to a browser's UDP socket at once (Linux:
    // ECONNREFUSED, Windows: WSAECONNRESET), upon which it falls back to TCP, where the name is decided on again. For
    // the rest, the code that says that a filter did it.
    const auto why = quic ? packet::Unreachable::Port : packet::Unreachable::Prohibited;
    sent(packet::write_unreachable(room(), view, why), Towards::Client);
  }
  return finish(count_ == 0 ? ReplyKind::Silence : ReplyKind::Unreachable, InHand::Drop, true);
}

Reply Responder::page(const PacketView& view, const FlowFacts& flow, const inspect::Observation& observation,
                      const policy::Decision& decision) noexcept {
  begin();
  const std::size_t length = pages_.write(scratch_, decision, {observation.host, flow.reference});
  if (length == 0 || !say_and_close(view, flow, Bytes(scratch_).first(length))) return reset_both(view, flow);
  return finish(ReplyKind::BlockPage, InHand::Drop, true);
}

Reply Responder::make(const PacketView& view, const FlowFacts& flow, const inspect::Observation& observation,
                      const policy::Decision& decision) noexcept {
  begin();
  const bool is_dns = observation.protocol == AppProtocol::Dns;
  if (decision.action != policy::Action::Block) {
    return is_dns ? shape_dns(view, flow, decision.group) : finish(ReplyKind::None, InHand::Pass, false);
  }
  if (!can_answer(view)) return finish(ReplyKind::Silence, InHand::Drop, true);
  if (is_dns) return refuse_name(view, flow, decision);
  if (view.transport != Transport::Tcp) return unreachable(view, flow, observation.protocol == AppProtocol::Quic);
  const bool http = observation.protocol == AppProtocol::Http && flow.from_client;
  return http && settings_->block_page ? page(view, flow, observation, decision) : reset_both(view, flow);
}

Reply Responder::after_block(const PacketView& view, const FlowFacts& flow) noexcept {
  begin();
  const std::uint8_t flags = view.tcp.flags;
  if (view.transport != Transport::Tcp || !can_answer(view) || (flags & tcp_flag::kRst) != 0) {
    return finish(ReplyKind::Silence, InHand::Drop, true);
  }
  if (flow.from_client && view.payload.empty() && (flags & tcp_flag::kFin) != 0 && (flags & tcp_flag::kAck) != 0) {
    // The client closes its half after the page: it is told that this came, or it would ask for minutes.
    const TcpReply tcp{view.tcp.ack, view.tcp.seq + packet::sequence_length(view), tcp_flag::kAck, kWindow};
    sent(packet::write_tcp(room(), packet::back(view), tcp, {}), Towards::Client);
  } else if (!view.payload.empty() || (flags & tcp_flag::kSyn) != 0) {
    sent(packet::write_tcp(room(), packet::back(view), packet::reset_back(view), {}), sender(flow));
  }
  return finish(count_ == 0 ? ReplyKind::Silence : ReplyKind::Reset, InHand::Drop, true);
}

}  // namespace gatehouse::respond
