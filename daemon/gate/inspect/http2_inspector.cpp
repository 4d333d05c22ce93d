#include "gate/inspect/http2_inspector.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "gate/inspect/dns_inspector.h"
#include "gate/inspect/http_request.h"
#include "gate/inspect/resources.h"

namespace gatehouse::inspect {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 section 3.4
constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMaxDohBody = 1024;  // a query is at most a few hundred bytes
constexpr std::uint8_t kData = 0;
constexpr std::uint8_t kHeaders = 1;
constexpr std::uint8_t kContinuation = 9;
constexpr std::uint8_t kEndHeaders = 0x04;
constexpr std::uint8_t kPadded = 0x08;
constexpr std::uint8_t kPriority = 0x20;

struct Frame {
  std::size_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  Bytes payload;
  bool whole = false;
};

Frame read_frame(Bytes bytes) noexcept {
  ByteReader reader(bytes);
  Frame frame;
  frame.length = reader.u24();
  frame.type = reader.u8();
  frame.flags = reader.u8();
  frame.stream = reader.u32();
  frame.payload = reader.bytes(frame.length);
  frame.whole = reader.ok();
  return frame;
}

// RFC 9113 section 6.2: padding and priority around the fragment.
bool headers_fragment(const Frame& frame, Bytes& fragment) noexcept {
  ByteReader reader(frame.payload);
  const std::size_t padding = (frame.flags & kPadded) != 0 ? reader.u8() : 0;
  if ((frame.flags & kPriority) != 0) reader.skip(5);
  if (!reader.ok() || reader.remaining() < padding) return false;
  fragment = reader.rest().first(reader.remaining() - padding);
  return true;
}

class RequestFields final : public HpackFields {
 public:
  void field(std::string_view name, std::string_view value) noexcept override {
    if (name == ":authority") authority = value;
    if (name == ":path") path = value;
    if (name == ":method") method = value;
    if (name == "host" && host.empty()) host = value;
    if (name == "user-agent") user_agent = value;
    if (name == "referer") referer = value;
    if (name == "content-type" && value == "application/dns-message") doh = true;  // RFC 8484 section 6
  }
  bool doh = false;
  std::string_view authority, path, method, host, user_agent, referer;
};

Unnamed report(const RequestFields& fields, ObservationSink& sink) noexcept {
  Observation seen;
  seen.protocol = AppProtocol::Http2;
  seen.method = fields.method;
  seen.url = fields.path;
  seen.user_agent = fields.user_agent;
  seen.referer = fields.referer;
  const HostPort main = split_authority(fields.authority.empty() ? fields.host : fields.authority);
  seen.host = main.host;
  seen.port = main.port;
  seen.from = NameSource::Http2Authority;
  if (fields.method == "CONNECT") {
    seen.from = NameSource::HttpConnect;
    seen.tunnel = "http-proxy";
    seen.confidence = 90;
    seen.reason = "CONNECT asks a proxy to pass on a connection";
  }
  const HostPort other = split_authority(fields.host);
  const bool differ = !fields.authority.empty() && !other.host.empty() && !same_host(main.host, other.host);
  if (differ) seen.evasion |= evasion::kHttpHostMismatch;
  sink.observe(seen);
  if (differ) {
    seen.host = other.host;
    seen.port = other.port;
    seen.from = NameSource::HttpHost;
    sink.observe(seen);
  }
  return main.host.empty() ? Unnamed::NoNameSent : Unnamed::None;
}

}  // namespace

Probe Http2Inspector::probe(Direction, Bytes first) noexcept {
  const std::string_view text = as_text(first).substr(0, kPreface.size());
  if (!kPreface.starts_with(text)) return Probe::No;
  return text.size() >= 16 ? Probe::Yes : Probe::Maybe;  // the first line says it
}

StreamStep Http2Inspector::over(StreamStep step, Unnamed why) noexcept {
  step.after = After::Done;
  if (unnamed_ != Unnamed::None) unnamed_ = why;
  hpack_.reset();
  return step;
}

bool Http2Inspector::headers(Bytes rest, StreamStep& step, bool& waiting, ObservationSink& sink,
                             ResourcePools& pools) noexcept {
  const std::span<std::uint8_t> block = pools.header_block();
  std::size_t size = 0;
  std::size_t at = 0;
  const std::uint32_t stream = read_frame(rest).stream;
  for (bool first = true;; first = false) {
    const Frame frame = read_frame(rest.subspan(at));
    if (!frame.whole) {
      waiting = true;
      step.need = at + kFrameHeader + frame.length;
      return step.need <= block.size();
    }
    Bytes fragment = frame.payload;
    if (frame.type != (first ? kHeaders : kContinuation) || (first && !headers_fragment(frame, fragment))) {
      unnamed_ = unnamed_ == Unnamed::None ? unnamed_ : Unnamed::Malformed;
      return false;
    }
    if (fragment.size() > block.size() - size) return false;
    std::copy(fragment.begin(), fragment.end(), block.begin() + static_cast<std::ptrdiff_t>(size));
    size += fragment.size();
    at += kFrameHeader + frame.length;
    if ((frame.flags & kEndHeaders) != 0) break;
  }
  RequestFields fields;
  const auto result = hpack_->decode(block.first(size), pools.header_text(), fields);
  if (!fields.method.empty()) {
    const Unnamed why = report(fields, sink);
    if (unnamed_ != Unnamed::None) unnamed_ = why;
    if (fields.doh) doh_stream_ = stream;
    report_doh_target(fields.path, sink, pools);
  }
  step.consumed += at;
  if (result == HpackDecoder::Result::Malformed && unnamed_ != Unnamed::None) unnamed_ = Unnamed::Malformed;
  return result == HpackDecoder::Result::Good;
}

StreamStep Http2Inspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                                ResourcePools& pools) noexcept {
  if (direction == Direction::ToClient) return {After::NeedMore, kSkipRest, 1, ServerPreamble::None};
  StreamStep step;
  if (!preface_read_) {
    if (offered.size() < kPreface.size()) {
      step.need = kPreface.size();
      return ended ? over(step, Unnamed::HelloIncomplete) : step;
    }
    preface_read_ = true;
    step.consumed = kPreface.size();
    hpack_ = PoolHandle<HpackDecoder>(pools.hpack());
    if (!hpack_) return over(step, Unnamed::BoundReached);
  }
  while (step.consumed < offered.size()) {
    const Bytes rest = offered.subspan(static_cast<std::size_t>(step.consumed));
    if (rest.size() < kFrameHeader) {
      step.need = kFrameHeader;
      break;
    }
    const Frame frame = read_frame(rest);
    const bool doh = frame.type == kData && frame.stream == doh_stream_ && frame.length <= kMaxDohBody;
    if (doh && !frame.whole && !ended) {
      step.need = kFrameHeader + frame.length;
      break;
    }
    if (doh && frame.length > 0) {
      report_doh_body(frame.payload, Direction::ToServer, sink, pools);
      doh_stream_ = 0;
    }
    if (frame.type != kHeaders) {
      step.consumed += kFrameHeader + frame.length;  // may exceed what was offered: data need not be kept
      step.need = 1;
      continue;
    }
    bool waiting = false;
    if (!headers(rest, step, waiting, sink, pools)) {
      return over(step, unnamed_ == Unnamed::Malformed ? Unnamed::Malformed : Unnamed::BoundReached);
    }
    if (waiting) break;
    step.need = 1;
  }
  return ended ? over(step, Unnamed::HelloIncomplete) : step;  // the table is lost with any missing byte
}

}  // namespace gatehouse::inspect
