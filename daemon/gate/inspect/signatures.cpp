#include "gate/inspect/signatures.h"

#include <hs.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace gatehouse::inspect {
namespace {

using A = AppProtocol;
using T = Transport;

// Openings with loose lengths in them: each would cost Hyperscan 5 to 25 ms at every start, and a line here nothing.

std::uint8_t at(Bytes bytes, std::size_t i) noexcept { return i < bytes.size() ? bytes[i] : std::uint8_t{0}; }
bool is_digit(std::uint8_t c) noexcept { return c >= '0' && c <= '9'; }
bool starts_with_any(std::string_view text, std::span<const std::string_view> words, std::string_view& after) noexcept {
  for (const std::string_view word : words) {
    if (!text.starts_with(word)) continue;
    after = text.substr(word.size());
    return true;
  }
  return false;
}

// RFC 4120 section 5.4 and 7.2.2: an application tag, a sequence, pvno 5; over TCP behind a length of four bytes.
bool is_kerberos(Bytes b) noexcept {
  for (const std::size_t start : {std::size_t{0}, std::size_t{4}}) {
    if (at(b, start) < 0x6a || at(b, start) > 0x6d) continue;
    for (std::size_t sequence = start + 2; sequence <= start + 5; ++sequence) {
      if (at(b, sequence) != 0x30) continue;
      for (std::size_t pvno = sequence + 2; pvno <= sequence + 5; ++pvno) {
        if ((at(b, pvno) & 0xfe) == 0xa0 && at(b, pvno + 1) == 3 && at(b, pvno + 2) == 2 && at(b, pvno + 3) == 1 &&
            at(b, pvno + 4) == 5) {
          return true;
        }
      }
    }
  }
  return false;
}

// BEP 5: a dictionary whose first key is short, with a query name soon after.
bool is_dht_query(Bytes b) noexcept {
  std::size_t i = 1;
  while (is_digit(at(b, i))) ++i;
  if (at(b, 0) != 'd' || i == 1 || at(b, i) != ':') return false;
  const std::size_t key = ++i;
  const auto in_key = [](std::uint8_t c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  while (in_key(at(b, i))) ++i;
  if (i == key) return false;
  while (is_digit(at(b, i))) ++i;
  if (at(b, i) == ':') ++i;
  const std::string_view text = as_text(b);
  for (std::size_t q = text.find("1:q", key + 1); q != text.npos && q <= i + 64; q = text.find("1:q", q + 1)) {
    if (is_digit(at(b, q + 3))) return true;
  }
  return false;
}

// RFC 4511 section 4.1.1: a sequence, a message number of one byte, an operation.
bool is_ldap(Bytes b) noexcept {
  if (at(b, 0) != 0x30) return false;
  for (std::size_t i = 2; i <= 7; ++i) {
    if (at(b, i) == 2 && at(b, i + 1) == 1 && at(b, i + 3) >= 0x60 && at(b, i + 3) <= 0x78) return true;
  }
  return false;
}

// BEP 29: type 4 (SYN), version 1.
bool is_utp(Bytes b) noexcept { return b.size() >= 20 && b[0] == 0x41 && b[1] <= 1; }

bool is_ws_discovery(Bytes b) noexcept {
  const std::string_view text = as_text(b);
  return text.starts_with("<?xml ") && text.substr(6, 208).find("Envelope") != text.npos;
}

// RFC 3261 section 7.1.
bool is_sip_request(Bytes b) noexcept {
  constexpr std::string_view kMethods[] = {"INVITE ", "REGISTER ", "OPTIONS ", "SUBSCRIBE ", "NOTIFY ", "MESSAGE ", "ACK ",
                                           "BYE ", "CANCEL ", "PUBLISH ", "INFO ", "REFER ", "UPDATE ", "PRACK "};
  std::string_view rest;
  return starts_with_any(as_text(b), kMethods, rest) &&
         (rest.starts_with("sip:") || rest.starts_with("sips:") || rest.starts_with("tel:"));
}

// RFC 2326 section 6.
bool is_rtsp_request(Bytes b) noexcept {
  constexpr std::string_view kMethods[] = {"DESCRIBE ", "OPTIONS ", "SETUP ", "PLAY ", "ANNOUNCE ", "TEARDOWN ",
                                           "GET_PARAMETER "};
  std::string_view rest;
  if (!starts_with_any(as_text(b), kMethods, rest)) return false;
  const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c < '!' || c > '~'; });
  return end != rest.begin() && rest.substr(static_cast<std::size_t>(end - rest.begin())).starts_with(" RTSP/1");
}

