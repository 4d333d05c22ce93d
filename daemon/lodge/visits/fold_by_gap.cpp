// The simple rule behind AttemptFolder: same device, category and holder, gaps under ten minutes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "journal/eve_writer.h"
#include "lodge/visits/attempt_folder.h"
#include "lodge/visits/scoring.h"

namespace gatehouse::lodge {
namespace {

using journal::Event;
using journal::EventType;
using journal::Outcome;

// A longer silence is another try: someone went away and came back.
constexpr Seconds kGap{10 * 60};
// Attempts older than this no longer bear on new ones of the same key ("came back", rhythm).
constexpr Seconds kMemory{24 * 60 * 60};
// Lines of the journal can come a little out of order: several workers write it.
constexpr Seconds kDisorder{60 * 60};

struct Running {
  Attempt attempt;
  std::vector<Hit> hits;
  bool is_new = false;
  bool changed = false;
};

// Device, category and holder in one string; the separator is in none of them.
std::string key_of(const std::string& category, const std::string& device, const std::string& login) {
  return fmt::format("{}\n{}\n{}", category, device, to_lower(login));
}

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

// All that an event adds, apart from who it was.
void absorb(Running& running, const Event& event) {
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

class FoldByGap final : public AttemptFolder {
 public:
  [[nodiscard]] Seconds memory() const override { return kMemory + kDisorder; }

  void restore(Attempt attempt, const std::vector<Event>& events) override {
    const std::string key = key_of(attempt.category, attempt.who.device, attempt.who.login);
    Running running;
    running.attempt = std::move(attempt);
    running.attempt.hits = 0;
    running.attempt.hosts.clear();
    running.attempt.evasion.clear();
    running.attempt.action = journal::Action::None;
    running.attempt.outcome = Outcome::None;
    for (const Event& event : events) absorb(running, event);
    keys_[key].push_back(std::move(running));
  }

  void fold(const Event& event, const Attribution& holder) override {
    const std::string device = holder.device.is_zero() ? event.src_ip.to_string() : holder.device.to_string();
    const std::string key = key_of(event.category, device, holder.login);
    forget_old(key, event.at);
    Running& running = running_for(key, event, holder, device);
    absorb(running, event);
    running.changed = true;
    dirty_.insert(key);
    if (holder.grade > running.attempt.who.grade) {
      running.attempt.who = who_from(holder, event, device);
      out_.evidence.push_back({running.attempt.id, holder.evidence});
    }
    std::string line;
    journal::append_eve_line(line, event);
    if (!line.empty() && line.back() == '\n') line.pop_back();
    out_.events.push_back({event.id, running.attempt.id, event.at, std::move(line)});
  }

  [[nodiscard]] Folded take() override {
    for (const auto& key : dirty_) {
      score_key(key);
      for (Running& running : keys_[key]) give(running);
    }
    dirty_.clear();
    std::sort(out_.attempts.begin(), out_.attempts.end(), [](const Attempt& a, const Attempt& b) {
      return std::tie(a.first, a.id) < std::tie(b.first, b.id);
    });
    return std::exchange(out_, {});
  }

 private:
  Running& running_for(const std::string& key, const Event& event, const Attribution& holder,
                       const std::string& device) {
    auto& list = keys_[key];
    for (auto one = list.rbegin(); one != list.rend(); ++one) {
      if (event.at - one->attempt.last < kGap && one->attempt.first - event.at < kGap) return *one;
    }
    Running running;
    running.is_new = true;
    running.attempt.id = fmt::format("{:016x}", fnv1a(event.id, fnv1a(key)));
    running.attempt.category = event.category;
    running.attempt.address = event.src_ip.to_string();
    if (!event.src_mac.is_zero()) running.attempt.seen_mac = event.src_mac.to_string();
    running.attempt.outcome = Outcome::None;
    running.attempt.who = who_from(holder, event, device);
    out_.evidence.push_back({running.attempt.id, holder.evidence});
    list.push_back(std::move(running));
    return list.back();
  }

  void forget_old(const std::string& key, Timestamp now) {
    const auto found = keys_.find(key);
    if (found == keys_.end()) return;
    auto& list = found->second;
    const auto old = [&](const Running& running) { return running.attempt.last < now - kMemory; };
    if (std::none_of(list.begin(), list.end(), old)) return;
    if (dirty_.count(key) != 0) score_key(key);
    for (Running& running : list) {
      if (old(running)) give(running);
    }
    std::erase_if(list, old);
  }

  void give(Running& running) {
    if (!running.changed) return;
    running.changed = false;
    out_.new_attempts += running.is_new;
    running.is_new = false;
    out_.attempts.push_back(running.attempt);
  }

  // Scores all attempts of a key, since each can bear on the others.
  void score_key(const std::string& key) {
    auto& list = keys_[key];
    std::map<std::string, std::vector<Timestamp>> times;
    for (const Running& running : list) {
      for (const Hit& hit : running.hits) times[running.attempt.hosts[hit.host].host].push_back(hit.at);
    }
    std::map<std::string, std::optional<Seconds>> rhythms;
    for (auto& [host, at] : times) rhythms[host] = rhythm_of(tries_of(std::move(at)));

    for (Running& running : list) {
      ScoreInput input;
      input.hits = &running.hits;
      for (const Running& other : list) {
        if (other.attempt.last >= running.attempt.first) continue;
        input.earlier_last = std::max(input.earlier_last.value_or(other.attempt.last), other.attempt.last);
      }
      for (const AttemptHost& host : running.attempt.hosts) {
        input.rhythm = rhythms[host.host];
        if (!input.rhythm) break;  // one host without a rhythm, and a person may be behind it
      }
      const int score_before = running.attempt.score;
      const auto reasons_before = running.attempt.reasons;  // the band follows from the score
      score(running.attempt, input);
      if (running.attempt.score != score_before || running.attempt.reasons != reasons_before)
        running.changed = true;
    }
  }

  std::map<std::string, std::vector<Running>> keys_;
  std::set<std::string> dirty_;
  Folded out_;
};

}  // namespace

bool is_listed(const Event& event) noexcept {
  return !event.category.empty() &&
         (event.action == journal::Action::Block || event.action == journal::Action::Log);
}

void hide_sealed(Event& event) {
  if (!event.sealed) return;
  event.host.clear();
  event.url.clear();
  event.referer.clear();
  event.entry.clear();
  event.line = 0;
  event.answers.clear();
}

std::unique_ptr<AttemptFolder> make_fold_by_gap() { return std::make_unique<FoldByGap>(); }

}  // namespace gatehouse::lodge
