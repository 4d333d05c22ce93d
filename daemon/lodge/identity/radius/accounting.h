// The accounting server without its socket: datagrams in, answers out, sessions kept as intervals of the timeline.
// What it cannot trust it counts and does not answer; nothing a device puts into a name becomes a person unless the
// client says that its names are proved. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/hash.h"
#include "base/time.h"
#include "lodge/identity/groups.h"
#include "lodge/identity/radius/packet.h"
#include "lodge/identity/radius/record.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge::radius {

// A switch, controller, access point or proxy that may report.
struct Client {
  IpPrefix from;
  std::string name;    // as the configuration calls it
  std::string secret;
  // The server behind it answers with the inner, proved User-Name. Otherwise a device may write any name it
  // likes outside its tunnel, and no name from here is taken for a person.
  bool names_are_proved = false;
  bool must_sign = false;  // refuse what has no Message-Authenticator
};

struct Settings {
  std::vector<Client> clients;
  std::vector<std::string> own_realms;  // lower case
  HashKey pseudonyms;                   // makes the codes of visitors
  // How often clients send interim updates; zero: learned from each client.
  Seconds interim{0};
};

struct Counters {
  std::uint64_t received = 0;
  std::uint64_t accepted = 0;  // new and understood
  std::uint64_t duplicates = 0;
  std::uint64_t unknown_client = 0;
  std::uint64_t malformed = 0;
  std::uint64_t not_accounting = 0;
  std::uint64_t bad_authenticator = 0;
  std::uint64_t bad_message_authenticator = 0;
  std::uint64_t no_message_authenticator = 0;
  std::uint64_t without_session = 0;   // no Acct-Session-Id or status: answered, and nothing made of it
  std::uint64_t without_device = 0;    // neither a MAC address nor an address
  std::uint64_t names_refused = 0;     // no name, a machine's, or characters that are no name's
  std::uint64_t names_not_proved = 0;  // kept as visitors
};

class AccountingServer {
 public:
  // Both must outlive it. Goes on with the sessions that the timeline holds.
  AccountingServer(Settings settings, const GroupRules& groups, SessionTimeline& timeline);

  // A datagram from a client; what is to be sent back, or nothing.
  std::vector<std::uint8_t> handle(const IpAddress& from, std::uint16_t port, Bytes datagram, Timestamp now);

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }

 private:
  struct Session {
    IntervalKey login = 0;  // 0: no person
    std::vector<IntervalKey> leases;
    MacAddress mac;
    std::uint64_t nas = 0;
    Timestamp from{};
    Timestamp heard{};  // the latest report, by its own time
    bool ended = false;
    bool resumed = false;  // from before a restart: when it was last heard is not known
  };
  struct Answered {
    std::array<std::uint8_t, 16> authenticator{};
    Timestamp at{};
    std::vector<std::uint8_t> answer;
  };

  [[nodiscard]] const Client* client_of(const IpAddress& from) const;
  void count(Fault fault);
  void take(const Record& record, const Client& client);
  void open(const Record& record, const Client& client, std::uint64_t id);
  void report(const Record& record, const Client& client, std::uint64_t id, Session& session);
  void put_login(const Record& record, const Client& client, std::uint64_t id, Session& session);
  void put_leases(const Record& record, std::uint64_t id, Session& session);
  void end(Session& session, Timestamp to, Timestamp sure_until);
  void supersede(const Record& record, std::uint64_t id);
  void end_all_of(std::uint64_t nas, Timestamp at, bool restarted);
  [[nodiscard]] Timestamp believed_until(const Record& record) const;
  void forget_old(Timestamp now);

  Settings settings_;
  const GroupRules& groups_;
  SessionTimeline& timeline_;
  Counters counters_;
  std::unordered_map<std::uint64_t, Session> sessions_;
  std::unordered_map<MacAddress, std::vector<std::uint64_t>, ByteHash> sessions_of_;
  std::unordered_map<std::uint64_t, Seconds> interim_of_;    // by network device, learned
  std::unordered_map<std::uint64_t, Answered> answered_;     // by client, port and identifier
  std::deque<std::pair<Timestamp, std::uint64_t>> answered_order_;
  Timestamp swept_{};
};

}  // namespace gatehouse::lodge::radius
