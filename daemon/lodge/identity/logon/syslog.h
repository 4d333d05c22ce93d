// Syslog messages: RFC 5424 and RFC 3164 (BSD), one in a datagram or many in a stream (RFC 6587). Pure functions and
// a framer; what the messages mean is for windows_events.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::lodge::logon {

// A rendered Windows event has some 3 KB; more than this is no log line.
inline constexpr std::size_t kLongestMessage = 64 * 1024;

struct SyslogMessage {
  std::string_view host;  // as the message says; views into what was parsed
  std::string_view app;
  std::string_view text;
  std::optional<Timestamp> at;  // by the sender's clock; nullopt: none given, or not understood
};

// nullopt: not a syslog message. `now` gives RFC 3164 its year; such times are taken to be London's.
std::optional<SyslogMessage> parse_syslog(std::string_view message, Timestamp now);

// Cuts a stream into messages: "123 <13>..." by count of octets, or one to a line. One for each connection.
class SyslogFramer {
 public:
  // False when the stream is no syslog (a message without end, a senseless count): close it.
  bool feed(std::string_view bytes, const std::function<void(std::string_view)>& take);

 private:
  std::string waiting_;
};

}  // namespace gatehouse::lodge::logon
