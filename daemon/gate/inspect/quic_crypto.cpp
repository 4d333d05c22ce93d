#include "gate/inspect/quic_crypto.h"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <string_view>

#include "base/result.h"
#include "gate/inspect/quic_version.h"
#include "gate/inspect/tls_hash.h"

namespace gatehouse::inspect {

namespace {

constexpr std::size_t kTag = 16;

// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1); all outputs here fit one block.
template <std::size_t kLength>
std::array<std::uint8_t, kLength> expand_label(Bytes secret, std::string_view label) noexcept {
  static_assert(kLength <= 32);
  constexpr std::string_view kPrefix = "tls13 ";
  std::array<std::uint8_t, 40> info{};
  std::size_t at = 0;
  info[at++] = 0;
  info[at++] = static_cast<std::uint8_t>(kLength);
  info[at++] = static_cast<std::uint8_t>(kPrefix.size() + label.size());
  for (const char c : kPrefix) info[at++] = static_cast<std::uint8_t>(c);
  for (const char c : label) info[at++] = static_cast<std::uint8_t>(c);
  info[at++] = 0;  // context
  info[at++] = 1;  // the first block of HKDF-Expand
  const Sha256 block = hmac_sha256(secret, Bytes(info).first(at));
  std::array<std::uint8_t, kLength> out;
  std::copy_n(block.begin(), kLength, out.begin());
  return out;
}

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
};
struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

struct QuicCrypto::State {
  std::unique_ptr<EVP_CIPHER, FreeCipher> ecb_cipher{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
  std::unique_ptr<EVP_CIPHER, FreeCipher> gcm_cipher{EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)};
  std::unique_ptr<EVP_CIPHER_CTX, FreeContext> ecb{EVP_CIPHER_CTX_new()};
  std::unique_ptr<EVP_CIPHER_CTX, FreeContext> gcm{EVP_CIPHER_CTX_new()};
};

QuicCrypto::QuicCrypto() : state_(std::make_unique<State>()) {
  const bool ready = state_->ecb_cipher && state_->gcm_cipher && state_->ecb && state_->gcm &&
                     EVP_EncryptInit_ex2(state_->ecb.get(), state_->ecb_cipher.get(), nullptr, nullptr, nullptr) == 1 &&
                     EVP_DecryptInit_ex2(state_->gcm.get(), state_->gcm_cipher.get(), nullptr, nullptr, nullptr) == 1;
  if (!ready) throw SetupError({"OpenSSL offers no AES-128", "check the installation of libssl3", "", 0});
}
QuicCrypto::~QuicCrypto() = default;

QuicKeys QuicCrypto::client_keys(const QuicVersion& version, Bytes destination_id) noexcept {
  const Sha256 initial = hmac_sha256(version.salt, destination_id);
  const auto client = expand_label<32>(initial, "client in");
  QuicKeys keys;
  keys.key = expand_label<16>(client, version.v2 ? "quicv2 key" : "quic key");
  keys.iv = expand_label<12>(client, version.v2 ? "quicv2 iv" : "quic iv");
  keys.header = expand_label<16>(client, version.v2 ? "quicv2 hp" : "quic hp");
  return keys;
}

std::optional<std::array<std::uint8_t, 5>> QuicCrypto::header_mask(const QuicKeys& keys, Bytes sample) noexcept {
  EVP_CIPHER_CTX* context = state_->ecb.get();
  std::array<std::uint8_t, 32> block;
  int length = 0;
  if (sample.size() < 16 || EVP_EncryptInit_ex2(context, nullptr, keys.header.data(), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context, block.data(), &length, sample.data(), 16) != 1) {
    return std::nullopt;
  }
  return std::array<std::uint8_t, 5>{block[0], block[1], block[2], block[3], block[4]};
}

bool QuicCrypto::open(const QuicKeys& keys, std::uint64_t packet_number, std::span<const Bytes> associated,
                      Bytes ciphertext, Bytes tag, std::span<std::uint8_t> out) noexcept {
  if (ciphertext.size() > out.size() || ciphertext.size() > INT_MAX || (!tag.empty() && tag.size() != kTag)) return false;
  std::array<std::uint8_t, 12> nonce = keys.iv;
  for (std::size_t i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<std::uint8_t>(packet_number >> (8 * i));
  EVP_CIPHER_CTX* context = state_->gcm.get();
  if (EVP_DecryptInit_ex2(context, nullptr, keys.key.data(), nonce.data(), nullptr) != 1) return false;
  int length = 0;
  for (const Bytes piece : associated) {
    if (!piece.empty() &&
        EVP_DecryptUpdate(context, nullptr, &length, piece.data(), static_cast<int>(piece.size())) != 1) {
      return false;
    }
  }
  if (!ciphertext.empty() && EVP_DecryptUpdate(context, out.data(), &length, ciphertext.data(),
                                               static_cast<int>(ciphertext.size())) != 1) {
    return false;
  }
  if (tag.empty()) return true;
  std::array<std::uint8_t, kTag> expected;
  std::copy(tag.begin(), tag.end(), expected.begin());
  std::array<std::uint8_t, kTag> rest;
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, expected.data()) == 1 &&
         EVP_DecryptFinal_ex(context, rest.data(), &length) == 1;
}

}  // namespace gatehouse::inspect
