#include "gate/inspect/signatures.h"

#include <hs.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace gatehouse::inspect {
namespace {

using A = AppProtocol;
using T = Transport;

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
    {R"(^(DESCRIBE|OPTIONS|SETUP|PLAY|ANNOUNCE|TEARDOWN|GET_PARAMETER) [!-~]+ RTSP/1)", T::Stream, A::Other,
     "", 0, "RTSP"},
    {R"(^RTSP/1\.)", T::Stream, A::Other, "", 0, "RTSP"},
    {R"(^(INVITE|REGISTER|OPTIONS|SUBSCRIBE|NOTIFY|MESSAGE|ACK|BYE|CANCEL|PUBLISH|INFO|REFER|UPDATE|PRACK) (sips?|tel):)",
     T::Both, A::Other, "", 0, "SIP"},
    {R"(^SIP/2\.0 )", T::Both, A::Other, "", 0, "SIP"},
    {R"(^\x10.{1,4}\x00[\x04\x06]MQ(TT|Isdp))", T::Stream, A::Other, "", 0, "MQTT"},
    {R"(^AMQP\x00)", T::Stream, A::Other, "", 0, "AMQP"},
    {R"(^(NICK|USER|CAP LS|PASS|JOIN) ?[ -~]*\r?\n)", T::Stream, A::Other, "", 0, "IRC"},
    {R"(^:[ -~]+ (NOTICE|001) )", T::Stream, A::Other, "", 0, "IRC"},
    {R"(^\xff[\xfb-\xfe].\xff[\xfb-\xfe])", T::Stream, A::Other, "", 0, "Telnet"},
    {R"(^[0-9a-f]{4}git-(upload|receive)-pack )", T::Stream, A::Other, "", 0, "Git"},
    {R"(^\x05\x00[\x00-\x13].\x10\x00\x00\x00)", T::Stream, A::Other, "", 0, "DCE/RPC"},
    {R"(^\xff{16}\x00.[\x01-\x05])", T::Stream, A::Other, "", 0, "BGP"},
    {R"(^\x30.{1,6}\x02\x01.[\x60-\x78])", T::Stream, A::Other, "", 0, "LDAP"},
    {R"(^(\*[0-9]+\r\n\$|\+PONG\r\n|PING\r\n))", T::Stream, A::Other, "", 0, "Redis"},
    {R"(^GNUTELLA CONNECT)", T::Stream, A::Other, "", 0, "Gnutella"},
    {R"(^\x03.{4}\x00\x00\x00\x00)", T::Stream, A::Other, "", 0, "RTMP"},
    {R"(^[\x12\x04]\x01\x00.\x00\x00)", T::Stream, A::Other, "", 0, "TDS"},
    {R"(^.\x00\x00\x00\x0a[0-9]+\.[0-9])", T::Stream, A::Other, "", 0, "MySQL"},
    {R"(^\x80\x00.{6}\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86)", T::Stream, A::Other, "", 0, "ONC RPC"},
    {R"(^(.{4})?[\x6a-\x6d].{1,4}\x30.{1,4}\xa[01]\x03\x02\x01\x05)", T::Both, A::Other, "", 0, "Kerberos"},
    {R"(^(l\x00\x0b|B\x00\x00\x0b)\x00)", T::Stream, A::Other, "", 0, "X11"},
    // Datagrams
    {R"(^.{4}\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86)", T::Datagram, A::Other, "", 0, "ONC RPC"},
    {R"(^\x02[\x01-\x0b]\x00.{2}[\x00\x20\x40\x60\x80\xa0\xc0\xe0]\x00.{5}\x00\x02[a-z]{2})", T::Datagram,
     A::Other, "", 0, "the Service Location Protocol"},
    {R"(^[\x10-\x16][\x00-\x0f].{6}\x00\x8a)", T::Datagram, A::Other, "", 0, "the NetBIOS datagram service"},
    {R"(^\x81[\x00-\x0c]\x00.\x01[\x00-\xff])", T::Datagram, A::Other, "", 0, "BACnet"},
    {R"(^[\x00-\x03].{3}\x21\x12\xa4\x42)", T::Both, A::Stun, "", 0, "STUN"},
    {R"(^[\x01\x02][\x01-\x08][\x01-\x10].{233}\x63\x82\x53\x63)", T::Datagram, A::Dhcp, "", 0, "DHCP"},
    {R"(^d1:[adr][d0-9])", T::Datagram, A::Other, "", 0, "BitTorrent DHT"},
    {R"(^d[0-9]+:[a-z_]+[0-9]*:?.{0,64}1:q[0-9])", T::Datagram, A::Other, "", 0, "BitTorrent DHT"},
    {R"(^\x41[\x00\x01].{2}.{16})", T::Datagram, A::Other, "", 0, "uTP"},
    {R"(^[\x30].{1,3}\x02\x01[\x00\x01\x03][\x04\x30])", T::Datagram, A::Other, "", 0, "SNMP"},
    {R"(^\xff\xff\xff\xff(TSource|getinfo|getstatus|[A-Zi]))", T::Datagram, A::Other, "", 0,
     "a game server query"},
    {R"(^<[0-9]{1,3}>)", T::Datagram, A::Other, "", 0, "syslog"},
    {R"(^\x00[\x01-\x05][!-~]+\x00(octet|netascii)\x00)", T::Datagram, A::Other, "", 0, "TFTP"},
    {R"(^<\?xml .{0,200}Envelope)", T::Datagram, A::Other, "", 0, "WS-Discovery"},
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
  for (std::size_t i = 0; i < kCount; ++i) {
    patterns[i] = kSignatures[i].pattern;
    flags[i] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
    ids[i] = static_cast<unsigned>(i);
  }
  auto database = std::make_shared<Database>();
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(patterns.data(), flags.data(), ids.data(), static_cast<unsigned>(kCount),
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
  return best.index < kCount ? &kSignatures[best.index] : nullptr;
}

}  // namespace gatehouse::inspect
