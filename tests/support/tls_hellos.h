// ClientHellos made by hand, for tests of TLS, QUIC and DTLS, and a sink that remembers what was observed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "gate/inspect/observation.h"
#include "support/quic_packets.h"

namespace gatehouse::test {

struct Seen {
  inspect::AppProtocol protocol;
  inspect::NameSource from;
  inspect::Direction direction;
  inspect::EvasionFlags evasion;
  std::string host, alpn, ja4;
  std::uint16_t version;
  inspect::Ech ech;
};

class Sink final : public inspect::ObservationSink {
 public:
  void observe(const inspect::Observation& o) noexcept override {
    seen.push_back({o.protocol, o.from, o.direction, o.evasion, std::string(o.host), std::string(o.alpn),
                    std::string(o.ja4), o.version, o.ech});
  }
  [[nodiscard]] std::string host(std::size_t index = 0) const { return index < seen.size() ? seen[index].host : "(none)"; }
  std::vector<Seen> seen;
};

inline void put_list(Buffer& out, const Buffer& content, int length_bytes) {
  put(out, content.size(), length_bytes);
  put(out, Bytes(content));
}

inline Buffer extension(std::uint16_t type, const Buffer& content) {
  Buffer out;
  put(out, type, 2);
  put_list(out, content, 2);
  return out;
}

inline Buffer server_name(std::string_view host) {
  Buffer entry{0};
  put(entry, host.size(), 2);
  put(entry, as_bytes(host));
  Buffer list;
  put_list(list, entry, 2);
  return extension(0, list);
}

struct HelloOptions {
  std::string host = "www.site.test";
  Buffer more_extensions{};         // whole extensions, put after the usual ones
  std::size_t padding = 0;
  std::uint16_t share_group = 0x001d;
  bool dtls = false;
  bool only_tls12 = false;
};

// The body of a ClientHello, without message header.
inline Buffer hello_body(const HelloOptions& options = {}) {
  Buffer body;
  put(body, options.dtls ? 0xfefd : 0x0303, 2);
  body.insert(body.end(), 32, 0x11);
  put(body, 0, 1);
  if (options.dtls) put(body, 0, 1);
  put_list(body, Buffer{0x1a, 0x1a, 0x13, 0x01, 0xc0, 0x2f}, 2);
  put_list(body, Buffer{0}, 1);
  Buffer block = extension(0x2a2a, {});
  if (!options.host.empty()) put(block, Bytes(server_name(options.host)));
  put(block, Bytes(extension(16, {0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'})));
  put(block, Bytes(extension(13, {0, 4, 0x04, 0x03, 0x08, 0x04})));
  if (!options.only_tls12 && !options.dtls) {
    put(block, Bytes(extension(43, {6, 0x0a, 0x0a, 0x03, 0x04, 0x03, 0x03})));
    Buffer share;
    put(share, options.share_group, 2);
    put_list(share, Buffer(32, 7), 2);
    Buffer shares;
    put_list(shares, share, 2);
    put(block, Bytes(extension(51, shares)));
  }
  if (options.padding > 0) put(block, Bytes(extension(21, Buffer(options.padding, 0))));
  put(block, Bytes(options.more_extensions));
  put_list(body, block, 2);
  return body;
}

inline Buffer hello_message(const HelloOptions& options = {}) {
  Buffer message{1};
  put_list(message, hello_body(options), 3);
  return message;
}

inline Buffer record(std::uint8_t type, Bytes content, std::uint16_t version = 0x0301) {
  Buffer out{type};
  put(out, version, 2);
  put(out, content.size(), 2);
  put(out, content);
  return out;
}

// `message` in records of at most `size` bytes of content.
inline Buffer records(Bytes message, std::size_t size = 16384) {
  Buffer out;
  for (std::size_t at = 0; at < message.size(); at += size) {
    put(out, Bytes(record(22, message.subspan(at, std::min(size, message.size() - at)))));
  }
  return out;
}

}  // namespace gatehouse::test
