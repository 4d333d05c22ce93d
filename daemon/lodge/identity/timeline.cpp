#include "lodge/identity/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/text.h"

namespace gatehouse::lodge {
namespace {

template <typename Key, typename Value>
std::vector<const Value*> collect(const IntervalLists<Key, ByteHash>& lists, const std::deque<Value>& values,
                                  const Key& key, Timestamp from, Timestamp to) {
  std::vector<const Value*> found;
  lists.overlapping(key, from, to, [&](std::uint32_t what) { found.push_back(&values[what]); });
  std::reverse(found.begin(), found.end());
  return found;
}

// The base of the /64 that an IPv6 address is in.
IpAddress base_64(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes = address.bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return IpAddress::v6(bytes);
}

std::optional<IpAddress> address_of(const Lease& lease) {
  return lease.whole_64 ? std::nullopt : std::optional(lease.address);
}
std::optional<IpAddress> address_of(const Login& login) { return login.address; }
std::string login_of(const Lease&) { return {}; }
std::string login_of(const Login& login) { return to_lower(login.login); }

bool same_holder(const Lease& a, const Lease& b) { return a.address == b.address && a.mac == b.mac; }
bool same_holder(const Login& a, const Login& b) {
  return a.login == b.login && a.group == b.group && a.mac == b.mac && a.address == b.address &&
         a.sponsor == b.sponsor && a.visitor == b.visitor && a.place == b.place;
}

template <typename Interval>
TimelineChange change_of(const Interval& one, Timestamp from, Timestamp to) {
  return {address_of(one), one.mac, login_of(one), from, to, one.key, std::is_same_v<Interval, Lease>};
}

}  // namespace

std::size_t ByteHash::operator()(const IpAddress& address) const noexcept {
  return siphash13(HashKey{}, Bytes(address.bytes()));
}
std::size_t ByteHash::operator()(const MacAddress& mac) const noexcept {
  return siphash13(HashKey{}, Bytes(mac.bytes));
}
std::size_t ByteHash::operator()(const std::string& text) const noexcept {
  return siphash13(HashKey{}, as_bytes(text));
}

void SessionTimeline::index(const Lease& lease, std::uint32_t slot) {
  leases_by_address_.add(lease.address, lease.from, lease.to, slot);
  leases_by_mac_.add(lease.mac, lease.from, lease.to, slot);
}
void SessionTimeline::unindex(const Lease& lease, std::uint32_t slot) {
  leases_by_address_.remove(lease.address, lease.from, slot);
  leases_by_mac_.remove(lease.mac, lease.from, slot);
}
void SessionTimeline::index(const Login& login, std::uint32_t slot) {
  if (!login.mac.is_zero()) logins_by_mac_.add(login.mac, login.from, login.to, slot);
  if (login.address) logins_by_address_.add(*login.address, login.from, login.to, slot);
  logins_by_name_.add(to_lower(login.login), login.from, login.to, slot);
}
void SessionTimeline::unindex(const Login& login, std::uint32_t slot) {
  if (!login.mac.is_zero()) logins_by_mac_.remove(login.mac, login.from, slot);
  if (login.address) logins_by_address_.remove(*login.address, login.from, slot);
  logins_by_name_.remove(to_lower(login.login), login.from, slot);
}

template <typename Interval>
bool SessionTimeline::put_interval(std::deque<Interval>& all,
                                   std::unordered_map<IntervalKey, std::uint32_t>& by_key, Interval interval) {
  if (interval.to <= interval.from) return false;
  if (interval.key != 0) {
    if (const auto found = by_key.find(interval.key); found != by_key.end()) {
      Interval& old = all[found->second];
      const bool same = same_holder(old, interval) && old.from == interval.from;
      if (remember_) {
        // Where the start and the holder stay, only what lies between the old end and the new one differs.
        const Timestamp from = same ? std::min({old.to, interval.to, old.sure_until, interval.sure_until})
                                    : std::min(old.from, interval.from);
        const Timestamp to = std::max(old.to, interval.to);
        if (!same) changes_.push_back(change_of(old, from, to));
        changes_.push_back(change_of(interval, from, to));
      }
      unindex(old, found->second);
      old = std::move(interval);
      index(old, found->second);
      return true;
    }
    by_key.emplace(interval.key, static_cast<std::uint32_t>(all.size()));
  }
  const auto slot = static_cast<std::uint32_t>(all.size());
  if (remember_) changes_.push_back(change_of(interval, interval.from, interval.to));
  all.push_back(std::move(interval));
  index(all.back(), slot);
  return true;
}

bool SessionTimeline::put(Lease lease) { return put_interval(leases_, leases_by_key_, std::move(lease)); }

bool SessionTimeline::put(Login login) {
  if (login.mac.is_zero() && !login.address) return false;
  return put_interval(logins_, logins_by_key_, std::move(login));
}

void SessionTimeline::put(Seat seat) {
  if (!seat.name.empty()) seats_by_name_[to_lower(seat.name)] = seat.mac;
  const auto at = std::lower_bound(seats_.begin(), seats_.end(), seat,
                                   [](const Seat& a, const Seat& b) { return a.mac < b.mac; });
  if (at != seats_.end() && at->mac == seat.mac) {
    *at = std::move(seat);
  } else {
    seats_.insert(at, std::move(seat));
  }
}

const Lease* SessionTimeline::lease(IntervalKey key) const {
  const auto found = leases_by_key_.find(key);
  return found == leases_by_key_.end() ? nullptr : &leases_[found->second];
}
const Login* SessionTimeline::login(IntervalKey key) const {
  const auto found = logins_by_key_.find(key);
  return found == logins_by_key_.end() ? nullptr : &logins_[found->second];
}

void SessionTimeline::describe(const MacAddress& device, std::string host_name, std::string vendor) {
  std::string words;
  if (!host_name.empty()) words = fmt::format("calls itself {}", host_name);
  const std::string maker = device.is_random() ? "random address" : std::move(vendor);
  if (!maker.empty()) words += words.empty() ? maker : fmt::format(" ({})", maker);
  if (!words.empty()) descriptions_[device] = std::move(words);
}

std::string SessionTimeline::description(const MacAddress& device) const {
  const auto found = descriptions_.find(device);
  return found == descriptions_.end() ? std::string() : found->second;
}

const Seat* SessionTimeline::seat(const MacAddress& device) const {
  const auto found = std::lower_bound(seats_.begin(), seats_.end(), device,
                                      [](const Seat& seat, const MacAddress& mac) { return seat.mac < mac; });
  return found != seats_.end() && found->mac == device ? &*found : nullptr;
}

const Seat* SessionTimeline::seat_named(const std::string& name) const {
  const auto found = seats_by_name_.find(to_lower(name));
  const Seat* seat_found = found == seats_by_name_.end() ? nullptr : seat(found->second);
  return seat_found && equals_ignoring_case(seat_found->name, name) ? seat_found : nullptr;
}

std::vector<const Lease*> SessionTimeline::leases_of(const IpAddress& address, Timestamp from,
                                                     Timestamp to) const {
  auto found = collect(leases_by_address_, leases_, address, from, to);
  if (address.is_v4()) return found;
  std::erase_if(found, [](const Lease* one) { return one->whole_64; });
  auto wide = collect(leases_by_address_, leases_, base_64(address), from, to);
  std::erase_if(wide, [](const Lease* one) { return !one->whole_64; });
  if (wide.empty()) return found;
  found.insert(found.end(), wide.begin(), wide.end());
  std::stable_sort(found.begin(), found.end(), [](const Lease* a, const Lease* b) { return a->from < b->from; });
  return found;
}

std::vector<const Lease*> SessionTimeline::leases_held_by(const MacAddress& device, Timestamp from,
                                                          Timestamp to) const {
  return collect(leases_by_mac_, leases_, device, from, to);
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
    // Only an address is known: the device that leased it, so that two sources on one device count once. Not by packets
    // that any device can send: nobody is to make one device of many.
    auto leases = leases_of(*one.address, at, at);
    std::erase_if(leases, [](const Lease* lease) { return lease->hearsay == Hearsay::Open; });
    if (!leases.empty()) {
      devices.insert(leases.back()->mac);
    } else {
      addresses.insert(*one.address);
    }
  });
  return devices.size() + addresses.size();
}

