#include "gate/inspect/tls_client_hello.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::inspect {

namespace {

enum Extension : std::uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kSignatureAlgorithms = 13,
  kAlpn = 16,
  kSupportedVersions = 43,
  kKeyShare = 51,
  kEncryptedClientHello = 0xfe0d,
  kEncryptedServerName = 0xffce,
};

enum Group : std::uint16_t { kP256 = 0x0017, kX25519 = 0x001d, kX25519MlKem768 = 0x11ec, kX25519Kyber768 = 0x6399 };

constexpr std::uint16_t kTls13 = 0x0304;

// Public names under which ECH is known to be served. A site that wants ECH needs one; there are few providers.
constexpr std::string_view kEchPublicNames[] = {
    "cloudflare-ech.com", "public.tls-ech.dev", "cover.defo.ie",
};

bool is_host_character(char c) noexcept {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
}

void add_name(ClientHello& hello, std::string_view name) noexcept {
  if (name.empty()) {
    hello.names_malformed = true;
    return;
  }
  for (const char c : name) {
    if (!is_host_character(c)) hello.names_malformed = true;
  }
  if (hello.name_count > 0) hello.names_malformed = true;
  if (hello.name_count < ClientHello::kMaxNames) hello.names[hello.name_count++] = name;
}

// RFC 6066 section 3. Names are taken also from a list whose own length is wrong: a lenient server would.
void read_server_name(ClientHello& hello, Bytes content) noexcept {
  if (hello.has_name_extension) hello.names_malformed = true;
  hello.has_name_extension = true;
  ByteReader reader(content);
  const std::size_t length = reader.u16();
  if (!reader.ok() || length != reader.remaining() || length == 0) hello.names_malformed = true;
  while (reader.remaining() >= 3) {
    const std::uint8_t type = reader.u8();
    const std::size_t name_length = reader.u16();
    if (name_length > reader.remaining()) {
      hello.names_malformed = true;
      if (type == 0) add_name(hello, as_text(reader.rest()));
      return;
    }
    const std::string_view name = reader.text(name_length);
    if (type == 0) {
      add_name(hello, name);
    } else {
      hello.names_malformed = true;
    }
  }
}

// A DTLS version is the complement of its name: 0xfefd is 1.2, the lower 0xfefc is 1.3.
bool is_higher(std::uint16_t a, std::uint16_t b, HelloForm form) noexcept {
  return form == HelloForm::Dtls ? a < b : a > b;
}

std::uint16_t without_drafts(std::uint16_t version) noexcept {
  // 0x7fNN: IETF drafts of TLS 1.3; 0xfbNN: Facebook's.
  const int high = version >> 8;
  return high == 0x7f || high == 0xfb ? kTls13 : version;
}

void read_versions(ClientHello& hello, Bytes content, HelloForm form) noexcept {
  ByteReader reader(content);
  ByteReader list = reader.sub(reader.u8());
  std::uint16_t highest = 0;
  std::uint16_t ja4 = 0;
  while (list.remaining() >= 2) {
    const std::uint16_t version = list.u16();
    if (is_grease(version)) continue;
    if (ja4 == 0 || is_higher(version, ja4, form)) ja4 = version;
    const std::uint16_t plain = without_drafts(version);
    if (highest == 0 || is_higher(plain, highest, form)) highest = plain;
  }
  if (ja4 == 0) return;
  hello.highest_version = highest;
  hello.ja4_version = ja4;
}

void read_ech(ClientHello& hello, Bytes content) noexcept {
  ByteReader reader(content);
  hello.ech.present = true;
  if (reader.u8() != 0) return;  // "inner" never travels in the open
  hello.ech.kdf = reader.u16();
  hello.ech.aead = reader.u16();
  hello.ech.config_id = reader.u8();
  hello.ech.enc_length = reader.u16();
  reader.skip(hello.ech.enc_length);
  hello.ech.payload_length = reader.u16();
  reader.skip(hello.ech.payload_length);
  hello.ech.readable = reader.ok();
}

