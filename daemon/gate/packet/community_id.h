// Community ID version 1: a flow's name that other tools (Suricata, Zeek, Arkime) compute alike.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/address.h"

namespace gatehouse::packet {

class CommunityId {
 public:
  // Of a TCP or UDP flow; either end may come first. Allocates nothing of its own.
  CommunityId(const IpAddress& a, std::uint16_t a_port, const IpAddress& b, std::uint16_t b_port,
              std::uint8_t protocol) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), kLength}; }

 private:
  static constexpr std::size_t kLength = 2 + 28;  // "1:" and a SHA-1 in base64
  std::array<char, kLength + 1> text_{};
};

}  // namespace gatehouse::packet
