// What a stream inspector answers to the chooser (inspection.cpp). Progress, the caller's view, has two
// steps; inside the room there are two more: the stream goes over into another protocol, or it was not this
// one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gate/inspect/inspection.h"

namespace gatehouse::inspect {

enum class After : std::uint8_t {
  NeedMore,
  Done,     // nothing more to see
  Switch,   // what follows in this direction is another protocol: probe anew
  NotMine,  // not this protocol after all: probe anew without it
};

// What the server says between the client's last word in the old protocol and its own first in the new one.
enum class ServerPreamble : std::uint8_t {
  None,
  HttpResponse,   // a response head up to its empty line (CONNECT, Upgrade)
  TextLines,      // lines of text (SMTP, IMAP, POP3, FTP, XMPP) before the first TLS record
  UntilTls,       // anything before the first TLS record
  OneByte,        // PostgreSQL's S or N
  Socks4Reply,    // eight bytes
  Socks5Replies,  // method choice, authentication answer, reply
};

struct StreamStep {
  After after = After::NeedMore;
  std::uint64_t consumed = 0;
  std::size_t need = 1;
  ServerPreamble preamble = ServerPreamble::None;
};

// As much as will ever come: for a direction that holds nothing of interest.
inline constexpr std::uint64_t kSkipRest = std::uint64_t{1} << 62;

inline StreamStep as_stream_step(const Progress& progress) noexcept {
  return {progress.step == Step::Done ? After::Done : After::NeedMore, progress.consumed, progress.need,
          ServerPreamble::None};
}

}  // namespace gatehouse::inspect
