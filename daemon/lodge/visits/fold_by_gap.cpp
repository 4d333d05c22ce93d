// Behind AttemptFolder: same device, category and holder, gaps under ten minutes, what pages brought along apart from
// what stood alone. A try is judged while its surroundings come in, and settled a minute later.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "journal/eve_writer.h"
#include "lodge/visits/attempt_folder.h"
#include "lodge/visits/running.h"
#include "lodge/visits/sightings.h"
#include "lodge/visits/surroundings.h"
#include "lodge/visits/weights.h"

namespace gatehouse::lodge {
namespace {

using journal::Event;
using journal::Outcome;

// Attempts older than this no longer bear on new ones of the same key (rhythm).
constexpr Seconds kMemory{24 * 60 * 60};
// Lines of the journal can come a little out of order: several workers write it.
constexpr Seconds kDisorder{60 * 60};
// After this nothing more is learned about what stood around a try (kOwnParts, and lines out of order).
constexpr Seconds kSettle{60};
// Settled tries kept with an attempt: a program's polling makes thousands, and the strongest decide.
constexpr std::size_t kMostTries = 32;

// Device, category and holder in one string; the separator is in none of them.
std::string key_of(const std::string& category, const std::string& device, const std::string& login) {
  return fmt::format("{}\n{}\n{}", category, device, to_lower(login));
}

// A try that is not settled, wherever the attempt stands by then. In an order that is the same after a restart.
struct OpenTry {
  Timestamp first{};
  std::string attempt;
  std::uint32_t serial = 0;
  std::string key;
  std::uint64_t device = 0;
  auto operator<=>(const OpenTry&) const = default;
};

class FoldByGap final : public AttemptFolder {
 public:
  // What can still be judged again is judged beside the day before it.
  [[nodiscard]] Seconds memory() const override { return 2 * kMemory + kDisorder; }
  [[nodiscard]] Seconds look_back() const override { return kStaysOpen + 2 * kSettle; }

  void restore(Attempt attempt, const std::vector<Event>& events) override {
    const std::string key = key_of(attempt.category, attempt.who.device, attempt.who.login);
    Running running;
    running.attempt = std::move(attempt);
    running.restored = true;
    running.attempt.hits = 0;
    running.attempt.hosts.clear();
    running.attempt.evasion.clear();
    running.attempt.action = journal::Action::None;
    running.attempt.outcome = Outcome::None;
    running.tries = tries_from_text(running.attempt.tries);
    for (const Event& event : events) {
      absorb(running, event);
      newest_ = restored_to_ = std::max(newest_, event.at);
    }
    for (const Try& one : running.tries.all) {
      if (!one.settled) open(key, running, one);
      if (one.settled && loaded_again_as_pages_are(one)) {
        reloads_[one.device] = std::max(reloads_[one.device], one.first);
      }
      remember_user(key, one);
    }
    keys_[key].push_back(std::move(running));
  }

  void restore(const std::vector<Sighting>& sightings) override { sightings_.restore(sightings); }
  [[nodiscard]] std::int32_t first_sighting_day(Timestamp newest) const override {
    return sighting_day(newest) - kSightingDays - 2;
  }

  // Nothing is settled by it: what it settled was settled when it was new.
  void recall(const Event& event) override {
    newest_ = std::max(newest_, event.at);
    surroundings_.notice(surroundings_.device_of(event), event);
  }

  void notice(const Event& event) override {
    const Timestamp before = std::exchange(newest_, std::max(newest_, event.at));
    while (!open_.empty() && open_.begin()->first + kSettle <= newest_) settle_first(before);
    if (sighting_day(newest_) > sighting_day(before)) forget_yesterday(newest_);
    const std::uint64_t device = surroundings_.device_of(event);
    if (surroundings_.full(device)) look_around(device);
    if (!surroundings_.notice(device, event)) return;
    const auto waiting = open_keys_.find(device);
    if (waiting != open_keys_.end()) dirty_.insert(waiting->second.begin(), waiting->second.end());
  }

