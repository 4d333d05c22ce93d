#include "gate/inspect/ja4.h"

#include <algorithm>
#include <cstring>

#include "gate/inspect/tls_hash.h"

namespace gatehouse::inspect {

namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kAlpn = 16;

const char* version_code(std::uint16_t version) noexcept {
  switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    case 0xfeff: return "d1";
    case 0xfefd: return "d2";
    case 0xfefc: return "d3";
    default: return "00";
  }
}

bool is_alphanumeric(std::uint8_t c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// First and last character of the first protocol, or of its hexadecimal form when one is no letter or digit.
std::array<char, 2> alpn_code(Bytes alpn) noexcept {
  ByteReader reader(alpn);
  const Bytes first = reader.bytes(reader.u8());
  if (first.empty()) return {'0', '0'};
  if (is_alphanumeric(first.front()) && is_alphanumeric(first.back())) {
    return {static_cast<char>(first.front()), static_cast<char>(first.back())};
  }
  return {kHex[first.front() >> 4], kHex[first.back() & 0xf]};
}

// A list of numbers as comma-separated hexadecimal, then the start of its hash.
template <std::size_t kMax>
class Listing {
 public:
  bool add(std::uint16_t value) noexcept {
    if (count_ == kMax) return false;
    values_[count_++] = value;
    return true;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  void sort() noexcept { std::sort(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(count_)); }

  // Appends "1301,1302" to `out`; returns the new length.
  std::size_t append_to(char* out, std::size_t at) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      if (i > 0) out[at++] = ',';
      for (int shift = 12; shift >= 0; shift -= 4) out[at++] = kHex[(values_[i] >> shift) & 0xf];
    }
    return at;
  }

 private:
  std::array<std::uint16_t, kMax> values_;
  std::size_t count_ = 0;
};

template <std::size_t kMax>
bool add_numbers(Listing<kMax>& listing, Bytes numbers) noexcept {
  ByteReader reader(numbers);
  while (reader.remaining() >= 2) {
    const std::uint16_t value = reader.u16();
    if (!is_grease(value) && !listing.add(value)) return false;
  }
  return true;
}

void put_hash(char* out, const char* text, std::size_t length) noexcept {
  if (length == 0) {
    std::memset(out, '0', 12);
    return;
  }
  const Sha256 digest = sha256(as_bytes({text, length}));
  for (std::size_t i = 0; i < 6; ++i) {
    out[2 * i] = kHex[digest[i] >> 4];
    out[2 * i + 1] = kHex[digest[i] & 0xf];
  }
}

void put_count(char* out, std::size_t count) noexcept {
  count = std::min<std::size_t>(count, 99);
  out[0] = static_cast<char>('0' + count / 10);
  out[1] = static_cast<char>('0' + count % 10);
}

}  // namespace

Ja4::Ja4(const ClientHello& hello, Ja4Transport transport) noexcept {
  if (!hello.whole) return;
  Listing<kMaxListed> ciphers;
  Listing<kMaxListed> extensions;
  Listing<kMaxListed> signatures;
  if (!add_numbers(ciphers, hello.ciphers) || !add_numbers(signatures, hello.signature_algorithms)) return;
  std::size_t extension_count = 0;
  ByteReader block(hello.extensions);
  while (block.remaining() >= 4) {
    const std::uint16_t type = block.u16();
    block.skip(block.u16());
    if (is_grease(type)) continue;
    ++extension_count;
    if (type != kServerName && type != kAlpn && !extensions.add(type)) return;
  }
  ciphers.sort();
  extensions.sort();

  std::array<char, 2 * kMaxListed * 5> text;
  char* out = text_.data();
  out[0] = static_cast<char>(transport);
  std::memcpy(out + 1, version_code(hello.ja4_version), 2);
  out[3] = hello.has_name_extension ? 'd' : 'i';
  put_count(out + 4, ciphers.count());
  put_count(out + 6, extension_count);
  const auto alpn = alpn_code(hello.alpn);
  out[8] = alpn[0];
  out[9] = alpn[1];
  out[10] = '_';
  put_hash(out + 11, text.data(), ciphers.append_to(text.data(), 0));
  out[23] = '_';
  std::size_t length = extensions.append_to(text.data(), 0);
  if (length > 0 && signatures.count() > 0) {
    text[length++] = '_';
    length = signatures.append_to(text.data(), length);
  }
  put_hash(out + 24, text.data(), length);
  length_ = kLength;
}

}  // namespace gatehouse::inspect
