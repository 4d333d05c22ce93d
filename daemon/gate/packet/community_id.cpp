#include "gate/packet/community_id.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

namespace gatehouse::packet {

CommunityId::CommunityId(const IpAddress& a, std::uint16_t a_port, const IpAddress& b, std::uint16_t b_port,
                         std::uint8_t protocol) noexcept {
  const bool a_first = a < b || (a == b && a_port <= b_port);
  const IpAddress& low = a_first ? a : b;
  const IpAddress& high = a_first ? b : a;
  const std::uint16_t low_port = a_first ? a_port : b_port;
  const std::uint16_t high_port = a_first ? b_port : a_port;

  std::array<std::uint8_t, 2 + 32 + 2 + 4> input{};  // seed 0, addresses, protocol, zero, ports
  auto at = input.begin() + 2;
  at = std::copy(low.wire().begin(), low.wire().end(), at);
  at = std::copy(high.wire().begin(), high.wire().end(), at);
  *at++ = protocol;
  *at++ = 0;
  for (const std::uint16_t port : {low_port, high_port}) {
    *at++ = static_cast<std::uint8_t>(port >> 8);
    *at++ = static_cast<std::uint8_t>(port);
  }
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA1(input.data(), static_cast<std::size_t>(at - input.begin()), digest.data());
  text_[0] = '1';
  text_[1] = ':';
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text_.data() + 2), digest.data(), SHA_DIGEST_LENGTH);
}

}  // namespace gatehouse::packet