  void fold(const Event& event, const Attribution& holder) override {
    notice(event);
    const std::string device = holder.device.is_zero() ? event.src_ip.to_string() : holder.device.to_string();
    const std::string key = key_of(event.category, device, holder.login);
    forget_old(key, event.at);
    Running& running = running_for(key, event, holder, device);
    add_to(running, key, event);
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
    const std::uint64_t name = hash_of_host(event.host);
    const auto near = [&](const Running& one) {
      return event.at - one.attempt.last < kGap && one.attempt.first - event.at < kGap;
    };
    for (auto one = list.rbegin(); one != list.rend(); ++one) {
      if (near(*one) && has_open_try(*one, name, event.at)) return *one;
    }
    Around around;
    surroundings_.look(surroundings_.device_of(event), name, {event.at}, around);
    const bool brought = brought_along(around);
    for (auto one = list.rbegin(); one != list.rend(); ++one) {
      if (near(*one) && one->tries.brought == brought) return *one;
    }
    Running running;
    running.is_new = true;
    running.tries.brought = brought;
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

  static bool has_open_try(const Running& running, std::uint64_t name, Timestamp at) {
    return std::any_of(running.tries.all.begin(), running.tries.all.end(), [&](const Try& one) {
      return one.name == name && !one.settled && at - one.last < kOneTry && one.first - at < kOneTry;
    });
  }

  void add_to(Running& running, const std::string& key, const Event& event) {
    const std::uint32_t before = running.tries.next_serial;
    Try& one = absorb_try(running, event, absorb(running, event));
    if (running.tries.next_serial == before) return;
    one.device = surroundings_.device_of(event);
    open(key, running, one);
  }

  void open(const std::string& key, const Running& running, const Try& one) {
    open_.insert({one.first, running.attempt.id, one.serial, key, one.device});
    open_keys_[one.device].insert(key);
  }

  // Looks at the surroundings of the oldest open try for the last time, and learns from it. Nothing is learned from
  // what came in too late: `before` is the newest event until then, and attempts that it could bear on may be gone.
  void settle_first(Timestamp before) {
    const OpenTry open = std::move(open_.extract(open_.begin()).value());
    auto& waiting = open_keys_[open.device];
    waiting.erase(waiting.find(open.key));
    if (waiting.empty()) open_keys_.erase(open.device);
    for (Running& running : keys_[open.key]) {
      if (running.attempt.id != open.attempt) continue;
      auto& all = running.tries.all;
      const auto one =
          std::find_if(all.begin(), all.end(), [&](const Try& each) { return each.serial == open.serial; });
      if (one == all.end()) return;
      surroundings_.look(one->device, one->name, one->moments, one->around);
      one->settled = running.changed = true;
      note_reload(*one, all);
      dirty_.insert(open.key);
      remember_user(open.key, *one);
      const bool again = one->around.again > 0 || loaded_again_as_pages_are(*one) || goes_on_trying(all, *one);
      if (one->first >= before - kDisorder && sightings_.learn(*one, again, out_.sightings)) {
        for (const std::uint64_t about : {one->name, one->around.lead}) mark_users(about);
      }
      drop_weakest(all);
      return;
    }
  }

  void mark_users(std::uint64_t about) {
    const auto users = users_.find(about);
    if (users != users_.end()) dirty_.insert(users->second.begin(), users->second.end());
  }

  void remember_user(const std::string& key, const Try& one) {
    users_[one.name].insert(key);
    if (one.around.lead != 0) users_[one.around.lead].insert(key);
    for (const std::uint64_t page : one.around.pages) users_[page].insert(key);
  }

  // Learns that this device's browser loads pages again that fail, or tells by it that this was none.
  void note_reload(Try& one, const std::vector<Try>& all) {
    if (loaded_again_as_pages_are(one)) {
      Timestamp& last = reloads_[one.device];
      last = std::max(last, one.first);
      return;
    }
    const auto known = reloads_.find(one.device);
    if (known == reloads_.end() || std::chrono::abs(one.first - known->second) > kMemory) return;
    // It does so once for each time that a page is opened, not when somebody goes on trying.
    one.unlike_pages = std::none_of(all.begin(), all.end(), [&](const Try& before) {
      return before.host == one.host && before.first < one.first && one.first - before.last <= kAgain;
    });
  }

  static void drop_weakest(std::vector<Try>& all) {
    const auto settled = std::count_if(all.begin(), all.end(), [](const Try& one) { return one.settled; });
    if (static_cast<std::size_t>(settled) <= kMostTries) return;
    auto weakest = all.end();
    for (auto one = all.begin(); one != all.end(); ++one) {
      if (!one->settled) continue;
      if (weakest == all.end() || points_around(*one) < points_around(*weakest)) weakest = one;
    }
    all.erase(weakest);
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

  // Once a day: holders go whose attempts no later event can bear on.
  void forget_yesterday(Timestamp now) {
    users_.clear();
    std::erase_if(reloads_, [&](const auto& entry) { return entry.second < now - kMemory - kDisorder; });
    for (auto one = keys_.begin(); one != keys_.end();) {
      const auto& [key, list] = *one;
      const bool old = std::all_of(list.begin(), list.end(), [&](const Running& running) {
        return running.attempt.last < now - kMemory - kDisorder;
      });
      if (old && dirty_.count(key) == 0) {
        one = keys_.erase(one);
        continue;
      }
      for (const Running& running : list) {
        for (const Try& each : running.tries.all) remember_user(key, each);
      }
      ++one;
    }
  }

  void give(Running& running) {
    if (!running.changed) return;
    running.changed = false;
    out_.new_attempts += running.is_new;
    running.is_new = false;
    running.attempt.tries = tries_to_text(running.tries);
    out_.attempts.push_back(running.attempt);
  }

  // Scores all attempts of a key, since each can bear on the others.
  void score_key(const std::string& key) {
    auto& list = keys_[key];
    std::map<std::string, std::vector<Timestamp>> times;
    Timestamp newest{};
    for (const Running& running : list) newest = std::max(newest, running.attempt.last);
    for (const Running& running : list) {
      for (const Hit& hit : running.hits) {
        auto& of_host = times[running.attempt.hosts[hit.host].host];
        if (hit.at >= newest - kMemory) of_host.push_back(hit.at);  // however much more is still in memory
      }
    }
    std::map<std::string, std::optional<Seconds>> rhythms;
    for (auto& [host, at] : times) rhythms[host] = rhythm_of(tries_of(std::move(at)));
    const std::set<std::uint64_t> slowly = given_up_slowly(list, newest - kMemory);
    for (Running& running : list) look_around(running);
    const Askers asked = asked_by_pages(list);
    for (Running& running : list) {
      if (running.attempt.last >= newest - kMemory && !is_final(running)) score_one(running, rhythms, asked, slowly);
    }
  }

  void look_around(Running& running) {
    for (Try& one : running.tries.all) {
      if (one.settled) continue;
      const Around before = one.around;
      surroundings_.look(one.device, one.name, one.moments, one.around);
      running.changed = running.changed || !(before == one.around);
    }
  }

  // Restored only for what others are judged by: what it is judged by may not be there.
  bool is_final(const Running& running) const {
    return running.restored && running.attempt.last < restored_to_ - kMemory - kDisorder;
  }

  // A device of which more is known than is kept loses the oldest with each name: what that shows is noted first.
  void look_around(std::uint64_t device) {
    const auto waiting = open_keys_.find(device);
    if (waiting == open_keys_.end()) return;
    for (auto key = waiting->second.begin(); key != waiting->second.end(); key = waiting->second.upper_bound(*key)) {
      for (Running& running : keys_[*key]) look_around(running);
    }
  }

  void score_one(Running& running, const std::map<std::string, std::optional<Seconds>>& rhythms,
                 const Askers& asked, const std::set<std::uint64_t>& slowly) {
    ScoreInput input;
    input.hits = &running.hits;
    input.tries = &running.tries.all;
    std::set<const Try*> starts;
    for (const auto& [one, start] : asked) {
      if (!brought_along(one->around)) starts.insert(start);
    }
    for (const Try& one : running.tries.all) {
      const auto by = asked.find(&one);
      input.learned.push_back({sightings_.others(one), sightings_.part_of_pages(one), by != asked.end(),
                               by == asked.end() ? 0 : sightings_.others(*by->second), starts.count(&one) != 0,
                               sightings_.brought_elsewhere(one)});
    }
    for (const AttemptHost& host : running.attempt.hosts) {
      input.rhythm = rhythms.at(host.host);
      if (!input.rhythm) break;  // one host without a rhythm, and a person may be behind it
    }
    const int score_before = running.attempt.score;
    const auto reasons_before = running.attempt.reasons;  // the band follows from the score
    // One name that a program keeps up by itself, and the others may still be a person's.
    input.backs_off = std::all_of(running.tries.all.begin(), running.tries.all.end(), [&](const Try& one) {
      return slowly.count(one.name) != 0 && !loaded_again_as_pages_are(one);
    });
    score(running.attempt, input);
    if (running.attempt.score != score_before || running.attempt.reasons != reasons_before) running.changed = true;
  }

  std::map<std::string, std::vector<Running>> keys_;
  std::set<std::string> dirty_;
  Surroundings surroundings_;
  Sightings sightings_;
  std::set<OpenTry> open_;
  std::unordered_map<std::uint64_t, std::multiset<std::string>> open_keys_;  // by device
  std::unordered_map<std::uint64_t, std::set<std::string>> users_;  // by name and by page: whose tries
  std::unordered_map<std::uint64_t, Timestamp> reloads_;  // when a device's browser last loaded a failed page again
  Timestamp newest_{};
  Timestamp restored_to_{};  // the newest event of the store
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
