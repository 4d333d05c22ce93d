#include "gate/inspect/dns_inspector.h"

#include <algorithm>
#include <array>

#include "gate/inspect/dns_name.h"
#include "gate/inspect/resources.h"

namespace gatehouse::inspect {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kNetbiosPort = 137;
constexpr std::uint16_t kMdnsPort = 5353;
constexpr std::uint16_t kLlmnrPort = 5355;
constexpr std::size_t kHeader = 12;
// A message on a port that does not vouch for it must be modest to be believed.
constexpr int kMaxRecordsBelieved = 64;
// On DNS's own ports counts above these are not DNS but something else that uses the port.
constexpr int kMaxRecordsOnPort = 1024;
// A query with its EDNS options is far smaller than this; longer first TCP messages are believed from the
// start.
constexpr std::size_t kMaxFirstTcpMessage = 4096;

bool uses(const DatagramFacts& facts, std::uint16_t port) noexcept {
  return facts.server_port == port || facts.client_port == port;
}

AppProtocol by_port(const DatagramFacts& facts) noexcept {
  // A resolver asked from an odd port of the client's choice (a responder's, say) is asked for DNS.
  if (facts.server_port == kDnsPort) return AppProtocol::Dns;
  if (uses(facts, kMdnsPort)) return AppProtocol::Mdns;
  if (uses(facts, kLlmnrPort)) return AppProtocol::Llmnr;
  if (uses(facts, kNetbiosPort)) return AppProtocol::NetbiosName;
  return uses(facts, kDnsPort) ? AppProtocol::Dns : AppProtocol::Unknown;
}

struct Header {
  std::uint16_t flags;
  std::uint16_t questions, answers, authority, additional;
};

bool is_common_class(std::uint16_t klass) noexcept {
  return klass == 1 || klass == 3 || klass == 255 || klass == 0x8001;
}
bool is_assigned_type(std::uint16_t type) noexcept {
  return (type >= 1 && type <= 110) || (type >= 249 && type <= 262) || type == 32768 || type == 65399;
}

bool is_common_class_at(ByteReader type_and_class) noexcept {
  type_and_class.skip(2);
  return is_common_class(type_and_class.u16());
}

// Is it DNS by its content alone? `cut`: more bytes of it may come.
Probe probe_strictly(Bytes message, bool cut) noexcept {
  DnsNameReader names(message);
  names.at.skip(2);
  const Header header{names.at.u16(), names.at.u16(), names.at.u16(), names.at.u16(), names.at.u16()};
  if (!names.at.ok()) return cut ? Probe::Maybe : Probe::No;
  const bool answer = (header.flags & 0x8000) != 0;
  if ((header.flags & 0x7840) != 0 || header.questions != 1) return Probe::No;  // a standard query; Z is zero
  if (header.answers > kMaxRecordsBelieved || header.authority > kMaxRecordsBelieved ||
      header.additional > kMaxRecordsBelieved) {
    return Probe::No;
  }
  if (!answer &&
      (header.answers != 0 || header.authority != 0 || header.additional > 2 || (header.flags & 0x0f) != 0)) {
    return Probe::No;
  }
  const bool name_good = names.skip();
  const std::uint16_t type = names.at.u16();
  const std::uint16_t klass = names.at.u16();
  if (!name_good || !names.at.ok()) return cut && message.size() < 300 ? Probe::Maybe : Probe::No;
  if (!is_assigned_type(type) || !is_common_class(klass)) return Probe::No;
  const bool records_follow = header.answers + header.authority + header.additional > 0;
  if (records_follow != (names.at.remaining() > 0) && !cut) return Probe::No;
  return Probe::Yes;
}

NameSource source_of(AppProtocol protocol) noexcept {
  switch (protocol) {
    case AppProtocol::Mdns:
      return NameSource::MdnsName;
    case AppProtocol::Llmnr:
      return NameSource::LlmnrName;
    case AppProtocol::NetbiosName:
      return NameSource::NetbiosName;
    default:
      return NameSource::DnsQuery;
  }
}

}  // namespace

