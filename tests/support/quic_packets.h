// Makes QUIC Initial packets as a client would, for tests and fuzz targets: frames in, sealed datagram out.
// Keys come from QuicCrypto, whose derivation is checked against the vectors of RFC 9001 and RFC 9369.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "gate/inspect/quic_crypto.h"
#include "gate/inspect/quic_version.h"
#include "support/packets.h"

namespace gatehouse::test {

inline void put(Buffer& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

inline Buffer crypto_frame(std::size_t offset, Bytes data) {
  Buffer out{0x06};
  put(out, 0x4000u | offset, 2);
  put(out, 0x4000u | data.size(), 2);
  put(out, data);
  return out;
}

struct InitialOptions {
  std::uint32_t version = 1;
  std::string destination_id = "\x83\x94\xc8\xf0\x3e\x51\x57\x08";
  std::string keys_from{};               // the connection id the keys come from; empty: destination_id
  std::string source_id = "src";
  std::string token{};
  std::uint32_t packet_number = 2;
  std::size_t padded_to = 1162;        // of the payload
};

// One sealed Initial packet that holds `payload` and PADDING.
inline Buffer seal_initial(Buffer payload, const InitialOptions& options = {}) {
  if (payload.size() < options.padded_to) payload.resize(options.padded_to, 0);
  const inspect::QuicVersion* version = inspect::find_quic_version(options.version);
  const std::string& secret = options.keys_from.empty() ? options.destination_id : options.keys_from;
  const auto keys = inspect::QuicCrypto::client_keys(*version, as_bytes(secret));

  Buffer packet{static_cast<std::uint8_t>(version->v2 ? 0xd3 : 0xc3)};
  put(packet, options.version, 4);
  put(packet, options.destination_id.size(), 1);
  put(packet, as_bytes(options.destination_id));
  put(packet, options.source_id.size(), 1);
  put(packet, as_bytes(options.source_id));
  put(packet, 0x4000u | options.token.size(), 2);
  put(packet, as_bytes(options.token));
  put(packet, 0x4000u | (4 + payload.size() + 16), 2);
  const std::size_t number_at = packet.size();
  put(packet, options.packet_number, 4);

  auto nonce = keys.iv;
  for (std::size_t i = 0; i < 4; ++i) nonce[11 - i] ^= static_cast<std::uint8_t>(options.packet_number >> (8 * i));
  Buffer sealed(payload.size() + 16);
  int length = 0;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, keys.key.data(), nonce.data());
  EVP_EncryptUpdate(context, nullptr, &length, packet.data(), static_cast<int>(packet.size()));
  EVP_EncryptUpdate(context, sealed.data(), &length, payload.data(), static_cast<int>(payload.size()));
  EVP_EncryptFinal_ex(context, sealed.data() + payload.size(), &length);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, sealed.data() + payload.size());
  std::uint8_t mask[32];
  EVP_CIPHER_CTX_reset(context);
  EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, keys.header.data(), nullptr);
  EVP_EncryptUpdate(context, mask, &length, sealed.data(), 16);
  EVP_CIPHER_CTX_free(context);
  packet[0] = static_cast<std::uint8_t>(packet[0] ^ (mask[0] & 0x0f));
  for (std::size_t i = 0; i < 4; ++i) packet[number_at + i] = static_cast<std::uint8_t>(packet[number_at + i] ^ mask[i + 1]);
  put(packet, sealed);
  return packet;
}

}  // namespace gatehouse::test
