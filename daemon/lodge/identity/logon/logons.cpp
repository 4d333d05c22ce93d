#include "lodge/identity/logon/logons.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/text.h"

namespace gatehouse::lodge::logon {
namespace {

// Windows logon types (event 4624).
constexpr int kInteractive = 2;
constexpr int kNetwork = 3;
constexpr int kRemoteDesktop = 10;
constexpr int kCachedInteractive = 11;
// Nothing longer is a login.
constexpr std::size_t kLongestLogin = 128;
constexpr std::size_t kEvidenceText = 160;

bool matches(std::string_view pattern, const std::string& login) {
  if (!pattern.empty() && pattern.back() == '*') {
    pattern.remove_suffix(1);
    return equals_ignoring_case(pattern, std::string_view(login).substr(0, pattern.size()));
  }
  return equals_ignoring_case(pattern, login);
}

// The address a logon came from; nullopt for "-", the machine's own, and none.
std::optional<IpAddress> remote_address(std::string_view text) {
  const auto address = IpAddress::parse(trim(text));
  if (!address) return std::nullopt;
  const auto& bytes = address->bytes();
  const bool loopback = address->is_v4() ? bytes[12] == 127 : std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
  const bool unspecified = address->is_v4() && bytes[12] == 0;
  const bool link_local = !address->is_v4() && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  if (loopback || unspecified || link_local) return std::nullopt;
  return address;
}

// "LRC-14.college.test" is known in the register of machines as LRC-14.
std::string short_name(const std::string& computer) { return computer.substr(0, computer.find('.')); }

std::uint64_t place_key(std::string_view kind, std::string_view where, std::string_view what) {
  return fnv1a(fmt::format("{}\n{}\n{}", kind, to_lower(where), to_lower(what)));
}
IntervalKey interval_key(std::uint64_t place, Timestamp from) {
  return fnv1a(fmt::format("{}", to_us(from) / 1'000'000), place) | 1;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kEvidenceText)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out;
}

}  // namespace

Logons::Logons(Settings settings, const GroupRules& groups, SessionTimeline& timeline)
    : settings_(std::move(settings)), groups_(groups), timeline_(timeline) {
  for (const Login& login : timeline_.logins()) {
    if (login.session > kFromFile && (login.source == "directory" || login.source == "logon script")) {
      latest_[login.session] = login.key;
    }
  }
}

bool Logons::may_send(const IpAddress& sender) const {
  return std::any_of(settings_.senders.begin(), settings_.senders.end(),
                     [&](const IpPrefix& one) { return one.contains(sender); });
}

bool Logons::is_person(const LogonEvent& event) const {
  const std::string& login = event.login;
  if (login.empty() || login == "-" || login.size() > kLongestLogin || login.back() == '$') return false;
  const bool readable = std::all_of(login.begin(), login.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != '"' && c != '<' && c != '>';
  });
  static constexpr std::array<std::string_view, 6> kSystemDomains{"NT AUTHORITY", "Window Manager", "Font Driver Host",
                                                                  "IIS APPPOOL",  "NT SERVICE",     "NT VIRTUAL MACHINE"};
  static constexpr std::array<std::string_view, 6> kSystem{"SYSTEM", "ANONYMOUS", "LOCAL", "NETWORK", "DWM-*", "UMFD-*"};
  const auto fits = [&](std::string_view one) { return matches(one, login); };
  return readable &&
         std::none_of(kSystemDomains.begin(), kSystemDomains.end(),
                      [&](std::string_view one) { return equals_ignoring_case(one, event.domain); }) &&
         std::none_of(kSystem.begin(), kSystem.end(), fits) &&
         std::none_of(settings_.ignore.begin(), settings_.ignore.end(), fits);
}

