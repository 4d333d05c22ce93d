// The constant tables of HPACK: the static table (RFC 7541 appendix A) and the Huffman code (appendix B), the
// latter as code lengths, because the code is canonical. Used by hpack_decoder.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::inspect {

struct HpackStaticField {
  std::string_view name, value;
};
std::span<const HpackStaticField> hpack_static_table() noexcept;  // index 1 is the first

// Decodes Huffman-coded bytes into `out`; the number of characters, or nullopt when the code is wrong (RFC
// 7541 section 5.2: padding longer than seven bits or not ones, the end symbol) or `out` is too small.
std::optional<std::size_t> hpack_huffman_decode(Bytes coded, std::span<char> out) noexcept;

}  // namespace gatehouse::inspect
