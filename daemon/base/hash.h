// Hashes. SipHash for tables that an outsider can fill (flows, fragments): keyed, so nobody can choose
// collisions. FNV-1a for what must be the same on every machine and run (packs, ids, pseudonyms).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse {

struct HashKey {
  std::uint64_t k0 = 0x0706050403020100;
  std::uint64_t k1 = 0x0f0e0d0c0b0a0908;
};

// SipHash-1-3 (Aumasson and Bernstein, 2012, with one compression and three finalisation rounds).
struct SipState {
  std::uint64_t v0, v1, v2, v3;

  explicit SipState(const HashKey& key) noexcept
      : v0(0x736f6d6570736575 ^ key.k0), v1(0x646f72616e646f6d ^ key.k1), v2(0x6c7967656e657261 ^ key.k0),
        v3(0x7465646279746573 ^ key.k1) {}
  void round() noexcept {
    v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
  }
  void add(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
  std::uint64_t finish() noexcept {
    v2 ^= 0xff;
    round(), round(), round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

inline std::uint64_t siphash13(const HashKey& key, Bytes data) noexcept {
  SipState state(key);
  std::size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, data.data() + at, 8);
    state.add(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(data.size()) << 56;
  for (std::size_t i = 0; at + i < data.size(); ++i) last |= static_cast<std::uint64_t>(data[at + i]) << (8 * i);
  state.add(last);
  return state.finish();
}

// The same of a number of words known beforehand.
template <std::size_t N>
std::uint64_t siphash13(const HashKey& key, const std::array<std::uint64_t, N>& words) noexcept {
  SipState state(key);
  for (const std::uint64_t word : words) state.add(word);
  state.add(static_cast<std::uint64_t>(N * 8) << 56);
  return state.finish();
}

inline constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325;
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t seed = kFnvStart) noexcept {
  for (const char c : text) seed = (seed ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return seed;
}

}  // namespace gatehouse
