// The host names in an X.509 certificate (RFC 5280): what tells where a TLS 1.2 connection without a server name
// went. A walk over the DER, not a validation. Used by TlsInspector; no heap, any thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace gatehouse::inspect {

struct CertificateNames {
  static constexpr std::size_t kMaxDnsNames = 32;  // shared hosting has hundreds; one is reported

  std::string_view common_name;   // the last one of the subject
  std::array<std::string_view, kMaxDnsNames> dns_names{};
  std::size_t dns_count = 0;

  // The one name to report: the common name where the certificate is valid for it (or lists no names), else the first
  // dNSName; where the common name is a content network's own, its customer's. Without a leading "*."; empty when none
  // looks like a host.
  [[nodiscard]] std::string_view best() const noexcept;
};

// nullopt when it is not a certificate. Views into `der`.
std::optional<CertificateNames> read_certificate_names(Bytes der) noexcept;

}  // namespace gatehouse::inspect
