#pragma once

#include <string>
#include <vector>

#include "sqlite/schema.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {

/// Beside each table that branches touch there is one that holds their rows while they are in
/// doubt: its columns are xa_gid, xa_kind and, with a c_ in front, the table's own.
constexpr const char* kSidePrefix = "xaodbc_row_";

namespace kind {
constexpr const char* kBefore = "B";  ///< goes when the branch commits
constexpr const char* kAfter = "A";   ///< comes when the branch commits
constexpr const char* kPinned = "P";  ///< is referenced by a row that comes
}  // namespace kind

/// A part of the schema of ours.
struct Definition {
  std::string type;  ///< table, index or trigger
  std::string name;
  std::string body;  ///< what comes behind the name

  /// As the file keeps it.
  [[nodiscard]] std::string sql() const;
  /// As it is run, so that nothing in TEMP is taken for something of the file.
  [[nodiscard]] std::string sql_in_main() const;
};

/// Names as in SQL.
std::string side_table(const std::string& table);
std::string side_column(const std::string& column);

/// `held."c_a" = NEW."a" AND ...`: the side row `held` has the key in common with `row`.
std::string same_key(const Table& table, const Key& key, const std::string& row);

/// A table with this SQL is a side table of ours, of whatever form.
bool is_side_table(const std::string& sql);

/// Of a SELECT * of a side table AS held: the names of its table's columns, which come first.
std::vector<std::string> stored_columns(const Statement& stored);

/// The side table and its indexes.
std::vector<Definition> side_definitions(const Table& table);

}  // namespace xaodbc::sqlite
