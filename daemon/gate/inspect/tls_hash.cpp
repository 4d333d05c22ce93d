// The block functions are marked deprecated in OpenSSL 3 in favour of EVP; the header says why they are used.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "gate/inspect/tls_hash.h"

#include <openssl/sha.h>

#include <cassert>

namespace gatehouse::inspect {

Sha256 sha256(Bytes data) noexcept {
  Sha256 digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, data.data(), data.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

Sha256 hmac_sha256(Bytes key, Bytes data) noexcept {
  constexpr std::size_t kBlock = 64;
  assert(key.size() <= kBlock);
  std::array<std::uint8_t, kBlock> inner;
  std::array<std::uint8_t, kBlock> outer;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const unsigned byte = i < key.size() ? key[i] : 0u;
    inner[i] = static_cast<std::uint8_t>(byte ^ 0x36u);
    outer[i] = static_cast<std::uint8_t>(byte ^ 0x5cu);
  }
  Sha256 digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, inner.data(), inner.size());
  SHA256_Update(&context, data.data(), data.size());
  SHA256_Final(digest.data(), &context);
  SHA256_Init(&context);
  SHA256_Update(&context, outer.data(), outer.size());
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace gatehouse::inspect
