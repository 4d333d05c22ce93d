#include "lodge/identity/radius/accounting.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "lodge/identity/radius/names.h"
#include "lodge/identity/radius/record.h"

namespace gatehouse::lodge::radius {
namespace {

// A client repeats an unanswered request for about this long (RFC 5080 section 2.2.1).
constexpr Seconds kRepeats{60};
// Remembered answers: a busy college sends 1,000 requests a second for a minute at most.
constexpr std::size_t kMostAnswers = 100'000;
// A Start with a session's name and a start this near to the known one is the same session told again.
constexpr Seconds kSameStart{10};
// After its end a session is remembered this long for reports that come late.
constexpr Seconds kLate{15 * 60};
constexpr std::size_t kMostSessions = 500'000;
// Two interim updates may be lost before a session counts as not heard of.
constexpr int kInterimsMissed = 2;
constexpr Seconds kInterimSlack{60};
constexpr Seconds kShortestInterim{30};
constexpr Seconds kLongestInterim{2 * 60 * 60};

std::uint64_t mix(std::uint64_t seed, Bytes bytes) { return fnv1a(as_text(bytes), seed); }
IntervalKey key_of(std::uint64_t id, std::string_view what, Bytes more, Timestamp from) {
  const auto second = std::chrono::floor<Seconds>(from).time_since_epoch().count();
  const IntervalKey key = fnv1a(fmt::format("{}", second), mix(fnv1a(what, id), more));
  return key == 0 ? 1 : key;
}

}  // namespace

AccountingServer::AccountingServer(Settings settings, const GroupRules& groups, SessionTimeline& timeline)
    : settings_(std::move(settings)), groups_(groups), timeline_(timeline) {
  for (const Login& login : timeline_.logins()) {
    if (login.source != "radius" || login.session <= kFromFile || login.to != kStillOpen) continue;
    Session& session = sessions_[login.session];
    session.login = login.key;
    session.mac = login.mac;
    session.from = session.heard = login.from;
    session.resumed = true;
    if (!login.mac.is_zero()) sessions_of_[login.mac].push_back(login.session);
  }
  for (const Lease& lease : timeline_.leases()) {
    if (lease.source != "radius" || lease.to != kStillOpen) continue;
    if (const auto found = sessions_.find(lease.session); found != sessions_.end()) {
      found->second.leases.push_back(lease.key);
    }
  }
}

const Client* AccountingServer::client_of(const IpAddress& from) const {
  const Client* best = nullptr;
  for (const Client& client : settings_.clients) {
    if (client.from.contains(from) && (!best || client.from.length() > best->from.length())) best = &client;
  }
  return best;
}

void AccountingServer::count(Fault fault) {
  switch (fault) {
    case Fault::None:
      return;
    case Fault::Malformed:
      ++counters_.malformed;
      return;
    case Fault::NotAccounting:
      ++counters_.not_accounting;
      return;
    case Fault::BadAuthenticator:
      ++counters_.bad_authenticator;
      return;
    case Fault::BadMessageAuthenticator:
      ++counters_.bad_message_authenticator;
      return;
    case Fault::NoMessageAuthenticator:
      ++counters_.no_message_authenticator;
      return;
  }
}

std::vector<std::uint8_t> AccountingServer::handle(const IpAddress& from, std::uint16_t port, Bytes datagram,
                                                   Timestamp now) {
  ++counters_.received;
  const Client* client = client_of(from);
  if (!client) {
    ++counters_.unknown_client;
    return {};
  }
  Packet packet;
  Fault fault = decode(datagram, packet);
  if (fault == Fault::None) fault = check_signatures(packet, client->secret, client->must_sign);
  if (fault != Fault::None) {
    count(fault);
    return {};
  }
  // RFC 5080 section 2.2.2: the same request again gets the same answer and changes nothing.
  const std::array<std::uint8_t, 3> asked{static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port),
                                          packet.id};
  const std::uint64_t slot = mix(mix(kFnvStart, from.bytes()), asked);
  if (const auto found = answered_.find(slot);
      found != answered_.end() && now - found->second.at < kRepeats &&
      std::equal(packet.authenticator.begin(), packet.authenticator.end(), found->second.authenticator.begin())) {
    ++counters_.duplicates;
    return found->second.answer;
  }
  forget_old(now);
  take(read_record(packet, client->name, from, now), *client);
  Answered answered{{}, now, response_to(packet, client->secret)};
  std::copy(packet.authenticator.begin(), packet.authenticator.end(), answered.authenticator.begin());
  std::vector<std::uint8_t> answer = answered.answer;
  answered_[slot] = std::move(answered);
  answered_order_.emplace_back(now, slot);
  return answer;
}