// RFC 1459 section 4.1: a first line of plain text.
bool is_irc_greeting(Bytes b) noexcept {
  constexpr std::string_view kWords[] = {"NICK", "USER", "CAP LS", "PASS", "JOIN"};
  std::string_view rest;
  if (!starts_with_any(as_text(b), kWords, rest)) return false;
  const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c < ' ' || c > '~'; });
  rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
  return rest.starts_with("\n") || rest.starts_with("\r\n");
}

// The order is the order of trust: the first that fits is taken.
constexpr Signature kSignatures[] = {
    // Ways round
    {R"(^SSH-[12]\.)", T::Stream, A::Ssh, "ssh", 30, "SSH, which can carry any traffic inside"},
    {R"(^\x00\x9c\x00\x01\x1a\x2b\x3c\x4d)", T::Stream, A::Pptp, "pptp", 98,
     "a PPTP start of control connection"},
    {R"(^\xcc\x1c\x30\x41\x5b\xa4\x38\x66)", T::Stream, A::Ultrasurf, "ultrasurf", 95,
     "the fixed opening of Ultrasurf"},
    {R"(^r6fnvWj8)", T::Both, A::DnsCrypt, "dnscrypt", 95, "the magic bytes of a DNSCrypt resolver"},
    // Streams
    {R"(^\x13BitTorrent protocol)", T::Both, A::Other, "", 0, "BitTorrent"},
    {R"(^.{4}[\xfe\xff]SMB)", T::Stream, A::Other, "", 0, "SMB"},
    {R"(^RFB 00\d)", T::Stream, A::Other, "", 0, "VNC"},
    {is_rtsp_request, T::Stream, A::Other,
     "", 0, "RTSP"},
    {R"(^RTSP/1\.)", T::Stream, A::Other, "", 0, "RTSP"},
    {is_sip_request,
     T::Both, A::Other, "", 0, "SIP"},
    {R"(^SIP/2\.0 )", T::Both, A::Other, "", 0, "SIP"},
    {R"(^\x10.{1,4}\x00[\x04\x06]MQ(TT|Isdp))", T::Stream, A::Other, "", 0, "MQTT"},
    {R"(^AMQP\x00)", T::Stream, A::Other, "", 0, "AMQP"},
    {is_irc_greeting, T::Stream, A::Other, "", 0, "IRC"},
    {R"(^:[ -~]+ (NOTICE|001) )", T::Stream, A::Other, "", 0, "IRC"},
    {R"(^\xff[\xfb-\xfe].\xff[\xfb-\xfe])", T::Stream, A::Other, "", 0, "Telnet"},
    {R"(^[0-9a-f]{4}git-(upload|receive)-pack )", T::Stream, A::Other, "", 0, "Git"},
    {R"(^\x05\x00[\x00-\x13].\x10\x00\x00\x00)", T::Stream, A::Other, "", 0, "DCE/RPC"},
    {R"(^\xff{16}\x00.[\x01-\x05])", T::Stream, A::Other, "", 0, "BGP"},
    {is_ldap, T::Stream, A::Other, "", 0, "LDAP"},
    {R"(^(\*[0-9]+\r\n\$|\+PONG\r\n|PING\r\n))", T::Stream, A::Other, "", 0, "Redis"},
    {R"(^GNUTELLA CONNECT)", T::Stream, A::Other, "", 0, "Gnutella"},
    {R"(^\x03.{4}\x00\x00\x00\x00)", T::Stream, A::Other, "", 0, "RTMP"},
    {R"(^[\x12\x04]\x01\x00.\x00\x00)", T::Stream, A::Other, "", 0, "TDS"},
    {R"(^.\x00\x00\x00\x0a[0-9]+\.[0-9])", T::Stream, A::Other, "", 0, "MySQL"},
    {R"(^\x80\x00.{6}\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86)", T::Stream, A::Other, "", 0, "ONC RPC"},
    {is_kerberos, T::Both, A::Other, "", 0, "Kerberos"},
    {R"(^(l\x00\x0b|B\x00\x00\x0b)\x00)", T::Stream, A::Other, "", 0, "X11"},
    // Datagrams
    {R"(^.{4}\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86)", T::Datagram, A::Other, "", 0, "ONC RPC"},
    {R"(^\x02[\x01-\x0b]\x00.{2}[\x00\x20\x40\x60\x80\xa0\xc0\xe0]\x00.{5}\x00\x02[a-z]{2})", T::Datagram,
     A::Other, "", 0, "the Service Location Protocol"},
    {R"(^[\x10-\x16][\x00-\x0f].{6}\x00\x8a)", T::Datagram, A::Other, "", 0, "the NetBIOS datagram service"},
    {R"(^\x81[\x00-\x0c]\x00.\x01[\x00-\xff])", T::Datagram, A::Other, "", 0, "BACnet"},
    {R"(^[\x00-\x03].{3}\x21\x12\xa4\x42)", T::Both, A::Stun, "", 0, "STUN"},
    {R"(^d1:[adr][d0-9])", T::Datagram, A::Other, "", 0, "BitTorrent DHT"},
    {is_dht_query, T::Datagram, A::Other, "", 0, "BitTorrent DHT"},
    {is_utp, T::Datagram, A::Other, "", 0, "uTP"},
    {R"(^[\x30].{1,3}\x02\x01[\x00\x01\x03][\x04\x30])", T::Datagram, A::Other, "", 0, "SNMP"},
    {R"(^\xff\xff\xff\xff(TSource|getinfo|getstatus|[A-Zi]))", T::Datagram, A::Other, "", 0,
     "a game server query"},
    {R"(^<[0-9]{1,3}>)", T::Datagram, A::Other, "", 0, "syslog"},
    {R"(^\x00[\x01-\x05][!-~]+\x00(octet|netascii)\x00)", T::Datagram, A::Other, "", 0, "TFTP"},
    {is_ws_discovery, T::Datagram, A::Other, "", 0, "WS-Discovery"},
};
constexpr std::size_t kCount = std::size(kSignatures);

