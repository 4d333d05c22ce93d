#include "lodge/store/schema.h"

#include <fmt/format.h>

#include <array>

namespace gatehouse::lodge {
namespace {

// Times are microseconds since 1970 in UTC. Lists without a life of their own are JSON. Rows of people
// (attempt, evidence) refer to nothing outside, so that retention can delete them.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE attempt (
  id TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, category TEXT NOT NULL,
  grade TEXT NOT NULL CHECK (grade IN ('A','B','C','D')),
  login TEXT NOT NULL CHECK (login = '' OR grade IN ('A','B')),
  device TEXT NOT NULL, device_name TEXT NOT NULL, place TEXT NOT NULL, member_of TEXT NOT NULL,
  sponsor TEXT NOT NULL, why TEXT NOT NULL, address TEXT NOT NULL, seen_mac TEXT NOT NULL, network TEXT NOT NULL,
  hits INTEGER NOT NULL, action TEXT NOT NULL, outcome TEXT NOT NULL, sealed INTEGER NOT NULL,
  evasion TEXT NOT NULL, tunnel TEXT NOT NULL, band TEXT NOT NULL, score INTEGER NOT NULL, reasons TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_first ON attempt (first);
CREATE INDEX attempt_last ON attempt (last);
CREATE INDEX attempt_login ON attempt (login, first) WHERE login != '';
CREATE INDEX attempt_device ON attempt (device, first);
CREATE TABLE attempt_host (
  attempt TEXT NOT NULL REFERENCES attempt (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL,
  host TEXT NOT NULL, url TEXT NOT NULL, list TEXT NOT NULL, entry TEXT NOT NULL, line INTEGER NOT NULL,
  hits INTEGER NOT NULL, PRIMARY KEY (attempt, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_host_host ON attempt_host (host);
CREATE TABLE event (
  id TEXT PRIMARY KEY, attempt TEXT NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  at INTEGER NOT NULL, line TEXT NOT NULL
) STRICT;
CREATE INDEX event_attempt ON event (attempt, at);
CREATE INDEX event_at ON event (at);
CREATE TABLE evidence (
  attempt TEXT NOT NULL REFERENCES attempt (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL, line TEXT NOT NULL,
  PRIMARY KEY (attempt, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE coverage (event TEXT PRIMARY KEY, at INTEGER NOT NULL, counters TEXT NOT NULL) STRICT;
CREATE INDEX coverage_at ON coverage (at);
CREATE TABLE note (event TEXT PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL) STRICT;
CREATE INDEX note_at ON note (at);
CREATE TABLE journal_position (file TEXT PRIMARY KEY, inode INTEGER NOT NULL, read INTEGER NOT NULL) STRICT;
)sql";

// The days whose report was made, and the day before the first that one is owed for.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE report (day TEXT PRIMARY KEY, made INTEGER NOT NULL) STRICT;
)sql";

// What people asked for on a block page.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE access_request (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, address TEXT NOT NULL, host TEXT NOT NULL, category TEXT NOT NULL,
  reference TEXT NOT NULL, why TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE INDEX access_request_address ON access_request (address, at);
)sql";

// What people and the lodge do about attempts: look-ups of names, incidents, samples, readings; mail and
// alerts on their way; when a feed was silent. Look-ups and notes can be added to and never changed: the
// triggers hold it.
constexpr const char* kVersion4 = R"sql(
CREATE TABLE name_look_up (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, code TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL,
  purpose TEXT NOT NULL, second TEXT NOT NULL, answer TEXT NOT NULL CHECK (answer IN ('shown','unknown','refused')),
  chain TEXT NOT NULL
) STRICT;
CREATE TRIGGER name_look_up_kept BEFORE DELETE ON name_look_up BEGIN SELECT raise(ABORT, 'look-ups are kept'); END;
CREATE TRIGGER name_look_up_fixed BEFORE UPDATE ON name_look_up BEGIN SELECT raise(ABORT, 'look-ups are kept'); END;
CREATE TABLE incident (
  id INTEGER PRIMARY KEY, opened INTEGER NOT NULL, owner TEXT NOT NULL, about TEXT NOT NULL, holder TEXT NOT NULL,
  category TEXT NOT NULL, due TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0, cause TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE incident_note (
  id INTEGER PRIMARY KEY, incident INTEGER NOT NULL REFERENCES incident (id), at INTEGER NOT NULL,
  person TEXT NOT NULL, words TEXT NOT NULL
) STRICT;
CREATE TRIGGER incident_note_kept BEFORE DELETE ON incident_note BEGIN SELECT raise(ABORT, 'notes are kept'); END;
CREATE TRIGGER incident_note_fixed BEFORE UPDATE ON incident_note BEGIN SELECT raise(ABORT, 'notes are kept'); END;
CREATE TABLE review_sample (
  day TEXT NOT NULL, ordinal INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('random','targeted')),
  holder TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, place TEXT NOT NULL,
  attempts INTEGER NOT NULL, reason TEXT NOT NULL, sampler TEXT NOT NULL, PRIMARY KEY (day, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE report_reading (
  day TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (day, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE feed_silence (
  feed TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (feed, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, sender TEXT NOT NULL,
  subject TEXT NOT NULL, message TEXT NOT NULL, made INTEGER NOT NULL, due INTEGER NOT NULL,
  deadline INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, claimed INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '', late_told INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_waiting ON outbox (due) WHERE sent = 0;
CREATE TABLE alert (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, raised INTEGER NOT NULL, newest INTEGER NOT NULL,
  events INTEGER NOT NULL, title TEXT NOT NULL, words TEXT NOT NULL, attempt TEXT NOT NULL, severity INTEGER NOT NULL,
  told INTEGER NOT NULL DEFAULT 0, told_events INTEGER NOT NULL DEFAULT 0, escalated INTEGER NOT NULL DEFAULT 0,
  acknowledged INTEGER NOT NULL DEFAULT 0, person TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX alert_key ON alert (key, newest);
CREATE TABLE alert_message (
  id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, channel TEXT NOT NULL, step TEXT NOT NULL, body TEXT NOT NULL,
  made INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
  answer TEXT NOT NULL DEFAULT '', UNIQUE (alert, channel, step)
) STRICT;
CREATE INDEX alert_message_waiting ON alert_message (due) WHERE sent = 0;
)sql";

// What identity has heard, so that a restart forgets nothing; corrections of attempts by late evidence; and what
// retention deleted.
constexpr const char* kVersion5 = R"sql(
CREATE TABLE lease (
  key INTEGER PRIMARY KEY, session INTEGER NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL, began INTEGER NOT NULL,
  ended INTEGER NOT NULL, sure INTEGER NOT NULL, whole_64 INTEGER NOT NULL, hearsay INTEGER NOT NULL,
  source TEXT NOT NULL, evidence TEXT NOT NULL
) STRICT;
CREATE INDEX lease_ended ON lease (ended);
CREATE TABLE login (
  key INTEGER PRIMARY KEY, session INTEGER NOT NULL, login TEXT NOT NULL, member_of TEXT NOT NULL,
  sponsor TEXT NOT NULL, mac TEXT NOT NULL, address TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL,
  sure INTEGER NOT NULL, place TEXT NOT NULL, visitor TEXT NOT NULL, source TEXT NOT NULL, evidence TEXT NOT NULL
) STRICT;
CREATE INDEX login_ended ON login (ended);
CREATE TABLE correction (
  attempt TEXT NOT NULL REFERENCES attempt (id) ON DELETE CASCADE, at INTEGER NOT NULL, old_grade TEXT NOT NULL,
  old_login TEXT NOT NULL, new_grade TEXT NOT NULL, new_login TEXT NOT NULL, PRIMARY KEY (attempt, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE voucher (
  number INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, sponsor TEXT NOT NULL,
  purpose TEXT NOT NULL, until INTEGER NOT NULL, devices INTEGER NOT NULL, used INTEGER NOT NULL
) STRICT;
CREATE TABLE guest_end (address TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE deletion (at INTEGER NOT NULL, what TEXT NOT NULL, before INTEGER NOT NULL, number INTEGER NOT NULL) STRICT;
)sql";

// What lodge/visits judges by: with each attempt its tries, and beside them where listed names came up behind pages.
constexpr const char* kVersion6 = R"sql(
ALTER TABLE attempt ADD COLUMN tries TEXT NOT NULL DEFAULT '';
CREATE TABLE sighting (
  day INTEGER NOT NULL, name INTEGER NOT NULL, lead INTEGER NOT NULL, device INTEGER NOT NULL, moment INTEGER NOT NULL,
  brought INTEGER NOT NULL, again INTEGER NOT NULL,
  PRIMARY KEY (day, name, lead, device, moment, again)
) STRICT, WITHOUT ROWID;
)sql";

// Guests who ask somebody of the college to vouch for them; and mails that are of no use, and to be read by nobody, after
// a while.
constexpr const char* kVersion7 = R"sql(
CREATE TABLE guest_request (
  number INTEGER PRIMARY KEY AUTOINCREMENT, asked INTEGER NOT NULL, until INTEGER NOT NULL, name TEXT NOT NULL,
  purpose TEXT NOT NULL, sponsor TEXT NOT NULL, may_approve INTEGER NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL,
  guest_hash TEXT NOT NULL, link_hash TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','approved','refused','signed-in')),
  decided INTEGER NOT NULL DEFAULT 0, decided_from TEXT NOT NULL DEFAULT '', signed_in INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX guest_request_asked ON guest_request (asked);
ALTER TABLE outbox ADD COLUMN expires INTEGER NOT NULL DEFAULT 9223372036854775807;
)sql";

// The migration to version i+1 is kMigrations[i]. Never change one that was released; add the next.
constexpr std::array kMigrations{kVersion1, kVersion2, kVersion3, kVersion4, kVersion5, kVersion6, kVersion7};
constexpr std::int64_t kNewest = kMigrations.size();

Result<std::int64_t> version_of(const Connection& db) {
  const auto has_table = db.number("SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'");
  if (!has_table || *has_table == 0) return has_table;
  return db.number("SELECT max(version) FROM schema_version");
}

Result<void> check_ours(const Connection& db) {
  const auto application = db.number("PRAGMA application_id");
  if (!application) return tl::make_unexpected(application.error());
  const auto tables = db.number("SELECT count(*) FROM sqlite_master");
  if (!tables) return tl::make_unexpected(tables.error());
  if (*application != kApplicationId && (*application != 0 || *tables != 0)) {
    return failure("this database belongs to another program; it was not touched",
                   "give another path in `store: {path: ...}`", db.file());
  }
  return {};
}

Result<void> migrate(const Connection& db, std::int64_t from) {
  for (std::int64_t version = from; version < kNewest; ++version) {
    // IMMEDIATE, and the version asked again inside, so that two programs starting at once do not both
    // migrate.
    if (auto begun = db.run("BEGIN IMMEDIATE"); !begun) return begun;
    const auto now = version_of(db);
    Result<void> done = now ? Result<void>{} : Result<void>{tl::make_unexpected(now.error())};
    if (done && *now == version) {
      if (version == 0) {
        done =
            db.run(fmt::format("PRAGMA application_id = {}; "
                               "CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT",
                               kApplicationId));
      }
      if (done) done = db.run(kMigrations[static_cast<std::size_t>(version)]);
      if (done) done = db.run(fmt::format("INSERT INTO schema_version VALUES ({})", version + 1));
    }
    if (done) done = db.run("COMMIT");
    if (!done) {
      (void)db.run("ROLLBACK");
      return done;
    }
  }
  return {};
}

}  // namespace

Result<void> prepare_schema(const Connection& db) {
  if (auto ours = check_ours(db); !ours) return ours;
  const auto version = version_of(db);
  if (!version) return tl::make_unexpected(version.error());
  if (*version > kNewest) {
    return failure(fmt::format("the store was made by a newer Gatehouse (schema {}, this one knows {})",
                               *version, kNewest),
                   "upgrade this Gatehouse, or give another path in `store: {path: ...}`", db.file());
  }
  // WAL: the report reads while the lodge writes. NORMAL: a power cut can lose the last batch and its
  // position together, never one without the other, and the journal still has it.
  if (auto set = db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
      !set) {
    return set;
  }
  return migrate(db, *version);
}

}  // namespace gatehouse::lodge
