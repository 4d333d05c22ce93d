// The captive portal for guests without its sockets: requests in, answers out, sign-ins kept as intervals. Whoever is
// not signed in is led to the page; a voucher or a sponsor, not what a guest writes, says who it is. RFC 8908 tells
// devices the state. One thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "lodge/identity/portal/forms.h"
#include "lodge/identity/portal/guest_sessions.h"
#include "lodge/identity/portal/messages.h"
#include "lodge/identity/portal/settings.h"
#include "lodge/identity/portal/sponsor_desk.h"
#include "lodge/identity/portal/voucher.h"

namespace gatehouse::lodge::portal {

struct Counters {
  std::uint64_t requests = 0;
  std::uint64_t strangers = 0;      // not from a guest network
  std::uint64_t redirected = 0;
  std::uint64_t signed_in = 0;      // with a voucher
  std::uint64_t refused = 0;        // wrong, used up or expired voucher, policy not accepted
  std::uint64_t held_back = 0;      // too many wrong ones
  std::uint64_t malformed = 0;
};

class Portal {
 public:
  // `requests`: needed where settings.sponsors is on.
  Portal(Settings settings, VoucherKeeper& vouchers, SessionTimeline& timeline, SponsorKeeper* requests = nullptr);
  Portal(const Portal&) = delete;
  Portal& operator=(const Portal&) = delete;

  Response handle(const Request& request, Timestamp now);
  // The sponsors' own listener.
  Response handle_sponsor(const Request& request, Timestamp now);
  [[nodiscard]] const Login* session_of(const IpAddress& address, Timestamp now) const {
    return sessions_.session_of(address, now);
  }
  bool end(const IpAddress& address, Timestamp now) { return sessions_.end(address, now); }

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] SponsorCounters sponsor_counters() const { return desk_ ? desk_->counters() : SponsorCounters{}; }

 private:
  Response sign_in(const Request& request, Timestamp now);
  Response captive_state(const Request& request, Timestamp now) const;
  [[nodiscard]] Response form(int status, const std::string& problem) const;
  [[nodiscard]] Response welcome(const Login& session) const;
  [[nodiscard]] bool held_back(const IpAddress& from, Timestamp now);
  void note_wrong(const IpAddress& from, Timestamp now);
  void open(const Voucher& voucher, const std::string& called, const IpAddress& from, Timestamp now);

  Settings settings_;
  VoucherKeeper& vouchers_;
  GuestSessions sessions_;
  std::optional<SponsorDesk> desk_;
  Counters counters_;
  std::map<IpAddress, std::deque<Timestamp>> wrong_by_;
  std::deque<Timestamp> wrong_;
};

}  // namespace gatehouse::lodge::portal
