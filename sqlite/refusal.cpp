#include "sqlite/refusal.h"

#include <cctype>
#include <set>

#include "sqlite/portable.h"
#include "sqlite/sql_text.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

bool has_raise_ignore(const std::string& sql) {
  std::string text = unquoted(sql);
  std::erase_if(text, [](unsigned char letter) { return std::isspace(letter) != 0; });
  return text.find("raise(ignore") != std::string::npos;
}

/// RAISE(IGNORE) ends the triggers of a statement, and with them the fences, without undoing it.
Status look_for_ignoring_triggers(sqlite3* db, const std::string& name, Table& table) {
  Statement triggers(db,
                     "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' "
                     "AND tbl_name = ?1 COLLATE NOCASE");
  triggers.bind(name);
  while (triggers.next()) {
    if (has_raise_ignore(triggers.text(1))) {
      table.refusal = "needs fences on " + name + ", which the RAISE(IGNORE) of trigger " +
                      triggers.text(0) + " would switch off";
    }
  }
  return triggers.status();
}

}  // namespace

Status explain_refusal(sqlite3* db, Table& table) {
  if (!table.refusal.empty()) return Status::ok();
  std::set<std::string> fenced = {table.name};
  for (const ForeignKey& key : table.children) fenced.insert(key.child);
  for (const std::string& name : fenced) {
    Status status = look_for_ignoring_triggers(db, name, table);
    if (!status.is_ok()) return status;
  }
  return table.refusal.empty() ? look_for_strangers(db, table) : Status::ok();
}

Status refusal(const Table& table) {
  return Status::refused("table " + table.name + " " + table.refusal +
                         "; its rows cannot be part of a two-phase branch");
}

}  // namespace xaodbc::sqlite
