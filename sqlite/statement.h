#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/status.h"
#include "sqlite/value.h"

namespace xaodbc::sqlite {

/// One SQL statement. The first failure stays: later calls do nothing and status() tells it.
class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// The next parameter.
  Statement& bind(const Value& value);
  Statement& bind(std::string_view text);
  Statement& bind(const Row& row);

  /// Steps. False: no more rows, or a failure; see status().
  bool next();
  /// Runs to the end and makes ready for new parameters.
  Status run();
  /// Makes ready for new parameters.
  void reset();

  [[nodiscard]] Value value(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  /// Columns first, first + 1, ... as a row.
  [[nodiscard]] Row row(int first = 0) const;
  /// The names of all columns.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  void note(int code);

  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  Status status_;
};

/// Runs statements that answer nothing.
Status run(sqlite3* db, const std::string& sql);
/// The connection's last failure as a Status, in the words of SQLite.
Status last_failure(sqlite3* db, int code);

/// An identifier and a literal as they are written in SQL.
std::string quoted(std::string_view name);
std::string literal(std::string_view text);

}  // namespace xaodbc::sqlite
