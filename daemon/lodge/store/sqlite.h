// SQLite's C interface with owners and errors: a connection and a prepared statement. Used by SqliteStore;
// one thread per connection.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace gatehouse::lodge {

class Statement;

class Connection {
 public:
  // Opens or makes the file. `busy` is how long to wait for another process that holds a lock.
  static Result<Connection> open(const std::string& file, Milliseconds busy);

  // Runs SQL that gives no rows; several statements are possible.
  Result<void> run(const std::string& sql) const;
  // A prepared statement, which lives no longer than the connection.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
  [[nodiscard]] Result<std::int64_t> number(
      std::string_view sql) const;  // the first column of the first row, or 0
  // The last error of this connection in plain words, with a remedy.
  [[nodiscard]] Error error(int code) const;
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
  std::string file_;
};

class Statement {
 public:
  // Values in the order of the question marks. Texts are copied.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind(Timestamp at) { return bind(to_us(at)); }

  // True: there is a row to read. False: done; bind anew to run it again.
  Result<bool> step();
  // For statements without rows: runs to the end and is ready to be bound again.
  Result<void> run();

  [[nodiscard]] std::int64_t number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] Timestamp time(int column) const { return timestamp_from_us(number(column)); }
  [[nodiscard]] bool is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  explicit Statement(const Connection& connection) : connection_(&connection) {}

  const Connection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_ = 1;
  int bind_error_ = SQLITE_OK;
};

// Runs `sql` with `bind` and gives each row to `take`. For tables of a few queries; see ReportLog.
template <typename Bind, typename Take>
Result<void> each_row(const Connection& db, const std::string& sql, Bind bind, Take take) {
  auto statement = db.prepare(sql);
  if (!statement) return tl::make_unexpected(statement.error());
  bind(*statement);
  while (true) {
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return {};
    take(*statement);
  }
}

}  // namespace gatehouse::lodge
