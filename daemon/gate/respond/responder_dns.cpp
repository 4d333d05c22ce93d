// The part of the Responder that answers and rewrites DNS.
#include <algorithm>

#include "gate/packet/reply.h"
#include "gate/respond/dns_answer.h"
#include "gate/respond/dns_rewrite.h"
#include "gate/respond/responder.h"

namespace gatehouse::respond {
namespace {

using packet::PacketView;
using packet::Transport;

constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kTcpLength = 2;  // before each message over TCP (RFC 1035 section 4.2.2)

bool is_or_is_below(std::string_view name, std::string_view domain) noexcept {
  return name.ends_with(domain) &&
         (name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.');
}

// Firefox turns its own encrypted DNS off where this name does not exist (support.mozilla.org, "Canary domain").
constexpr std::string_view kFirefoxCanary = "use-application-dns.net";
// By names below this one a resolver tells systems of its encrypted form (RFC 9462 section 4); without them, none.
constexpr std::string_view kDesignatedResolvers = "resolver.arpa";
// "Prepare your network for iCloud Private Relay", developer.apple.com: a negative answer for these two, so that the
// device says that the relay is off here; not to answer would only delay it.
constexpr std::string_view kPrivateRelay[] = {"mask.icloud.com", "mask-h2.icloud.com"};

bool switches_encryption_on(const RespondSettings& settings, std::string_view name) noexcept {
  if (settings.refuse_encrypted_dns && (name == kFirefoxCanary || is_or_is_below(name, kDesignatedResolvers))) return true;
  return settings.refuse_private_relay &&
         std::find(std::begin(kPrivateRelay), std::end(kPrivateRelay), name) != std::end(kPrivateRelay);
}

bool is_service(std::uint16_t type) noexcept { return type == dns::kHttps || type == dns::kSvcb; }

}  // namespace

// What a person reads who looks up why a name has no answer: plain English, by category.
void Responder::explain_categories() {
  const std::string who = settings_->contact.empty() ? std::string() : "; ask: " + settings_->contact;
  explanations_.push_back({{}, "Blocked by the college's filter" + who});
  const lists::Pack& pack = snapshot_->pack();
  for (std::size_t i = 0; i < pack.category_count(); ++i) {
    const lists::CategoryInfo& category = pack.category(i);
    explanations_.push_back({std::string(category.id), "Blocked: " + std::string(category.title) + who});
  }
}

Reply Responder::pass() noexcept {
  begin();
  return finish(ReplyKind::None, InHand::Pass, false);
}

// `message` is what the client gets, in place of a query or of an answer.
Reply Responder::give_message(const PacketView& view, const FlowFacts& flow, Bytes message, ReplyKind kind) noexcept {
  begin();
  if (view.transport == Transport::Tcp) {
    // The stream is ended with it: what follows in it has other lengths, and a client asks again what is still open
    // (RFC 7766 section 6.2.4).
    if (message.empty() || message.size() > kMostMessage) return reset_both(view, flow);
    std::array<std::uint8_t, kTcpLength + kMostMessage>& framed = framed_;
    framed[0] = static_cast<std::uint8_t>(message.size() >> 8);
    framed[1] = static_cast<std::uint8_t>(message.size());
    std::copy(message.begin(), message.end(), framed.begin() + kTcpLength);
    if (!say_and_close(view, flow, Bytes(framed).first(kTcpLength + message.size()))) return reset_both(view, flow);
    return finish(kind, InHand::Drop, true);
  }
  if (message.empty()) return finish(ReplyKind::Silence, InHand::Drop, false);
  if (!flow.from_client) return replace(view, flow, message, kind);
  sent(packet::write_udp(room(), packet::back(view), message), Towards::Client);
  return finish(kind, InHand::Drop, false);
}

// The datagram in hand goes on with another message in it.
Reply Responder::replace(const PacketView& view, const FlowFacts& flow, Bytes message, ReplyKind kind) noexcept {
  begin();
  const std::size_t length = packet::write_udp(room(), packet::onward(view), message, view.ttl);
  if (length == 0) return finish(ReplyKind::Silence, InHand::Drop, false);
  if (view.from_fragments) {  // the packet in hand is only its last piece
    sent(length, flow.from_client ? Towards::Server : Towards::Client);
    return finish(kind, InHand::Drop, false);
  }
  Reply reply = finish(kind, InHand::Replace, false);
  reply.replacement = Bytes(arena_).first(length);
  return reply;
}

Reply Responder::give_answer(const PacketView& view, const FlowFacts& flow, const DnsAsked& asked,
                             const DnsAnswerPlan& plan, ReplyKind kind) noexcept {
  const std::size_t length = write_dns_answer(scratch_, asked, plan);
  return give_message(view, flow, Bytes(scratch_).first(length), kind);
}

// The message in the packet in hand; over TCP only where the segment begins with it and holds all of it.
Bytes Responder::message_of(const PacketView& view) noexcept {
  if (view.transport == Transport::Udp) return view.payload;
  ByteReader reader(view.payload);
  const std::size_t length = reader.u16();
  return reader.bytes(length);
}

Reply Responder::refuse_name(const PacketView& view, const FlowFacts& flow, const policy::Decision& decision) noexcept {
  const Bytes message = message_of(view);
  DnsAsked asked;
  if (!read_asked(message, asked)) {
    return give_message(view, flow, Bytes(scratch_).first(write_format_error(scratch_, message)), ReplyKind::DnsRefused);
  }
  DnsAnswerPlan plan;
  if (settings_->dns == DnsReply::Address) {
    plan.v4 = settings_->address_v4;
    plan.v6 = settings_->address_v6;
    plan.ttl = static_cast<std::uint32_t>(settings_->dns_ttl.count());
  } else {
    plan.rcode = dns::kNoSuchDomain;
  }
  plan.reason = static_cast<std::uint16_t>(settings_->dns_reason);
  plan.text = explanations_.front().text;
  for (const Explanation& one : explanations_) {
    if (one.category == decision.category) plan.text = one.text;
  }
  return give_answer(view, flow, asked, plan, ReplyKind::DnsRefused);
}

Reply Responder::dns(const PacketView& view, const FlowFacts& flow, std::string_view group) noexcept {
  const bool port = (flow.from_client ? view.dst_port : view.src_port) == kDnsPort;
  return port ? shape_dns(view, flow, group) : pass();
}

Reply Responder::shape_dns(const PacketView& view, const FlowFacts& flow, std::string_view group) noexcept {
  const bool carries = view.transport == Transport::Udp || view.transport == Transport::Tcp;
  if (!carries || view.encapsulation != packet::Encapsulation::None || view.cut) return pass();
  if (view.transport == Transport::Udp) {
    return flow.from_client ? dns_query(view, flow, view.payload, group) : dns_answer(view, flow, view.payload);
  }
  // Every whole message that the segment begins with; the first that is not as it may be ends the stream.
  ByteReader reader(view.payload);
  while (!reader.empty()) {
    const std::size_t length = reader.u16();
    const Bytes message = reader.bytes(length);
    if (!reader.ok()) break;
    const Reply reply = flow.from_client ? dns_query(view, flow, message, group) : dns_answer(view, flow, message);
    if (reply.kind != ReplyKind::None) return reply;
  }
  return pass();
}

Reply Responder::dns_query(const PacketView& view, const FlowFacts& flow, Bytes message,
                           std::string_view group) noexcept {
  DnsAsked asked;
  if (!read_asked(message, asked) || (asked.header.flags & (dns::kAnswer | dns::kOpcode)) != 0) return pass();
  if (switches_encryption_on(*settings_, asked.name())) {
    DnsAnswerPlan plan;
    plan.rcode = dns::kNoSuchDomain;
    plan.reason = static_cast<std::uint16_t>(settings_->dns_reason);
    plan.text = "This network keeps DNS and relays visible to its filter";
    return give_answer(view, flow, asked, plan, ReplyKind::DnsSwitch);
  }
  const Bytes safe = safe_search_.safe_host(asked.name(), group);
  if (safe.empty()) return pass();
  // An HTTPS record would lead round the addresses (its hints), so there is none; other types tell nothing.
  if (is_service(asked.type)) return give_answer(view, flow, asked, {}, ReplyKind::DnsSafeSearch);
  if (asked.type != dns::kA && asked.type != dns::kAaaa) return pass();
  // Over TCP the lengths of the stream would change; clients ask over UDP first, and whoever does not gets no answer.
  if (view.transport == Transport::Tcp) return reset_both(view, flow);
  const std::size_t length = safe_search_.ask(scratch_, view, message, asked, safe);
  if (length == 0) return give_answer(view, flow, asked, {}, ReplyKind::DnsSafeSearch);
  return replace(view, flow, Bytes(scratch_).first(length), ReplyKind::DnsSafeSearch);
}

Reply Responder::dns_answer(const PacketView& view, const FlowFacts& flow, Bytes message) noexcept {
  DnsAsked asked;
  const bool readable = read_asked(message, asked);
  if (readable && view.transport == Transport::Udp) {
    const std::size_t length = safe_search_.answer(scratch_, view, message, asked);
    if (length != 0) return replace(view, flow, Bytes(scratch_).first(length), ReplyKind::DnsSafeSearch);
  }
  if (!settings_->remove_ech || message.size() > kMostMessage) {
    // Longer than any answer with a key: only where the question was for one is it given as an empty one.
    const bool doubtful = settings_->remove_ech && readable && is_service(asked.type);
    return doubtful ? give_answer(view, flow, asked, {}, ReplyKind::DnsWithoutEch) : pass();
  }
  std::copy(message.begin(), message.end(), scratch_.begin());
  std::size_t size = 0;
  switch (remove_ech(std::span(scratch_).first(message.size()), size)) {
    case EchRemoval::NothingThere: return pass();
    case EchRemoval::Removed:
      return give_message(view, flow, Bytes(scratch_).first(size), ReplyKind::DnsWithoutEch);
    case EchRemoval::Impossible: break;
  }
  // A browser that learns of no HTTPS record asks for the addresses and does without.
  if (readable) return give_answer(view, flow, asked, {}, ReplyKind::DnsWithoutEch);
  return give_message(view, flow, {}, ReplyKind::DnsWithoutEch);
}

}  // namespace gatehouse::respond
