// Identity over time: which device held an address, who was signed in on a device, what is known of the
// device. Sources feed a TimelineBuilder; build() gives a SessionTimeline, which never changes afterwards and
// can be read by any number of threads. README.md in this folder says how grades come about.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "lodge/identity/attribution.h"
#include "lodge/identity/interval_index.h"

namespace gatehouse::lodge {

// The end of an interval whose end is not known: it goes on, or its end was lost.
inline constexpr Timestamp kStillOpen = Timestamp::max();

// Both ends of a hand-over of an address are doubtful for this long: clocks of sources differ, and a device
// can go on with an address that its server has just given away (requirements M2).
inline constexpr Seconds kLeaseGrace{30};
// A second login on a device within this time makes it unclear who sat there.
inline constexpr Seconds kSharedWindow{60 * 60};
// A sign-in without an end is believed this long: nobody stays signed in for longer than a college day.
inline constexpr Seconds kOpenLoginTrusted{12 * 60 * 60};
// Phone, laptop and a college PC are usual; more at once looks like a shared password (E8).
inline constexpr std::size_t kUsualDevicesOfOneLogin = 3;

// A device (mac) held an address from `from` until just before `to`.
struct Lease {
  IpAddress address;
  MacAddress mac;
  Timestamp from{};
  Timestamp to = kStillOpen;
  std::string source;    // "dhcp", "radius", "static"
  std::string evidence;  // as the source gave it
};

// A person was signed in, on a device or an address or both.
struct Login {
  std::string login;
  std::string group;
  std::string sponsor;               // of a guest
  MacAddress mac;                    // zero: the source knows only the address
  std::optional<IpAddress> address;  // nullopt: the source knows only the device
  Timestamp from{};
  Timestamp to = kStillOpen;
  std::string source;  // "radius", "directory", "portal"
  std::string evidence;
};

// What is known of a device at all times.
struct Seat {
  MacAddress mac;
  std::string name;
  std::string place;
  std::string owner;    // the login it is registered to; empty: nobody's
  bool shared = false;  // used by whoever sits down
};

class SessionTimeline {
 public:
  SessionTimeline() = default;  // empty: every answer is grade D

  [[nodiscard]] const Seat* seat(const MacAddress& device) const;
  // Intervals that share a moment with [from, to], oldest first.
  [[nodiscard]] std::vector<const Lease*> leases_of(const IpAddress& address, Timestamp from,
                                                    Timestamp to) const;
  [[nodiscard]] std::vector<const Login*> logins_on(const MacAddress& device, Timestamp from,
                                                    Timestamp to) const;
  [[nodiscard]] std::vector<const Login*> logins_at(const IpAddress& address, Timestamp from,
                                                    Timestamp to) const;
  // On how many devices (or addresses without a device) this login was signed in at that moment.
  [[nodiscard]] std::size_t devices_of_login(const std::string& login, Timestamp at) const;

  [[nodiscard]] std::span<const Lease> leases() const { return leases_; }
  [[nodiscard]] std::span<const Login> logins() const { return logins_; }
  [[nodiscard]] std::span<const Seat> seats() const { return seats_; }

 private:
  friend class TimelineBuilder;
  std::vector<Lease> leases_;
  std::vector<Login> logins_;
  std::vector<Seat> seats_;  // sorted by mac
  IntervalIndex<IpAddress> leases_by_address_;
  IntervalIndex<MacAddress> logins_by_mac_;
  IntervalIndex<IpAddress> logins_by_address_;
  IntervalIndex<std::string> logins_by_name_;
};

class TimelineBuilder {
 public:
  void add(Lease lease) { leases_.push_back(std::move(lease)); }
  void add(Login login) { logins_.push_back(std::move(login)); }
  void add(Seat seat) { seats_.push_back(std::move(seat)); }  // of two for one device the later one counts
  [[nodiscard]] SessionTimeline build() &&;

 private:
  std::vector<Lease> leases_;
  std::vector<Login> logins_;
  std::vector<Seat> seats_;
};

// Who held `address` at `at`. `seen` is the MAC address that the gate saw in the packets; zero when it saw
// none.
Attribution who(const SessionTimeline& timeline, const IpAddress& address, const MacAddress& seen,
                Timestamp at);

// True for an outer identity of eduroam ("anonymous@realm", "@realm"): it names nobody (RFC 7593 section 5).
bool is_anonymous_login(std::string_view login) noexcept;

}  // namespace gatehouse::lodge
