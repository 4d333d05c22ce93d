#include "gate/inspect/preludes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "gate/inspect/http_request.h"

namespace gatehouse::inspect {
namespace {

// Without TLS by then, a text connection has chosen to go on in the clear; longer it is not watched.
constexpr std::uint32_t kMaxTextRead = 64 * 1024;
// The longest header version 1 can have (section 2.1), and a reasonable one of version 2 with its TLVs.
constexpr std::size_t kMaxProxyLine = 108;

constexpr std::array<std::uint8_t, 12> kProxyV2 = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                   0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

bool begins_tls(Bytes bytes) noexcept { return bytes.size() >= 2 && bytes[0] == 0x16 && bytes[1] == 0x03; }

StreamStep wait_for(std::size_t need, bool ended) noexcept {
  StreamStep step;
  step.need = need;
  if (ended) step.after = After::Done;
  return step;
}

Probe prefix(std::string_view text, std::string_view start) noexcept {
  const std::string_view head = text.substr(0, start.size());
  if (!equals_ignoring_case(head, start.substr(0, head.size()))) return Probe::No;
  return head.size() == start.size() ? Probe::Yes : Probe::Maybe;
}

Probe any_prefix(std::string_view text, std::initializer_list<std::string_view> starts) noexcept {
  Probe best = Probe::No;
  for (const std::string_view start : starts) best = std::max(best, prefix(text, start));
  return best;
}

}  // namespace

Probe ProxyHeaderInspector::probe(Direction direction, Bytes first) noexcept {
  if (direction == Direction::ToClient || first.empty()) return Probe::No;
  const std::size_t n = std::min(first.size(), kProxyV2.size());
  if (std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(n), kProxyV2.begin())) {
    return n == kProxyV2.size() ? Probe::Yes : Probe::Maybe;
  }
  return any_prefix(as_text(first), {"PROXY TCP", "PROXY UNKNOWN"});
}

StreamStep ProxyHeaderInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink&,
                                      ResourcePools&) noexcept {
  if (direction == Direction::ToClient) return wait_for(offered.size() + 1, false);
  StreamStep step;
  step.after = After::Switch;
  if (offered.size() > 0 && offered[0] == 0x0d) {
    ByteReader reader(offered);
    reader.skip(14);
    const std::size_t length = reader.u16();
    if (!reader.ok() || reader.remaining() < length) return wait_for(16 + length, ended);
    step.consumed = 16 + length;
    return step;
  }
  const std::size_t lf = as_text(offered).find('\n');
  if (lf == std::string_view::npos) {
    if (offered.size() <= kMaxProxyLine) return wait_for(offered.size() + 1, ended);
    step.after = After::NotMine;
    return step;
  }
  step.consumed = lf + 1;
  return step;
}

Probe TextInspector::probe(Direction direction, Bytes first) noexcept {
  const std::string_view text = as_text(first);
  const Probe xmpp = any_prefix(text, {"<?xml version", "<stream:stream"});
  if (xmpp != Probe::No && (xmpp == Probe::Maybe || text.find("stream") != std::string_view::npos))
    return xmpp;
  if (direction == Direction::ToClient) {
    return any_prefix(text, {"220 ", "220-", "* OK", "* PREAUTH", "+OK", "421 ", "554 ", "120 "});
  }
  const Probe known = any_prefix(text, {"EHLO ", "HELO ", "LHLO ", "AUTH TLS\r", "AUTH SSL\r", "USER ",
                                        "CAPA\r", "STLS\r", "FEAT\r", "MAIL FROM:", "STARTTLS\r"});
  if (known != Probe::No) return known;
  // IMAP: a tag, then a command (RFC 9051 section 2.2.1).
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank == 0 || blank > 12) return Probe::No;
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(blank), [](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.';
      })) {
    return Probe::No;
  }
  const Probe command =
      any_prefix(text.substr(blank + 1), {"CAPABILITY", "STARTTLS", "LOGIN ", "ID (", "AUTHENTICATE "});
  return command == Probe::Yes ? Probe::Yes : Probe::No;
}

