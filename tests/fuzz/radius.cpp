// Accounting datagrams from anywhere: never a crash, and whatever is not signed with the client's secret makes
// nothing. The bytes are tried as they are, and as the attributes of a packet that is signed for them, so that the
// fuzzer gets behind the signature.
#include <cstdlib>

#include "lodge/identity/radius/accounting.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::lodge;
  using namespace gatehouse::lodge::radius;
  const std::string secret = "secret";
  Settings settings;
  settings.clients.push_back({*IpPrefix::parse("10.0.0.0/8"), "client", secret, true, false});
  settings.own_realms = {"college.test"};
  GroupRules groups;
  SessionTimeline timeline;
  AccountingServer server(settings, groups, timeline);
  const IpAddress client = *IpAddress::parse("10.0.0.1");
  const Timestamp now = timestamp_from_us(1'800'000'000'000'000);
  const Bytes input(data, size);
  if (!server.handle(*IpAddress::parse("192.0.2.1"), 1, input, now).empty()) std::abort();
  if (!server.handle(client, 1, input, now).empty() && server.counters().bad_authenticator != 0) std::abort();

  // Attributes of the input, signed: several packets, cut where the input says.
  ByteReader reader(input);
  Timestamp when = now;
  for (int packets = 0; packets < 16 && !reader.empty(); ++packets) {
    std::vector<NewAttribute> attributes;
    const std::uint8_t count = reader.u8() % 24;
    for (int i = 0; i < count && !reader.empty(); ++i) {
      const std::uint8_t type = reader.u8();
      const Bytes value = reader.bytes(std::min<std::size_t>(reader.u8() % 254, reader.remaining()));
      attributes.push_back({type, {value.begin(), value.end()}});
    }
    when += Seconds{reader.u8() * 20};
    const auto packet = make_request(static_cast<std::uint8_t>(packets), attributes, secret, false);
    (void)server.handle(client, 1, packet, when);
  }
  for (const Lease& lease : timeline.leases()) {
    if (lease.to <= lease.from) std::abort();
    const Attribution answer = who(timeline, lease.address, MacAddress{}, lease.from);
    if (names_a_person(answer.grade) == answer.login.empty()) std::abort();
  }
  return 0;
}
