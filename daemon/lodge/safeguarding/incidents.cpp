#include "lodge/safeguarding/incidents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

tl::unexpected<Error> must(std::string what, std::string remedy) {
  return failure(std::move(what), std::move(remedy));
}

// Whether it is there and still open; the error says which it is not.
Result<void> expect_open(const Connection& db, std::int64_t id) {
  bool found = false;
  bool closed = false;
  auto done = each_row(
      db, "SELECT closed FROM incident WHERE id = ?", [&](Statement& s) { s.bind(id); },
      [&](const Statement& row) {
        found = true;
        closed = row.number(0) != 0;
      });
  if (!done) return done;
  if (!found) return must(fmt::format("there is no incident {}", id), "`gatehouse incident list` shows them");
  if (closed) return must(fmt::format("incident {} is closed", id), "open another one that names it");
  return {};
}

Result<void> insert_note(const Connection& db, std::int64_t id, const IncidentNote& note) {
  auto insert = db.prepare("INSERT INTO incident_note (incident, at, person, words) VALUES (?,?,?,?)");
  if (!insert) return tl::make_unexpected(insert.error());
  return insert->bind(id).bind(note.at).bind(note.person).bind(note.words).run();
}

template <std::size_t N>
Result<void> expect_word(const std::array<std::string_view, N>& known, std::string_view word,
                         const char* what) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return {};
  return must(fmt::format("`{}` is no {}", word, what), fmt::format("use one of {}", fmt::join(known, ", ")));
}

}  // namespace

Result<std::int64_t> open_incident(const Connection& db, const Incident& incident) {
  if (trim(incident.owner).empty())
    return must("an incident needs somebody who looks after it", "name them with --by");
  auto insert = db.prepare(
      "INSERT INTO incident (opened, owner, about, holder, category, due) VALUES (?,?,?,?,?,?) RETURNING id");
  if (!insert) return tl::make_unexpected(insert.error());
  insert->bind(incident.opened).bind(incident.owner).bind(incident.about).bind(incident.holder);
  insert->bind(incident.category).bind(format_day_iso(incident.due));
  const auto row = insert->step();
  if (!row) return tl::make_unexpected(row.error());
  const std::int64_t id = insert->number(0);
  const auto end = insert->step();
  if (!end) return tl::make_unexpected(end.error());
  return id;
}

Result<void> note_incident(const Connection& db, std::int64_t id, const IncidentNote& note) {
  if (trim(note.person).empty() || trim(note.words).empty())
    return must("a note needs its author and its words", "give --by and --text");
  if (auto open = expect_open(db, id); !open) return open;
  return insert_note(db, id, note);
}

Result<void> close_incident(const Connection& db, std::int64_t id, std::string_view cause,
                            std::string_view outcome, const IncidentNote& note) {
  if (trim(note.person).empty()) return must("whoever closes it must be named", "name them with --by");
  if (auto known = expect_word(kIncidentCauses, cause, "cause"); !known) return known;
  if (auto known = expect_word(kIncidentOutcomes, outcome, "outcome"); !known) return known;
  if (auto open = expect_open(db, id); !open) return open;
  if (auto begun = db.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto update =
      db.prepare("UPDATE incident SET closed = ?, cause = ?, outcome = ? WHERE id = ? AND closed = 0");
  Result<void> done;
  if (!update) done = tl::make_unexpected(update.error());
  if (done) done = update->bind(note.at).bind(cause).bind(outcome).bind(id).run();
  if (done) done = insert_note(db, id, note);
  if (done) done = db.run("COMMIT");
  if (!done) (void)db.run("ROLLBACK");
  return done;
}

Result<std::vector<Incident>> incidents_between(const Connection& db, Timestamp from, Timestamp to) {
  std::vector<Incident> out;
  auto done = each_row(
      db,
      "SELECT id, opened, owner, about, holder, category, due, closed, cause, outcome FROM incident "
      "WHERE opened < ? AND (closed = 0 OR closed >= ?) ORDER BY id",
      [&](Statement& s) { s.bind(to).bind(from); },
      [&](const Statement& row) {
        Incident one{row.number(0),
                     row.time(1),
                     row.text(2),
                     row.text(3),
                     row.text(4),
                     row.text(5),
                     parse_day(row.text(6)).value_or(Day{}),
                     std::nullopt,
                     row.text(8),
                     row.text(9)};
        if (row.number(7) != 0) one.closed = row.time(7);
        out.push_back(std::move(one));
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<std::vector<IncidentNote>> notes_of_incident(const Connection& db, std::int64_t id) {
  std::vector<IncidentNote> out;
  auto done = each_row(
      db, "SELECT at, person, words FROM incident_note WHERE incident = ? ORDER BY id",
      [&](Statement& s) { s.bind(id); },
      [&](const Statement& row) {
        out.push_back({row.time(0), row.text(1), row.text(2)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

}  // namespace gatehouse::lodge
