// What the inspection saw: the one type that leaves this room. An Observation borrows its text from the bytes
// in hand and lives only during ObservationSink::observe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"

namespace gatehouse::inspect {

// Who sent the bytes: the side that opened the flow (or, in mid-stream, the side that looks like it) or the
// other.
enum class Direction : std::uint8_t { ToServer = 0, ToClient = 1 };

enum class AppProtocol : std::uint8_t {
  Unknown,
  Tls,
  Dtls,
  Quic,
  Http,
  Http2,
  Dns,
  Mdns,
  Llmnr,
  NetbiosName,
  Smtp,
  Imap,
  Pop3,
  Ftp,
  Xmpp,
  Postgres,
  Ssh,
  OpenVpn,
  WireGuard,
  Ike,
  EspInUdp,
  L2tp,
  Pptp,
  Socks4,
  Socks5,
  DnsCrypt,
  Tor,
  Psiphon,
  Ultrasurf,
  HotspotShield,
  Stun,
  Ntp,
  Dhcp,
  Ssdp,
  Other,
};
std::string_view name_of(
    AppProtocol protocol) noexcept;  // Suricata's app_proto where it has one: "tls", "quic"

// Where the name came from, strongest first for a reader's trust.
enum class NameSource : std::uint8_t {
  None,
  TlsSni,
  DtlsSni,
  QuicSni,
  HttpHost,
  HttpAbsoluteUri,
  HttpConnect,
  Http2Authority,
  TlsCertificate,
  DnsQuery,
  DnsAnswer,
  MdnsName,
  LlmnrName,
  NetbiosName,
  EchOuterName,
  SocksRequest,
};
std::string_view name_of(NameSource source) noexcept;  // "tls-sni", "http-host" ...

// Tricks that were seen; a set of bits. Each one's name goes to the journal (evasion: ["tcp-overlap", ...]).
using EvasionFlags = std::uint32_t;
namespace evasion {
inline constexpr EvasionFlags kTcpOverlap = 1u << 0;   // same sequence range, different bytes
inline constexpr EvasionFlags kTcpUrgent = 1u << 1;    // urgent byte inside a hello or request
inline constexpr EvasionFlags kBadChecksum = 1u << 2;  // decoy that the server drops
inline constexpr EvasionFlags kLowTtl = 1u << 3;       // decoy that expires on the way
inline constexpr EvasionFlags kMd5Option = 1u << 4;    // decoy with a TCP MD5 option
inline constexpr EvasionFlags kOutOfWindow = 1u
                                             << 5;  // decoy with a sequence or timestamp the server ignores
inline constexpr EvasionFlags kTcpDisorder = 1u << 6;  // first bytes sent after later ones, on purpose or not
inline constexpr EvasionFlags kTinySegments = 1u << 7;  // hello or request cut into segments of a few bytes
inline constexpr EvasionFlags kTinyRecords = 1u << 8;   // hello cut into many small TLS records
inline constexpr EvasionFlags kOddRecord = 1u << 9;     // TLS record or hello of a shape no client sends
inline constexpr EvasionFlags kFragments = 1u << 10;    // IP fragments carried the first bytes
inline constexpr EvasionFlags kFragmentOverlap = 1u << 11;
inline constexpr EvasionFlags kTwoNames = 1u << 12;  // two versions of the stream name different hosts
inline constexpr EvasionFlags kHttpHostDoubled = 1u << 13;
inline constexpr EvasionFlags kHttpHostMissing = 1u << 14;
inline constexpr EvasionFlags kHttpHostMismatch = 1u << 15;  // absolute URI and Host disagree
inline constexpr EvasionFlags kHttpOddSyntax = 1u << 16;     // spacing, case, line ends no browser sends
inline constexpr EvasionFlags kDnsTunnel = 1u << 17;
inline constexpr EvasionFlags kFakeReset = 1u << 18;  // reset or FIN the server ignores
inline constexpr EvasionFlags kEncapsulated = 1u << 19;
inline constexpr EvasionFlags kSynData = 1u << 20;  // data in the SYN without a Fast Open cookie
inline constexpr EvasionFlags kSniMalformed = 1u << 21;
inline constexpr EvasionFlags kQuicOverlap = 1u << 22;  // CRYPTO ranges with different bytes
inline constexpr EvasionFlags kQuicTwoPaths = 1u << 23;  // the first packets of one connection from two ports
}  // namespace evasion
inline constexpr int kEvasionKinds = 24;
std::string_view evasion_name(int bit) noexcept;  // of bit 0 .. kEvasionKinds-1: "tcp-overlap" ...

// Encrypted Client Hello as far as it can be told from outside (draft-ietf-tls-esni-22 section 5).
enum class Ech : std::uint8_t { Absent, GreaseLike, Offered };
std::string_view name_of(Ech ech) noexcept;

struct DnsAnswer {
  std::uint16_t type = 0;
  std::uint32_t ttl = 0;
  std::string_view name;    // owner, dotted, no trailing dot
  std::string_view target;  // CNAME, NS, PTR, SVCB/HTTPS target
  IpAddress address;        // A, AAAA
  bool has_ech = false;     // an HTTPS/SVCB record with the ech parameter (RFC 9460, RFC 9848)
};

struct DhcpMessage;  // dhcp_message.h

struct Observation {
  AppProtocol protocol = AppProtocol::Unknown;
  NameSource from = NameSource::None;
  Direction direction = Direction::ToServer;
  EvasionFlags evasion = 0;
  std::string_view
      host;  // as sent, without port; empty when there is none (then `tunnel` or `protocol` says what)
  // HTTP
  std::string_view method;
  std::string_view url;  // request target as sent
  std::string_view user_agent;
  std::string_view referer;
  std::uint16_t port = 0;  // from Host, :authority or CONNECT when given
  // TLS, DTLS, QUIC
  std::string_view alpn;      // comma-separated, as offered
  std::string_view ja4;       // FoxIO's, 36 characters
  std::uint16_t version = 0;  // highest offered: 0x0304 is TLS 1.3
  std::uint32_t quic_version = 0;
  Ech ech = Ech::Absent;
  // DNS and its relatives
  std::uint16_t dns_id = 0;
  std::uint16_t rrtype = 0;
  std::uint8_t rcode = 0;
  bool is_answer = false;
  std::span<const DnsAnswer> answers;
  const DhcpMessage* dhcp = nullptr;  // DHCP: no name, but who was given which address
  // Tunnels and ways round: what kind, how sure (0 to 100) that it is a way round, why
  std::string_view tunnel;  // "openvpn", "wireguard" ...; empty for none
  std::uint8_t confidence = 0;
  bool kind_certain = false;  // it is what `tunnel` says, however seldom that is a way round: ssh
  std::string_view reason;
};

// Receives observations; called from inside feed, on the worker's thread.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  virtual void observe(const Observation& observation) noexcept = 0;
};

// Why a flow has no name, for the coverage figures of every report.
enum class Unnamed : std::uint8_t {
  None,              // it has one
  NoPayload,         // nothing but handshakes and acknowledgements, or too little to tell
  StartMissed,       // the capture or the gate came late
  HelloIncomplete,   // a hello began and never ended
  NoNameSent,        // a hello or request without any name
  EncryptedHello,    // only the outer name of an encrypted hello (counted beside the outer name)
  DecryptionFailed,  // QUIC Initial that does not open
  UnknownVersion,    // QUIC version without known keys
  Malformed,
  KnownOther,  // a protocol that carries no names (NTP, STUN, SSH)
  Tunnel,      // recognised as a way round
  UnknownProtocol,
  BoundReached,  // a limit of memory or size was met
};
inline constexpr int kUnnamedKinds = 13;
std::string_view name_of(Unnamed why) noexcept;  // "start-missed" ...

}  // namespace gatehouse::inspect