// The content of an extension that is one list with a 16-bit length.
Bytes list_in(Bytes content) noexcept {
  ByteReader reader(content);
  const std::size_t length = reader.u16();
  return reader.bytes(std::min(length, reader.remaining()));
}

void read_extension(ClientHello& hello, std::uint16_t type, Bytes content, HelloForm form) noexcept {
  switch (type) {
    case kServerName: read_server_name(hello, content); break;
    case kSupportedGroups: hello.supported_groups = list_in(content); break;
    case kSignatureAlgorithms: hello.signature_algorithms = list_in(content); break;
    case kAlpn: hello.alpn = list_in(content); break;
    case kSupportedVersions: read_versions(hello, content, form); break;
    case kKeyShare: hello.key_shares = list_in(content); break;
    case kEncryptedClientHello: read_ech(hello, content); break;
    case kEncryptedServerName: hello.has_esni = true; break;
    default: break;
  }
}

bool lists(Bytes numbers, std::uint16_t wanted) noexcept {
  ByteReader reader(numbers);
  while (reader.remaining() >= 2) {
    if (reader.u16() == wanted) return true;
  }
  return false;
}

bool has_share(Bytes shares, std::uint16_t wanted) noexcept {
  ByteReader reader(shares);
  while (reader.remaining() >= 4) {
    const std::uint16_t group = reader.u16();
    reader.skip(reader.u16());
    if (reader.ok() && group == wanted) return true;
  }
  return false;
}

}  // namespace

bool ClientHello::retry_likely() const noexcept {
  if (highest_version != kTls13 || key_shares.data() == nullptr) return false;
  for (const std::uint16_t hybrid : {std::uint16_t{kX25519MlKem768}, std::uint16_t{kX25519Kyber768}}) {
    if (lists(supported_groups, hybrid) && !has_share(key_shares, hybrid)) return true;
  }
  return !has_share(key_shares, kX25519) && !has_share(key_shares, kP256);
}

std::optional<ClientHello> parse_client_hello(Bytes body, HelloForm form) noexcept {
  ClientHello hello;
  ByteReader reader(body);
  hello.legacy_version = reader.u16();
  hello.highest_version = hello.ja4_version = hello.legacy_version;
  reader.skip(32);                                         // random
  reader.skip(reader.u8());                                // session id
  if (form == HelloForm::Dtls) reader.skip(reader.u8());   // cookie
  hello.ciphers = reader.bytes(reader.u16());
  reader.skip(reader.u8());                                // compression methods
  if (!reader.ok()) return std::nullopt;
  if (reader.empty()) {  // SSL 3.0 and some TLS 1.0 clients send no extensions at all
    hello.whole = true;
    return hello;
  }
  const std::size_t length = reader.u16();
  if (!reader.ok()) return hello;
  const bool cut = length > reader.remaining();
  hello.extensions = reader.bytes(std::min(length, reader.remaining()));
  ByteReader block(hello.extensions);
  while (block.remaining() >= 4) {
    const std::uint16_t type = block.u16();
    const std::size_t content = block.u16();
    if (content > block.remaining()) {
      block.fail();
      break;
    }
    read_extension(hello, type, block.bytes(content), form);
  }
  hello.whole = !cut && block.ok() && block.empty();
  return hello;
}

Ech ech_of(const ClientHello& hello) noexcept {
  if (hello.has_esni) return Ech::Offered;  // nobody sends this older form as GREASE
  if (!hello.ech.present) return Ech::Absent;
  if (hello.ech.readable) {
    for (const std::string_view known : kEchPublicNames) {
      if (equals_ignoring_case(hello.name(), known)) return Ech::Offered;
    }
  }
  return Ech::GreaseLike;
}

}  // namespace gatehouse::inspect
