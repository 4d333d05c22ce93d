#include "lodge/seen_leases.h"

#include <algorithm>

namespace gatehouse::lodge {
namespace {

// Whoever holds a lease is heard again at half its time. One that is said to last longer than this, or for ever (RFC 2131
// section 3.3), would be kept as long: a forged one beyond all retention.
constexpr Seconds kLongest{std::chrono::hours{24 * 30}};

}  // namespace

// One book for all servers: those that stand in for each other give the same addresses.
SeenLeases::SeenLeases(const policy::DhcpSeenSettings& settings, const Vendors& vendors, SessionTimeline& timeline)
    : settings_(settings),
      book_("a server that the gate heard", settings.guarded ? Hearsay::Guarded : Hearsay::Open, vendors, timeline) {}

void SeenLeases::take(const journal::Event& event) {
  const journal::DhcpLease& lease = event.dhcp;
  bool taken = false;
  if (lease.reply && lease.type == "ack") {
    taken = take_reply(event);
    counters_.leases += taken ? 1 : 0;
  } else if (!lease.reply && (lease.type == "release" || lease.type == "decline")) {
    taken = take_end(event, lease.type == "release" ? lease.client_ip : lease.requested_ip);
    counters_.ended += taken ? 1 : 0;
  }
  counters_.not_taken += taken ? 0 : 1;
}

bool SeenLeases::take_reply(const journal::Event& event) {
  const journal::DhcpLease& lease = event.dhcp;
  if (!settings_.is_server(event.src_ip) || !settings_.covers(lease.assigned_ip)) return false;
  if (lease.assigned_ip == IpAddress{}) return false;
  if (lease.client_mac.is_zero() || lease.lease_time == 0) return false;
  dhcp::FileLease one;
  one.address = lease.assigned_ip;
  one.mac = lease.client_mac;
  one.from = event.at;
  one.to = event.at + std::min(Seconds{lease.lease_time}, kLongest);
  one.host_name = lease.host_name;
  book_.take(one, event.at);
  return true;
}

// The client's own word: it ends its own lease and nobody else's.
bool SeenLeases::take_end(const journal::Event& event, const IpAddress& address) {
  if (address == IpAddress{} || !settings_.covers(address) || event.dhcp.client_mac.is_zero()) return false;
  dhcp::FileLease one;
  one.address = address;
  one.mac = event.dhcp.client_mac;
  one.from = event.at;
  one.to = event.at;
  one.held = false;
  book_.take(one, event.at);
  return true;
}

}  // namespace gatehouse::lodge
