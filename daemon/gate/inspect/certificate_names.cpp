#include "gate/inspect/certificate_names.h"

#include "base/text.h"

namespace gatehouse::inspect {

namespace {

enum Tag : std::uint8_t {
  kBoolean = 0x01, kOctets = 0x04, kObjectId = 0x06, kSequence = 0x30, kSet = 0x31,
  kExplicitVersion = 0xa0, kExplicitExtensions = 0xa3, kDnsName = 0x82,
};

constexpr std::string_view kCommonNameId{"\x55\x04\x03", 3};     // 2.5.4.3
constexpr std::string_view kSubjectAltNameId{"\x55\x1d\x11", 3};  // 2.5.29.17

struct Element {
  std::uint8_t tag = 0;
  Bytes content;
};

// One DER element (X.690 section 8.1); fails the reader when it does not fit.
Element next(ByteReader& reader) noexcept {
  Element element;
  element.tag = reader.u8();
  std::size_t length = reader.u8();
  if (length >= 0x80) {
    switch (length) {
      case 0x81: length = reader.u8(); break;
      case 0x82: length = reader.u16(); break;
      case 0x83: length = reader.u24(); break;
      default: reader.fail();  // indefinite or larger than any certificate
    }
  }
  element.content = reader.bytes(length);
  return element;
}

Bytes expect(ByteReader& reader, std::uint8_t tag) noexcept {
  const Element element = next(reader);
  if (element.tag != tag) reader.fail();
  return reader.ok() ? element.content : Bytes{};
}

void read_subject(CertificateNames& names, Bytes subject) noexcept {
  ByteReader sets(subject);
  while (!sets.empty()) {
    ByteReader attributes(expect(sets, kSet));
    while (!attributes.empty()) {
      ByteReader attribute(expect(attributes, kSequence));
      const Bytes id = expect(attribute, kObjectId);
      const Element value = next(attribute);
      if (attribute.ok() && as_text(id) == kCommonNameId) names.common_name = as_text(value.content);
    }
  }
}

void read_alternative_names(CertificateNames& names, Bytes octets) noexcept {
  ByteReader outer(octets);
  ByteReader list(expect(outer, kSequence));
  while (!list.empty() && names.dns_count < CertificateNames::kMaxDnsNames) {
    const Element name = next(list);
    if (list.ok() && name.tag == kDnsName) names.dns_names[names.dns_count++] = as_text(name.content);
  }
}

void read_extensions(CertificateNames& names, Bytes explicit_list) noexcept {
  ByteReader outer(explicit_list);
  ByteReader list(expect(outer, kSequence));
  while (!list.empty()) {
    ByteReader extension(expect(list, kSequence));
    const Bytes id = expect(extension, kObjectId);
    Element value = next(extension);
    if (value.tag == kBoolean) value = next(extension);  // "critical"
    if (extension.ok() && value.tag == kOctets && as_text(id) == kSubjectAltNameId) {
      read_alternative_names(names, value.content);
    }
  }
}

std::string_view without_wildcard(std::string_view name) noexcept {
  return name.substr(0, 2) == "*." ? name.substr(2) : name;
}

// A name that a content network puts into its customers' certificates beside theirs.
bool is_providers_own(std::string_view name) noexcept {
  constexpr std::string_view kProvider = ".cloudflaressl.com";
  return name.size() > kProvider.size() && equals_ignoring_case(name.substr(name.size() - kProvider.size()), kProvider);
}

// Subjects such as "Internal CA 3" are no hosts.
bool looks_like_host(std::string_view name) noexcept {
  if (name.empty() || name.size() > 253 || name.find('.') == std::string_view::npos) return false;
  for (const char c : name) {
    const char lower = ascii_lower(c);
    if (!((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_')) return false;
  }
  return true;
}

}  // namespace

std::string_view CertificateNames::best() const noexcept {
  for (std::size_t i = 0; is_providers_own(common_name) && i < dns_count; ++i) {
    const std::string_view name = without_wildcard(dns_names[i]);
    if (!is_providers_own(name) && looks_like_host(name)) return name;
  }
  const std::string_view common = without_wildcard(common_name);
  bool covered = dns_count == 0;
  for (std::size_t i = 0; i < dns_count; ++i) covered = covered || equals_ignoring_case(dns_names[i], common_name);
  if (covered && looks_like_host(common)) return common;
  for (std::size_t i = 0; i < dns_count; ++i) {
    const std::string_view name = without_wildcard(dns_names[i]);
    if (looks_like_host(name)) return name;
  }
  return {};
}

std::optional<CertificateNames> read_certificate_names(Bytes der) noexcept {
  ByteReader file(der);
  ByteReader certificate(expect(file, kSequence));
  ByteReader tbs(expect(certificate, kSequence));
  if (tbs.peek() == kExplicitVersion) next(tbs);
  next(tbs);  // serial number
  next(tbs);  // signature algorithm
  next(tbs);  // issuer
  next(tbs);  // validity
  const Bytes subject = expect(tbs, kSequence);
  next(tbs);  // public key
  if (!tbs.ok() || tbs.position() == 0) return std::nullopt;
  CertificateNames names;
  read_subject(names, subject);
  while (!tbs.empty()) {
    const Element element = next(tbs);
    if (tbs.ok() && element.tag == kExplicitExtensions) read_extensions(names, element.content);
  }
  return names;
}

}  // namespace gatehouse::inspect
