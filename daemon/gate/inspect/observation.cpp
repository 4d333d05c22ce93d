#include "gate/inspect/observation.h"

#include <array>
#include <cstddef>

namespace gatehouse::inspect {
namespace {

template <std::size_t N>
std::string_view at(const std::array<std::string_view, N>& names, std::size_t index) noexcept {
  return index < N ? names[index] : std::string_view{"unknown"};
}

// In the order of the enumerations. Suricata's app_proto where Suricata has one.
constexpr std::array<std::string_view, static_cast<std::size_t>(AppProtocol::Other) + 1> kProtocols = {
    "unknown",   "tls",       "dtls",           "quic", "http", "http2",  "dns",    "mdns",     "llmnr",
    "nbns",      "smtp",      "imap",           "pop3", "ftp",  "xmpp",   "pgsql",  "ssh",      "openvpn",
    "wireguard", "ike",       "esp-in-udp",     "l2tp", "pptp", "socks4", "socks5", "dnscrypt", "tor",
    "psiphon",   "ultrasurf", "hotspot-shield", "stun", "ntp",  "dhcp",   "ssdp",   "other"};

constexpr std::array<std::string_view, static_cast<std::size_t>(NameSource::SocksRequest) + 1> kSources = {
    "none",         "tls-sni",         "dtls-sni",        "quic-sni",     "http-host",  "http-absolute-uri",
    "http-connect", "http2-authority", "tls-certificate", "dns-query",    "dns-answer", "mdns-name",
    "llmnr-name",   "netbios-name",    "ech-outer-name",  "socks-request"};

constexpr std::array<std::string_view, kEvasionKinds> kEvasions = {
    "tcp-overlap",        "tcp-urgent",       "bad-checksum",  "low-ttl",           "md5-option",
    "out-of-window",      "tcp-disorder",     "tiny-segments", "tiny-records",      "odd-record",
    "fragments",          "fragment-overlap", "two-names",     "http-host-doubled", "http-host-missing",
    "http-host-mismatch", "http-odd-syntax",  "dns-tunnel",    "fake-reset",        "encapsulated",
    "syn-data",           "sni-malformed",    "quic-overlap",     "quic-two-paths"};

constexpr std::array<std::string_view, 3> kEch = {"absent", "grease-like", "offered"};

constexpr std::array<std::string_view, kUnnamedKinds> kUnnamed = {"none",
                                                                  "no-payload",
                                                                  "start-missed",
                                                                  "hello-incomplete",
                                                                  "no-name-sent",
                                                                  "encrypted-hello",
                                                                  "decryption-failed",
                                                                  "unknown-version",
                                                                  "malformed",
                                                                  "known-other",
                                                                  "tunnel",
                                                                  "unknown-protocol",
                                                                  "bound-reached"};

}  // namespace

std::string_view name_of(AppProtocol protocol) noexcept {
  return at(kProtocols, static_cast<std::size_t>(protocol));
}
std::string_view name_of(NameSource source) noexcept {
  return at(kSources, static_cast<std::size_t>(source));
}
std::string_view name_of(Ech ech) noexcept { return at(kEch, static_cast<std::size_t>(ech)); }
std::string_view name_of(Unnamed why) noexcept { return at(kUnnamed, static_cast<std::size_t>(why)); }
std::string_view evasion_name(int bit) noexcept {
  return bit < 0 ? std::string_view{"unknown"} : at(kEvasions, static_cast<std::size_t>(bit));
}

}  // namespace gatehouse::inspect