StreamStep TextInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink&,
                               ResourcePools&) noexcept {
  StreamStep step;
  if (offered.empty()) return step;
  if (begins_tls(offered) || (offered.size() == 1 && offered[0] == 0x16)) {
    const bool ready = direction == Direction::ToServer && offered.size() >= 2;
    step.after = ready ? After::Switch : After::NeedMore;
    step.preamble = ServerPreamble::TextLines;
    step.need = offered.size() + 1;
    return step;
  }
  const std::string_view text = as_text(offered);
  if (protocol_ == AppProtocol::Unknown || protocol_ == AppProtocol::Smtp) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (any_prefix(text, {"EHLO ", "HELO ", "LHLO ", "MAIL FROM:"}) == Probe::Yes ||
        line.find("SMTP") != std::string_view::npos) {
      protocol_ = AppProtocol::Smtp;
    } else if (any_prefix(text, {"* OK", "* PREAUTH"}) == Probe::Yes) {
      protocol_ = AppProtocol::Imap;
    } else if (any_prefix(text, {"+OK", "CAPA", "STLS"}) == Probe::Yes) {
      protocol_ = AppProtocol::Pop3;
    } else if (any_prefix(text, {"<?xml", "<stream"}) == Probe::Yes) {
      protocol_ = AppProtocol::Xmpp;
    } else if (any_prefix(text, {"USER ", "AUTH ", "FEAT"}) == Probe::Yes ||
               line.find("FTP") != std::string_view::npos) {
      protocol_ = AppProtocol::Ftp;
    } else if (direction == Direction::ToServer) {
      protocol_ = AppProtocol::Imap;
    }
  }
  // Lines are taken whole; what follows the last line end may be the start of TLS only after one.
  const std::size_t tls = text.find("\n\x16\x03");
  step.consumed = tls == std::string_view::npos ? offered.size() : tls + 1;
  read_ += static_cast<std::uint32_t>(std::min<std::uint64_t>(step.consumed, kMaxTextRead));
  if (read_ >= kMaxTextRead || (ended && direction == Direction::ToServer)) step.after = After::Done;
  return step;
}

namespace {

constexpr std::uint32_t kSslRequest = 80877103;  // PostgreSQL, "Message Formats"
constexpr std::uint32_t kGssRequest = 80877104;
constexpr std::uint32_t kStartup3 = 196608;
constexpr std::string_view kStartTlsOid = "1.3.6.1.4.1.1466.20037";

// The size of the first message and whose it is; zero when it is none of ours.
struct FirstMessage {
  std::size_t size = 0;
  AppProtocol protocol = AppProtocol::Other;
};
FirstMessage first_message(Bytes first) noexcept {
  ByteReader postgres(first);
  const std::uint32_t length = postgres.u32();
  const std::uint32_t code = postgres.u32();
  if (postgres.ok() && ((length == 8 && (code == kSslRequest || code == kGssRequest)) ||
                        (code == kStartup3 && length < 10000))) {
    return {length, AppProtocol::Postgres};
  }
  ByteReader rdp(first);  // TPKT and X.224 connection request (RFC 1006, [MS-RDPBCGR] section 2.2.1.1)
  const std::uint16_t version = rdp.u16();
  const std::uint16_t size = rdp.u16();
  const std::uint8_t header = rdp.u8();
  const std::uint8_t kind = rdp.u8();
  if (rdp.ok() && version == 0x0300 && size >= 11 && size < 1024 && header == size - 5 &&
      (kind & 0xf0) == 0xe0)
    return {size, AppProtocol::Other};
  ByteReader mysql(first);  // SSLRequest: 32 bytes, sequence 1, CLIENT_SSL among the capabilities
  const std::uint32_t mysql_header = mysql.u32();
  const std::uint32_t capabilities = mysql.u32_le();
  if (mysql.ok() && mysql_header == 0x20000001 && (capabilities & 0x0800) != 0)
    return {36, AppProtocol::Other};
  ByteReader ldap(first);  // ExtendedRequest (RFC 4511 section 4.14.1)
  if (ldap.u8() == 0x30 && as_text(first).substr(0, 64).find(kStartTlsOid) != std::string_view::npos) {
    std::size_t content = ldap.u8();
    if (content > 0x80) {  // the long form (X.690 section 8.1.3.5); some libraries use it for every length
      const std::size_t bytes = content & 0x7f;
      for (content = 0; ldap.position() < 2 + bytes && ldap.ok() && content < 4096;) content = content << 8 | ldap.u8();
    }
    return {ldap.position() + content, AppProtocol::Other};
  }
  return {};
}

}  // namespace

