// The chooser for streams and all that it may choose: the input is a list of offers, each a byte of direction
// and end, two of length, then its bytes. Unconsumed bytes are kept and offered again, as the flow table
// does.
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
struct Side {
  std::vector<std::uint8_t> held;
  std::uint64_t skip = 0;
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static InspectionResources resources;
  Ignoring sink;
  StreamInspection inspection(resources);
  Side sides[2];
  ByteReader reader({data, size});
  while (reader.remaining() >= 3) {
    const std::uint8_t how = reader.u8();
    const std::size_t length = std::min<std::size_t>(reader.u16(), reader.remaining());
    const Bytes bytes = reader.bytes(length);
    Side& side = sides[how & 1];
    side.held.insert(side.held.end(), bytes.begin(), bytes.end());
    const auto dropped = std::min<std::uint64_t>(side.skip, side.held.size());
    side.held.erase(side.held.begin(), side.held.begin() + static_cast<std::ptrdiff_t>(dropped));
    side.skip -= dropped;
    if (side.held.empty()) continue;
    const std::vector<std::uint8_t> exact = side.held;
    const Progress progress = inspection.feed((how & 1) != 0 ? Direction::ToClient : Direction::ToServer,
                                              exact, (how & 2) != 0, sink);
    if (progress.step == Step::Done) break;
    if (progress.need == 0) std::abort();
    side.skip += progress.consumed;
    if ((how & 2) != 0) side = {};
  }
  (void)inspection.unnamed();
  return 0;
}
