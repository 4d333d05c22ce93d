// HTTP/2: the first byte says how large the segments are; the rest follows the connection preface. HPACK's
// decoder also gets the bytes as a header block of its own, twice, so that its table is used.
#include <algorithm>
#include <array>
#include <string>

#include "gate/inspect/hpack_decoder.h"
#include "gate/inspect/http2_inspector.h"
#include "gate/inspect/resources.h"

using namespace gatehouse;
using namespace gatehouse::inspect;

namespace {
struct Ignoring final : ObservationSink, HpackFields {
  void observe(const Observation&) noexcept override {}
  void field(std::string_view name, std::string_view value) noexcept override {
    total += name.size() + value.size();
  }
  std::size_t total = 0;
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static InspectionResources resources;
  if (size < 1) return 0;
  const Bytes payload(data + 1, size - 1);
  Ignoring sink;
  HpackDecoder decoder;
  std::array<char, 4096> room{};
  (void)decoder.decode(payload, room, sink);
  (void)decoder.decode(payload, room, sink);

  std::string stream = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  stream += as_text(payload);
  const std::size_t segment = data[0] + 1u;
  Http2Inspector inspector;
  std::uint64_t consumed = 0;
  for (std::size_t end = 0; end < stream.size() && consumed < stream.size();) {
    end = std::min(end + segment, stream.size());
    if (consumed >= end) continue;
    const Bytes offered = as_bytes(stream).subspan(static_cast<std::size_t>(consumed),
                                                   end - static_cast<std::size_t>(consumed));
    const StreamStep step =
        inspector.feed(Direction::ToServer, offered, end == stream.size(), sink, resources.pools());
    if (step.after != After::NeedMore) break;
    consumed += step.consumed;
  }
  return 0;
}
