#include "lodge/safeguarding/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace gatehouse::lodge {
namespace {

constexpr std::uint32_t kManyUnclear = 2;  // single unclear attempts are what the rest of the report counts

struct Session {
  SampledSession kept;
  std::uint32_t unclear = 0;
  std::uint32_t background = 0;
  std::uint64_t lot = 0;
};

std::vector<Session> sessions_of(std::span<const Attempt> attempts, std::span<const std::string> holders,
                                 Day day, const HashKey& key) {
  std::map<std::string, Session> by_holder;
  for (std::size_t i = 0; i < attempts.size() && i < holders.size(); ++i) {
    const Attempt& attempt = attempts[i];
    Session& session = by_holder[holders[i]];
    if (session.kept.attempts == 0) {
      session.kept.holder = holders[i];
      session.kept.first = attempt.first;
      session.kept.last = attempt.last;
      session.lot = siphash13(key, as_bytes(format_day_iso(day) + "\n" + holders[i]));
    }
    session.kept.first = std::min(session.kept.first, attempt.first);
    session.kept.last = std::max(session.kept.last, attempt.last);
    if (session.kept.place.empty()) session.kept.place = attempt.who.place;
    ++session.kept.attempts;
    session.unclear += attempt.band == Band::Unclear;
    session.background += attempt.band == Band::LikelyBackground;
  }
  std::vector<Session> out;
  for (auto& [holder, session] : by_holder) out.push_back(std::move(session));
  return out;
}

}  // namespace

std::vector<SampledSession> draw_sample(std::span<const Attempt> attempts,
                                        std::span<const std::string> holders, Day day, const HashKey& key,
                                        const SampleSize& size) {
  std::vector<Session> sessions = sessions_of(attempts, holders, day, key);
  const auto by_lot = [](const Session& a, const Session& b) {
    return std::tie(a.lot, a.kept.holder) < std::tie(b.lot, b.kept.holder);
  };
  std::sort(sessions.begin(), sessions.end(), by_lot);
  std::vector<SampledSession> out;
  const std::size_t random = std::min(size.random, sessions.size());
  for (std::size_t i = 0; i < random; ++i) {
    out.push_back(std::move(sessions[i].kept));
    out.back().reason =
        fmt::format("drawn by lot from {} with anything listed",
                    sessions.size() == 1 ? "1 session" : fmt::format("{} sessions", sessions.size()));
    out.back().sampler = "Gatehouse, by lot";
  }
  sessions.erase(sessions.begin(), sessions.begin() + static_cast<std::ptrdiff_t>(random));
  // What the scoring could not decide is where it can be wrong, whichever way.
  std::stable_sort(sessions.begin(), sessions.end(),
                   [](const Session& a, const Session& b) { return a.unclear > b.unclear; });
  for (std::size_t i = 0; i < sessions.size() && i < size.targeted && sessions[i].unclear >= kManyUnclear;
       ++i) {
    out.push_back(std::move(sessions[i].kept));
    out.back().targeted = true;
    out.back().reason =
        fmt::format("{} attempts that could not be told apart from background", sessions[i].unclear);
    out.back().sampler = "Gatehouse, by rule";
  }
  return out;
}

Result<void> keep_sample(const Connection& db, Day day, const std::vector<SampledSession>& sample) {
  if (auto begun = db.run("BEGIN IMMEDIATE"); !begun) return begun;
  const std::string name = format_day_iso(day);
  Result<void> done;
  auto insert = db.prepare(
      "INSERT INTO review_sample SELECT ?,?,?,?,?,?,?,?,?,? WHERE NOT EXISTS "
      "(SELECT 1 FROM review_sample WHERE day = ? AND ordinal >= ?)");
  if (!insert) done = tl::make_unexpected(insert.error());
  std::int64_t ordinal = 0;
  for (const SampledSession& one : sample) {
    if (!done) break;
    insert->bind(name).bind(ordinal).bind(one.targeted ? "targeted" : "random").bind(one.holder);
    insert->bind(one.first).bind(one.last).bind(one.place).bind(std::int64_t{one.attempts});
    done = insert->bind(one.reason).bind(one.sampler).bind(name).bind(ordinal).run();
    ++ordinal;
  }
  if (done) done = db.run("COMMIT");
  if (!done) (void)db.run("ROLLBACK");
  return done;
}

Result<std::vector<SampledSession>> sample_of(const Connection& db, Day day) {
  std::vector<SampledSession> out;
  auto done = each_row(
      db,
      "SELECT kind, holder, first, last, place, attempts, reason, sampler FROM review_sample WHERE day = ? "
      "ORDER BY ordinal",
      [&](Statement& s) { s.bind(format_day_iso(day)); },
      [&](const Statement& row) {
        out.push_back({row.text(0) == "targeted", row.text(1), row.time(2), row.time(3), row.text(4),
                       static_cast<std::uint32_t>(row.number(5)), row.text(6), row.text(7)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

}  // namespace gatehouse::lodge
