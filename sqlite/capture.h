#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "sqlite/preupdate.h"
#include "sqlite/schema.h"
#include "sqlite/value.h"

namespace xaodbc::sqlite {

/// Rows of one table that a branch touched, by what finds them. One row may stand here more than
/// once: two keys can be equal to SQLite and different to us.
struct TouchedRows {
  std::set<std::int64_t> rowids;
  std::map<std::string, Row> keys;  ///< of a table without rowid, by their encoding
};

/// Which rows the open branch touched. SQLite calls note() before each change.
class Capture {
 public:
  struct Change {
    int operation;
    const char* table;
    std::int64_t old_rowid;
    std::int64_t new_rowid;
  };

  void note(sqlite3* db, const PreupdateApi& api, const Schema& schema, const Change& change);
  void clear();

  [[nodiscard]] const std::map<std::string, TouchedRows, std::less<>>& tables() const {
    return tables_;
  }
  /// A change could not be noted: the branch can only be rolled back.
  [[nodiscard]] bool has_failed() const { return failed_; }
  /// The table of a row that cannot be found again, because SQLite did not tell its key exactly;
  /// empty: none.
  [[nodiscard]] const std::string& inexact_table() const { return inexact_table_; }

 private:
  std::map<std::string, TouchedRows, std::less<>> tables_;
  std::string inexact_table_;
  bool failed_ = false;
};

}  // namespace xaodbc::sqlite
