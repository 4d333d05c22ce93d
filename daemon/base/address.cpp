#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gatehouse {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) noexcept {
  const std::array<std::uint8_t, 4> four = {
      static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16),
      static_cast<std::uint8_t>(host_order >> 8), static_cast<std::uint8_t>(host_order)};
  return v4(Bytes(four));
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> zero_ended{};
  if (text.empty() || text.size() >= zero_ended.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), zero_ended.begin());
  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, zero_ended.data(), raw.data()) == 1) return v4(Bytes(raw).first(4));
  if (inet_pton(AF_INET6, zero_ended.data(), raw.data()) == 1) return v6(Bytes(raw));
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const Bytes raw = wire();
  inet_ntop(raw.size() == 4 ? AF_INET : AF_INET6, raw.data(), text.data(), text.size());
  return text.data();
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpPrefix out;
  out.base_ = *address;
  if (slash == std::string_view::npos) return out;
  const std::string_view digits = text.substr(slash + 1);
  int length = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const int most = address->is_v4() ? 32 : 128;
  if (error != std::errc{} || end != digits.data() + digits.size() || length < 0 || length > most) return std::nullopt;
  out.length_ = length + 128 - most;
  for (int bit = out.length_; bit < 128; ++bit) {
    const auto byte = static_cast<std::size_t>(bit) / 8;
    if ((out.base_.bytes()[byte] & (0x80 >> (bit % 8))) != 0) return std::nullopt;
  }
  return out;
}

bool IpPrefix::contains(const IpAddress& address) const noexcept {
  const auto whole = static_cast<std::size_t>(length_) / 8;
  const auto& a = base_.bytes();
  const auto& b = address.bytes();
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const int bits = length_ % 8;
  return bits == 0 || ((a[whole] ^ b[whole]) >> (8 - bits)) == 0;
}

std::string IpPrefix::to_string() const {
  return fmt::format("{}/{}", base_.to_string(), base_.is_v4() ? length_ - 96 : length_);
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) noexcept {
  MacAddress out;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == ':' || c == '-' || c == '.') continue;
    const int value = hex_digit(c);
    if (value < 0 || digits == 12) return std::nullopt;
    auto& byte = out.bytes[digits / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++digits;
  }
  if (digits != 12) return std::nullopt;
  return out;
}

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                     bytes[5]);
}

}  // namespace gatehouse
