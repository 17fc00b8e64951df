#include "sqlite/pins.h"

#include <string_view>

#include "sqlite/side_table.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

/// The pin `held` and the row `came` have the key in common.
std::string shared(const Table& table, const Key& key) {
  std::string condition;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const std::string column = side_column(table.columns.at(key.columns[i]).name);
    condition += (i == 0 ? "" : " AND ") +
                 compared("held." + column, "BINARY", key.collations.at(i)) + " = came." + column;
  }
  return condition;
}

std::string shared_keys(const Table& table) {
  std::string condition = "(" + shared(table, table.primary) + ")";
  for (const Key& key : table.unique) condition += " OR (" + shared(table, key) + ")";
  return condition;
}

/// All columns of the side table but its own two, which come last.
Status stored_columns(sqlite3* db, const Table& table, std::string& names, std::string& came) {
  Statement stored(db, "SELECT * FROM main." + side_table(table.name) + " AS held");
  // PRAGMA full_column_names may put the table's name before each.
  constexpr std::string_view kTable = "held.";
  for (std::string name : stored.names()) {
    if (name.starts_with(kTable)) name.erase(0, kTable.size());
    if (!name.starts_with("c_")) continue;
    names += quoted(name) + ", ";
    came += "came." + quoted(name) + ", ";
  }
  return stored.status();
}

Status renew(sqlite3* db, const Table& table, const std::string& gid) {
  std::string names, came;
  if (Status status = stored_columns(db, table, names, came); !status.is_ok()) return status;
  const std::string side = "main." + side_table(table.name);
  Statement pin(db, "INSERT OR REPLACE INTO " + side + "(" + names + "xa_kind, xa_gid) SELECT " +
                        came + "'P', held.xa_gid FROM " + side + " AS held JOIN " + side +
                        " AS came ON " + shared_keys(table) +
                        " WHERE held.xa_kind = 'P' AND held.xa_gid <> ?1 AND came.xa_kind = 'A'"
                        " AND came.xa_gid = ?1");
  return pin.bind(gid).run();
}

}  // namespace

Status renew_pins(sqlite3* db, Schema& schema, const std::string& gid,
                  const std::set<std::string>& tables) {
  for (const std::string& name : tables) {
    const Table* table = nullptr;
    if (Status status = schema.find(name, &table); !status.is_ok()) return status;
    if (table == nullptr || table->children.empty()) continue;
    if (Status status = renew(db, *table, gid); !status.is_ok()) {
      return status.with_context("table " + name);
    }
  }
  return Status::ok();
}

}  // namespace xaodbc::sqlite
