// Guests' sign-ins as intervals of the timeline: opened for a voucher or a sponsor's approval, found by address, ended.
// One thread.
#pragma once

#include <string>

#include "lodge/identity/portal/settings.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge::portal {

class GuestSessions {
 public:
  GuestSessions(const Settings& settings, SessionTimeline& timeline) : settings_(settings), timeline_(timeline) {}

  // The sign-in of this address that is on now; nullptr: none.
  [[nodiscard]] const Login* session_of(const IpAddress& address, Timestamp now) const;
  // Whether one of this address has ended since then.
  [[nodiscard]] bool ended_since(const IpAddress& address, Timestamp since, Timestamp now) const;
  // Ends it; false: there is no such sign-in.
  bool end(const IpAddress& address, Timestamp now);
  // The device that holds this address by its lease; zero: not known, more than one, or by packets that a guest could forge.
  [[nodiscard]] MacAddress device_at(const IpAddress& address, Timestamp now) const;

  struct Guest {
    std::string login;
    std::string sponsor;
    Timestamp until{};      // or after the longest that is configured, whichever is sooner
    std::string of;         // what it is signed in by, as a hash
    std::string evidence;
  };
  void open(Guest guest, const IpAddress& address, Timestamp now);

 private:
  const Settings& settings_;
  SessionTimeline& timeline_;
};

}  // namespace gatehouse::lodge::portal
