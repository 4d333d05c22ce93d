// SHA-256 and HMAC (RFC 2104) without a heap: OpenSSL's block functions called directly, because its EVP layer
// allocates and looks the algorithm up on every use. Used by ja4 and the QUIC keys; any thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::inspect {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(Bytes data) noexcept;

// HMAC-SHA-256 for keys of at most 64 bytes (longer keys do not occur in HKDF with SHA-256).
Sha256 hmac_sha256(Bytes key, Bytes data) noexcept;

}  // namespace gatehouse::inspect
