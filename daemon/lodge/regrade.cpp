#include "lodge/regrade.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/london.h"
#include "base/text.h"
#include "journal/eve_reader.h"

namespace gatehouse::lodge {
namespace {

// A sign-in bears on the hour after it, a lease on the seconds around it.
constexpr Seconds kBearsBefore = kLeaseGrace;
constexpr Seconds kBearsAfter = kSharedWindow;

Timestamp plus(Timestamp at, Seconds more) { return at > Timestamp::max() - more ? Timestamp::max() : at + more; }

bool concerns(const TimelineChange& change, const Attempt& attempt) {
  if (attempt.last < change.from - kBearsBefore || attempt.first > plus(change.to, kBearsAfter)) return false;
  if (change.address && change.address->to_string() == attempt.address) return true;
  if (!change.mac.is_zero()) {
    const std::string mac = change.mac.to_string();
    if (mac == attempt.seen_mac || mac == attempt.who.device) return true;
    // A lease of the whole /64 has no address of its own.
    if (change.is_lease && !change.address) return true;
  }
  return !change.login.empty() && equals_ignoring_case(change.login, attempt.who.login);
}

// Who held the address at each event of the attempt, as one answer: the most doubtful one; and where they are not
// the same person or device, nobody.
std::optional<Attribution> holder_of(const std::vector<KeptEvent>& events, const SessionTimeline& timeline) {
  std::optional<Attribution> out;
  bool passed_on = false;
  for (const KeptEvent& kept : events) {
    const auto event = journal::read_event(kept.line);
    if (!event) continue;
    Attribution one = who(timeline, event->src_ip, event->src_mac, event->at);
    if (out) {
      const bool two_names = !out->login.empty() && !one.login.empty() && !equals_ignoring_case(out->login, one.login);
      passed_on = passed_on || two_names || (!out->device.is_zero() && !one.device.is_zero() && out->device != one.device);
    }
    if (!out || one.grade > out->grade) out = std::move(one);
  }
  if (out && passed_on) {
    Attribution nobody;
    nobody.grade = Grade::C;
    nobody.place = out->place;
    nobody.why = "The address passed from one device or person to another in the course of this.";
    nobody.evidence = std::move(out->evidence);
    return nobody;
  }
  return out;
}

Who who_from(const Attribution& holder, const Attempt& attempt) {
  Who out;
  out.grade = holder.grade;
  out.login = holder.login;
  out.device = holder.device.is_zero() ? attempt.address : holder.device.to_string();
  out.device_name = holder.device_name;
  out.place = holder.place;
  out.group = holder.group.empty() ? attempt.network : holder.group;
  out.sponsor = holder.sponsor;
  out.why = holder.why;
  return out;
}

bool same_answer(const Who& a, const Who& b) {
  return a.grade == b.grade && a.login == b.login && a.device == b.device && a.sponsor == b.sponsor && a.group == b.group;
}

}  // namespace

Result<std::vector<Correction>> regrade(const Store& store, const SessionTimeline& timeline,
                                        const std::vector<TimelineChange>& changes, Timestamp now) {
  std::vector<Correction> out;
  if (changes.empty()) return out;
  // Most changes are of now: an update, a mark, an end that was just reported. Few attempts ended since.
  Timestamp from = Timestamp::max();
  for (const TimelineChange& change : changes) from = std::min(from, change.from - kBearsBefore);
  const auto attempts = store.attempts_ending_since(from);
  if (!attempts) return tl::make_unexpected(attempts.error());
  for (const Attempt& attempt : *attempts) {
    if (std::none_of(changes.begin(), changes.end(), [&](const auto& change) { return concerns(change, attempt); })) continue;
    const auto events = store.events_of(attempt.id);
    if (!events) return tl::make_unexpected(events.error());
    const auto holder = holder_of(*events, timeline);
    if (!holder) continue;
    Who better = who_from(*holder, attempt);
    if (same_answer(better, attempt.who)) continue;
    better.why += fmt::format(" Corrected at {} by evidence that came later; grade {} before.", format_clock(now),
                              letter(attempt.who.grade));
    Correction correction{attempt, attempt.who, holder->evidence};
    correction.attempt.who = std::move(better);
    out.push_back(std::move(correction));
  }
  return out;
}

}  // namespace gatehouse::lodge