Probe FramedInspector::probe(Direction direction, Bytes first) noexcept {
  if (direction == Direction::ToClient) return Probe::No;
  if (first_message(first).size > 0) return Probe::Yes;
  if (first.size() >= 8 || first.empty()) return Probe::No;
  const std::uint8_t start = first[0];
  return (start == 0 && (first.size() < 2 || first[1] == 0)) ||
                 (start == 3 && (first.size() < 2 || first[1] == 0))
             ? Probe::Maybe
             : Probe::No;
}

StreamStep FramedInspector::feed(Direction direction, Bytes offered, bool ended, ObservationSink&,
                                 ResourcePools&) noexcept {
  if (direction == Direction::ToClient) {
    StreamStep step;
    step.need = offered.size() + 1;
    return step;
  }
  StreamStep step;
  if (!first_read_) {
    const FirstMessage message = first_message(offered);
    protocol_ = message.protocol;
    if (offered.size() < message.size) return wait_for(message.size, ended);
    first_read_ = true;
    step.consumed = message.size;
    offered = offered.subspan(message.size);
  }
  step.need = 2;
  if (begins_tls(offered)) {
    step.after = After::Switch;
    step.preamble = protocol_ == AppProtocol::Postgres ? ServerPreamble::OneByte : ServerPreamble::UntilTls;
  } else if (offered.size() >= 2 || ended) {
    step.after = After::Done;
  }
  return step;
}

PreambleStep skip_server_preamble(ServerPreamble preamble, Bytes offered) noexcept {
  if (offered.empty()) return {0, preamble == ServerPreamble::None};
  const std::string_view text = as_text(offered);
  switch (preamble) {
    case ServerPreamble::None:
      return {0, true};
    case ServerPreamble::OneByte:
      return {begins_tls(offered) ? 0u : 1u, true};
    case ServerPreamble::Socks4Reply:
      if (offered[0] != 0) return {0, true};
      return offered.size() < 8 ? PreambleStep{} : PreambleStep{8, true};
    case ServerPreamble::HttpResponse: {
      if (probe_http_response(offered) == Probe::No) return {0, true};
      const auto end = find_head_end(offered, 0);
      return end ? PreambleStep{*end, true} : PreambleStep{};
    }
    case ServerPreamble::TextLines: {
      if (begins_tls(offered)) return {0, true};
      const std::size_t tls = text.find("\n\x16\x03");
      if (tls != std::string_view::npos) return {tls + 1, true};
      return {offered.size(), false};
    }
    case ServerPreamble::UntilTls: {
      const std::size_t tls = text.find("\x16\x03");
      return tls == std::string_view::npos ? PreambleStep{offered.size(), false} : PreambleStep{tls, true};
    }
    case ServerPreamble::Socks5Replies: {
      ByteReader reader(offered);
      while (reader.remaining() >= 3) {
        if (reader.peek() == 1 || (reader.peek() == 5 && reader.peek(2) != 0)) {
          reader.skip(2);  // method choice, or the answer to a login
          continue;
        }
        if (reader.peek() != 5) return {reader.position(), true};
        const std::size_t start = reader.position();
        reader.skip(3);
        const std::uint8_t kind = reader.u8();
        reader.skip(kind == 3 ? reader.u8() : kind == 4 ? 16u : 4u);
        reader.skip(2);
        return reader.ok() ? PreambleStep{reader.position(), true} : PreambleStep{start, false};
      }
      return {reader.position(), false};
    }
  }
  return {0, true};
}

}  // namespace gatehouse::inspect
