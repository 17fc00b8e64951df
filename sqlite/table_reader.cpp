#include "sqlite/table_reader.h"

#include <algorithm>
#include <array>

#include "sqlite/sql_text.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

void refuse(Table& table, const std::string& reason) {
  if (table.refusal.empty()) table.refusal = reason;
}

Status read_columns(sqlite3* db, Table& table, bool strict) {
  Statement columns(db,
                    "SELECT name, type, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid");
  columns.bind(table.name);
  while (columns.next()) {
    const std::string name = columns.text(0);
    if (columns.integer(2) != 0) {
      // SQLite counts the columns of such a table in two ways.
      if (table.without_rowid) refuse(table, "is WITHOUT ROWID and has a generated column");
      table.generated.push_back(name);
      continue;
    }
    const char* collation = nullptr;
    const int code = sqlite3_table_column_metadata(db, "main", table.name.c_str(), name.c_str(),
                                                   nullptr, &collation, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return last_failure(db, code);
    table.columns.push_back({name, affinity_of(columns.text(1), strict), collation});
  }
  return columns.status();
}

Status read_key(sqlite3* db, Table& table, const std::string& index, Key& key) {
  Statement columns(
      db, "SELECT name, coll FROM pragma_index_xinfo(?1, 'main') WHERE key ORDER BY seqno");
  columns.bind(index);
  while (columns.next()) {
    const std::size_t column = table.index_of(columns.text(0));
    if (column == table.columns.size()) {
      refuse(table, "has the unique index " + index + " on an expression or a generated column");
      continue;
    }
    key.columns.push_back(column);
    key.collations.push_back(columns.text(1));
  }
  return columns.status();
}

Status read_condition(sqlite3* db, Table& table, const std::string& index, Key& key) {
  Statement query(db, "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1");
  query.bind(index);
  if (query.next()) key.condition = condition_of_index(query.text(0));
  if (!key.is_partial()) refuse(table, "has the partial index " + index + " without a WHERE");
  return query.status();
}

Status read_keys(sqlite3* db, Table& table) {
  Statement indexes(db,
                    R"(SELECT name, origin, partial FROM pragma_index_list(?1, 'main')
             WHERE "unique" ORDER BY seq)");
  indexes.bind(table.name);
  while (indexes.next()) {
    Key key;
    if (Status status = read_key(db, table, indexes.text(0), key); !status.is_ok()) return status;
    if (indexes.integer(2) != 0) {
      Status status = read_condition(db, table, indexes.text(0), key);
      if (!status.is_ok()) return status;
    }
    if (indexes.text(1) == "pk") {
      table.primary = std::move(key);
    } else {
      table.unique.push_back(std::move(key));
    }
  }
  return indexes.status();
}

/// A primary key without an index is another name of the rowid.
Status read_primary_key(sqlite3* db, Table& table) {
  if (!table.primary.columns.empty()) return Status::ok();
  Statement query(db, "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE pk = 1");
  query.bind(table.name);
  if (query.next()) {
    const std::size_t column = table.index_of(query.text(0));
    table.primary = {.columns = {column}, .collations = {table.columns.at(column).collation}};
    table.primary_is_rowid = true;
  } else {
    refuse(table, "has no primary key");
  }
  return query.status();
}

void name_rowid(Table& table) {
  constexpr std::array<const char*, 3> kNames = {"rowid", "_rowid_", "oid"};
  if (table.without_rowid) return;
  const auto* name = std::find_if(kNames.begin(), kNames.end(), [&table](const char* candidate) {
    return !table.has_column(candidate);
  });
  if (name != kNames.end()) {
    table.rowid = *name;
  } else if (table.primary_is_rowid) {
    table.rowid = quoted(table.columns[table.primary.columns[0]].name);
  } else {
    refuse(table, "has columns named rowid, _rowid_ and oid");
  }
}

Status primary_key_names(sqlite3* db, const std::string& table, std::vector<std::string>& names) {
  Statement query(db, "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0 ORDER BY pk");
  query.bind(table);
  while (query.next()) names.push_back(query.text(0));
  return query.status();
}

Status read_foreign_keys(sqlite3* db, const std::string& child, std::vector<ForeignKey>& keys) {
  Statement query(db,
                  R"(SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?1, 'main')
                     ORDER BY id, seq)");
  query.bind(child);
  while (query.next()) {
    const int id = static_cast<int>(query.integer(0));
    if (keys.empty() || keys.back().id != id) {
      keys.push_back({.id = id, .child = child, .parent = query.text(1)});
    }
    ForeignKey& key = keys.back();
    key.from.push_back(query.text(2));
    if (!is_null(query.value(3))) key.to.push_back(query.text(3));
  }
  for (ForeignKey& key : keys) {
    if (!key.to.empty() || !query.status().is_ok()) continue;
    key.to_primary = true;
    Status status = primary_key_names(db, key.parent, key.to);
    if (!status.is_ok()) return status;
  }
  return query.status();
}

/// Images have no generated columns, so that such a reference could not be looked up.
Status judge_child(sqlite3* db, Table& table, const ForeignKey& key) {
  Statement query(db, "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 0");
  query.bind(key.child);
  while (query.next()) {
    for (const std::string& column : key.from) {
      if (!same_name(column, query.text(0))) continue;
      refuse(table, "is referenced by the generated column " + column + " of " + key.child);
    }
  }
  return query.status();
}

Status read_children(sqlite3* db, Table& table) {
  Statement query(db,
                  R"(SELECT DISTINCT m.name FROM sqlite_schema m,
                     pragma_foreign_key_list(m.name, 'main') f
                     WHERE m.type = 'table' AND f."table" = ?1 COLLATE NOCASE)");
  query.bind(table.name);
  while (query.next()) {
    std::vector<ForeignKey> keys;
    Status status = read_foreign_keys(db, query.text(0), keys);
    if (!status.is_ok()) return status;
    for (ForeignKey& key : keys) {
      if (!same_name(key.parent, table.name)) continue;
      if (Status judged = judge_child(db, table, key); !judged.is_ok()) return judged;
      table.children.push_back(std::move(key));
    }
  }
  return query.status();
}

/// SQLite takes such a reference for an error, unless foreign_keys is off.
void judge_width(Table& table, const ForeignKey& key) {
  if (key.to.empty() || key.to.size() == key.from.size()) return;
  refuse(table, "is part of a reference of " + key.child + " to " + key.parent +
                    " by another number of columns than the key has");
}

/// Columns of references must be stored ones; the parent's are judged with the parent.
void judge_references(Table& table) {
  for (const ForeignKey& key : table.parents) {
    judge_width(table, key);
    for (const std::string& column : key.from) {
      if (table.index_of(column) == table.columns.size()) {
        refuse(table, "references " + key.parent + " by the generated column " + column);
      }
    }
  }
  for (const ForeignKey& key : table.children) {
    judge_width(table, key);
    for (const std::string& column : key.to) {
      if (table.index_of(column) == table.columns.size()) {
        refuse(table,
               "is referenced by " + key.child + " at a column that rows do not store: " + column);
      }
    }
  }
}

}  // namespace

