#include "lodge/identity/radius/packet.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace gatehouse::lodge::radius {
namespace {

using Digest = std::array<std::uint8_t, 16>;
using Octets = std::vector<std::uint8_t>;

Digest md5(Bytes packet, std::string_view secret) {
  Octets all(packet.begin(), packet.end());
  all.insert(all.end(), secret.begin(), secret.end());
  Digest out{};
  unsigned int length = 0;
  EVP_Digest(all.data(), all.size(), out.data(), &length, EVP_md5(), nullptr);
  return out;
}

Digest hmac_md5(Bytes packet, std::string_view secret) {
  Digest out{};
  unsigned int length = 0;
  HMAC(EVP_md5(), secret.data(), static_cast<int>(secret.size()), packet.data(), packet.size(), out.data(), &length);
  return out;
}

bool same(Bytes a, Bytes b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

void put_length(Octets& packet) {
  packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
  packet[3] = static_cast<std::uint8_t>(packet.size());
}

void append(Octets& packet, std::uint8_t type, Bytes value) {
  packet.push_back(type);
  packet.push_back(static_cast<std::uint8_t>(value.size() + 2));
  packet.insert(packet.end(), value.begin(), value.end());
}

// Where the value of the Message-Authenticator stands in the packet; 0 when there is none.
std::size_t signature_at(const Packet& packet) {
  for (const Attribute& one : packet.attributes) {
    if (one.type == kMessageAuthenticator) return static_cast<std::size_t>(one.value.data() - packet.whole.data());
  }
  return 0;
}

}  // namespace

Bytes Packet::first(std::uint8_t type) const noexcept {
  for (const Attribute& one : attributes) {
    if (one.type == type) return one.value;
  }
  return {};
}

bool Packet::has(std::uint8_t type) const noexcept {
  return std::any_of(attributes.begin(), attributes.end(), [&](const Attribute& one) { return one.type == type; });
}

Fault decode(Bytes datagram, Packet& out) {
  ByteReader reader(datagram);
  out = {};
  out.code = reader.u8();
  out.id = reader.u8();
  const std::size_t length = reader.u16();
  // RFC 2865 section 3: octets after the length are padding; a datagram shorter than it is silently discarded.
  if (!reader.ok() || length < kHeader || length > kLargest || length > datagram.size()) return Fault::Malformed;
  out.whole = datagram.first(length);
  ByteReader body(out.whole.subspan(4));
  out.authenticator = body.bytes(16);
  while (!body.empty()) {
    Attribute one;
    one.type = body.u8();
    const std::size_t size = body.u8();
    if (!body.ok() || size < 2) return Fault::Malformed;
    one.value = body.bytes(size - 2);
    if (!body.ok()) return Fault::Malformed;
    if (one.type == kMessageAuthenticator && (one.value.size() != 16 || out.has(kMessageAuthenticator))) {
      return Fault::Malformed;
    }
    out.attributes.push_back(one);
  }
  return out.code == kAccountingRequest ? Fault::None : Fault::NotAccounting;
}

Fault check_signatures(const Packet& packet, std::string_view secret, bool must_sign) {
  Octets copy(packet.whole.begin(), packet.whole.end());
  std::fill_n(copy.begin() + 4, 16, std::uint8_t{0});
  if (!same(md5(copy, secret), packet.authenticator)) return Fault::BadAuthenticator;
  const std::size_t at = signature_at(packet);
  if (at == 0) return must_sign ? Fault::NoMessageAuthenticator : Fault::None;
  std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(at), 16, std::uint8_t{0});
  return same(hmac_md5(copy, secret), packet.whole.subspan(at, 16)) ? Fault::None : Fault::BadMessageAuthenticator;
}

std::vector<std::uint8_t> response_to(const Packet& request, std::string_view secret) {
  Octets out{kAccountingResponse, request.id, 0, 0};
  out.insert(out.end(), request.authenticator.begin(), request.authenticator.end());
  for (const Attribute& one : request.attributes) {
    if (one.type == kProxyState) append(out, kProxyState, one.value);
  }
  put_length(out);
  const Digest digest = md5(out, secret);
  std::copy(digest.begin(), digest.end(), out.begin() + 4);
  return out;
}

std::vector<std::uint8_t> make_request(std::uint8_t id, const std::vector<NewAttribute>& attributes,
                                       std::string_view secret, bool sign) {
  Octets out{kAccountingRequest, id, 0, 0};
  out.resize(kHeader);
  for (const NewAttribute& one : attributes) append(out, one.type, one.value);
  const std::size_t signature = out.size() + 2;
  if (sign) append(out, kMessageAuthenticator, Digest{});
  put_length(out);
  if (sign) {
    const Digest digest = hmac_md5(out, secret);
    std::copy(digest.begin(), digest.end(), out.begin() + static_cast<std::ptrdiff_t>(signature));
  }
  const Digest digest = md5(out, secret);
  std::copy(digest.begin(), digest.end(), out.begin() + 4);
  return out;
}

}  // namespace gatehouse::lodge::radius
