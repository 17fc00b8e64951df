#include "sqlite/refusal.h"

#include <set>
#include <string_view>

#include "sqlite/fence.h"
#include "sqlite/portable.h"
#include "sqlite/sql_text.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

/// RAISE(IGNORE) ends the triggers of a statement, and with them the fences, without undoing it.
Status look_for_ignoring_triggers(sqlite3* db, const std::string& name, Table& table) {
  Statement triggers(db,
                     "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' "
                     "AND tbl_name = ?1 COLLATE NOCASE");
  triggers.bind(name);
  while (triggers.next()) {
    if (has_pair(triggers.text(1), "raise", "ignore")) {
      table.refusal = "needs fences on " + name + ", which the RAISE(IGNORE) of trigger " +
                      triggers.text(0) + " would switch off";
    }
  }
  return triggers.status();
}

/// Triggers of others run by what happens to a row of the table ?1 before its fences have looked:
/// those that an action of a foreign key sets off, on whatever table (SQLite 3.40.1).
constexpr const char* kReached = R"(
    WITH RECURSIVE act(parent, child) AS (
      SELECT f."table", m.name FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f
      WHERE m.type = 'table' AND NOT (f.on_delete IN ('NO ACTION', 'RESTRICT')
                                      AND f.on_update IN ('NO ACTION', 'RESTRICT'))),
    reached(name) AS (
      SELECT child FROM act WHERE parent = ?1 COLLATE NOCASE
      UNION SELECT child FROM act JOIN reached ON parent = name COLLATE NOCASE)
    SELECT 1 FROM main.sqlite_schema t JOIN reached ON t.tbl_name = reached.name COLLATE NOCASE
    WHERE t.type = 'trigger' AND NOT )";

/// In a table behind OR it is the name of a column.
bool has_fail(const std::string& sql, const std::string& type) {
  const auto behind = [&sql](std::string_view word) { return has_pair(sql, word, "fail"); };
  return type == "table" ? behind("conflict") : behind("raise") || behind("or");
}

/// FAIL ends a statement and keeps what it did. Where it can come before the fences, a held row
/// would stay changed: which trigger comes to which statement is not looked into.
Status look_for_failing_triggers(sqlite3* db, const std::string& name, Table& table) {
  Statement suspects(db,
                     "SELECT type, name, sql FROM main.sqlite_schema WHERE "
                     "type IN ('table', 'trigger') AND instr(lower(sql), 'fail')");
  while (suspects.next()) {
    if (!has_fail(suspects.text(2), suspects.text(0))) continue;
    Statement before(db, kReached + is_fence("t.sql") + " LIMIT 1");
    if (before.bind(name).next()) {
      table.refusal = "needs fences on " + name + ", past which FAIL in " + suspects.text(0) + " " +
                      suspects.text(1) +
                      " gets when a foreign key's action sets it off (ABORT does not)";
    }
    if (!before.status().is_ok()) return before.status();
  }
  return suspects.status();
}

}  // namespace

Status explain_refusal(sqlite3* db, Table& table) {
  if (!table.refusal.empty()) return Status::ok();
  std::set<std::string> fenced = {table.name};
  for (const ForeignKey& key : table.children) fenced.insert(key.child);
  for (const std::string& name : fenced) {
    for (const auto& look : {look_for_ignoring_triggers, look_for_failing_triggers}) {
      if (Status status = look(db, name, table); !status.is_ok()) return status;
    }
  }
  return table.refusal.empty() ? look_for_strangers(db, table) : Status::ok();
}

Status refusal(const Table& table) {
  return Status::refused("table " + table.name + " " + table.refusal +
                         "; its rows cannot be part of a two-phase branch");
}

}  // namespace xaodbc::sqlite
