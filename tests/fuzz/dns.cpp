// DNS and its relatives: the first byte chooses the port, the rest is a message, over UDP and over TCP.
#include <array>
#include <cstdlib>

#include "gate/inspect/inspection.h"

using namespace gatehouse;
using namespace gatehouse::inspect;

namespace {
struct Ignoring final : ObservationSink {
  void observe(const Observation& seen) noexcept override {
    const bool dns = seen.protocol == AppProtocol::Dns || seen.protocol == AppProtocol::Mdns;
    if (dns && seen.host.size() > 1021) std::abort();  // 255 bytes, each written as four characters
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static InspectionResources resources;
  if (size < 1) return 0;
  constexpr std::array<std::uint16_t, 5> kPorts = {53, 5353, 5355, 137, 9999};
  DatagramFacts facts;
  facts.server_port = kPorts[data[0] % kPorts.size()];
  facts.client_port = 40000;
  const Bytes message(data + 1, size - 1);
  Ignoring sink;
  DatagramInspection datagrams(resources);
  datagrams.feed(Direction::ToServer, message, facts, sink);
  datagrams.feed(Direction::ToClient, message, facts, sink);
  StreamInspection stream(resources, {facts.server_port, {}, true});
  stream.feed(Direction::ToServer, message, true, sink);
  return 0;
}