void AccountingServer::take(const Record& record, const Client& client) {
  if (record.status == Status::On || record.status == Status::Off) {
    ++counters_.accepted;
    end_all_of(record.nas, record.at, record.status == Status::On);
    return;
  }
  if (record.status == Status::Other || record.session.empty()) {
    ++counters_.without_session;
    return;
  }
  if (record.mac.is_zero() && record.addresses.empty()) {
    ++counters_.without_device;
    return;
  }
  ++counters_.accepted;
  const std::uint64_t id = mix(record.nas, as_bytes(record.session));
  const auto found = sessions_.find(id);
  // A network device that restarted may begin its session names anew: a later start is another session.
  const bool another = found != sessions_.end() && record.start > found->second.from + kSameStart &&
                       (record.status == Status::Start || found->second.mac != record.mac);
  if (found == sessions_.end() || another) {
    if (another && !found->second.ended) end(found->second, record.start, found->second.heard);
    open(record, client, id);
  } else {
    report(record, client, id, found->second);
  }
}

void AccountingServer::open(const Record& record, const Client& client, std::uint64_t id) {
  if (sessions_.size() >= kMostSessions) forget_old(record.at + std::chrono::hours{24 * 365});
  Session& session = sessions_[id] = {};
  session.mac = record.mac;
  session.nas = record.nas;
  session.from = record.start;
  session.heard = record.at;
  if (!record.mac.is_zero()) {
    supersede(record, id);
    auto& of_device = sessions_of_[record.mac];
    if (std::find(of_device.begin(), of_device.end(), id) == of_device.end()) of_device.push_back(id);
  }
  report(record, client, id, session);
}

void AccountingServer::report(const Record& record, const Client& client, std::uint64_t id, Session& session) {
  if (record.status == Status::Interim && record.at > session.heard) {
    // Only whole steps between reports teach the rhythm; the longest one seen is the one to allow for.
    const auto gap = std::chrono::duration_cast<Seconds>(record.at - session.heard);
    Seconds& learned = interim_of_[record.nas];
    if (!session.resumed && gap >= kShortestInterim && gap <= kLongestInterim) learned = std::max(learned, gap);
  }
  // A report from before the end that arrives after it does not open the session again.
  if (session.ended && record.status != Status::Stop && record.at <= session.heard) return;
  session.resumed = false;
  session.heard = std::max(session.heard, record.at);
  session.ended = record.status == Status::Stop;
  session.nas = record.nas;
  put_login(record, client, id, session);
  put_leases(record, id, session);
}

// Until when a session counts as going on although nothing more is heard of it.
Timestamp AccountingServer::believed_until(const Record& record) const {
  const auto learned = interim_of_.find(record.nas);
  const Seconds interim = settings_.interim.count() > 0          ? settings_.interim
                          : learned != interim_of_.end() ? learned->second
                                                         : Seconds{0};
  return interim.count() == 0 ? kStillOpen : record.at + interim * (kInterimsMissed + 1) + kInterimSlack;
}

void AccountingServer::put_login(const Record& record, const Client& client, std::uint64_t id, Session& session) {
  const UserName name = read_user_name(record.user_name, settings_.own_realms);
  if (name.kind == NameKind::Machine || name.kind == NameKind::Mac || name.kind == NameKind::Unreadable) {
    // A known session is still ended by a Stop without a name.
    if (session.login == 0) {
      ++counters_.names_refused;
      return;
    }
    if (const Login* known = timeline_.login(session.login); known && session.ended) {
      Login login = *known;
      login.to = std::max(record.at, login.from + Seconds{1});
      timeline_.put(std::move(login));
    }
    return;
  }
  Login login;
  login.login = name.login;
  login.mac = record.mac;
  if (record.mac.is_zero()) login.address = record.addresses.front();
  login.from = session.from;
  login.to = session.ended ? std::max(record.at, session.from + Seconds{1}) : kStillOpen;
  login.sure_until = session.ended ? kStillOpen : believed_until(record);
  login.source = "radius";
  login.session = id;
  login.place = timeline_.places().at_port(record.nas_name, record.port);
  if (login.place.empty()) login.place = timeline_.places().at_port(record.called_station.substr(0, 17), {});
  login.group = groups_.group_of({name.login, name.realm, record.classes, record.filter_id,
                                  ssid_of(record.called_station),
                                  record.addresses.empty() ? std::nullopt : std::optional(record.addresses.front()),
                                  "radius"});
  if (name.kind != NameKind::Person || !client.names_are_proved) {
    if (name.kind == NameKind::Person) ++counters_.names_not_proved;
    const std::string known_by = record.cui.empty() ? record.mac.to_string() : record.cui;
    const std::string code =
        fmt::format("{:06x}", siphash13(settings_.pseudonyms, as_bytes(name.realm + '\n' + known_by)) & 0xffffff);
    login.visitor =
        name.kind == NameKind::Visitor
            ? fmt::format("A visitor of {} (code {}); only the home site knows who it is.", name.realm, code)
            : fmt::format("Signed in to the network without a name that was proved to this site (code {}).", code);
    login.login = fmt::format("visitor {}@{}", code, name.realm);
  }
  login.evidence = evidence_of(record, client.name, session.from);
  if (session.login == 0) session.login = key_of(id, "login", {}, session.from);
  login.key = session.login;
  timeline_.put(std::move(login));
}

