#include "gate/inspect/hpack_tables.h"

#include <array>

namespace gatehouse::inspect {
namespace {

constexpr std::array<HpackStaticField, 61> kStatic = {{
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
}};

constexpr std::size_t kSymbols = 257;  // the last is the end of string, which never occurs
constexpr std::size_t kMaxLength = 30;
// Bits of each symbol's code.
constexpr std::array<std::uint8_t, kSymbols> kLengths = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,  5,  5,  5,  6,
    6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10, 13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
    7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,  15, 5,  6,  5,  6,  5,  6,  6,
    6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28, 20, 22,
    20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23,
    22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22,
    23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22,
    25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30};

// Canonical: within a length codes ascend with the symbol, and each length goes on where the shorter one
// ended.
struct Canonical {
  std::array<std::uint32_t, kMaxLength + 2> first{};  // first code of each length
  std::array<std::uint16_t, kMaxLength + 2> count{};
  std::array<std::uint16_t, kMaxLength + 2> offset{};  // of its first symbol in `symbols`
  std::array<std::uint16_t, kSymbols> symbols{};
};
constexpr Canonical build() noexcept {
  Canonical out;
  std::uint32_t code = 0;
  std::uint16_t placed = 0;
  for (std::size_t length = 1; length <= kMaxLength; ++length) {
    code <<= 1;
    out.first[length] = code;
    out.offset[length] = placed;
    for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kLengths[symbol] != length) continue;
      out.symbols[placed++] = static_cast<std::uint16_t>(symbol);
      ++code;
    }
    out.count[length] = static_cast<std::uint16_t>(placed - out.offset[length]);
  }
  return out;
}
constexpr Canonical kHuffman = build();
static_assert(kHuffman.first[kMaxLength] + kHuffman.count[kMaxLength] == 1u << kMaxLength,
              "the code is complete");

}  // namespace

std::span<const HpackStaticField> hpack_static_table() noexcept { return kStatic; }

std::optional<std::size_t> hpack_huffman_decode(Bytes coded, std::span<char> out) noexcept {
  std::size_t written = 0;
  std::uint32_t code = 0;
  std::size_t length = 0;
  for (const std::uint8_t byte : coded) {
    for (int bit = 7; bit >= 0; --bit) {
      code = code << 1 | ((byte >> bit) & 1u);
      if (++length > kMaxLength) return std::nullopt;
      const std::uint32_t index = code - kHuffman.first[length];
      if (code < kHuffman.first[length] || index >= kHuffman.count[length]) continue;
      const std::uint16_t symbol = kHuffman.symbols[kHuffman.offset[length] + index];
      if (symbol > 255 || written == out.size()) return std::nullopt;
      out[written++] = static_cast<char>(static_cast<std::uint8_t>(symbol));
      code = 0;
      length = 0;
    }
  }
  if (length > 7 || code != (1u << length) - 1) return std::nullopt;
  return written;
}

}  // namespace gatehouse::inspect