void Logons::take_message(const IpAddress& sender, std::string_view message, Timestamp arrived) {
  ++counters_.received;
  if (!may_send(sender)) {
    ++counters_.unknown_sender;
    return;
  }
  const auto syslog = parse_syslog(message, arrived);
  if (!syslog) {
    ++counters_.malformed;
    return;
  }
  for (const Pattern& pattern : settings_.patterns) {
    auto event = read_event(pattern, syslog->text);
    if (!event) continue;
    if (event->computer.empty()) event->computer = std::string(syslog->host);
    const std::string clock = to_lower(event->computer);
    const Timestamp stamped = clocks_.correct(clock, event->at ? event->at : syslog->at, arrived);
    heard(event->computer, stamped);
    Timestamp at = stamped;
    // Whether so small a difference is the way's or a slow clock's is not to be known, and the machine was nobody's
    // before: nobody is named for what was done before we heard of it. who() doubts the one before for as long.
    if (event->event == Event::Logon && arrived - stamped <= kLeaseGrace) at = arrived;
    take(*event, at,
         fmt::format("directory: {} {} of {} by {} ({}) from {}, type {}",
                     format_utc(stamped), event->event == Event::Logon ? "logon" : "logoff", printable(event->login),
                     printable(event->computer), pattern.name, printable(event->address), event->type));
    return;
  }
  ++counters_.not_logons;
  if (settings_.marks.count() > 0) {
    const std::string host(syslog->host);
    heard(host, clocks_.correct(to_lower(host), syslog->at, arrived));
  }
}

const Seat* Logons::seat_of(const std::string& computer) const {
  const Seat* seat = timeline_.seat_named(short_name(computer));
  return seat ? seat : timeline_.seat_named(computer);
}

Timestamp Logons::believed_at_computer(Timestamp heard) const {
  return settings_.marks.count() > 0 ? heard + settings_.marks + kLeaseGrace : kStillOpen;
}

// A forwarder sends in order: what it sends now says that no logoff before this is still on its way.
void Logons::heard(const std::string& computer, Timestamp at) {
  const Seat* seat = settings_.marks.count() > 0 ? seat_of(computer) : nullptr;
  if (!seat) return;
  const Login* latest = nullptr;  // whoever was there before has given way
  for (const Login* one : timeline_.logins_on(seat->mac, at - kOpenLoginTrusted, kStillOpen)) {
    if (one->source == "directory" && (!latest || one->from >= latest->from)) latest = one;
  }
  if (!latest || latest->from > at || latest->to != kStillOpen) return;
  // A log of many messages a second is not saved as often.
  if (latest->sure_until != kStillOpen && believed_at_computer(at) < latest->sure_until + settings_.marks / 4) return;
  Login longer = *latest;
  longer.sure_until = believed_at_computer(at);
  timeline_.put(std::move(longer));
}

void Logons::take(const LogonEvent& event, Timestamp at, const std::string& evidence) {
  const bool at_the_machine = event.type == kInteractive || event.type == kRemoteDesktop || event.type == kCachedInteractive;
  if (!is_person(event) || (event.type != 0 && event.type != kNetwork && !at_the_machine)) {
    ++counters_.ignored;
    return;
  }
  // A network logon's end says that a share was closed, not that somebody left.
  if (event.event == Event::Logoff) {
    if (event.type == kNetwork) {
      ++counters_.ignored;
    } else {
      end(event, at);
    }
    return;
  }
  if (at_the_machine) {
    at_computer(event, at, evidence);
  } else if (const auto address = remote_address(event.address)) {
    at_address(event, *address, at, "directory", settings_.believed, evidence);
  } else if (event.type == 0) {
    at_computer(event, at, evidence);
  } else {
    ++counters_.unknown_place;
  }
}

// Somebody sits at this computer (or has its desktop): the device is the one that the register calls so.
void Logons::at_computer(const LogonEvent& event, Timestamp at, const std::string& evidence) {
  const Seat* seat = seat_of(event.computer);
  if (!seat) {
    ++counters_.unknown_place;
    return;
  }
  ++counters_.logons;
  const std::uint64_t place = place_key("computer", short_name(event.computer),
                                        event.logon_id.empty() ? event.login : event.logon_id);
  if (const auto known = latest_.find(place); known != latest_.end()) {
    const Login* open = timeline_.login(known->second);
    // One who had given way to somebody else is back.
    const bool on = open && open->to == kStillOpen && at <= open->sure_until;
    if (on && equals_ignoring_case(open->login, event.login)) return;
  }
  Login login;
  login.login = event.login;
  login.mac = seat->mac;
  login.from = at;
  login.sure_until = believed_at_computer(at);
  login.source = "directory";
  login.evidence = evidence;
  login.session = place;
  login.key = latest_[place] = interval_key(place, at);
  login.group = groups_.group_of({event.login, to_lower(event.domain), {}, {}, {}, std::nullopt, "directory"});
  give_way(login);
  timeline_.put(std::move(login));
}

