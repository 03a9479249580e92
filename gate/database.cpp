#include "gate/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace sgproof::gate {
namespace {

DatabaseProblem problem_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return DatabaseProblem::Damaged;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return DatabaseProblem::Refused;
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return DatabaseProblem::NoSpace;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DatabaseProblem::Busy;
    default:
      return DatabaseProblem::Other;
  }
}

[[noreturn]] void fail(sqlite3* db, int code) {
  throw DatabaseError(problem_of(code),
                      fmt::format("SQLite: {} ({})", db ? sqlite3_errmsg(db) : sqlite3_errstr(code),
                                  db ? sqlite3_extended_errcode(db) : code));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(db_, code);
}

Statement& Statement::bind(int position, std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), position, text.data() ? text.data() : "", text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int position, std::int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), position, number));
  return *this;
}

Statement& Statement::bind(int position, double number) {
  check(sqlite3_bind_double(statement_.get(), position, number));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(db_, code);
  return code == SQLITE_ROW;
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

Database::Database(const std::filesystem::path& file, OpenMode mode, int busy_ms) {
  const int flags = mode == OpenMode::ReadOnly ? SQLITE_OPEN_READONLY
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) fail(db, code);
  sqlite3_busy_timeout(db, busy_ms);
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(db_.get(), code);
}

Statement Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) fail(db_.get(), code);
  return {db_.get(), statement};
}

}  // namespace sgproof::gate
