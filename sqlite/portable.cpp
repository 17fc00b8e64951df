#include "sqlite/portable.h"

#include <memory>

#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};

Status open_bare(std::unique_ptr<sqlite3, Close>& bare) {
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  bare.reset(db);
  return code == SQLITE_OK ? Status::ok() : Status(code, "no memory for another connection");
}

}  // namespace

Status look_for_strangers(sqlite3* db, Table& table) {
  std::unique_ptr<sqlite3, Close> bare;
  if (Status status = open_bare(bare); !status.is_ok()) return status;
  Statement parts(db,
                  "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql NOT NULL "
                  "AND tbl_name = ?1 COLLATE NOCASE ORDER BY type = 'index'");
  parts.bind(table.name);
  Status made;
  while (made.is_ok() && parts.next()) made = run(bare.get(), parts.text(0));
  if (!parts.status().is_ok()) return parts.status();
  // Functions in checks, generated columns and indexes are looked up when a row is written.
  if (made.is_ok()) {
    made = Statement(bare.get(), "INSERT INTO " + quoted(table.name) + " DEFAULT VALUES").status();
  }
  if (!made.is_ok()) {
    table.refusal = "needs what only this application has (" + made.text() + ")";
  }
  return Status::ok();
}

}  // namespace xaodbc::sqlite
