// A ClientHello as one view: what TLS, QUIC and DTLS share. Borrows from the bytes it was read from.
// Used by the inspectors and by ja4; pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "gate/inspect/observation.h"

namespace gatehouse::inspect {

enum class HelloForm : std::uint8_t { Tls, Dtls };  // DTLS has a cookie and counts its versions downwards

// GREASE values (RFC 8701): put in by browsers to keep servers tolerant; they mean nothing.
constexpr bool is_grease(std::uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff);
}

// The outside of an encrypted_client_hello extension (draft-ietf-tls-esni-22 section 5).
struct EchOuter {
  bool present = false;
  bool readable = false;       // the fields below could be read
  std::uint16_t kdf = 0;
  std::uint16_t aead = 0;
  std::uint8_t config_id = 0;
  std::uint16_t enc_length = 0;
  std::uint16_t payload_length = 0;
};

struct ClientHello {
  static constexpr std::size_t kMaxNames = 4;  // one is allowed (RFC 6066 section 3); more are kept as evidence

  std::uint16_t legacy_version = 0;
  std::uint16_t highest_version = 0;  // 0x0304 for TLS 1.3 and its drafts; DTLS as DTLS numbers
  std::uint16_t ja4_version = 0;      // the highest number offered, drafts as they are
  Bytes ciphers;                      // lists of 16-bit numbers, in order, GREASE included
  Bytes extensions;                   // the whole block: type, length, content ...
  Bytes signature_algorithms;
  Bytes supported_groups;
  Bytes key_shares;                   // group, length, key ...
  Bytes alpn;                         // length, name ...
  std::array<std::string_view, kMaxNames> names{};
  std::uint8_t name_count = 0;
  bool has_name_extension = false;
  bool names_malformed = false;       // an empty, doubled or broken server_name, or one with bytes no name has
  bool has_esni = false;              // the older encrypted_server_name (draft-ietf-tls-esni-02)
  bool whole = false;                 // everything could be read to the end
  EchOuter ech;

  [[nodiscard]] std::string_view name() const noexcept { return name_count > 0 ? names[0] : std::string_view{}; }
  // A server is likely to ask for a second hello: no key share that all servers take, or none for the hybrid
  // group that the client says it could do.
  [[nodiscard]] bool retry_likely() const noexcept;
};

// `body` is the handshake message without its four (DTLS: twelve) bytes of header (RFC 8446 section 4.1.2).
// Reads as far as it can: a body that was cut gives what came before the cut, with `whole` false. nullopt when
// not even the cipher suites could be read.
std::optional<ClientHello> parse_client_hello(Bytes body, HelloForm form) noexcept;

// What can honestly be said about ECH from outside. GREASE ECH is made to look like the real one; only an outer
// name that is known to serve as such (Cloudflare's, test sites') tells a real offer.
Ech ech_of(const ClientHello& hello) noexcept;

}  // namespace gatehouse::inspect
