#include "lodge/store/access_requests.h"

namespace gatehouse::lodge {

Result<std::int64_t> AccessRequests::add(const AccessRequest& request) {
  auto insert = db_.prepare(
      "INSERT INTO access_request (at, address, host, category, reference, why, text) VALUES (?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return tl::make_unexpected(insert.error());
  const auto done = insert->bind(request.at)
                        .bind(request.address)
                        .bind(request.host)
                        .bind(request.category)
                        .bind(request.reference)
                        .bind(request.why)
                        .bind(request.text)
                        .run();
  if (!done) return tl::make_unexpected(done.error());
  return db_.number("SELECT last_insert_rowid()");
}

Result<std::int64_t> AccessRequests::count_since(const std::string& address, Timestamp since) const {
  std::int64_t count = 0;
  const auto done = each_row(
      db_, "SELECT count(*) FROM access_request WHERE address = ? AND at >= ?",
      [&](Statement& s) { s.bind(address).bind(since); }, [&](const Statement& row) { count = row.number(0); });
  if (!done) return tl::make_unexpected(done.error());
  return count;
}

Result<std::vector<AccessRequest>> AccessRequests::newest(std::size_t most) const {
  std::vector<AccessRequest> out;
  const auto done = each_row(
      db_,
      "SELECT number, at, address, host, category, reference, why, text FROM access_request ORDER BY number DESC LIMIT ?",
      [&](Statement& s) { s.bind(static_cast<std::int64_t>(most)); },
      [&](const Statement& row) {
        out.push_back({row.number(0), row.time(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), row.text(7)});
      });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

}  // namespace gatehouse::lodge
