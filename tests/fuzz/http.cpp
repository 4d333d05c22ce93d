// HTTP/1.x: the first byte says how large the segments are, the rest is the client's stream.
#include <algorithm>
#include <cstdlib>

#include "gate/inspect/http_inspector.h"
#include "gate/inspect/http_request.h"
#include "gate/inspect/resources.h"

using namespace gatehouse;
using namespace gatehouse::inspect;

namespace {
struct Ignoring final : ObservationSink {
  void observe(const Observation& seen) noexcept override {
    if (seen.host.size() > 70000) std::abort();
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static InspectionResources resources;
  if (size < 1) return 0;
  const std::size_t segment = data[0] + 1u;
  const Bytes stream(data + 1, size - 1);
  Ignoring sink;
  HttpInspector inspector;
  std::uint64_t consumed = 0;
  for (std::size_t end = 0; end < stream.size() && consumed < stream.size();) {
    end = std::min(end + segment, stream.size());
    if (consumed >= end) continue;
    const Bytes offered =
        stream.subspan(static_cast<std::size_t>(consumed), end - static_cast<std::size_t>(consumed));
    const StreamStep step =
        inspector.feed(Direction::ToServer, offered, end == stream.size(), sink, resources.pools());
    if (step.after != After::NeedMore) break;
    consumed += step.consumed;
  }
  (void)parse_request_head(stream);
  (void)split_authority(as_text(stream));
  return 0;
}