void AccountingServer::put_leases(const Record& record, std::uint64_t id, Session& session) {
  if (record.mac.is_zero()) return;
  // Addresses that a later report no longer names were given up: of those of the same family.
  const bool names_v4 = std::any_of(record.addresses.begin(), record.addresses.end(),
                                    [](const IpAddress& a) { return a.is_v4(); });
  for (const IntervalKey key : session.leases) {
    const Lease* known = timeline_.lease(key);
    if (!known || known->to != kStillOpen) continue;
    const auto& named = known->whole_64 ? record.prefixes : record.addresses;
    const bool still = std::find(named.begin(), named.end(), known->address) != named.end();
    const bool gone = known->address.is_v4() && names_v4 && !still;
    Lease lease = *known;
    if (session.ended || gone) {
      lease.to = std::max(record.at, lease.from + Seconds{1});
      lease.sure_until = kStillOpen;
    } else {
      lease.sure_until = believed_until(record);
    }
    timeline_.put(std::move(lease));
  }
  if (session.ended) return;
  const auto add = [&](const IpAddress& address, bool whole_64) {
    for (const IntervalKey key : session.leases) {
      const Lease* known = timeline_.lease(key);
      if (known && known->address == address && known->whole_64 == whole_64 && known->to == kStillOpen) return;
    }
    Lease lease;
    lease.address = address;
    lease.mac = record.mac;
    lease.from = record.status == Status::Start ? record.start : record.at;
    lease.source = "radius";
    lease.session = id;
    lease.whole_64 = whole_64;
    lease.sure_until = believed_until(record);
    lease.evidence = fmt::format("radius: {} held {} of session {} from {}", record.mac.to_string(),
                                 address.to_string(), printable(record.session), format_utc(lease.from));
    lease.key = key_of(id, whole_64 ? "prefix" : "address", address.bytes(), lease.from);
    session.leases.push_back(lease.key);
    timeline_.put(std::move(lease));
  };
  for (const IpAddress& address : record.addresses) add(address, false);
  for (const IpAddress& prefix : record.prefixes) add(prefix, true);
}

void AccountingServer::end(Session& session, Timestamp to, Timestamp sure_until) {
  session.ended = true;
  const auto close = [&](auto interval) {
    if (interval.to <= to) return;
    interval.to = std::max(to, interval.from + Seconds{1});
    interval.sure_until = std::max(sure_until, interval.from + Seconds{1});
    timeline_.put(std::move(interval));
  };
  if (const Login* login = timeline_.login(session.login)) close(*login);
  for (const IntervalKey key : session.leases) {
    if (const Lease* lease = timeline_.lease(key)) close(*lease);
  }
}

// A device has one session at a time: a later one ends the earlier, whose Stop was lost or is still to come. When
// the earlier one ended is not known better than between its last report and this.
void AccountingServer::supersede(const Record& record, std::uint64_t id) {
  const auto found = sessions_of_.find(record.mac);
  if (found == sessions_of_.end()) return;
  for (const std::uint64_t other : found->second) {
    const auto session = sessions_.find(other);
    if (other == id || session == sessions_.end() || session->second.ended) continue;
    if (session->second.from < record.start) end(session->second, record.start, session->second.heard);
  }
}

void AccountingServer::end_all_of(std::uint64_t nas, Timestamp at, bool restarted) {
  for (auto& [id, session] : sessions_) {
    if (session.nas != nas || session.ended || session.from >= at) continue;
    // Going down says when; coming up says only that it had been down before.
    end(session, at, restarted ? session.heard : at);
  }
}

void AccountingServer::forget_old(Timestamp now) {
  while (!answered_order_.empty() &&
         (now - answered_order_.front().first > kRepeats || answered_order_.size() > kMostAnswers)) {
    const auto [at, slot] = answered_order_.front();
    answered_order_.pop_front();
    if (const auto found = answered_.find(slot); found != answered_.end() && found->second.at == at) answered_.erase(found);
  }
  if (now - swept_ < Seconds{60}) return;
  swept_ = now;
  std::erase_if(sessions_, [&](const auto& one) {
    const Session& session = one.second;
    const bool old = session.ended ? now - session.heard > kLate : now - session.heard > 2 * kOpenLoginTrusted;
    if (!old) return false;
    if (const auto found = sessions_of_.find(session.mac); found != sessions_of_.end()) {
      std::erase(found->second, one.first);
      if (found->second.empty()) sessions_of_.erase(found);
    }
    return true;
  });
}

}  // namespace gatehouse::lodge::radius
