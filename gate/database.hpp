// SQLite behind two small value types. The only place that touches it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace sgproof::gate {

/// What went wrong, as far as callers treat it differently.
enum class DatabaseProblem : std::uint8_t {
  Damaged,  ///< not a database, or corrupt, or of another layout
  Refused,  ///< read-only, no permission, cannot be opened
  NoSpace,  ///< disk or quota full, or an input/output error
  Busy,     ///< another process kept it locked for longer than the timeout
  Other,
};

class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(DatabaseProblem problem, const std::string& message)
      : std::runtime_error(message), problem_(problem) {}
  [[nodiscard]] DatabaseProblem problem() const { return problem_; }

 private:
  DatabaseProblem problem_;
};

enum class OpenMode : std::uint8_t { ReadWrite, ReadOnly };

class Database;

/// A prepared statement; binds by position from 1, reads columns from 0.
class Statement {
 public:
  Statement& bind(int position, std::string_view text);
  Statement& bind(int position, std::int64_t number);
  Statement& bind(int position, double number);
  /// Advances to the next row; false at the end. Throws DatabaseError.
  bool step();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] double real(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  void check(int code) const;
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection; may be used by several threads, one call at a time.
class Database {
 public:
  /// Opens (ReadWrite creates) a file, or memory for ":memory:". Locks of other processes are
  /// waited for up to `busy_ms` milliseconds. Throws DatabaseError.
  Database(const std::filesystem::path& file, OpenMode mode, int busy_ms);

  /// Runs statements without results.
  void execute(const std::string& sql);
  Statement prepare(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace sgproof::gate
