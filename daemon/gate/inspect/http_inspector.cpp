#include "gate/inspect/http_inspector.h"

#include <algorithm>

#include "gate/inspect/dns_inspector.h"
#include "gate/inspect/resources.h"

namespace gatehouse::inspect {
namespace {

// The largest request head waited for. Servers refuse above 8 to 64 KiB; past it what was read so far is
// reported.
constexpr std::size_t kMaxHead = 64 * 1024;
// One empty line before a request is common: old browsers sent it after the body of a POST.
constexpr std::uint32_t kCommonBlank = 2;
// A partial last line that could still become a request line is kept up to this length while searching for
// one.
constexpr std::size_t kMaxKeptLine = 2048;

bool begins_tls(Bytes bytes) noexcept { return bytes.size() >= 2 && bytes[0] == 0x16 && bytes[1] == 0x03; }

bool begins_http2(Bytes bytes) noexcept {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n";
  return as_text(bytes).starts_with(kPreface);
}

// Whether a line in the middle of unknown bytes is a request line beyond doubt: complete, with its version.
bool is_request_line(std::string_view line) noexcept {
  if (line.empty() || line.front() < 'A' || line.front() > 'Z' ||
      line.find("HTTP/1.") == std::string_view::npos)
    return false;
  return probe_http_request(as_bytes(line)) == Probe::Yes;
}

}  // namespace

Probe HttpInspector::probe(Direction, Bytes first) noexcept {
  if (begins_http2(first)) return Probe::No;
  const Probe response = probe_http_response(first);
  if (response == Probe::Yes) return response;
  const Probe request = probe_http_request(first);
  return request == Probe::No ? response : request;
}

StreamStep HttpInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink& sink,
                               ResourcePools& pools) noexcept {
  if (direction == Direction::ToServer) return client(offered, ended, sink, pools);
  if (!any_request_ && unnamed_ == Unnamed::NoPayload) unnamed_ = Unnamed::StartMissed;
  return {After::NeedMore, kSkipRest, 1, ServerPreamble::None};
}

StreamStep HttpInspector::client(Bytes offered, bool ended, ObservationSink& sink,
                                 ResourcePools& pools) noexcept {
  StreamStep step;
  for (;;) {
    const Bytes rest =
        step.consumed < offered.size() ? offered.subspan(static_cast<std::size_t>(step.consumed)) : Bytes{};
    const std::uint64_t before = step.consumed;
    const State state_before = state_;
    if (!advance(rest, ended, sink, pools, step)) break;
    if (step.consumed == before && state_ == state_before) break;
  }
  if (ended) {  // what comes after a gap begins anywhere
    body_.stop();
    state_ = State::Lost;
    scanned_ = 0;
    step.consumed = std::max<std::uint64_t>(step.consumed, offered.size());
  }
  return step;
}

bool HttpInspector::advance(Bytes rest, bool ended, ObservationSink& sink, ResourcePools& pools,
                            StreamStep& step) noexcept {
  if (rest.empty()) return false;
  if (state_ == State::Lost) return lost(rest, ended, step);
  if (state_ == State::Head) return head(rest, ended, sink, pools, step);
  if (expect_asked_ && is_request_line(as_text(rest).substr(0, as_text(rest).find('\n') + 1))) {
    body_.stop();  // told by the server not to send the body (RFC 9110 section 10.1.1)
    state_ = State::Head;
    return true;
  }
  expect_asked_ = false;
  const HttpBody::Result result = body_.feed(rest);
  step.consumed += result.consumed;
  if (result.state == HttpBody::State::NeedMore) {
    step.need =
        1 + (rest.size() > result.consumed ? rest.size() - static_cast<std::size_t>(result.consumed) : 0);
    return false;
  }
  state_ = result.state == HttpBody::State::Finished ? State::Head : State::Lost;
  return true;
}

bool HttpInspector::head(Bytes rest, bool ended, ObservationSink& sink, ResourcePools& pools,
                         StreamStep& step) noexcept {
  if (scanned_ == 0) {
    const std::size_t blank = std::min(as_text(rest).find_first_not_of("\r\n \t"), rest.size());
    if (blank > 0) {  // RFC 9112 section 2.2: empty lines before a request line are skipped
      blank_before_ += static_cast<std::uint32_t>(std::min<std::size_t>(blank, kMaxHead));
      step.consumed += blank;
      return blank < rest.size();
    }
    if ((any_request_ && begins_tls(rest)) || begins_http2(rest)) {
      step.after = After::Switch;
      step.preamble = ServerPreamble::HttpResponse;
      return false;
    }
    const Probe probe = probe_http_request(rest);
    if (probe == Probe::No) {
      if (upgrade_asked_) {
        step.after = After::Switch;
        step.preamble = ServerPreamble::HttpResponse;
        return false;
      }
      state_ = State::Lost;
      return true;
    }
  }
  const std::size_t from = scanned_ > 3 ? scanned_ - 3 : 0;  // the end may straddle what was searched before
  std::optional<std::size_t> end = find_head_end(rest, from);
  if (!end && from == 0 && as_text(rest).find('\n') != std::string_view::npos) {
    const auto first = parse_request_head(rest);  // HTTP/0.9 has a request line and no more
    if (first && first->ended) end = as_text(rest).find('\n') + 1;
  }
  if (!end && !ended && rest.size() < kMaxHead) {
    scanned_ = static_cast<std::uint32_t>(rest.size());
    step.need = rest.size() + 1;
    unnamed_ = any_request_ ? unnamed_ : Unnamed::HelloIncomplete;
    return false;
  }
  scanned_ = 0;
  const auto parsed = parse_request_head(end ? rest.first(*end) : rest);
  step.consumed += end ? *end : rest.size();
  if (!parsed) {
    state_ = State::Lost;
    if (!any_request_) unnamed_ = ended ? Unnamed::HelloIncomplete : Unnamed::Malformed;
    return true;
  }
  report(*parsed, sink);
  report_doh_target(parsed->target, sink, pools);
  if (!end) {
    state_ = State::Lost;
    if (unnamed_ != Unnamed::None) unnamed_ = ended ? Unnamed::HelloIncomplete : Unnamed::BoundReached;
    return true;
  }
  return after_head(*parsed, step);
}

