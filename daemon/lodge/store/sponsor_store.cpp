#include "lodge/store/sponsor_store.h"

#include <fmt/format.h>

#include <array>

#include "lodge/store/schema.h"

namespace gatehouse::lodge {
namespace {

using portal::SponsorRequest;
using State = SponsorRequest::State;

// As the column `state` has them, in the order of State.
constexpr std::array<std::string_view, 4> kStates = {"waiting", "approved", "refused", "signed-in"};

constexpr const char* kColumns =
    "number, asked, until, name, purpose, sponsor, may_approve, address, mac, guest_hash, link_hash, state, decided, "
    "decided_from, signed_in";

std::string mac_text(const SponsorRequest& request) {
  return request.mac.is_zero() ? std::string() : request.mac.to_string();
}

SponsorRequest request_from(const Statement& row) {
  SponsorRequest out;
  out.number = row.number(0);
  out.asked = row.time(1);
  out.until = row.time(2);
  out.name = row.text(3);
  out.purpose = row.text(4);
  out.sponsor = row.text(5);
  out.may_approve = row.number(6) != 0;
  out.address = IpAddress::parse(row.text(7)).value_or(IpAddress{});
  out.mac = MacAddress::parse(row.text(8)).value_or(MacAddress{});
  out.guest_hash = row.text(9);
  out.link_hash = row.text(10);
  const std::string state = row.text(11);
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == state) out.state = static_cast<State>(i);
  }
  out.decided = row.time(12);
  out.decided_from = row.text(13);
  out.signed_in = row.time(14);
  return out;
}

}  // namespace

Result<SponsorStore> SponsorStore::open(const std::string& file, SendLink send_link, const SqliteOptions& options) {
  auto connection = Connection::open(file, options.busy);
  if (!connection) return tl::make_unexpected(connection.error());
  if (auto ready = prepare_schema(*connection); !ready) return tl::make_unexpected(ready.error());
  return SponsorStore(std::move(*connection), std::move(send_link));
}

Result<std::int64_t> SponsorStore::insert(const SponsorRequest& request) const {
  auto statement = db_.prepare(
      "INSERT INTO guest_request (asked, until, name, purpose, sponsor, may_approve, address, mac, guest_hash, link_hash) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return tl::make_unexpected(statement.error());
  statement->bind(request.asked).bind(request.until).bind(request.name).bind(request.purpose).bind(request.sponsor);
  statement->bind(std::int64_t{request.may_approve}).bind(request.address.to_string());
  statement->bind(mac_text(request));
  statement->bind(request.guest_hash).bind(request.link_hash);
  if (auto done = statement->run(); !done) return tl::make_unexpected(done.error());
  return db_.number("SELECT last_insert_rowid()");
}

Result<std::int64_t> SponsorStore::add(const SponsorRequest& request, const std::string& link_secret) {
  if (auto begun = db_.run("BEGIN IMMEDIATE"); !begun) return tl::make_unexpected(begun.error());
  auto number = insert(request);
  Result<void> done = number ? Result<void>{} : Result<void>{tl::make_unexpected(number.error())};
  if (done && request.may_approve && send_link_) {
    SponsorRequest kept = request;
    kept.number = *number;
    done = send_link_(db_, kept, link_secret);
  }
  if (done) done = db_.run("COMMIT");
  if (done) return number;
  (void)db_.run("ROLLBACK");
  return tl::make_unexpected(done.error());
}

Result<std::optional<SponsorRequest>> SponsorStore::find(std::int64_t number) const {
  std::optional<SponsorRequest> out;
  const auto done = each_row(
      db_, fmt::format("SELECT {} FROM guest_request WHERE number = ?", kColumns), [&](Statement& s) { s.bind(number); },
      [&](const Statement& row) { out = request_from(row); });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<bool> SponsorStore::changed_one(Statement& update) const {
  if (auto done = update.run(); !done) return tl::make_unexpected(done.error());
  const auto changed = db_.number("SELECT changes()");
  if (!changed) return tl::make_unexpected(changed.error());
  return *changed == 1;
}

Result<bool> SponsorStore::decide(std::int64_t number, bool approve, const IpAddress& from, Timestamp now, Timestamp until) {
  auto update = db_.prepare(
      "UPDATE guest_request SET state = ?, decided = ?, decided_from = ?, until = ? "
      "WHERE number = ? AND state = 'waiting' AND until > ?");
  if (!update) return tl::make_unexpected(update.error());
  update->bind(kStates[static_cast<std::size_t>(approve ? State::Approved : State::Refused)]).bind(now);
  update->bind(from.to_string()).bind(until).bind(number).bind(now);
  return changed_one(*update);
}

Result<bool> SponsorStore::use(std::int64_t number, Timestamp now) {
  auto update = db_.prepare(
      "UPDATE guest_request SET state = 'signed-in', signed_in = ? WHERE number = ? AND state = 'approved' AND until > ?");
  if (!update) return tl::make_unexpected(update.error());
  update->bind(now).bind(number).bind(now);
  return changed_one(*update);
}

Result<SponsorStore::Asked> SponsorStore::asked_since(const SponsorRequest& like, Timestamp since) const {
  Asked out;
  const auto done = each_row(
      db_,
      "SELECT total(address = ? OR (mac = ? AND mac != '')), total(sponsor = ?), count(*) FROM guest_request WHERE asked > ?",
      [&](Statement& s) { s.bind(like.address.to_string()).bind(mac_text(like)).bind(like.sponsor).bind(since); },
      [&](const Statement& row) {
        out = {static_cast<std::size_t>(row.number(0)), static_cast<std::size_t>(row.number(1)),
               static_cast<std::size_t>(row.number(2))};
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

Result<std::vector<SponsorRequest>> SponsorStore::asked_since(Timestamp since) const {
  std::vector<SponsorRequest> out;
  const auto done = each_row(
      db_, fmt::format("SELECT {} FROM guest_request WHERE asked > ? ORDER BY number DESC", kColumns),
      [&](Statement& s) { s.bind(since); }, [&](const Statement& row) { out.push_back(request_from(row)); });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

}  // namespace gatehouse::lodge
