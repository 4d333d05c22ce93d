// The QUIC versions whose Initial packets can be opened: number, salt, and how version 2 differs.
// Used by QuicInspector and QuicCrypto. Constants only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::inspect {

struct QuicVersion {
  // GoogleTls: Google's frame numbers around a TLS hello (T050, T051). Google: around its own hello (Q050).
  enum class Frames : std::uint8_t { Ietf, GoogleTls, Google };
  std::array<std::uint8_t, 20> salt;
  bool v2 = false;                                    // RFC 9369: other labels, other packet types
  Frames frames = Frames::Ietf;
};

// nullptr for versions without known keys.
const QuicVersion* find_quic_version(std::uint32_t number) noexcept;

// Salts to try on a packet of a greased or experimental version that its own salt does not open: a client encrypts
// such a packet with the keys of whatever it was built from.
inline constexpr std::size_t kQuicGuesses = 4;
const QuicVersion& quic_guess(std::size_t index) noexcept;

// 0x?a?a?a?a: sent to make a server offer its versions (RFC 9000 section 15).
constexpr bool is_quic_grease(std::uint32_t number) noexcept { return (number & 0x0f0f0f0f) == 0x0a0a0a0a; }

// "Q024" to "Q049": Google's own, with a plain or merely hashed client hello.
constexpr bool is_google_plain(std::uint32_t number) noexcept {
  const std::uint32_t tens = (number >> 8) & 0xff;
  const std::uint32_t ones = number & 0xff;
  return (number >> 16) == 0x5130 && tens >= '2' && tens <= '4' && ones >= '0' && ones <= '9';
}

}  // namespace gatehouse::inspect
