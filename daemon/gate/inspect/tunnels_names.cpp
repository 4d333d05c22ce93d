#include "gate/inspect/tunnels_names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gatehouse::inspect {
namespace {

constexpr std::uint16_t kDnsOverTlsPort = 853;  // RFC 7858, RFC 9250

struct NamedTunnel {
  std::string_view name;  // this name and all below it
  AppProtocol protocol;
  std::string_view tunnel;
  std::uint8_t confidence;
  std::string_view reason;
};

using A = AppProtocol;
constexpr std::string_view kResolver = "the name of a public DNS-over-HTTPS resolver";
constexpr std::string_view kProduct = "a name that belongs to the product";
constexpr NamedTunnel kNames[] = {
    {"cloudflare-dns.com", A::Unknown, "doh", 85, kResolver},
    {"one.one.one.one", A::Unknown, "doh", 85, kResolver},
    {"cloudflare-gateway.com", A::Unknown, "doh", 75, kResolver},
    {"dns.google", A::Unknown, "doh", 85, kResolver},
    {"dns.google.com", A::Unknown, "doh", 85, kResolver},
    {"dns64.dns.google", A::Unknown, "doh", 85, kResolver},
    {"dns.quad9.net", A::Unknown, "doh", 85, kResolver},
    {"dns9.quad9.net", A::Unknown, "doh", 85, kResolver},
    {"dns10.quad9.net", A::Unknown, "doh", 85, kResolver},
    {"dns11.quad9.net", A::Unknown, "doh", 85, kResolver},
    {"doh.opendns.com", A::Unknown, "doh", 85, kResolver},
    {"doh.familyshield.opendns.com", A::Unknown, "doh", 70, kResolver},
    {"dns.nextdns.io", A::Unknown, "doh", 85, kResolver},
    {"dns.adguard.com", A::Unknown, "doh", 85, kResolver},
    {"dns.adguard-dns.com", A::Unknown, "doh", 85, kResolver},
    {"doh.cleanbrowsing.org", A::Unknown, "doh", 80, kResolver},
    {"dns.mullvad.net", A::Unknown, "doh", 85, kResolver},
    {"doh.mullvad.net", A::Unknown, "doh", 85, kResolver},
    {"dns.controld.com", A::Unknown, "doh", 85, kResolver},
    {"freedns.controld.com", A::Unknown, "doh", 85, kResolver},
    {"dns.alidns.com", A::Unknown, "doh", 85, kResolver},
    {"doh.pub", A::Unknown, "doh", 85, kResolver},
    {"dns0.eu", A::Unknown, "doh", 85, kResolver},
    {"doh.dns.sb", A::Unknown, "doh", 85, kResolver},
    {"doh.libredns.gr", A::Unknown, "doh", 85, kResolver},
    {"doh.xfinity.com", A::Unknown, "doh", 80, kResolver},
    {"mozilla.cloudflare-dns.com", A::Unknown, "doh", 85, kResolver},
    {"chrome.cloudflare-dns.com", A::Unknown, "doh", 85, kResolver},
    {"dnscrypt.info", A::DnsCrypt, "dnscrypt", 60, kProduct},
    {"dnscrypt.org", A::DnsCrypt, "dnscrypt", 60, kProduct},
    {"simplednscrypt.org", A::DnsCrypt, "dnscrypt", 60, kProduct},
    {"torproject.org", A::Tor, "tor", 60, kProduct},
    {"psiphon.ca", A::Psiphon, "psiphon", 80, kProduct},
    {"psiphon3.com", A::Psiphon, "psiphon", 80, kProduct},
    {"psiphon3.net", A::Psiphon, "psiphon", 80, kProduct},
    {"ultrasurf.us", A::Ultrasurf, "ultrasurf", 80, kProduct},
    {"hotspotshield.com", A::HotspotShield, "hotspot-shield", 80, kProduct},
    {"hsselite.com", A::HotspotShield, "hotspot-shield", 80, kProduct},
    {"anchorfree.com", A::HotspotShield, "hotspot-shield", 80, kProduct},
    {"anchorfree.net", A::HotspotShield, "hotspot-shield", 80, kProduct},
    {"northghost.com", A::HotspotShield, "hotspot-shield", 70, kProduct},
};

bool is_or_below(std::string_view host, std::string_view name) noexcept {
  if (host.size() < name.size() || !equals_ignoring_case(host.substr(host.size() - name.size()), name))
    return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

bool offers(std::string_view alpn, std::string_view wanted) noexcept {
  std::size_t at = 0;
  while (at <= alpn.size()) {
    const std::size_t comma = std::min(alpn.find(',', at), alpn.size());
    if (alpn.substr(at, comma - at) == wanted) return true;
    at = comma + 1;
  }
  return false;
}

bool is_vowel(char c) noexcept { return std::string_view{"aeiou"}.find(c) != std::string_view::npos; }

}  // namespace

bool looks_like_tor_name(std::string_view host) noexcept {
  if (!host.starts_with("www.") || !(host.ends_with(".com") || host.ends_with(".net"))) return false;
  const std::string_view label = host.substr(4, host.size() - 8);
  if (label.size() < 8 || label.size() > 20) return false;
  std::size_t digits = 0;
  std::size_t vowels = 0;
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const char c : label) {
    const bool digit = c >= '2' && c <= '7';
    if (!digit && (c < 'a' || c > 'z')) return false;
    digits += digit ? 1 : 0;
    vowels += is_vowel(c) ? 1 : 0;
    run = is_vowel(c) ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  // Words have vowels and few digits inside. Random base32 has one vowel in six characters, and digits
  // anywhere.
  const bool digit_inside =
      std::any_of(label.begin() + 1, label.end() - 2, [](char c) { return c >= '2' && c <= '7'; });
  return vowels * 4 <= label.size() && (longest >= 5 || (digits >= 2 && digit_inside));
}

std::optional<TunnelVerdict> tunnel_by_hello(const Observation& seen, std::uint16_t server_port,
                                             bool resolver_address) noexcept {
  // A certificate names its site and perhaps others beside it: only a product's own name says something.
  if (seen.from == NameSource::TlsCertificate) {
    for (const NamedTunnel& known : kNames) {
      if (known.reason == kProduct && is_or_below(seen.host, known.name)) {
        return TunnelVerdict{known.protocol, known.tunnel, static_cast<std::uint8_t>(known.confidence - 20),
                             "the server's certificate is the product's"};
      }
    }
    return std::nullopt;
  }
  const bool quic = seen.protocol == AppProtocol::Quic;
  if (offers(seen.alpn, "dot") || (!quic && server_port == kDnsOverTlsPort)) {
    return TunnelVerdict{seen.protocol, "dot", 95, "DNS over TLS: its port or its ALPN"};
  }
  if (quic && (offers(seen.alpn, "doq") || seen.alpn.starts_with("doq-i") ||  // drafts: "doq-i02"
               server_port == kDnsOverTlsPort)) {
    return TunnelVerdict{seen.protocol, "doq", 95, "DNS over QUIC: its port or its ALPN"};
  }
  for (const NamedTunnel& known : kNames) {
    if (is_or_below(seen.host, known.name)) {
      return TunnelVerdict{known.protocol == AppProtocol::Unknown ? seen.protocol : known.protocol,
                           known.tunnel, known.confidence, known.reason};
    }
  }
  if (resolver_address)
    return TunnelVerdict{seen.protocol, "doh", 70, "the address of a public DNS resolver"};
  if (!quic && seen.alpn.empty() && looks_like_tor_name(seen.host)) {
    return TunnelVerdict{AppProtocol::Tor, "tor", 70, "a random name of Tor's form and no application named"};
  }
  return std::nullopt;
}

}  // namespace gatehouse::inspect