/// The rules by which SQLite finds a column's affinity, in their order.
std::string affinity_of(std::string type, bool strict) {
  for (char& letter : type)
    letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
  const auto has = [&type](const char* part) { return type.find(part) != std::string::npos; };
  if (type.empty() || (strict && type == "ANY")) return "BLOB";
  if (has("INT")) return "INTEGER";
  if (has("CHAR") || has("CLOB") || has("TEXT")) return "TEXT";
  if (has("BLOB")) return "BLOB";
  if (has("REAL") || has("FLOA") || has("DOUB")) return "REAL";
  return "NUMERIC";
}

Status read_table(sqlite3* db, const std::string& name, const Layout& layout, Table& table) {
  table.name = name;
  table.without_rowid = layout.without_rowid;
  if (!layout.is_ordinary) refuse(table, "is a virtual table or a part of one");
  Statement strict(db, "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name = ?1");
  strict.bind(name);
  const bool is_strict = strict.next() && strict.integer(0) != 0;
  if (!strict.status().is_ok()) return strict.status();
  for (Status status : {read_columns(db, table, is_strict), read_keys(db, table)}) {
    if (!status.is_ok()) return status;
  }
  if (Status status = read_primary_key(db, table); !status.is_ok()) return status;
  name_rowid(table);
  for (Status status : {read_foreign_keys(db, name, table.parents), read_children(db, table)}) {
    if (!status.is_ok()) return status;
  }
  judge_references(table);
  return Status::ok();
}

}  // namespace xaodbc::sqlite
