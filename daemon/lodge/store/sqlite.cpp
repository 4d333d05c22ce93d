#include "lodge/store/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

namespace gatehouse::lodge {
namespace {

Error words_for(int code, int system_error, const char* detail, const std::string& file) {
  const int kind = code & 0xff;
  if (kind == SQLITE_FULL || (kind == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT))) {
    return {
        "the disk that holds the store is full; nothing of this batch was saved, and the journal keeps it",
        "make room there, then go on: reading starts again where it stopped", file, 0};
  }
  switch (kind) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {"the store is in use by another program",
              "wait until it ends, or see who has it open with `fuser`", file, 0};
    case SQLITE_NOTADB:
      return {"this file is not a Gatehouse store",
              "give another path in `store: {path: ...}`, or move the file away", file, 0};
    case SQLITE_CORRUPT:
      return {fmt::format("the store is damaged ({})", detail),
              "put back a copy, or move it away: a new one is filled again from the journals that are kept",
              file, 0};
    case SQLITE_CANTOPEN:
      return {"the store cannot be opened", "check that its folder exists and may be written", file, 0};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {"the store may not be written", "check the owner and the rights of the file and its folder",
              file, 0};
    case SQLITE_IOERR:
      return {fmt::format("reading or writing the store failed: {}",
                          system_error != 0 ? std::strerror(system_error) : detail),
              "check the disk", file, 0};
    default:
      return {fmt::format("the store answered with an error: {}", detail), "report this with the message",
              file, 0};
  }
}

// It holds who tried what: for its owner's eyes only. SQLite gives its -wal and -shm files the same rights.
void make_private(const std::string& file) {
  const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
}

}  // namespace

Result<Connection> Connection::open(const std::string& file, Milliseconds busy) {
  make_private(file);
  Connection connection;
  connection.file_ = file;
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  connection.db_.reset(db);
  if (code != SQLITE_OK) return tl::make_unexpected(connection.error(code));
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, static_cast<int>(busy.count()));
  return connection;
}

Error Connection::error(int code) const {
  if (!db_) return words_for(code, 0, sqlite3_errstr(code), file_);
  return words_for(code, sqlite3_system_errno(db_.get()), sqlite3_errmsg(db_.get()), file_);
}

Result<void> Connection::run(const std::string& sql) const {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::make_unexpected(error(code));
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) const {
  Statement statement(*this);
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) return tl::make_unexpected(error(code));
  return statement;
}

Result<std::int64_t> Connection::number(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return tl::make_unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return tl::make_unexpected(row.error());
  return *row ? statement->number(0) : 0;
}

Statement& Statement::bind(std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_.get(), next_++, value);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  // A null pointer would bind NULL; an empty view may hold one.
  const char* text = value.data() ? value.data() : "";
  const int code =
      sqlite3_bind_text64(statement_.get(), next_++, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Result<bool> Statement::step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  tl::unexpected<Error> failed{code == SQLITE_DONE ? Error{} : connection_->error(code)};
  sqlite3_reset(statement_.get());
  next_ = 1;
  bind_error_ = SQLITE_OK;
  if (code != SQLITE_DONE) return failed;
  return false;
}

Result<void> Statement::run() {
  while (true) {
    const auto row = step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return {};
  }
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace gatehouse::lodge
