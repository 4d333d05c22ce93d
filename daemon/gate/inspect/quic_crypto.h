// Opens QUIC Initial packets: keys from the connection id (RFC 9001 section 5.2), header protection (5.4),
// AES-128-GCM (5.3). One for each worker, made at set-up and held beside the pool of QuicInspectors; holds the
// OpenSSL contexts, so that a packet costs no look-up. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"

namespace gatehouse::inspect {

struct QuicVersion;

struct QuicKeys {
  std::array<std::uint8_t, 16> key;
  std::array<std::uint8_t, 12> iv;
  std::array<std::uint8_t, 16> header;
};

class QuicCrypto {
 public:
  QuicCrypto();  // throws SetupError when OpenSSL has no AES-128 (a broken installation)
  ~QuicCrypto();
  QuicCrypto(const QuicCrypto&) = delete;
  QuicCrypto& operator=(const QuicCrypto&) = delete;

  // The client's Initial keys for the destination connection id of its first packet.
  static QuicKeys client_keys(const QuicVersion& version, Bytes destination_id) noexcept;

  // Five bytes with which to unmask a header; nullopt when OpenSSL fails.
  std::optional<std::array<std::uint8_t, 5>> header_mask(const QuicKeys& keys, Bytes sample) noexcept;

  // Decrypts `ciphertext` into `out` (at least as long). `associated` is the header, in pieces. An empty `tag`
  // means that a capture cut it off: then nothing is verified, and the caller judges by the content. False when
  // the tag does not fit: wrong keys or changed bytes.
  bool open(const QuicKeys& keys, std::uint64_t packet_number, std::span<const Bytes> associated, Bytes ciphertext,
            Bytes tag, std::span<std::uint8_t> out) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::inspect