struct Best {
  Transport transport;
  std::size_t index = kCount;
};

int on_match(unsigned int id, unsigned long long, unsigned long long, unsigned int, void* context) {
  auto& best = *static_cast<Best*>(context);
  const auto wanted = static_cast<std::uint8_t>(best.transport);
  if (id < best.index && (static_cast<std::uint8_t>(kSignatures[id].transport) & wanted) != 0)
    best.index = id;
  return 0;
}

[[noreturn]] void fail(const char* what) {
  throw SetupError(Error{std::string("the protocol signatures do not compile: ") + what,
                         "Gatehouse needs Hyperscan, and a processor with SSSE3 (or Vectorscan on Arm)",
                         {},
                         0});
}

struct Database {
  hs_database_t* patterns = nullptr;
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { hs_free_database(patterns); }
};

std::shared_ptr<const Database> compile() {
  std::array<const char*, kCount> patterns{};
  std::array<unsigned, kCount> flags{};
  std::array<unsigned, kCount> ids{};
  unsigned count = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (kSignatures[i].pattern == nullptr) continue;
    patterns[count] = kSignatures[i].pattern;
    flags[count] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
    ids[count++] = static_cast<unsigned>(i);
  }
  auto database = std::make_shared<Database>();
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(patterns.data(), flags.data(), ids.data(), count,
                       HS_MODE_BLOCK, nullptr, &database->patterns, &error) != HS_SUCCESS) {
    const std::string message = error != nullptr ? error->message : "unknown reason";
    hs_free_compile_error(error);
    fail(message.c_str());
  }
  return database;
}

}  // namespace

// The patterns never change, so all workers share one database, which takes longer to make than all else at
// start-up; the scratch is each worker's own.
struct Signatures::Compiled {
  std::shared_ptr<const Database> database;
  hs_scratch_t* scratch = nullptr;
  ~Compiled() { hs_free_scratch(scratch); }
};

Signatures::Signatures() : compiled_(std::make_unique<Compiled>()) {
  static const std::shared_ptr<const Database> shared = compile();
  compiled_->database = shared;
  if (hs_alloc_scratch(shared->patterns, &compiled_->scratch) != HS_SUCCESS)
    fail("no memory for its scratch");
}

Signatures::~Signatures() = default;

const Signature* Signatures::match(Transport transport, Bytes first) const noexcept {
  Best best{transport};
  const Bytes looked_at = first.first(std::min(first.size(), kLookedAt));
  hs_scan(compiled_->database->patterns, as_text(looked_at).data(), static_cast<unsigned>(looked_at.size()), 0,
          compiled_->scratch, on_match, &best);
  for (std::size_t i = 0; i < best.index; ++i) {
    const Signature& line = kSignatures[i];
    const bool wanted = (static_cast<std::uint8_t>(line.transport) & static_cast<std::uint8_t>(transport)) != 0;
    if (wanted && line.by_hand != nullptr && line.by_hand(looked_at)) best.index = i;
  }
  return best.index < kCount ? &kSignatures[best.index] : nullptr;
}

}  // namespace gatehouse::inspect
