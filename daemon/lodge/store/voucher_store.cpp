#include "lodge/store/voucher_store.h"

#include <fmt/format.h>

#include "lodge/store/schema.h"

namespace gatehouse::lodge {

using portal::Voucher;

Result<VoucherStore> VoucherStore::open(const std::string& file, const SqliteOptions& options) {
  auto connection = Connection::open(file, options.busy);
  if (!connection) return tl::make_unexpected(connection.error());
  if (auto ready = prepare_schema(*connection); !ready) return tl::make_unexpected(ready.error());
  return VoucherStore(std::move(*connection));
}

Result<std::optional<Voucher>> VoucherStore::find(const std::string& hash) const {
  auto statement = db_.prepare("SELECT number, name, sponsor, purpose, until, devices, used FROM voucher WHERE hash = ?");
  if (!statement) return tl::make_unexpected(statement.error());
  const auto row = statement->bind(hash).step();
  if (!row) return tl::make_unexpected(row.error());
  if (!*row) return std::optional<Voucher>();
  Voucher out;
  out.hash = hash;
  out.label = fmt::format("guest {}", statement->number(0));
  out.name = statement->text(1);
  out.sponsor = statement->text(2);
  out.purpose = statement->text(3);
  out.until = statement->time(4);
  out.devices = static_cast<std::uint32_t>(statement->number(5));
  out.used = static_cast<std::uint32_t>(statement->number(6));
  return std::optional(std::move(out));
}

Result<bool> VoucherStore::use(const std::string& hash) {
  auto statement = db_.prepare("UPDATE voucher SET used = used + 1 WHERE hash = ? AND used < devices");
  if (!statement) return tl::make_unexpected(statement.error());
  if (auto done = statement->bind(hash).run(); !done) return tl::make_unexpected(done.error());
  const auto changed = db_.number("SELECT changes()");
  if (!changed) return tl::make_unexpected(changed.error());
  return *changed == 1;
}

Result<Voucher> VoucherStore::add(Voucher voucher) {
  auto statement = db_.prepare(
      "INSERT INTO voucher (hash, name, sponsor, purpose, until, devices, used) VALUES (?, ?, ?, ?, ?, ?, 0)");
  if (!statement) return tl::make_unexpected(statement.error());
  statement->bind(voucher.hash).bind(voucher.name).bind(voucher.sponsor).bind(voucher.purpose).bind(voucher.until);
  if (auto done = statement->bind(std::int64_t{voucher.devices}).run(); !done) return tl::make_unexpected(done.error());
  const auto number = db_.number("SELECT last_insert_rowid()");
  if (!number) return tl::make_unexpected(number.error());
  voucher.label = fmt::format("guest {}", *number);
  return voucher;
}

Result<std::vector<VoucherStore::GuestSession>> VoucherStore::sessions(Timestamp since) const {
  std::vector<GuestSession> out;
  auto statement = db_.prepare(
      "SELECT login, sponsor, address, began, ended FROM login WHERE source = 'portal' AND ended >= ? ORDER BY began DESC");
  if (!statement) return tl::make_unexpected(statement.error());
  statement->bind(since);
  while (true) {
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return out;
    out.push_back({statement->text(0), statement->text(1), statement->text(2), statement->time(3), statement->time(4)});
  }
}

Result<void> VoucherStore::ask_to_end(const IpAddress& address) {
  auto statement = db_.prepare("INSERT OR REPLACE INTO guest_end VALUES (?)");
  if (!statement) return tl::make_unexpected(statement.error());
  return statement->bind(address.to_string()).run();
}

Result<std::vector<IpAddress>> VoucherStore::take_ended() {
  std::vector<IpAddress> out;
  auto statement = db_.prepare("SELECT address FROM guest_end");
  if (!statement) return tl::make_unexpected(statement.error());
  while (true) {
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) break;
    if (const auto address = IpAddress::parse(statement->text(0))) out.push_back(*address);
  }
  if (out.empty()) return out;
  auto forget = db_.prepare("DELETE FROM guest_end WHERE address = ?");
  if (!forget) return tl::make_unexpected(forget.error());
  for (const IpAddress& address : out) {
    if (auto done = forget->bind(address.to_string()).run(); !done) return tl::make_unexpected(done.error());
  }
  return out;
}

}  // namespace gatehouse::lodge
