#include "lodge/visits/running.h"

#include <algorithm>
#include <tuple>

#include "base/hash.h"
#include "base/text.h"
#include "lodge/visits/weights.h"

namespace gatehouse::lodge {
namespace {

using journal::Event;
using journal::EventType;
using journal::Outcome;

HitKind kind_of(const Event& event) {
  switch (event.type) {
    case EventType::Tls:
      return HitKind::Tls;
    case EventType::Quic:
      return HitKind::Quic;
    case EventType::Http:
      return HitKind::Http;
    case EventType::Dns:
    case EventType::Mdns:
    case EventType::Llmnr:
    case EventType::Netbios:
      return HitKind::LookUp;
    default:
      return HitKind::Tunnel;
  }
}

// The least effective outcome of an attempt's events is the one to tell: what got through matters most.
int effect_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Allowed:
      return 0;
    case Outcome::AllowedLogged:
      return 1;
    case Outcome::Unknown:
      return 2;
    case Outcome::ResetSentUnconfirmed:
      return 3;
    case Outcome::WouldBlock:
      return 4;
    case Outcome::Blocked:
      return 5;
    case Outcome::None:
      return 6;
  }
  return 6;
}

std::string host_of(const Event& event) {
  std::string host = to_lower(event.host);
  while (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

std::uint32_t note_host(Attempt& attempt, const Event& event, bool counts) {
  const std::string host = host_of(event);
  auto found = std::find_if(attempt.hosts.begin(), attempt.hosts.end(), [&](const AttemptHost& one) {
    return one.host == host && one.list == event.list && one.entry == event.entry;
  });
  if (found == attempt.hosts.end()) {
    attempt.hosts.push_back({host, {}, event.list, event.entry, event.line, 0});
    found = attempt.hosts.end() - 1;
  }
  if (found->url.empty()) found->url = event.url;
  found->hits += counts;
  return static_cast<std::uint32_t>(found - attempt.hosts.begin());
}

void note_outcome(Attempt& attempt, const Event& event) {
  // A look-up that was only logged on the way to a blocked connection does not make the attempt "let
  // through".
  if (event.action > attempt.action) {
    attempt.action = event.action;
    attempt.outcome = event.outcome;
  } else if (event.action == attempt.action && effect_of(event.outcome) < effect_of(attempt.outcome)) {
    attempt.outcome = event.outcome;
  }
}

Try& try_for(Running& running, const Event& event, std::uint32_t host) {
  auto& all = running.tries.all;
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (one->host != host || one->settled) continue;
    if (event.at - one->last < kOneTry && one->first - event.at < kOneTry) return *one;
  }
  Try fresh;
  fresh.serial = running.tries.next_serial++;
  fresh.host = host;
  fresh.first = fresh.last = event.at;
  fresh.name = hash_of_host(event.host);
  fresh.sealed = event.sealed;
  all.push_back(fresh);
  return all.back();
}

}  // namespace

// All that an event adds, apart from who it was.
std::uint32_t absorb(Running& running, const Event& event) {
  Attempt& attempt = running.attempt;
  // The answer to a question is not another try; an answer without its question still tells of one.
  const bool counts = !event.dns_answer || running.hits.empty();
  const bool first_hit = running.hits.empty();
  const std::uint32_t host = note_host(attempt, event, counts);
  attempt.first = first_hit ? event.at : std::min(attempt.first, event.at);
  attempt.last = first_hit ? event.at : std::max(attempt.last, event.at);
  attempt.hits += counts;
  attempt.sealed = attempt.sealed || event.sealed;
  if (attempt.network.empty()) attempt.network = event.group;
  if (attempt.tunnel.empty()) attempt.tunnel = event.tunnel;
  for (const auto& trick : event.evasion) {
    if (std::find(attempt.evasion.begin(), attempt.evasion.end(), trick) == attempt.evasion.end()) {
      attempt.evasion.push_back(trick);
    }
  }
  note_outcome(attempt, event);
  if (counts) running.hits.push_back({event.at, kind_of(event), event.outcome == Outcome::Blocked, host});
  return host;
}

Try& absorb_try(Running& running, const Event& event, std::uint32_t host) {
  Try& one = try_for(running, event, host);
  one.first = std::min(one.first, event.at);
  one.last = std::max(one.last, event.at);
  note_moment(one, event.at, kind_of(event) == HitKind::LookUp);
  one.stopped = one.stopped || event.outcome == Outcome::Blocked || event.outcome == Outcome::ResetSentUnconfirmed;
  return one;
}

std::set<std::uint64_t> given_up_slowly(const std::vector<Running>& list, Timestamp from) {
  std::set<std::uint64_t> names;
  for (const Running& running : list) {
    if (running.attempt.last < from) continue;
    std::map<std::uint64_t, std::vector<Timestamp>> moments;
    for (const Try& one : running.tries.all) {
      moments[one.name].insert(moments[one.name].end(), one.moments.begin(), one.moments.end());
    }
    for (const auto& [name, at] : moments) {
      if (backs_off(at)) names.insert(name);
    }
  }
  return names;
}

Askers asked_by_pages(const std::vector<Running>& list) {
  std::vector<const Try*> all;
  for (const Running& running : list) {
    for (const Try& one : running.tries.all) all.push_back(&one);
  }
  std::sort(all.begin(), all.end(), [](const Try* a, const Try* b) {
    return std::tie(a->name, a->first, a->serial) < std::tie(b->name, b->first, b->serial);
  });
  Askers asked;
  Microseconds reach = kAgain;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Try* before = all[i - 1];
    const Microseconds gap = all[i]->first - before->last;
    if (before->name != all[i]->name || gap > reach) {
      reach = kAgain;
      continue;
    }
    reach = std::clamp<Microseconds>(2 * gap, kAgain, kGap);
    const auto chain = asked.find(before);
    if (chain != asked.end()) {
      asked[all[i]] = chain->second;
    } else if (brought_along(before->around) && !loaded_again_as_pages_are(*before)) {
      asked[all[i]] = before;
    }
  }
  return asked;
}

Who who_from(const Attribution& holder, const Event& event, const std::string& device) {
  Who who;
  who.grade = holder.grade;
  who.login = holder.login;
  who.device = device;
  who.device_name = holder.device_name;
  who.place = holder.place;
  who.group = holder.group.empty() ? event.group : holder.group;
  who.sponsor = holder.sponsor;
  who.why = holder.why;
  return who;
}

}  // namespace gatehouse::lodge
