// The three kinds of evidence: a lease ties an address to a device, a login ties a person to a device or an
// address, a seat says what is known of a device at all times. Plain data, filled by the sources.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/time.h"

namespace gatehouse::lodge {

// The end of an interval whose end is not known: it goes on, or its end was lost.
inline constexpr Timestamp kStillOpen = Timestamp::max();

// Which interval a source means when it speaks of it again (a renewal, a Stop, a correction): made of the
// source's own names for it. 0: the source never speaks of it again.
using IntervalKey = std::uint64_t;

// Evidence read from packets, which any device on the network could have sent. It never bears out a sign-in. Guarded: the
// college's switches let nobody but the servers speak so. Open: it says which device it was, and carries no sign-in and
// no group from the device to the address, so that nobody can put on another's name by a forged packet.
enum class Hearsay : std::uint8_t { No, Guarded, Open };

// A device (mac) held an address from `from` until just before `to`.
struct Lease {
  IpAddress address;
  MacAddress mac;
  Timestamp from{};
  Timestamp to = kStillOpen;
  std::string source;    // "dhcp", "radius", "static"
  std::string evidence;  // as the source gave it
  IntervalKey key = 0;
  std::uint64_t session = 0;  // the source's session it belongs to, for going on after a restart
  // Evidence reaches to here; between this and `to` it is only presumed, since the end was not reported.
  Timestamp sure_until = kStillOpen;
  bool whole_64 = false;  // IPv6: the device holds the /64 that `address` is the base of (RFC 3162)
  Hearsay hearsay = Hearsay::No;
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
  IntervalKey key = 0;
  std::uint64_t session = 0;
  Timestamp sure_until = kStillOpen;  // as of a lease
  std::string place = {};             // where the source saw it: access point or switch port by its room
  // Not empty: the name given proves nobody (eduroam's outer identity); this describes the visitor instead,
  // "a visitor of uni.example (code 3f9a2c)", and `login` is never shown.
  std::string visitor = {};
};

// What is known of a device at all times.
struct Seat {
  MacAddress mac;
  std::string name;
  std::string place;
  std::string owner;    // the login it is registered to; empty: nobody's
  bool shared = false;  // used by whoever sits down
  bool router = false;  // forwards others' packets: its MAC address says nothing of who sent them
};

}  // namespace gatehouse::lodge
