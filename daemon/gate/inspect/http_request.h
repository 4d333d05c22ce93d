// Reads the head of one HTTP/1.x request (RFC 9112), tolerant as servers are and noting every liberty taken.
// Used by http_inspector.cpp and, for SSDP, by datagram_signatures.cpp. Pure functions over bytes in hand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gate/inspect/observation.h"
#include "gate/inspect/probe.h"

namespace gatehouse::inspect {

// A host and port as an authority or a Host field gives them.
struct HostPort {
  std::string_view host;   // without user information, port and the brackets of an IPv6 literal
  std::uint16_t port = 0;  // 0: none given
  bool odd = false;        // user information, or a port that is no number
};
// RFC 3986 section 3.2, and what clients send in its place.
HostPort split_authority(std::string_view authority) noexcept;
// Equal to a server: without regard to case and one trailing dot.
bool same_host(std::string_view a, std::string_view b) noexcept;

// How the body that follows is delimited (RFC 9112 section 6.3).
enum class BodyFraming : std::uint8_t { None, Length, Chunked, Unclear };

struct HttpRequestHead {
  static constexpr std::size_t kMaxHosts = 4;  // Host fields remembered; more than one is already a trick

  std::string_view method;
  std::string_view target;     // as sent
  std::string_view authority;  // of a CONNECT or an absolute-form target; empty otherwise
  bool connect = false;
  bool has_version = false;    // false: HTTP/0.9
  bool host_required = false;  // HTTP/1.1 or later
  bool ended = false;          // the empty line was seen
  std::array<std::string_view, kMaxHosts> hosts;
  std::size_t host_count = 0;
  std::string_view folded_host;  // a "Host:" hidden in a folded line; some servers read it, some do not
  std::string_view user_agent;
  std::string_view referer;
  bool upgrade = false;
  bool expect = false;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t content_length = 0;
  EvasionFlags odd = 0;
};

// The size of the head in `bytes` with its empty line, looking from offset `from` on; nullopt when it is not
// there yet.
std::optional<std::size_t> find_head_end(Bytes bytes, std::size_t from) noexcept;

// Reads a head, or as many whole lines of it as `bytes` hold. nullopt when not even the request line is
// whole.
std::optional<HttpRequestHead> parse_request_head(Bytes bytes) noexcept;

// Whether bytes begin a request (RFC 9112 section 3); Maybe until the request line can be told.
Probe probe_http_request(Bytes first) noexcept;
// Whether bytes begin a response: "HTTP/1.".
Probe probe_http_response(Bytes first) noexcept;

}  // namespace gatehouse::inspect
