#include "sqlite/side_table.h"

#include <cctype>
#include <string_view>

namespace xaodbc::sqlite {
namespace {

constexpr const char* kOwnColumns = "xa_kind TEXT NOT NULL, xa_gid TEXT NOT NULL, ";

/// A key as indexes list it.
std::string key_columns(const Table& table, const Key& key) {
  std::string list;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const std::string column = side_column(table.columns.at(key.columns[i]).name);
    list += (i == 0 ? "" : ", ") + compared(column, "BINARY", key.collations.at(i));
  }
  return list;
}

/// `CREATE TABLE "a"`, where `schema` may stand before the name.
std::string create(const Definition& definition, const std::string& schema) {
  std::string type = definition.type;
  for (char& letter : type) letter = static_cast<char>(std::toupper(letter));
  return "CREATE " + type + " " + schema + quoted(definition.name) + definition.body;
}

}  // namespace

std::string Definition::sql() const { return create(*this, ""); }
std::string Definition::sql_in_main() const { return create(*this, "main."); }

std::string side_table(const std::string& table) { return quoted(kSidePrefix + table); }
std::string side_column(const std::string& column) { return quoted("c_" + column); }

std::string same_key(const Table& table, const Key& key, const std::string& row) {
  std::string condition;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const std::string& name = table.columns.at(key.columns[i]).name;
    condition += (i == 0 ? "" : " AND ") +
                 compared("held." + side_column(name), "BINARY", key.collations.at(i)) + " = " +
                 row + "." + quoted(name);
  }
  return condition;
}

bool is_side_table(const std::string& sql) { return sql.find(kOwnColumns) != std::string::npos; }

std::vector<std::string> stored_columns(const Statement& stored) {
  // PRAGMA full_column_names may put the table's name before each.
  constexpr std::string_view kTable = "held.";
  std::vector<std::string> columns;
  for (std::string name : stored.names()) {
    if (name.starts_with(kTable)) name.erase(0, kTable.size());
    if (name.starts_with("c_")) columns.push_back(name.substr(2));
  }
  return columns;
}

std::vector<Definition> side_definitions(const Table& table) {
  const std::string side = kSidePrefix + table.name;
  std::string columns;
  for (const Column& column : table.columns) {
    columns += side_column(column.name) + " " + column.affinity + ", ";
  }
  // The key first: it is how fences look rows up.
  std::vector<Definition> definitions = {
      {"table", side,
       "(" + columns + "xa_kind TEXT NOT NULL, xa_gid TEXT NOT NULL, PRIMARY KEY(" +
           key_columns(table, table.primary) + ", xa_kind, xa_gid)) WITHOUT ROWID"}};
  for (std::size_t i = 0; i < table.unique.size(); ++i) {
    const std::string name = "xaodbc_key_" + std::to_string(i) + "_" + table.name;
    definitions.push_back(
        {"index", name, " ON " + quoted(side) + "(" + key_columns(table, table.unique[i]) + ")"});
  }
  return definitions;
}

}  // namespace xaodbc::sqlite
