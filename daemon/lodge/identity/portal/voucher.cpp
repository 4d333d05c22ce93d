#include "lodge/identity/portal/voucher.h"

#include <openssl/rand.h>

#include <array>

#include "lodge/identity/portal/secret.h"

namespace gatehouse::lodge::portal {
namespace {

// Crockford's base 32: no I, L, O, U.
constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 10;  // 50 bits: at the rate that is let through, ages to guess

}  // namespace

std::string make_code() {
  std::array<unsigned char, kLength> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw SetupError({"the system has no random numbers to make a voucher of", "try again later", {}, 0});
  }
  std::string code;
  for (std::size_t i = 0; i < kLength; ++i) {
    if (i == kLength / 2) code += '-';
    code += kLetters[random[i] % kLetters.size()];
  }
  return code;
}

std::string hash_of_code(std::string_view typed) {
  std::string plain;
  for (const char c : typed) {
    char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    if (upper == 'O') upper = '0';
    if (upper == 'I' || upper == 'L') upper = '1';
    if (kLetters.find(upper) != std::string_view::npos && plain.size() <= kLength) plain += upper;
  }
  if (plain.size() != kLength) return {};
  return sha256_hex(plain);
}

}  // namespace gatehouse::lodge::portal
