#include "lodge/identity/portal/secret.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <span>

namespace gatehouse::lodge::portal {
namespace {

constexpr std::size_t kSecretBytes = 20;

std::string hex_of(std::span<const unsigned char> bytes) {
  std::string out;
  for (const unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace

Result<std::string> make_secret() {
  std::array<unsigned char, kSecretBytes> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    return failure("the system has no random numbers to make a link of", "try again later");
  }
  return hex_of(random);
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return hex_of(digest);
}

bool is_secret_of(std::string_view secret, std::string_view hash) noexcept {
  if (secret.size() != 2 * kSecretBytes) return false;
  const std::string its = sha256_hex(secret);
  return its.size() == hash.size() && CRYPTO_memcmp(its.data(), hash.data(), its.size()) == 0;
}

}  // namespace gatehouse::lodge::portal
