// Identity over time: which device held an address, who was signed in on a device, what is known of the
// device. Sources put intervals in while the lodge runs, and correct them when better evidence comes; `who`
// answers for now and for the past. One thread. README.md in this folder says how grades come about.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lodge/identity/attribution.h"
#include "lodge/identity/interval_lists.h"
#include "lodge/identity/intervals.h"
#include "lodge/identity/places.h"

namespace gatehouse::lodge {

// Both ends of a hand-over of an address are doubtful for this long: clocks of sources differ, and a device
// can go on with an address that its server has just given away (requirements M2).
inline constexpr Seconds kLeaseGrace{30};
// A second login on a device within this time makes it unclear who sat there.
inline constexpr Seconds kSharedWindow{60 * 60};
// A sign-in without an end is believed this long: nobody stays signed in for longer than a college day.
inline constexpr Seconds kOpenLoginTrusted{12 * 60 * 60};
// Phone, laptop and a college PC are usual; more at once looks like a shared password (E8).
inline constexpr std::size_t kUsualDevicesOfOneLogin = 3;

// What became different by a put(): whom and when it concerns. Stored attempts of that address, device or login
// in that time have to be asked for again; the interval itself has to be saved.
struct TimelineChange {
  std::optional<IpAddress> address;
  MacAddress mac;
  std::string login;
  Timestamp from{};
  Timestamp to{};
  IntervalKey key = 0;  // of the interval; 0: it has none and need not be saved
  bool is_lease = false;
};

// `session` of intervals that the sessions file holds; they are not saved, since the file is read again.
inline constexpr std::uint64_t kFromFile = 1;

struct ByteHash {
  std::size_t operator()(const IpAddress& address) const noexcept;
  std::size_t operator()(const MacAddress& mac) const noexcept;
  std::size_t operator()(const std::string& text) const noexcept;
};

class SessionTimeline {
 public:
  SessionTimeline() = default;  // empty: every answer is grade D

  // Adds an interval, or replaces the one that has the same key. An interval that ends before it begins is a
  // source's mistake and is left out; false then, and for a login on nothing.
  bool put(Lease lease);
  bool put(Login login);
  void put(Seat seat);  // of two for one device the later one counts
  // The interval with this key; nullptr: none. Valid until the next put or forget.
  [[nodiscard]] const Lease* lease(IntervalKey key) const;
  [[nodiscard]] const Login* login(IntervalKey key) const;

  // What a device says of itself (DHCP host name), and its maker. A label for people, never evidence.
  void describe(const MacAddress& device, std::string host_name, std::string vendor);
  [[nodiscard]] std::string description(const MacAddress& device) const;

  [[nodiscard]] const Seat* seat(const MacAddress& device) const;
  [[nodiscard]] const Seat* seat_named(const std::string& name) const;  // in any case of letters
  // Intervals that share a moment with [from, to], oldest first.
  [[nodiscard]] std::vector<const Lease*> leases_of(const IpAddress& address, Timestamp from, Timestamp to) const;
  [[nodiscard]] std::vector<const Lease*> leases_held_by(const MacAddress& device, Timestamp from, Timestamp to) const;
  [[nodiscard]] std::vector<const Login*> logins_on(const MacAddress& device, Timestamp from, Timestamp to) const;
  [[nodiscard]] std::vector<const Login*> logins_at(const IpAddress& address, Timestamp from, Timestamp to) const;
  // On how many devices (or addresses without a device) this login was signed in at that moment.
  [[nodiscard]] std::size_t devices_of_login(const std::string& login, Timestamp at) const;
  // Every address that had a lease or a sign-in of its own at that moment.
  [[nodiscard]] std::vector<IpAddress> addresses_at(Timestamp at) const;

  [[nodiscard]] const std::deque<Lease>& leases() const { return leases_; }
  [[nodiscard]] const std::deque<Login>& logins() const { return logins_; }
  [[nodiscard]] const std::vector<Seat>& seats() const { return seats_; }
  // Rooms and seats by network, address and switch port.
  Places& places() { return places_; }
  [[nodiscard]] const Places& places() const { return places_; }

  // Changes are remembered only for someone who takes them.
  void remember_changes(bool yes) { remember_ = yes; }
  [[nodiscard]] std::vector<TimelineChange> take_changes() { return std::exchange(changes_, {}); }

  struct Forgotten {
    std::size_t leases = 0;
    std::size_t logins = 0;
  };
  // Retention: deletes what had ended before `before`. Builds the rest anew; take the changes first.
  Forgotten forget(Timestamp before);
  // Puts what a sessions file says in the place of what it said before.
  void take_over(SessionTimeline file);

 private:
  void index(const Lease& lease, std::uint32_t slot);
  void unindex(const Lease& lease, std::uint32_t slot);
  void index(const Login& login, std::uint32_t slot);
  void unindex(const Login& login, std::uint32_t slot);
  template <typename OldLease, typename OldLogin>
  Forgotten forget_where(OldLease old_lease, OldLogin old_login);
  template <typename Interval>
  bool put_interval(std::deque<Interval>& all, std::unordered_map<IntervalKey, std::uint32_t>& by_key,
                    Interval interval);

  std::deque<Lease> leases_;
  std::deque<Login> logins_;
  std::vector<Seat> seats_;  // sorted by mac
  std::unordered_map<std::string, MacAddress> seats_by_name_;
  std::unordered_map<MacAddress, std::string, ByteHash> descriptions_;
  std::unordered_map<IntervalKey, std::uint32_t> leases_by_key_;
  std::unordered_map<IntervalKey, std::uint32_t> logins_by_key_;
  IntervalLists<IpAddress, ByteHash> leases_by_address_;
  IntervalLists<MacAddress, ByteHash> leases_by_mac_;
  IntervalLists<MacAddress, ByteHash> logins_by_mac_;
  IntervalLists<IpAddress, ByteHash> logins_by_address_;
  IntervalLists<std::string, ByteHash> logins_by_name_;
  Places places_;
  bool remember_ = false;
  std::vector<TimelineChange> changes_;
};

// For those who put a whole timeline together at once.
class TimelineBuilder {
 public:
  void add(Lease lease) { timeline_.put(std::move(lease)); }
  void add(Login login) { timeline_.put(std::move(login)); }
  void add(Seat seat) { timeline_.put(std::move(seat)); }
  [[nodiscard]] SessionTimeline build() && { return std::move(timeline_); }
  SessionTimeline& timeline() { return timeline_; }

 private:
  SessionTimeline timeline_;
};

// Who held `address` at `at`. `seen` is the MAC address that the gate saw in the packets; zero when it saw
// none.
Attribution who(const SessionTimeline& timeline, const IpAddress& address, const MacAddress& seen,
                Timestamp at);

// The group that everybody belongs to who can have been signed in at this address then; empty when that is
// nobody or more than one group. Names are not needed for it, so a grade C can have one.
std::string group_at(const SessionTimeline& timeline, const IpAddress& address, Timestamp at);

// Whether the address of a sign-in that is known by its address alone is at `at` another device's than when it began.
bool address_passed_on(const SessionTimeline& timeline, const Login& one, Timestamp at);

// True for an outer identity of eduroam ("anonymous@realm", "@realm"): it names nobody (RFC 7593 section 5).
bool is_anonymous_login(std::string_view login) noexcept;

}  // namespace gatehouse::lodge