void DnsReporter::report(const DnsMessage& message, AppProtocol protocol, Direction direction,
                         ObservationSink& sink) noexcept {
  Observation seen;
  seen.protocol = protocol;
  seen.direction = direction;
  seen.dns_id = message.id;
  seen.rcode = message.rcode;
  seen.is_answer = message.is_answer;
  if (message.is_answer) seen.answers = message.answers;
  for (const DnsQuestion& question : message.questions) {
    seen.from = source_of(protocol);
    seen.host = question.name;
    seen.rrtype = question.type;
    if (!message.is_answer && protocol == AppProtocol::Dns) {
      const DnsTunnelVerdict verdict = watch_.query(question.name, question.type);
      seen.evasion = verdict.confidence > 0 ? evasion::kDnsTunnel : 0;
      seen.tunnel = verdict.confidence > 0 ? std::string_view{"dns-tunnel"} : std::string_view{};
      seen.confidence = verdict.confidence;
      seen.reason = verdict.reason;
    }
    sink.observe(seen);
    seen.answers = {};
    unnamed_ = Unnamed::None;
  }
  if (!message.questions.empty() || message.answers.empty()) {
    set_unnamed(message.questions_whole ? Unnamed::NoNameSent : Unnamed::Malformed);
    return;
  }
  // Answers nobody asked for: mDNS announcements, NetBIOS responses. The name is the first record's owner.
  seen.from = NameSource::DnsAnswer;
  seen.host = message.answers.front().name;
  seen.rrtype = message.answers.front().type;
  seen.answers = message.answers;
  sink.observe(seen);
  unnamed_ = Unnamed::None;
}

Probe DnsDatagramInspector::probe(Bytes datagram, const DatagramFacts& facts) noexcept {
  if (by_port(facts) == AppProtocol::Unknown) return probe_strictly(datagram, false);
  ByteReader reader(datagram);
  reader.skip(2);
  const Header header{reader.u16(), reader.u16(), reader.u16(), reader.u16(), reader.u16()};
  if (!reader.ok()) return Probe::No;
  const int opcode = (header.flags >> 11) & 0x0f;
  const int records = header.answers + header.authority + header.additional;
  if (header.questions > DnsScratch::kMaxQuestions || records > kMaxRecordsOnPort) return Probe::No;
  // Opcodes without a meaning: believed only with a question that is one, as a server would look at it.
  if (opcode > 6 && by_port(facts) != AppProtocol::NetbiosName) {
    DnsNameReader question(datagram);
    question.at.skip(kHeader);
    const bool whole = question.skip() && question.at.remaining() >= 4;
    return whole && header.questions == 1 && is_common_class_at(question.at) ? Probe::Yes : Probe::No;
  }
  if (header.questions == 0 && records == 0) return (header.flags & 0x8000) != 0 ? Probe::Yes : Probe::No;
  DnsNameReader names(datagram);
  names.at.skip(kHeader);
  return names.skip() || header.questions == 1 ? Probe::Yes : Probe::No;
}

bool DnsDatagramInspector::is_own_port(std::uint16_t port) noexcept {
  return port == kDnsPort || port == kMdnsPort || port == kLlmnrPort || port == kNetbiosPort;
}

Step DnsDatagramInspector::feed(Direction direction, Bytes datagram, const DatagramFacts& facts,
                                ObservationSink& sink, ResourcePools& pools) noexcept {
  const AppProtocol port_says = by_port(facts);
  protocol_ = port_says == AppProtocol::Unknown ? AppProtocol::Dns : port_says;
  DnsMessage message;
  if (!pools.dns().parse(datagram, message)) {
    reporter_.set_unnamed(Unnamed::Malformed);
    return Step::NeedMore;
  }
  if (protocol_ == AppProtocol::NetbiosName) pools.dns().decode_netbios(message);
  reporter_.report(message, protocol_, direction, sink);
  return Step::NeedMore;
}

