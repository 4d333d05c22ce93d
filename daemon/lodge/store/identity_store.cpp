#include "lodge/store/identity_store.h"

#include <set>

#include "lodge/store/schema.h"

namespace gatehouse::lodge {
namespace {

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::string mac_text(const MacAddress& mac) { return mac.is_zero() ? std::string() : mac.to_string(); }

// What is not known is trusted least.
Hearsay hearsay_from(std::int64_t number) {
  return number == 0 ? Hearsay::No : number == static_cast<std::int64_t>(Hearsay::Guarded) ? Hearsay::Guarded : Hearsay::Open;
}

Lease lease_from(const Statement& row) {
  Lease out;
  out.key = as_unsigned(row.number(0));
  out.session = as_unsigned(row.number(1));
  out.address = IpAddress::parse(row.text(2)).value_or(IpAddress{});
  out.mac = MacAddress::parse(row.text(3)).value_or(MacAddress{});
  out.from = row.time(4);
  out.to = row.time(5);
  out.sure_until = row.time(6);
  out.whole_64 = row.number(7) != 0;
  out.hearsay = hearsay_from(row.number(8));
  out.source = row.text(9);
  out.evidence = row.text(10);
  return out;
}

Login login_from(const Statement& row) {
  Login out;
  out.key = as_unsigned(row.number(0));
  out.session = as_unsigned(row.number(1));
  out.login = row.text(2);
  out.group = row.text(3);
  out.sponsor = row.text(4);
  out.mac = MacAddress::parse(row.text(5)).value_or(MacAddress{});
  out.address = IpAddress::parse(row.text(6));
  out.from = row.time(7);
  out.to = row.time(8);
  out.sure_until = row.time(9);
  out.place = row.text(10);
  out.visitor = row.text(11);
  out.source = row.text(12);
  out.evidence = row.text(13);
  return out;
}

Result<void> save_lease(Statement& statement, const Lease& one) {
  statement.bind(as_signed(one.key)).bind(as_signed(one.session)).bind(one.address.to_string());
  statement.bind(mac_text(one.mac)).bind(one.from).bind(one.to).bind(one.sure_until);
  statement.bind(std::int64_t{one.whole_64}).bind(static_cast<std::int64_t>(one.hearsay)).bind(one.source).bind(one.evidence);
  return statement.run();
}

Result<void> save_login(Statement& statement, const Login& one) {
  statement.bind(as_signed(one.key)).bind(as_signed(one.session)).bind(one.login).bind(one.group).bind(one.sponsor);
  statement.bind(mac_text(one.mac)).bind(one.address ? one.address->to_string() : std::string());
  statement.bind(one.from).bind(one.to).bind(one.sure_until).bind(one.place).bind(one.visitor);
  statement.bind(one.source).bind(one.evidence);
  return statement.run();
}

constexpr const char* kEndedBefore = "CASE WHEN ended = 9223372036854775807 THEN sure ELSE ended END < ?";

}  // namespace

Result<IdentityStore> IdentityStore::open(const std::string& file, const SqliteOptions& options) {
  auto connection = Connection::open(file, options.busy);
  if (!connection) return tl::make_unexpected(connection.error());
  if (auto ready = prepare_schema(*connection); !ready) return tl::make_unexpected(ready.error());
  return IdentityStore(std::move(*connection));
}

template <typename Work>
Result<void> IdentityStore::in_transaction(Work work) const {
  if (auto begun = db_.run("BEGIN IMMEDIATE"); !begun) return begun;
  Result<void> done = work();
  if (done) done = db_.run("COMMIT");
  if (!done) (void)db_.run("ROLLBACK");
  return done;
}

Result<void> IdentityStore::load(SessionTimeline& timeline) const {
  auto leases = db_.prepare(
      "SELECT key, session, address, mac, began, ended, sure, whole_64, hearsay, source, evidence FROM lease ORDER BY began");
  auto logins = db_.prepare(
      "SELECT key, session, login, member_of, sponsor, mac, address, began, ended, sure, place, visitor, source, evidence "
      "FROM login ORDER BY began");
  for (auto* statement : {&leases, &logins}) {
    if (!*statement) return tl::make_unexpected(statement->error());
    while (true) {
      const auto row = (*statement)->step();
      if (!row) return tl::make_unexpected(row.error());
      if (!*row) break;
      if (statement == &leases) {
        timeline.put(lease_from(**statement));
      } else {
        timeline.put(login_from(**statement));
      }
    }
  }
  return {};
}

Result<void> IdentityStore::save(const std::vector<TimelineChange>& changes, const SessionTimeline& timeline) const {
  std::set<std::pair<bool, IntervalKey>> which;
  for (const TimelineChange& change : changes) {
    if (change.key != 0) which.emplace(change.is_lease, change.key);
  }
  if (which.empty()) return {};
  auto lease = db_.prepare("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!lease) return tl::make_unexpected(lease.error());
  auto login = db_.prepare("INSERT OR REPLACE INTO login VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!login) return tl::make_unexpected(login.error());
  return in_transaction([&]() -> Result<void> {
    for (const auto& [is_lease, key] : which) {
      Result<void> done;
      if (is_lease) {
        if (const Lease* one = timeline.lease(key)) done = save_lease(*lease, *one);
      } else if (const Login* one = timeline.login(key)) {
        done = save_login(*login, *one);
      }
      if (!done) return done;
    }
    return {};
  });
}

Result<void> IdentityStore::correct(const std::vector<Correction>& corrections, Timestamp at) const {
  auto who = db_.prepare(
      "UPDATE attempt SET grade = ?, login = ?, device = ?, device_name = ?, place = ?, member_of = ?, sponsor = ?, why = ? "
      "WHERE id = ?");
  auto forget = db_.prepare("DELETE FROM evidence WHERE attempt = ?");
  auto evidence = db_.prepare("INSERT INTO evidence VALUES (?, ?, ?)");
  auto note = db_.prepare("INSERT OR REPLACE INTO correction VALUES (?, ?, ?, ?, ?, ?)");
  for (auto* statement : {&who, &forget, &evidence, &note}) {
    if (!*statement) return tl::make_unexpected(statement->error());
  }
  return in_transaction([&]() -> Result<void> {
    for (const Correction& one : corrections) {
      const Who& now = one.attempt.who;
      const char grade = letter(now.grade);
      const char before = letter(one.before.grade);
      who->bind(std::string_view(&grade, 1)).bind(now.login).bind(now.device).bind(now.device_name).bind(now.place);
      if (auto done = who->bind(now.group).bind(now.sponsor).bind(now.why).bind(one.attempt.id).run(); !done) return done;
      if (auto done = forget->bind(one.attempt.id).run(); !done) return done;
      std::int64_t ordinal = 0;
      for (const std::string& line : one.evidence) {
        if (auto done = evidence->bind(one.attempt.id).bind(ordinal++).bind(line).run(); !done) return done;
      }
      note->bind(one.attempt.id).bind(at).bind(std::string_view(&before, 1)).bind(one.before.login);
      if (auto done = note->bind(std::string_view(&grade, 1)).bind(now.login).run(); !done) return done;
    }
    return {};
  });
}

Result<std::vector<Deletion>> IdentityStore::forget(Timestamp before, Timestamp at) const {
  struct Kind {
    const char* what;
    std::string where;
  };
  const Kind kinds[] = {{"leases", std::string("lease WHERE ") + kEndedBefore},
                        {"logins", std::string("login WHERE ") + kEndedBefore},
                        {"guest requests", "guest_request WHERE asked < ?"},
                        {"mails to sponsors", "outbox WHERE substr(key, 1, 14) = 'guest request ' AND made < ?"},
                        {"evidence of attempts", "evidence WHERE attempt IN (SELECT id FROM attempt WHERE last < ?)"}};
  std::vector<Deletion> out;
  const auto done = in_transaction([&]() -> Result<void> {
    for (const Kind& kind : kinds) {
      auto remove = db_.prepare("DELETE FROM " + kind.where);
      if (!remove) return tl::make_unexpected(remove.error());
      if (auto removed = remove->bind(before).run(); !removed) return removed;
      const auto number = db_.number("SELECT changes()");
      if (!number) return tl::make_unexpected(number.error());
      if (*number == 0) continue;
      auto note = db_.prepare("INSERT INTO deletion VALUES (?, ?, ?, ?)");
      if (!note) return tl::make_unexpected(note.error());
      note->bind(at).bind(std::string_view(kind.what)).bind(before);
      if (auto noted = note->bind(*number).run(); !noted) return noted;
      out.push_back({at, kind.what, before, as_unsigned(*number)});
    }
    return {};
  });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<std::vector<Deletion>> IdentityStore::deletions() const {
  std::vector<Deletion> out;
  auto statement = db_.prepare("SELECT at, what, before, number FROM deletion ORDER BY at, what");
  if (!statement) return tl::make_unexpected(statement.error());
  while (true) {
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return out;
    out.push_back({statement->time(0), statement->text(1), statement->time(2), as_unsigned(statement->number(3))});
  }
}

}  // namespace gatehouse::lodge
