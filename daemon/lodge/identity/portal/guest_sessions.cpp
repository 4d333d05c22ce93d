#include "lodge/identity/portal/guest_sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace gatehouse::lodge::portal {

const Login* GuestSessions::session_of(const IpAddress& address, Timestamp now) const {
  for (const Login* one : timeline_.logins_at(address, now, now)) {
    if (one->source != "portal" || one->from > now || one->to <= now) continue;
    // The address may have passed to another device, which has not signed in.
    if (one->mac.is_zero() && address_passed_on(timeline_, *one, now)) continue;
    const auto leases = timeline_.leases_of(address, now, now);
    const bool other = !one->mac.is_zero() && std::any_of(leases.begin(), leases.end(),
                                                          [&](const Lease* lease) { return lease->mac != one->mac; });
    if (!other) return one;
  }
  return nullptr;
}

bool GuestSessions::ended_since(const IpAddress& address, Timestamp since, Timestamp now) const {
  const auto logins = timeline_.logins_at(address, since, now);
  return std::any_of(logins.begin(), logins.end(),
                     [&](const Login* one) { return one->source == "portal" && one->to > since && one->to <= now; });
}

bool GuestSessions::end(const IpAddress& address, Timestamp now) {
  const Login* session = session_of(address, now);
  if (!session) return false;
  Login ended = *session;
  ended.to = std::max(now, ended.from + Seconds{1});
  timeline_.put(std::move(ended));
  return true;
}

MacAddress GuestSessions::device_at(const IpAddress& address, Timestamp now) const {
  const auto leases = timeline_.leases_of(address, now, now);
  const bool one_holder = !leases.empty() && std::all_of(leases.begin(), leases.end(), [&](const Lease* lease) {
    return lease->mac == leases.front()->mac && lease->hearsay != Hearsay::Open;
  });
  return one_holder ? leases.front()->mac : MacAddress{};
}

void GuestSessions::open(Guest guest, const IpAddress& address, Timestamp now) {
  Login login;
  login.login = std::move(guest.login);
  login.group = settings_.group;
  login.sponsor = std::move(guest.sponsor);
  login.address = address;
  login.mac = device_at(address, now);
  login.from = now;
  login.to = std::min(guest.until, now + settings_.longest);
  login.source = "portal";
  login.session = fnv1a(guest.of);
  login.key = fnv1a(fmt::format("{} {}", address.to_string(), to_us(now)), login.session) | 1;
  login.evidence = std::move(guest.evidence);
  timeline_.put(std::move(login));
}

}  // namespace gatehouse::lodge::portal