// Who left without logging off is not known to be there any more once somebody else has logged on; whichever of the
// two messages came first.
void Logons::give_way(Login& login) {
  for (const Login* other : timeline_.logins_on(login.mac, login.from - kOpenLoginTrusted, kStillOpen)) {
    if (other->source != login.source || equals_ignoring_case(other->login, login.login)) continue;
    if (other->from > login.from) {
      login.sure_until = std::min(login.sure_until, other->from);
    } else if (other->to == kStillOpen && other->sure_until > login.from) {
      Login left = *other;
      left.sure_until = login.from;
      timeline_.put(std::move(left));
    }
  }
}

void Logons::at_address(const LogonEvent& event, const IpAddress& address, Timestamp at, const std::string& source,
                        Seconds believed, const std::string& evidence) {
  ++counters_.logons;
  const std::uint64_t place = place_key(source, address.to_string(), event.login);
  if (const auto known = latest_.find(place); known != latest_.end()) {
    const Login* open = timeline_.login(known->second);
    if (open && open->to == kStillOpen && at >= open->from && at <= open->sure_until) {
      Login longer = *open;
      longer.sure_until = std::max(longer.sure_until, at + believed);
      if (longer.sure_until != open->sure_until) timeline_.put(std::move(longer));
      return;
    }
  }
  Login login;
  login.login = event.login;
  login.address = address;
  login.from = at;
  login.sure_until = at + believed;
  login.source = source;
  login.evidence = evidence;
  login.session = place;
  login.key = latest_[place] = interval_key(place, at);
  login.group = groups_.group_of({event.login, to_lower(event.domain), {}, {}, {}, address, source});
  timeline_.put(std::move(login));
}

void Logons::end(const LogonEvent& event, Timestamp at) {
  auto known = latest_.find(place_key("computer", short_name(event.computer),
                                      event.logon_id.empty() ? event.login : event.logon_id));
  if (known == latest_.end()) {
    if (const auto address = remote_address(event.address)) {
      known = latest_.find(place_key("directory", address->to_string(), event.login));
    }
  }
  const Login* open = known == latest_.end() ? nullptr : timeline_.login(known->second);
  // A logon id is used again after a restart: the logoff must be of the one that is on.
  if (!open || open->to != kStillOpen || at < open->from || !equals_ignoring_case(open->login, event.login)) {
    ++counters_.unknown_logoffs;
    return;
  }
  ++counters_.logoffs;
  Login ended = *open;
  ended.to = std::max(at, ended.from + Seconds{1});
  ended.sure_until = std::max(ended.sure_until, ended.from + Seconds{1});
  timeline_.put(std::move(ended));
}

bool Logons::take_script(Event event, const std::string& login, const IpAddress& address, Timestamp at) {
  LogonEvent told;
  told.event = event;
  told.login = login;
  if (!is_person(told)) {
    ++counters_.ignored;
    return false;
  }
  if (event == Event::Logon) {
    at_address(told, address, at, "logon script", kOpenLoginTrusted,
               fmt::format("logon script: {} logon of {} at {}", format_utc(at), printable(login), address.to_string()));
    return true;
  }
  const auto known = latest_.find(place_key("logon script", address.to_string(), login));
  const Login* open = known == latest_.end() ? nullptr : timeline_.login(known->second);
  if (!open || open->to != kStillOpen) {
    ++counters_.unknown_logoffs;
    return true;
  }
  ++counters_.logoffs;
  Login ended = *open;
  ended.to = std::max(at, ended.from + Seconds{1});
  timeline_.put(std::move(ended));
  return true;
}

}  // namespace gatehouse::lodge::logon
