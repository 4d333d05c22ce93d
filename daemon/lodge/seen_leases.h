// Leases out of the journal's `dhcp` events: what the gate saw a DHCP server give, as evidence that anybody on the
// network could have forged (hearsay). Used by the live lodge and by replay; one thread.
#pragma once

#include "gate/policy/settings.h"
#include "journal/event.h"
#include "lodge/identity/dhcp/lease_book.h"

namespace gatehouse::lodge {

class SeenLeases {
 public:
  struct Counters {
    std::uint64_t leases = 0;     // given or renewed
    std::uint64_t ended = 0;      // given back, or found in use by another device
    std::uint64_t not_taken = 0;  // not from a named server, not of a named network, or not whole
  };

  // All references must outlive it. Goes on with the leases that the timeline holds from it.
  SeenLeases(const policy::DhcpSeenSettings& settings, const Vendors& vendors, SessionTimeline& timeline);

  void take(const journal::Event& event);
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  [[nodiscard]] bool take_reply(const journal::Event& event);
  [[nodiscard]] bool take_end(const journal::Event& event, const IpAddress& address);

  const policy::DhcpSeenSettings& settings_;
  dhcp::LeaseBook book_;
  Counters counters_;
};

}  // namespace gatehouse::lodge
