#include "lodge/identity/timeline.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

template <typename Key, typename Value>
std::vector<const Value*> collect(const IntervalIndex<Key>& index, const std::vector<Value>& values,
                                  const Key& key, Timestamp from, Timestamp to) {
  std::vector<const Value*> found;
  index.overlapping(key, from, to, [&](std::uint32_t what) { found.push_back(&values[what]); });
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace

const Seat* SessionTimeline::seat(const MacAddress& device) const {
  const auto found = std::lower_bound(seats_.begin(), seats_.end(), device,
                                      [](const Seat& seat, const MacAddress& mac) { return seat.mac < mac; });
  return found != seats_.end() && found->mac == device ? &*found : nullptr;
}

std::vector<const Lease*> SessionTimeline::leases_of(const IpAddress& address, Timestamp from,
                                                     Timestamp to) const {
  return collect(leases_by_address_, leases_, address, from, to);
}

std::vector<const Login*> SessionTimeline::logins_on(const MacAddress& device, Timestamp from,
                                                     Timestamp to) const {
  return collect(logins_by_mac_, logins_, device, from, to);
}

std::vector<const Login*> SessionTimeline::logins_at(const IpAddress& address, Timestamp from,
                                                     Timestamp to) const {
  return collect(logins_by_address_, logins_, address, from, to);
}

std::size_t SessionTimeline::devices_of_login(const std::string& login, Timestamp at) const {
  std::set<MacAddress> devices;
  std::set<IpAddress> addresses;
  logins_by_name_.overlapping(to_lower(login), at, at, [&](std::uint32_t what) {
    const Login& one = logins_[what];
    if (!one.mac.is_zero()) {
      devices.insert(one.mac);
      return;
    }
    // Only an address is known: the device that leased it, so that two sources on one device count once.
    const auto leases = leases_of(*one.address, at, at);
    if (!leases.empty()) {
      devices.insert(leases.back()->mac);
    } else {
      addresses.insert(*one.address);
    }
  });
  return devices.size() + addresses.size();
}

SessionTimeline TimelineBuilder::build() && {
  SessionTimeline timeline;
  timeline.leases_ = std::move(leases_);
  timeline.logins_ = std::move(logins_);
  // A login on nothing cannot be asked for; sources refuse it earlier and say so.
  std::erase_if(timeline.logins_, [](const Login& one) { return one.mac.is_zero() && !one.address; });
  for (std::size_t i = 0; i < timeline.leases_.size(); ++i) {
    const Lease& lease = timeline.leases_[i];
    timeline.leases_by_address_.add(lease.address, lease.from, lease.to, i);
  }
  for (std::size_t i = 0; i < timeline.logins_.size(); ++i) {
    const Login& one = timeline.logins_[i];
    if (!one.mac.is_zero()) timeline.logins_by_mac_.add(one.mac, one.from, one.to, i);
    if (one.address) timeline.logins_by_address_.add(*one.address, one.from, one.to, i);
    timeline.logins_by_name_.add(to_lower(one.login), one.from, one.to, i);
  }
  timeline.leases_by_address_.finish();
  timeline.logins_by_mac_.finish();
  timeline.logins_by_address_.finish();
  timeline.logins_by_name_.finish();

  std::stable_sort(seats_.begin(), seats_.end(), [](const Seat& a, const Seat& b) { return a.mac < b.mac; });
  for (auto& seat : seats_) {
    if (!timeline.seats_.empty() && timeline.seats_.back().mac == seat.mac) {
      timeline.seats_.back() = std::move(seat);
    } else {
      timeline.seats_.push_back(std::move(seat));
    }
  }
  return timeline;
}

}  // namespace gatehouse::lodge
