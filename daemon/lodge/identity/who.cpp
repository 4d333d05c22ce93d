// The join at event time: first which device held the address, then who was signed in on it, then how far the
// sources agree. Whatever is in doubt ends the walk with grade C or D and no login.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/london.h"
#include "base/text.h"
#include "lodge/identity/timeline.h"

namespace gatehouse::lodge {
namespace {

constexpr const char* kOnlyPackets = "Only DHCP packets, which any device can send, tie this address to the device.";

struct DeviceFound {
  MacAddress mac;                // zero: not known
  const Lease* lease = nullptr;  // the lease that ties the address to `mac`
  std::string doubt;             // why it cannot be said which device it was; empty when it can
  std::vector<std::string> said_by = {};  // the sources of leases that tie the address to it and bear witness
  bool overheard = false;        // it is known by nothing but DHCP packets that the gate saw
  bool forgeable = false;        // and any device could have sent them
};

// Evidence of an interval reaches to here. What is said of it afterwards is only presumed.
Timestamp evidence_end(const Lease& lease) { return std::min(lease.to, lease.sure_until); }
Timestamp evidence_end(const Login& login) {
  const Timestamp trusted = login.to == kStillOpen ? login.from + kOpenLoginTrusted : login.to;
  return std::min(trusted, login.sure_until);
}

// The lease that was in force; of several the one that began last, since servers forget to end the old one. What
// anybody could have forged counts only where there is no other.
const Lease* lease_in_force(const std::vector<const Lease*>& leases, Timestamp at) {
  const Lease* forgeable = nullptr;
  for (auto one = leases.rbegin(); one != leases.rend(); ++one) {
    if ((*one)->from > at || (*one)->to <= at) continue;
    if ((*one)->hearsay != Hearsay::Open) return *one;
    if (!forgeable) forgeable = *one;
  }
  return forgeable;
}

std::size_t holders_in_force(const std::vector<const Lease*>& leases, Timestamp at) {
  std::set<MacAddress> holders;
  for (const Lease* one : leases) {
    if (one->from <= at && one->to > at) holders.insert(one->mac);
  }
  return holders.size();
}

std::vector<std::string> witnesses(const std::vector<const Lease*>& leases, const MacAddress& holder, Timestamp at) {
  std::vector<std::string> sources;
  for (const Lease* one : leases) {
    if (one->mac == holder && one->from <= at && evidence_end(*one) > at && one->hearsay == Hearsay::No) sources.push_back(one->source);
  }
  return sources;
}

// Leases near `at`. One whose end was lost gives way to those that are sure.
std::vector<const Lease*> leases_near(const SessionTimeline& timeline, const IpAddress& address, Timestamp at) {
  auto near = timeline.leases_of(address, at - kLeaseGrace, at + kLeaseGrace);
  const auto presumed = [&](const Lease* one) { return evidence_end(*one) <= at - kLeaseGrace; };
  if (!std::all_of(near.begin(), near.end(), presumed)) std::erase_if(near, presumed);
  return near;
}

DeviceFound find_device(const SessionTimeline& timeline, const IpAddress& address, const MacAddress& seen,
                        Timestamp at, Attribution& out) {
  const auto near = leases_near(timeline, address, at);
  for (const Lease* one : near) out.evidence.push_back(one->evidence);
  const Lease* lease = lease_in_force(near, at);

  if (!seen.is_zero()) {
    if (!lease || lease->mac == seen) return {seen, lease, {}, witnesses(near, seen, at)};
    return {
        seen, nullptr,
        fmt::format("The {} lease gives this address to another device than the one whose packets were seen.",
                    lease->source)};
  }
  if (!lease) {
    if (near.empty()) return {};
    return {{}, nullptr, "The lease of this address had just ended or was just about to begin."};
  }
  if (holders_in_force(near, at) > 1) {
    return {{}, nullptr, "Two devices held a lease of this address at that time."};
  }
  const bool handed_over =
      std::any_of(near.begin(), near.end(), [&](const Lease* o) { return o->mac != lease->mac; });
  if (handed_over) {
    return {{},
            nullptr,
            fmt::format("The address passed from one device to another within {} seconds of this.",
                        kLeaseGrace.count())};
  }
  if (evidence_end(*lease) <= at) {
    return {{}, nullptr, "The device that held this address had not been heard of for too long."};
  }
  DeviceFound found{lease->mac, lease, {}, witnesses(near, lease->mac, at)};
  found.overheard = lease->hearsay != Hearsay::No && found.said_by.empty();
  found.forgeable = found.overheard && lease->hearsay == Hearsay::Open;
  return found;
}

// A sign-in that is known by its address alone holds only while the same device has that address. Once another one was
// given it, no packet that says otherwise brings the sign-in back.
bool address_passed_on(const SessionTimeline& timeline, const Login& one, const DeviceFound& device, Timestamp at) {
  if (device.overheard) {
    const auto since = timeline.leases_of(*one.address, one.from, at);
    if (std::any_of(since.begin(), since.end(), [&](const Lease* other) {
          return other->mac != device.mac && other->from > one.from + kLeaseGrace && other->from <= at;
        })) {
      return true;
    }
  }
  if (device.lease && device.lease->from <= one.from + kLeaseGrace) return false;
  const Lease* then = lease_in_force(timeline.leases_of(*one.address, one.from, one.from), one.from);
  if (then) return then->mac != device.mac;
  return device.lease !=
         nullptr;  // this lease began after the sign-in; who held the address then is not known
}

struct LoginsFound {
  std::vector<const Login*> at_that_time;
  std::vector<const Login*> presumed;         // begun, no end reported, and not heard of for too long
  std::vector<const Login*> within_the_hour;  // the same and those that ended shortly before
  std::string doubt;
};

LoginsFound find_logins(const SessionTimeline& timeline, const IpAddress& address, const DeviceFound& device,
                        Timestamp at) {
  LoginsFound found;
  const Timestamp since = at - kSharedWindow;
  const Timestamp until = at + kLeaseGrace;
  const auto take = [&](const Login* one) {
    if (std::find(found.within_the_hour.begin(), found.within_the_hour.end(), one) !=
        found.within_the_hour.end()) {
      return;
    }
    const bool began = one->from <= at && one->to > at;
    if (began && evidence_end(*one) <= at) found.presumed.push_back(one);
    if (evidence_end(*one) <= since) return;
    found.within_the_hour.push_back(one);
    if (began && evidence_end(*one) > at) found.at_that_time.push_back(one);
  };
  if (!device.mac.is_zero()) {
    for (const Login* one : timeline.logins_on(device.mac, since, until)) {
      if (!device.forgeable) {
        take(one);
      } else if (one->address != address && one->from <= at && one->to > at) {
        found.doubt = kOnlyPackets;
      }
    }
  }
  for (const Login* one : timeline.logins_at(address, since, until)) {
    const bool now = one->from <= at && one->to > at;
    if (!one->mac.is_zero() && !device.mac.is_zero()) {
      if (one->mac == device.mac && device.forgeable) take(one);  // the sign-in names the address itself
      if (one->mac == device.mac) continue;                       // otherwise taken above
      if (now)
        found.doubt = fmt::format("The {} sign-in at this address was on another device.", one->source);
      continue;
    }
    if (address_passed_on(timeline, *one, device, at)) {
      if (now) {
        found.doubt = fmt::format("The address passed to another device after the {} sign-in.", one->source);
      }
      continue;
    }
    take(one);
  }
  return found;
}

std::size_t different_people(const std::vector<const Login*>& logins) {
  std::set<std::string> people;
  for (const Login* one : logins) people.insert(to_lower(one->login));
  return people.size();
}

// Why nobody is named where the only sign-in was not heard of for too long.
std::string presumed_words(const Login& one, Timestamp at) {
  if (one.to == kStillOpen && one.from + kOpenLoginTrusted <= at) {
    return fmt::format("The sign-in began more than {} hours earlier and its end was never reported.",
                       std::chrono::duration_cast<std::chrono::hours>(kOpenLoginTrusted).count());
  }
  return fmt::format("The sign-in was last confirmed at {} and its end was never reported.",
                     format_clock(evidence_end(one)));
}

// The reason why no person can be named although somebody was signed in; empty when one can.
std::string doubt_about(const SessionTimeline& timeline, const LoginsFound& found, Timestamp at) {
  if (!found.doubt.empty()) return found.doubt;
  if (different_people(found.at_that_time) > 1) {
    return fmt::format("{} logins were active on this device at that time.",
                       different_people(found.at_that_time));
  }
  if (different_people(found.within_the_hour) > 1) {
    return fmt::format("{} logins used this device within the hour.",
                       different_people(found.within_the_hour));
  }
  for (const Login* one : found.at_that_time) {
    if (!one->visitor.empty()) return one->visitor;
    if (is_anonymous_login(one->login)) return "The visitor signed in without giving a name to this site.";
  }
  const Login& one = *found.at_that_time.front();
  const std::size_t devices = timeline.devices_of_login(one.login, at);
  if (devices > kUsualDevicesOfOneLogin) {
    return fmt::format("The login was in use on {} devices at once.", devices);
  }
  return {};
}

Attribution doubtful(Attribution out, Grade grade, std::string why) {
  out.grade = grade;
  out.why = std::move(why);
  return out;
}

Attribution nobody_signed_in(Attribution out, const Seat* seat, const LoginsFound& found,
                             const DeviceFound& device, bool is_privacy_address, Timestamp at) {
  if (!found.doubt.empty()) return doubtful(std::move(out), Grade::C, found.doubt);
  if (!found.presumed.empty()) {
    return doubtful(std::move(out), Grade::C, presumed_words(*found.presumed.back(), at));
  }
  Timestamp ended = Timestamp::min();
  for (const Login* one : found.within_the_hour) {
    if (one->from <= at && one->to <= at) ended = std::max(ended, one->to);
  }
  if (ended != Timestamp::min()) {
    return doubtful(
        std::move(out), Grade::C,
        fmt::format("The last sign-in on this device ended at {}, before this.", format_clock(ended)));
  }
  if (seat && !seat->owner.empty() && device.forgeable) return doubtful(std::move(out), Grade::C, kOnlyPackets);
  if (seat && !seat->owner.empty()) {
    return doubtful(std::move(out), Grade::C,
                    "The device is registered to one person, but nobody was signed in on it.");
  }
  if (seat && seat->shared) {
    return doubtful(std::move(out), Grade::D, "A shared device, and nobody was signed in on it.");
  }
  if (!device.mac.is_zero()) return doubtful(std::move(out), Grade::D, "No sign-in is known on this device.");
  if (is_privacy_address) {
    return doubtful(std::move(out), Grade::D, "An IPv6 address that the device chose itself; no source ties it to a device.");
  }
  return doubtful(std::move(out), Grade::D, "No lease and no sign-in is known for this address.");
}

Attribution signed_in(Attribution out, const Seat* seat, const LoginsFound& found,
                      const DeviceFound& device) {
  const Login& first = *found.at_that_time.front();
  out.login = first.login;
  std::set<std::string> sources;
  bool by_device = false;
  for (const Login* one : found.at_that_time) {
    sources.insert(one->source);
    if (out.group.empty()) out.group = one->group;
    if (out.sponsor.empty()) out.sponsor = one->sponsor;
    by_device = by_device || (!one->mac.is_zero() && one->mac == device.mac);
  }
  const std::string since = format_clock(first.from);
  // A lease bears out a sign-in only when the sign-in itself names the device that the lease names.
  if (by_device) sources.insert(device.said_by.begin(), device.said_by.end());
  // The register speaks of the device, and is no witness where only packets say which one it was.
  if (seat && !device.overheard && !seat->owner.empty() && equals_ignoring_case(seat->owner, out.login))
    sources.insert("device register");

  if (seat && seat->shared) {
    out.grade = Grade::B;
    out.why = fmt::format("A shared device; one login on it within the hour ({} sign-in since {}).",
                          first.source, since);
  } else if (sources.size() > 1) {
    out.grade = Grade::A;
    std::string names;
    for (const auto& source : sources) names += (names.empty() ? "" : ", ") + source;
    out.why = fmt::format("Independent sources agree ({}); signed in since {}.", names, since);
  } else {
    out.grade = Grade::B;
    out.why = fmt::format("One source: {} sign-in since {}.", first.source, since);
  }
  return out;
}

// The device's own seat; where it has none, the room of the access point or switch port that reported the sign-in,
// then the spot that the address stands for.
Seat what_is_known(const SessionTimeline& timeline, const IpAddress& address, const DeviceFound& device,
                   const LoginsFound& logins) {
  Seat known;
  if (const Seat* seat = device.mac.is_zero() ? nullptr : timeline.seat(device.mac)) known = *seat;
  for (const Login* one : logins.at_that_time) {
    if (known.place.empty()) known.place = one->place;
  }
  if (const Places::Spot* spot = timeline.places().at(address)) {
    known.shared = known.shared || spot->shared;
    if (known.name.empty()) known.name = spot->name;
    if (known.place.empty()) known.place = spot->place;
  }
  return known;
}

}  // namespace

bool address_passed_on(const SessionTimeline& timeline, const Login& one, Timestamp at) {
  const Lease* lease = lease_in_force(timeline.leases_of(*one.address, at, at), at);
  DeviceFound device{lease ? lease->mac : MacAddress{}, lease, {}};
  device.overheard = lease && lease->hearsay != Hearsay::No;
  return address_passed_on(timeline, one, device, at);
}

bool is_anonymous_login(std::string_view login) noexcept {
  const auto at = login.find('@');
  const std::string_view local = login.substr(0, at);
  return equals_ignoring_case(local, "anonymous") || (local.empty() && at != std::string_view::npos);
}

Attribution who(const SessionTimeline& timeline, const IpAddress& address, const MacAddress& seen,
                Timestamp at) {
  Attribution out;
  const Seat* sender = seen.is_zero() ? nullptr : timeline.seat(seen);
  const MacAddress by_packet = sender && sender->router ? MacAddress{} : seen;
  const DeviceFound device = find_device(timeline, address, by_packet, at, out);
  out.device = device.mac;
  const LoginsFound logins = find_logins(timeline, address, device, at);
  for (const Login* one : logins.within_the_hour) out.evidence.push_back(one->evidence);

  const Seat seat = what_is_known(timeline, address, device, logins);
  out.device_name = seat.name.empty() ? timeline.description(device.mac) : seat.name;
  out.place = seat.place;

  if (!device.doubt.empty()) return doubtful(std::move(out), Grade::C, device.doubt);
  if (logins.at_that_time.empty()) {
    const bool chosen_by_itself = !address.is_v4() && (address.bytes()[11] != 0xff || address.bytes()[12] != 0xfe);
    return nobody_signed_in(std::move(out), &seat, logins, device, chosen_by_itself, at);
  }
  if (auto doubt = doubt_about(timeline, logins, at); !doubt.empty()) {
    return doubtful(std::move(out), Grade::C, std::move(doubt));
  }
  return signed_in(std::move(out), &seat, logins, device);
}

std::string group_at(const SessionTimeline& timeline, const IpAddress& address, Timestamp at) {
  Attribution unused;
  const DeviceFound device = find_device(timeline, address, {}, at, unused);
  if (!device.doubt.empty()) return {};
  const LoginsFound logins = find_logins(timeline, address, device, at);
  if (!logins.doubt.empty() || logins.at_that_time.empty()) return {};
  const std::string& group = logins.at_that_time.front()->group;
  const bool alike = std::all_of(logins.at_that_time.begin(), logins.at_that_time.end(),
                                 [&](const Login* one) { return one->group == group; });
  return alike ? group : std::string();
}

}  // namespace gatehouse::lodge
