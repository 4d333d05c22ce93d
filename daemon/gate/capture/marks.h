// The five bits of a packet's mark by which kernel and gate speak with each other. The firewall's rules and the verdicts
// use the same; the rest of the mark belongs to others and stays as it is.
#pragma once

#include <cstdint>

namespace gatehouse::capture {

struct Marks {
  static constexpr int kBits = 5;
  int first_bit = 24;  // high, where other tools' marks seldom are

  [[nodiscard]] constexpr std::uint32_t asked() const noexcept { return 1u << first_bit; }    // no answer yet
  [[nodiscard]] constexpr std::uint32_t decided() const noexcept { return 2u << first_bit; }  // of packet and connection
  [[nodiscard]] constexpr std::uint32_t blocked() const noexcept { return 4u << first_bit; }  // likewise
  // Must reach the far end: the packet gets hops enough on its way out.
  [[nodiscard]] constexpr std::uint32_t far() const noexcept { return 8u << first_bit; }
  // Connection tracking calls the packet invalid.
  [[nodiscard]] constexpr std::uint32_t odd() const noexcept { return 16u << first_bit; }
  // Our own packets to a client, which connection tracking must not see: the connection is another's.
  [[nodiscard]] constexpr std::uint32_t ours() const noexcept { return decided() | blocked(); }
  [[nodiscard]] constexpr std::uint32_t field() const noexcept { return 31u << first_bit; }
};

}  // namespace gatehouse::capture