Probe DnsStreamInspector::probe(Direction, Bytes first) noexcept {
  ByteReader reader(first);
  const std::size_t length = reader.u16();
  if (!reader.ok()) return Probe::Maybe;
  if (length < kHeader + 5 || (length > kMaxFirstTcpMessage && first.size() < 2 + kHeader)) return Probe::No;
  const Bytes message = reader.rest();
  return probe_strictly(message.first(std::min(length, message.size())), message.size() < length);
}

void DnsStreamInspector::know(const StreamFacts& facts) noexcept {
  if (facts.server_port == kLlmnrPort) protocol_ = AppProtocol::Llmnr;
}

StreamStep DnsStreamInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                                    ResourcePools& pools) noexcept {
  StreamStep step;
  while (step.consumed < offered.size()) {
    ByteReader reader(offered.subspan(static_cast<std::size_t>(step.consumed)));
    const std::size_t length = reader.u16();
    if (!reader.ok() || (reader.remaining() < length && !ended)) {
      step.need = reader.ok() ? 2 + length : 2;
      return step;
    }
    const Bytes message = reader.bytes(std::min(length, reader.remaining()));
    DnsMessage parsed;
    if (pools.dns().parse(message, parsed)) {
      reporter_.report(parsed, protocol_, direction, sink);
    } else if (length > 0) {
      reporter_.set_unnamed(ended ? Unnamed::HelloIncomplete : Unnamed::Malformed);
    }
    step.consumed += 2 + message.size();
  }
  // After a gap a message boundary cannot be found again.
  if (ended && direction == Direction::ToServer) step.after = After::Done;
  return step;
}

namespace {

// The largest query that a `dns` parameter is believed to hold; with padding they are 128 or 256 bytes.
constexpr std::size_t kMaxDohQuery = 512;

int base64url(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  return c == '_' || c == '/' ? 63 : -1;
}

}  // namespace

void report_doh_body(Bytes message, Direction direction, ObservationSink& sink,
                     ResourcePools& pools) noexcept {
  DnsMessage parsed;
  if (probe_strictly(message, false) != Probe::Yes || !pools.dns().parse(message, parsed)) return;
  Observation seen;
  seen.protocol = AppProtocol::Dns;
  seen.from = NameSource::DnsQuery;
  seen.direction = direction;
  seen.dns_id = parsed.id;
  seen.rcode = parsed.rcode;
  seen.is_answer = parsed.is_answer;
  seen.answers = parsed.is_answer ? parsed.answers : std::span<const DnsAnswer>{};
  seen.tunnel = "doh";
  seen.confidence = 98;
  seen.reason = "a DNS message inside HTTP";
  for (const DnsQuestion& question : parsed.questions) {
    seen.host = question.name;
    seen.rrtype = question.type;
    sink.observe(seen);
  }
}

void report_doh_target(std::string_view target, ObservationSink& sink, ResourcePools& pools) noexcept {
  std::size_t at = target.find("dns=");
  if (at == std::string_view::npos || at == 0 || (target[at - 1] != '?' && target[at - 1] != '&')) return;
  std::array<std::uint8_t, kMaxDohQuery> message{};
  std::size_t size = 0;
  std::uint32_t bits = 0;
  int held = 0;
  for (at += 4; at < target.size() && base64url(target[at]) >= 0; ++at) {
    bits = bits << 6 | static_cast<std::uint32_t>(base64url(target[at]));
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (size == message.size()) return;
    message[size++] = static_cast<std::uint8_t>(bits >> held & 0xff);
  }
  report_doh_body(Bytes{message.data(), size}, Direction::ToServer, sink, pools);
}

}  // namespace gatehouse::inspect
