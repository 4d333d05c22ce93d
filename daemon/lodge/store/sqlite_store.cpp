#include "lodge/store/sqlite_store.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>

#include "lodge/store/record_rows.h"
#include "lodge/store/schema.h"

namespace gatehouse::lodge {
namespace {

// Attempts that match `where`, with their hosts and event ids, in a stable order.
template <typename Bind>
Result<std::vector<Attempt>> load_attempts(const Connection& db, const std::string& where, Bind bind) {
  std::vector<Attempt> attempts;
  std::unordered_map<std::string, std::size_t> at;
  auto done =
      each_row(db, fmt::format("SELECT {} FROM attempt WHERE {} ORDER BY first, id", kAttemptColumns, where),
               bind, [&](const Statement& row) {
                 attempts.push_back(read_attempt(row));
                 at.emplace(attempts.back().id, attempts.size() - 1);
               });
  if (!done) return tl::make_unexpected(done.error());
  const std::string matching = fmt::format("(SELECT id FROM attempt WHERE {})", where);
  done =
      each_row(db,
               "SELECT attempt, host, url, list, entry, line, hits FROM attempt_host WHERE attempt IN " +
                   matching + " ORDER BY attempt, ordinal",
               bind, [&](const Statement& row) {
                 const auto found = at.find(row.text(0));
                 if (found == at.end()) return;
                 attempts[found->second].hosts.push_back({row.text(1), row.text(2), row.text(3), row.text(4),
                                                          static_cast<std::uint32_t>(row.number(5)),
                                                          static_cast<std::uint32_t>(row.number(6))});
               });
  if (!done) return tl::make_unexpected(done.error());
  done = each_row(db, "SELECT attempt, id FROM event WHERE attempt IN " + matching + " ORDER BY rowid", bind,
                  [&](const Statement& row) {
                    const auto found = at.find(row.text(0));
                    if (found != at.end()) attempts[found->second].event_ids.push_back(row.text(1));
                  });
  if (!done) return tl::make_unexpected(done.error());
  return attempts;
}

// The sentence "... ON CONFLICT DO UPDATE" for all columns but the id.
std::string upsert_attempt_sql() {
  std::string marks;
  std::string sets;
  std::string_view rest(kAttemptColumns);
  while (!rest.empty()) {
    const auto comma = rest.find(", ");
    const std::string_view column = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
    marks += marks.empty() ? "?" : ", ?";
    if (column == "id") continue;
    sets += fmt::format("{}{} = excluded.{}", sets.empty() ? "" : ", ", column, column);
  }
  return fmt::format("INSERT INTO attempt ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}",
                     kAttemptColumns, marks, sets);
}

Result<void> save_attempts(const Connection& db, const std::vector<Attempt>& attempts) {
  auto upsert = db.prepare(upsert_attempt_sql());
  auto forget_hosts = db.prepare("DELETE FROM attempt_host WHERE attempt = ?");
  auto add_host = db.prepare("INSERT INTO attempt_host VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (auto* statement : {&upsert, &forget_hosts, &add_host}) {
    if (!*statement) return tl::make_unexpected(statement->error());
  }
  for (const Attempt& attempt : attempts) {
    bind_attempt(*upsert, attempt);
    if (auto done = upsert->run(); !done) return done;
    if (auto done = forget_hosts->bind(attempt.id).run(); !done) return done;
    std::int64_t ordinal = 0;
    for (const AttemptHost& host : attempt.hosts) {
      add_host->bind(attempt.id)
          .bind(ordinal++)
          .bind(host.host)
          .bind(host.url)
          .bind(host.list)
          .bind(host.entry);
      if (auto done = add_host->bind(std::int64_t{host.line}).bind(std::int64_t{host.hits}).run(); !done)
        return done;
    }
  }
  return {};
}

Result<void> save_events(const Connection& db, const IngestBatch& batch) {
  auto event = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING");
  auto forget_evidence = db.prepare("DELETE FROM evidence WHERE attempt = ?");
  auto evidence = db.prepare("INSERT INTO evidence VALUES (?, ?, ?)");
  auto minute = db.prepare("INSERT INTO coverage VALUES (?, ?, ?) ON CONFLICT (event) DO NOTHING");
  auto note = db.prepare("INSERT INTO note VALUES (?, ?, ?) ON CONFLICT (event) DO NOTHING");
  for (auto* statement : {&event, &forget_evidence, &evidence, &minute, &note}) {
    if (!*statement) return tl::make_unexpected(statement->error());
  }
  for (const auto& one : batch.events) {
    if (auto done = event->bind(one.id).bind(one.attempt).bind(one.at).bind(one.line).run(); !done)
      return done;
  }
  for (const auto& one : batch.evidence) {
    if (auto done = forget_evidence->bind(one.attempt).run(); !done) return done;
    std::int64_t ordinal = 0;
    for (const auto& line : one.lines) {
      if (auto done = evidence->bind(one.attempt).bind(ordinal++).bind(line).run(); !done) return done;
    }
  }
  for (const auto& [id, one] : batch.coverage) {
    if (auto done = minute->bind(id).bind(one.at).bind(counters_to_json(one)).run(); !done) return done;
  }
  for (const auto& [id, one] : batch.notes) {
    if (auto done = note->bind(id).bind(one.at).bind(one.what).run(); !done) return done;
  }
  return {};
}

// The database keeps signed integers; hashes, inode and offset use the same bits.
std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// Those older than lodge/visits looks back go when a day brings its first.
constexpr std::int32_t kSightingDaysKept = 10;

Result<void> save_sightings(const Connection& db, const std::vector<Sighting>& sightings) {
  if (sightings.empty()) return {};
  auto add = db.prepare("INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  auto forget = db.prepare("DELETE FROM sighting WHERE day < ?");
  for (auto* statement : {&add, &forget}) {
    if (!*statement) return tl::make_unexpected(statement->error());
  }
  std::int32_t newest = 0;
  for (const Sighting& one : sightings) {
    add->bind(std::int64_t{one.day}).bind(as_signed(one.name)).bind(as_signed(one.lead)).bind(as_signed(one.device));
    if (auto done = add->bind(std::int64_t{one.offset.count()}).bind(std::int64_t{one.brought}).bind(std::int64_t{one.again}).run(); !done) return done;
    newest = std::max(newest, one.day);
  }
  return forget->bind(std::int64_t{newest - kSightingDaysKept}).run();
}

Result<void> save_position(const Connection& db, const JournalPosition& position) {
  auto statement = db.prepare("INSERT OR REPLACE INTO journal_position VALUES (?, ?, ?)");
  if (!statement) return tl::make_unexpected(statement.error());
  return statement->bind(position.file)
      .bind(as_signed(position.inode))
      .bind(as_signed(position.offset))
      .run();
}

// The condition that picks the attempts of the same holder, and its value.
std::pair<const char*, std::string> same_holder(const Attempt& attempt) {
  if (!attempt.who.login.empty()) return {"login != '' AND login = ?", attempt.who.login};  // as the index has it
  if (!attempt.who.device.empty()) return {"login = '' AND device = ?", attempt.who.device};
  return {"login = '' AND address = ?", attempt.address};
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& file,
                                                       const SqliteOptions& options) {
  auto connection = Connection::open(file, options.busy);
  if (!connection) return tl::make_unexpected(connection.error());
  if (auto ready = prepare_schema(*connection); !ready) return tl::make_unexpected(ready.error());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(*connection)));
}

Result<void> SqliteStore::save(const IngestBatch& batch) {
  if (auto done = save_attempts(db_, batch.attempts); !done) return done;
  if (auto done = save_events(db_, batch); !done) return done;
  if (auto done = save_sightings(db_, batch.sightings); !done) return done;
  if (auto done = save_position(db_, batch.position); !done) return done;
  return db_.run("COMMIT");
}

Result<void> SqliteStore::ingest(const IngestBatch& batch) {
  if (auto begun = db_.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto saved = save(batch);
  // On a full disk SQLite may have rolled back by itself; then this fails, and that is right.
  if (!saved) (void)db_.run("ROLLBACK");
  return saved;
}

Result<std::optional<JournalPosition>> SqliteStore::position(const std::string& journal_file) const {
  std::optional<JournalPosition> found;
  auto done = each_row(
      db_, "SELECT inode, read FROM journal_position WHERE file = ?",
      [&](Statement& s) { s.bind(journal_file); },
      [&](const Statement& row) {
        found = JournalPosition{journal_file, static_cast<std::uint64_t>(row.number(0)),
                                static_cast<std::uint64_t>(row.number(1))};
      });
  if (!done) return tl::make_unexpected(done.error());
  return found;
}

Result<bool> SqliteStore::has_event(const std::string& id) const {
  bool found = false;
  auto done = each_row(
      db_, "SELECT 1 FROM event WHERE id = ?", [&](Statement& s) { s.bind(id); },
      [&](const Statement&) { found = true; });
  if (!done) return tl::make_unexpected(done.error());
  return found;
}

Result<std::vector<Attempt>> SqliteStore::attempts_between(Timestamp from, Timestamp to) const {
  return load_attempts(db_, "first >= ? AND first < ?", [&](Statement& s) { s.bind(from).bind(to); });
}

Result<void> SqliteStore::each_past(Timestamp from, Timestamp to,
                                    const std::function<void(const PastAttempt&)>& take) const {
  return each_row(
      db_,
      fmt::format("SELECT {} FROM attempt WHERE first >= ? AND first < ? ORDER BY first, id", kPastColumns),
      [&](Statement& s) { s.bind(from).bind(to); },
      [&](const Statement& row) { take(read_past_attempt(row)); });
}

Result<std::vector<Attempt>> SqliteStore::attempts_of_holder(const Attempt& like, Timestamp from,
                                                             Timestamp to) const {
  const auto holder = same_holder(like);
  return load_attempts(db_, fmt::format("{} AND first >= ? AND first < ?", holder.first),
                       [&](Statement& s) { s.bind(holder.second).bind(from).bind(to); });
}

Result<std::vector<Attempt>> SqliteStore::attempts_ending_since(Timestamp since) const {
  return load_attempts(db_, "last >= ?", [&](Statement& s) { s.bind(since); });
}

Result<std::optional<Attempt>> SqliteStore::attempt(const std::string& id) const {
  auto found = load_attempts(db_, "id = ?", [&](Statement& s) { s.bind(id); });
  if (!found) return tl::make_unexpected(found.error());
  if (found->empty()) return std::optional<Attempt>();
  return std::optional<Attempt>(std::move(found->front()));
}

Result<std::vector<KeptEvent>> SqliteStore::events_of(const std::string& attempt) const {
  std::vector<KeptEvent> events;
  auto done = each_row(
      db_, "SELECT id, at, line FROM event WHERE attempt = ? ORDER BY rowid",
      [&](Statement& s) { s.bind(attempt); },
      [&](const Statement& row) {
        events.push_back({row.text(0), attempt, row.time(1), row.text(2)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return events;
}

Result<std::vector<std::string>> SqliteStore::evidence_of(const std::string& attempt) const {
  std::vector<std::string> lines;
  auto done = each_row(
      db_, "SELECT line FROM evidence WHERE attempt = ? ORDER BY ordinal",
      [&](Statement& s) { s.bind(attempt); }, [&](const Statement& row) { lines.push_back(row.text(0)); });
  if (!done) return tl::make_unexpected(done.error());
  return lines;
}

Result<std::vector<Sighting>> SqliteStore::sightings_since(std::int32_t day) const {
  std::vector<Sighting> sightings;
  auto done = each_row(
      db_, "SELECT day, name, lead, device, moment, brought, again FROM sighting WHERE day >= ? "
      "ORDER BY day, name, lead, device, moment, again",
      [&](Statement& s) { s.bind(std::int64_t{day}); },
      [&](const Statement& row) {
        const auto hash = [&](int column) { return static_cast<std::uint64_t>(row.number(column)); };
        sightings.push_back(
            {hash(1), hash(2), hash(3), static_cast<std::int32_t>(row.number(0)), Milliseconds(row.number(4)),
             row.number(5) != 0, row.number(6) != 0});
      });
  if (!done) return tl::make_unexpected(done.error());
  return sightings;
}

Result<std::optional<Timestamp>> SqliteStore::newest_event() const {
  std::optional<Timestamp> newest;
  auto done = each_row(
      db_, "SELECT max(at) FROM event", [](Statement&) {},
      [&](const Statement& row) {
        if (!row.is_null(0)) newest = row.time(0);
      });
  if (!done) return tl::make_unexpected(done.error());
  return newest;
}

Result<std::vector<CoverageMinute>> SqliteStore::coverage_between(Timestamp from, Timestamp to) const {
  std::vector<CoverageMinute> minutes;
  auto done = each_row(
      db_, "SELECT at, counters FROM coverage WHERE at >= ? AND at < ? ORDER BY at, event",
      [&](Statement& s) { s.bind(from).bind(to); },
      [&](const Statement& row) { minutes.push_back(coverage_from(row.time(0), row.text(1))); });
  if (!done) return tl::make_unexpected(done.error());
  return minutes;
}

Result<bool> SqliteStore::has_coverage(Timestamp from, Timestamp to) const {
  bool found = false;
  auto done = each_row(
      db_, "SELECT 1 FROM coverage WHERE at >= ? AND at < ? LIMIT 1",
      [&](Statement& s) { s.bind(from).bind(to); }, [&](const Statement&) { found = true; });
  if (!done) return tl::make_unexpected(done.error());
  return found;
}

Result<std::vector<GateNote>> SqliteStore::notes_between(Timestamp from, Timestamp to) const {
  std::vector<GateNote> notes;
  auto done = each_row(
      db_, "SELECT at, what FROM note WHERE at >= ? AND at < ? ORDER BY at, event",
      [&](Statement& s) { s.bind(from).bind(to); },
      [&](const Statement& row) {
        notes.push_back({row.time(0), row.text(1)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return notes;
}

Result<std::vector<DayCount>> SqliteStore::counts_by_day(Day first, Day last) const {
  std::map<std::pair<Day, std::string>, DayCount> counts;
  std::map<std::pair<Day, std::string>, std::set<std::string>> people;
  auto done = each_row(
      db_,
      "SELECT first, category, band, hits, CASE WHEN login != '' THEN 'l' || login WHEN device != '' THEN "
      "'d' || device "
      "ELSE 'a' || address END FROM attempt WHERE first >= ? AND first < ?",
      [&](Statement& s) { s.bind(london_day_bounds(first).begin).bind(london_day_bounds(last).end); },
      [&](const Statement& row) {
        const std::pair<Day, std::string> key{london_day(row.time(0)), row.text(1)};
        DayCount& count = counts[key];
        ++count.attempts;
        const std::string band = row.text(2);
        ++(band == "deliberate" ? count.deliberate : band == "background" ? count.background : count.unclear);
        count.hits += static_cast<std::uint32_t>(row.number(3));
        people[key].insert(row.text(4));
      });
  if (!done) return tl::make_unexpected(done.error());
  std::vector<DayCount> out;
  for (auto& [key, count] : counts) {
    count.day = key.first;
    count.category = key.second;
    count.people = static_cast<std::uint32_t>(people[key].size());
    out.push_back(std::move(count));
  }
  return out;
}

Result<SetAside> SqliteStore::set_aside(Timestamp from, Timestamp to) const {
  SetAside sum;
  auto done = each_row(
      db_, "SELECT band, count(*), sum(hits) FROM attempt WHERE first >= ? AND first < ? GROUP BY band",
      [&](Statement& s) { s.bind(from).bind(to); },
      [&](const Statement& row) {
        const auto attempts = static_cast<std::uint64_t>(row.number(1));
        const auto hits = static_cast<std::uint64_t>(row.number(2));
        sum.attempts += attempts;
        sum.hits += hits;
        if (row.text(0) != "background") return;
        sum.background_attempts = attempts;
        sum.background_hits = hits;
      });
  if (!done) return tl::make_unexpected(done.error());
  return sum;
}

Result<SeenEarlier> SqliteStore::seen_earlier(const Attempt& attempt) const {
  const auto holder = same_holder(attempt);
  SeenEarlier seen;
  std::set<Day> days;
  auto done = each_row(
      db_,
      fmt::format(
          "SELECT first FROM attempt WHERE {} AND category = ? AND first >= ? AND first < ? ORDER BY first",
          holder.first),
      [&](Statement& s) {
        s.bind(holder.second)
            .bind(attempt.category)
            .bind(attempt.first - kSeenBeforeWindow)
            .bind(attempt.first);
      },
      [&](const Statement& row) {
        ++seen.attempts;
        seen.last = row.time(0);
        days.insert(london_day(row.time(0)));
      });
  days.erase(london_day(attempt.first));
  if (!done) return tl::make_unexpected(done.error());
  seen.days = static_cast<std::uint32_t>(days.size());
  return seen;
}

Result<std::optional<Timestamp>> SqliteStore::host_first_seen(const std::string& host,
                                                              Timestamp since) const {
  std::optional<Timestamp> first;
  auto done = each_row(
      db_,
      "SELECT min(attempt.first) FROM attempt JOIN attempt_host ON attempt_host.attempt = attempt.id "
      "WHERE attempt_host.host = ? AND attempt.first >= ?",
      [&](Statement& s) { s.bind(host).bind(since); },
      [&](const Statement& row) {
        if (!row.is_null(0)) first = row.time(0);
      });
  if (!done) return tl::make_unexpected(done.error());
  return first;
}

}  // namespace gatehouse::lodge