std::vector<IpAddress> SessionTimeline::addresses_at(Timestamp at) const {
  std::vector<IpAddress> found;
  leases_by_address_.keys_at(at, [&](const IpAddress& address) { found.push_back(address); });
  logins_by_address_.keys_at(at, [&](const IpAddress& address) { found.push_back(address); });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

template <typename OldLease, typename OldLogin>
SessionTimeline::Forgotten SessionTimeline::forget_where(OldLease old_lease, OldLogin old_login) {
  Forgotten gone{static_cast<std::size_t>(std::count_if(leases_.begin(), leases_.end(), old_lease)),
                 static_cast<std::size_t>(std::count_if(logins_.begin(), logins_.end(), old_login))};
  if (gone.leases + gone.logins == 0) return gone;
  SessionTimeline rest;
  for (auto& one : leases_) {
    if (!old_lease(one)) rest.put(std::move(one));
  }
  for (auto& one : logins_) {
    if (!old_login(one)) rest.put(std::move(one));
  }
  rest.seats_ = std::move(seats_);
  rest.seats_by_name_ = std::move(seats_by_name_);
  rest.places_ = std::move(places_);
  for (auto& [mac, words] : descriptions_) {
    const bool used = !rest.leases_held_by(mac, Timestamp::min(), kStillOpen).empty();
    if (used) rest.descriptions_.emplace(mac, std::move(words));
  }
  rest.remember_ = remember_;
  rest.changes_ = std::move(changes_);
  *this = std::move(rest);
  return gone;
}

SessionTimeline::Forgotten SessionTimeline::forget(Timestamp before) {
  // What the end of a lost interval is presumed to be does not keep it for ever.
  const auto old = [&](const auto& one) { return (one.to == kStillOpen ? one.sure_until : one.to) < before; };
  return forget_where(old, old);
}

void SessionTimeline::take_over(SessionTimeline file) {
  const auto from_file = [](const auto& one) { return one.session == kFromFile; };
  forget_where(from_file, from_file);
  seats_ = std::move(file.seats_);
  seats_by_name_ = std::move(file.seats_by_name_);
  places_ = std::move(file.places_);
  for (Lease& lease : file.leases_) put(std::move(lease));
  for (Login& login : file.logins_) put(std::move(login));
}

}  // namespace gatehouse::lodge