bool HttpInspector::after_head(const HttpRequestHead& head, StreamStep& step) noexcept {
  upgrade_asked_ = head.upgrade;
  expect_asked_ = head.expect;
  if (head.connect) {
    step.after = After::Switch;
    step.preamble = ServerPreamble::HttpResponse;
    return false;
  }
  switch (head.framing) {
    case BodyFraming::None:
      state_ = State::Head;
      break;
    case BodyFraming::Unclear:
      state_ = State::Lost;
      break;
    case BodyFraming::Chunked:
      body_.start_chunked();
      state_ = State::Body;
      break;
    case BodyFraming::Length:
      body_.start_length(head.content_length);
      state_ = body_.active() ? State::Body : State::Head;
      break;
  }
  return true;
}

bool HttpInspector::lost(Bytes rest, bool ended, StreamStep& step) noexcept {
  if (begins_tls(rest)) {
    step.after = After::Switch;
    step.preamble = ServerPreamble::HttpResponse;
    return false;
  }
  const std::string_view text = as_text(rest);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t lf = text.find('\n', at);
    if (lf == std::string_view::npos) break;
    if (is_request_line(text.substr(at, lf + 1 - at))) {
      step.consumed += at;
      state_ = State::Head;
      return true;
    }
    at = lf + 1;
  }
  const std::string_view tail = text.substr(at);
  if (!ended && tail.size() < kMaxKeptLine && !tail.empty() &&
      probe_http_request(as_bytes(tail)) != Probe::No) {
    step.consumed += at;
    step.need = tail.size() + 1;
  } else {
    step.consumed += text.size();
  }
  return false;
}

// RFC 9112 section 3.2.2: with an absolute-form target the server ignores Host. Every other name that was
// sent is reported too, so that none hides behind another.
void HttpInspector::report(const HttpRequestHead& head, ObservationSink& sink) noexcept {
  any_request_ = true;
  Observation seen;
  seen.protocol = AppProtocol::Http;
  seen.evasion = head.odd | (blank_before_ > kCommonBlank ? evasion::kHttpOddSyntax : 0);
  blank_before_ = 0;
  seen.method = head.method;
  seen.url = head.target;
  seen.user_agent = head.user_agent;
  seen.referer = head.referer;

  HostPort main;
  if (!head.authority.empty()) {
    main = split_authority(head.authority);
    seen.from = head.connect ? NameSource::HttpConnect : NameSource::HttpAbsoluteUri;
    seen.tunnel = "http-proxy";
    seen.confidence = head.connect ? 90 : 50;
    seen.reason = head.connect ? "CONNECT asks a proxy to pass on a connection"
                               : "the request target is a whole web address, as it is sent to a proxy";
  } else if (head.host_count > 0) {
    main = split_authority(head.hosts[0]);
    seen.from = NameSource::HttpHost;
  } else if (!head.folded_host.empty()) {
    main = split_authority(head.folded_host);
    seen.from = NameSource::HttpHost;
  }
  if (head.host_count == 0 && head.ended && head.host_required) seen.evasion |= evasion::kHttpHostMissing;
  if (main.odd) seen.evasion |= evasion::kHttpOddSyntax;
  for (std::size_t i = 0; i < head.host_count; ++i) {
    if (!head.authority.empty() && !same_host(split_authority(head.hosts[i]).host, main.host)) {
      seen.evasion |= evasion::kHttpHostMismatch;
    }
  }
  seen.host = main.host;
  seen.port = main.port;
  unnamed_ =
      main.host.empty() ? (unnamed_ == Unnamed::None ? Unnamed::None : Unnamed::NoNameSent) : Unnamed::None;
  sink.observe(seen);

  const auto also = [&](std::string_view authority) {
    const HostPort other = split_authority(authority);
    if (other.host.empty() || same_host(other.host, main.host)) return;
    seen.host = other.host;
    seen.port = other.port;
    seen.from = NameSource::HttpHost;
    sink.observe(seen);
  };
  for (std::size_t i = 0; i < head.host_count; ++i) also(head.hosts[i]);
  if (!head.folded_host.empty()) also(head.folded_host);
}

}  // namespace gatehouse::inspect
