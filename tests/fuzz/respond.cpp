// Foreign bytes as DNS messages, queries and answers, over UDP and TCP, and as whatever else is blocked. What comes out
// must be whole packets with right checksums, and an answer from which keys were taken must have none left.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "gate/inspect/dns_message.h"
#include "gate/packet/decode.h"
#include "gate/respond/dns_rewrite.h"
#include "gate/respond/responder.h"
#include "support/packets.h"

using namespace gatehouse;
using namespace gatehouse::respond;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

packet::PacketView decoded(Bytes bytes) {
  static packet::Decoder decoder;
  packet::PacketView view;
  packet::RawPacket raw;
  raw.bytes = bytes;
  raw.wire_length = static_cast<std::uint32_t>(bytes.size());
  raw.link = 101;
  require(decoder.decode(raw, view) == packet::Decoded::Yes);
  // The message may look like an outer header (Teredo, GTP-U): then its inside is looked at, not what we wrote.
  require(view.encapsulation != packet::Encapsulation::None ||
          packet::verify_checksum(view) != packet::Checksum::Bad);
  return view;
}

void check(const Reply& reply) {
  for (const ReplyPacket& one : reply.packets) (void)decoded(one.bytes);
  if (reply.packet == InHand::Replace) (void)decoded(reply.replacement);
}

Responder& responder() {
  static Responder one = [] {
    auto settings = std::make_shared<RespondSettings>();
    settings->contact = "Help desk";
    settings->request_url = "https://gatehouse.college.test/request";
    settings->safe_search.groups = {"students"};
    for (const std::string_view engine : known_engines()) settings->safe_search.engines.emplace_back(engine);
    return Responder(settings, std::make_shared<policy::PolicySnapshot>(policy::PolicySettings{}, lists::Pack::empty()));
  }();
  return one;
}

void take_keys_out(Bytes message) {
  std::vector<std::uint8_t> copy(message.begin(), message.end());
  std::size_t size = 0;
  if (remove_ech(copy, size) != EchRemoval::Removed) return;
  require(size < message.size());
  copy.resize(size);
  std::size_t again = 0;
  require(remove_ech(copy, again) != EchRemoval::Removed);
  static inspect::DnsScratch scratch;
  inspect::DnsMessage read;
  if (!scratch.parse(copy, read)) return;
  for (const inspect::DnsAnswer& answer : read.answers) require(!answer.has_ech);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8000) return 0;
  const std::uint8_t how = data[0];
  const Bytes message(data + 1, size - 1);
  take_keys_out(message);

  FlowFacts facts;
  facts.from_client = (how & 1) != 0;
  facts.reference = as_text(message.first(message.size() % 40));
  test::Ends ends = (how & 2) != 0 ? test::ends_v6() : test::Ends{};
  ends.dst_port = 53;
  if (!facts.from_client) ends = ends.reversed();
  test::Ip ip;
  ip.protocol = (how & 4) != 0 ? 6 : 17;
  const test::Buffer bytes = test::ip_packet(
      ends, ip, ip.protocol == 6 ? test::tcp_segment(ends, {}, message) : test::udp_datagram(ends, message));
  const packet::PacketView view = decoded(bytes);

  check(responder().dns(view, facts, "students"));
  inspect::Observation observation;
  observation.protocol = (how & 8) != 0 ? inspect::AppProtocol::Dns
                         : (how & 16) != 0 ? inspect::AppProtocol::Http : inspect::AppProtocol::Quic;
  observation.host = as_text(message);
  policy::Decision decision;
  decision.action = policy::Action::Block;
  decision.category = observation.host;
  check(responder().make(view, facts, observation, decision));
  check(responder().after_block(view, facts));
  return 0;
}
