// The chooser for datagrams: the input is the server's port, then datagrams, each a byte of direction, two of
// length, then its bytes.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "gate/inspect/inspection.h"

using namespace gatehouse;
using namespace gatehouse::inspect;

namespace {
struct Ignoring final : ObservationSink {
  void observe(const Observation& seen) noexcept override {
    if (seen.confidence > 100) std::abort();
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static InspectionResources resources;
  Ignoring sink;
  DatagramInspection inspection(resources);
  ByteReader reader({data, size});
  DatagramFacts facts;
  facts.server_port = reader.u16();
  facts.client_port = 40000;
  while (reader.remaining() >= 3) {
    const std::uint8_t how = reader.u8();
    const Bytes bytes = reader.bytes(std::min<std::size_t>(reader.u16(), reader.remaining()));
    const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
    if (inspection.feed((how & 1) != 0 ? Direction::ToClient : Direction::ToServer, exact, facts, sink) ==
        Step::Done)
      break;
  }
  (void)inspection.unnamed();
  return 0;
}
