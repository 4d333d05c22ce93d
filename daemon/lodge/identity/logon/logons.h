// Logons of a directory and of logon scripts as intervals: who may report, which logons are people's, on which device
// or address, and how long one without an end is believed. One thread.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "lodge/identity/groups.h"
#include "lodge/identity/logon/source_clock.h"
#include "lodge/identity/logon/syslog.h"
#include "lodge/identity/logon/windows_events.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge::logon {

struct Settings {
  std::vector<IpPrefix> senders;  // of log messages; from others nothing is taken
  std::vector<Pattern> patterns;  // tried in order
  std::vector<std::string> ignore;  // logins that are no people: "svc-*", "backup"
  // A logon that a domain controller saw from an address has no end of its own; it is believed for so long after the
  // last one seen.
  Seconds believed{2 * 60 * 60};
  // How often the log of every computer is heard at least, by marks of its forwarder. Whoever is logged on to one that
  // has been silent for longer is not named for that time: the logoff can be waiting behind the silence. 0: not known.
  Seconds marks{0};
};

struct Counters {
  std::uint64_t received = 0;
  std::uint64_t unknown_sender = 0;
  std::uint64_t malformed = 0;     // no syslog
  std::uint64_t not_logons = 0;    // other messages
  std::uint64_t ignored = 0;       // machines, services, unlocking
  std::uint64_t unknown_place = 0;  // neither a computer that is known by name nor an address
  std::uint64_t logons = 0;
  std::uint64_t logoffs = 0;
  std::uint64_t unknown_logoffs = 0;
};

class Logons {
 public:
  Logons(Settings settings, const GroupRules& groups, SessionTimeline& timeline);

  // A log message from `sender`, that came at `arrived`.
  void take_message(const IpAddress& sender, std::string_view message, Timestamp arrived);
  [[nodiscard]] bool may_send(const IpAddress& sender) const;
  // A logon script on the machine at `address` says so. False: not a login that a person could have.
  bool take_script(Event event, const std::string& login, const IpAddress& address, Timestamp at);

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  [[nodiscard]] const Seat* seat_of(const std::string& computer) const;
  [[nodiscard]] bool is_person(const LogonEvent& event) const;
  void take(const LogonEvent& event, Timestamp at, const std::string& evidence);
  void at_computer(const LogonEvent& event, Timestamp at, const std::string& evidence);
  void at_address(const LogonEvent& event, const IpAddress& address, Timestamp at, const std::string& source,
                  Seconds believed, const std::string& evidence);
  void give_way(Login& login);
  void heard(const std::string& computer, Timestamp at);
  [[nodiscard]] Timestamp believed_at_computer(Timestamp heard) const;
  void end(const LogonEvent& event, Timestamp at);

  Settings settings_;
  const GroupRules& groups_;
  SessionTimeline& timeline_;
  SourceClocks clocks_;
  Counters counters_;
  // Where the latest interval of a computer's logon, or of a login at an address, stands: by a number made of both.
  std::unordered_map<std::uint64_t, IntervalKey> latest_;
};

}  // namespace gatehouse::lodge::logon
