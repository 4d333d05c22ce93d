// Addresses as values: IP (both families in sixteen bytes), prefixes of them, and Ethernet.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace gatehouse {

// An IPv4 address is held as its IPv4-mapped IPv6 form (::ffff:a.b.c.d), so one comparison serves both.
class IpAddress {
 public:
  constexpr IpAddress() noexcept = default;  // "::"
  static IpAddress v4(Bytes four) noexcept;        // exactly 4 bytes; otherwise "::"
  static IpAddress v4(std::uint32_t host_order) noexcept;
  static IpAddress v6(Bytes sixteen) noexcept;     // exactly 16 bytes; otherwise "::"
  static std::optional<IpAddress> parse(std::string_view text) noexcept;  // "10.0.0.1", "2001:db8::1"

  [[nodiscard]] bool is_v4() const noexcept;
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  // 4 bytes for IPv4, 16 for IPv6: as on the wire.
  [[nodiscard]] Bytes wire() const noexcept;
  [[nodiscard]] std::string to_string() const;

  // Compared for every packet: as two numbers, where the default would call memcmp.
  bool operator==(const IpAddress& other) const noexcept { return halves() == other.halves(); }
  std::strong_ordering operator<=>(const IpAddress& other) const noexcept { return halves() <=> other.halves(); }

 private:
  // Both halves as numbers in the order of the bytes.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> halves() const noexcept {
    ByteReader reader(bytes_);
    const std::uint64_t first = reader.u64();
    return {first, reader.u64()};
  }
  static constexpr std::size_t kMappedAt = 12;  // where the four bytes of an IPv4 address stand in the mapped form
  std::array<std::uint8_t, 16> bytes_{};
};

// For every packet, so in place.
inline IpAddress IpAddress::v4(Bytes four) noexcept {
  IpAddress out;
  if (four.size() != 4) return out;
  out.bytes_[10] = out.bytes_[11] = 0xff;
  std::memcpy(out.bytes_.data() + kMappedAt, four.data(), 4);
  return out;
}
inline IpAddress IpAddress::v6(Bytes sixteen) noexcept {
  IpAddress out;
  if (sixteen.size() == 16) std::memcpy(out.bytes_.data(), sixteen.data(), 16);
  return out;
}
inline bool IpAddress::is_v4() const noexcept {
  const auto [first, second] = halves();
  return first == 0 && second >> 32 == 0xffff;
}
inline Bytes IpAddress::wire() const noexcept { return is_v4() ? Bytes(bytes_).subspan(kMappedAt) : Bytes(bytes_); }

// A network such as 10.20.0.0/16 or 2001:db8::/32.
class IpPrefix {
 public:
  constexpr IpPrefix() noexcept = default;
  // Also takes a bare address (a /32 or /128). nullopt for anything else, or bits set after the prefix length.
  static std::optional<IpPrefix> parse(std::string_view text) noexcept;
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  [[nodiscard]] int length() const noexcept { return length_; }  // in the 128-bit form: an IPv4 /16 is 112
  [[nodiscard]] const IpAddress& base() const noexcept { return base_; }
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const IpPrefix&) const noexcept = default;

 private:
  IpAddress base_;
  int length_ = 128;
};

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};
  static MacAddress from(Bytes six) noexcept;
  // Any usual spelling: "02:00:5e:10:00:01", "02-00-...", "0200.5e10.0001", "02005e100001".
  static std::optional<MacAddress> parse(std::string_view text) noexcept;
  [[nodiscard]] std::string to_string() const;  // lower case with colons
  [[nodiscard]] bool is_zero() const noexcept { return number() == 0; }
  // Locally administered: what phones show when they randomise.
  [[nodiscard]] bool is_random() const noexcept { return (bytes[0] & 0x02) != 0; }
  bool operator==(const MacAddress& other) const noexcept { return number() == other.number(); }
  std::strong_ordering operator<=>(const MacAddress& other) const noexcept { return number() <=> other.number(); }

 private:
  [[nodiscard]] std::uint64_t number() const noexcept {  // in the order of the bytes
    ByteReader reader(bytes);
    const std::uint64_t maker = reader.u32();
    return maker << 16 | reader.u16();
  }
};
inline MacAddress MacAddress::from(Bytes six) noexcept {
  MacAddress out;
  if (six.size() == 6) std::memcpy(out.bytes.data(), six.data(), 6);
  return out;
}

}  // namespace gatehouse
