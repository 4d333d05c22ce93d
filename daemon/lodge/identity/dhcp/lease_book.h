// Intervals out of what a DHCP server says again and again: the same device renewing is one lease, another device on
// the address ends the one before. One book for each server. One thread.
#pragma once

#include <string>
#include <unordered_map>

#include "lodge/identity/dhcp/lease_files.h"
#include "lodge/identity/timeline.h"
#include "lodge/identity/vendors.h"

namespace gatehouse::lodge::dhcp {

class LeaseBook {
 public:
  // `name` tells this server from others; it stands in the evidence. Goes on with the leases that the timeline
  // holds from it. All references must outlive it.
  LeaseBook(std::string name, Hearsay hearsay, const Vendors& vendors, SessionTimeline& timeline);

  // A lease file as it was written at `written`.
  void take(const LeaseFile& file, Timestamp written);
  // One lease that was given, renewed or given back at `at`.
  void take(const FileLease& lease, Timestamp at);

 private:
  struct Current {
    IntervalKey key = 0;
    Timestamp renewed{};  // by its server's word; what an appended file says of before is old
  };
  void end(const IpAddress& address, Timestamp at);
  void begin(const FileLease& one, Timestamp renewed);

  std::string name_;
  std::uint64_t session_;
  Hearsay hearsay_;
  const Vendors& vendors_;
  SessionTimeline& timeline_;
  std::unordered_map<IpAddress, Current, ByteHash> current_;
};

}  // namespace gatehouse::lodge::dhcp
