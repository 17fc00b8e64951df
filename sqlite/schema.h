#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sqlite/status.h"

namespace xaodbc::sqlite {

/// A column that rows store, which a generated one is not here.
struct Column {
  std::string name;
  std::string affinity;   ///< as the type of a column that has it
  std::string collation;  ///< as declared
};

/// Columns, by their index, that are unique together, and how they are compared.
struct Key {
  std::vector<std::size_t> columns;
  std::vector<std::string> collations;
  std::string condition{};  ///< of the rows that are in a partial index, as in SQL; empty: all
  [[nodiscard]] bool is_partial() const { return !condition.empty(); }
};

/// A reference of a child to a parent, column by column.
struct ForeignKey {
  int id = 0;  ///< of the child's
  std::string child;
  std::string parent;
  std::vector<std::string> from{};
  std::vector<std::string> to{};
  bool to_primary = false;  ///< no column of the parent is named
};

/// What there is to know of a table to capture its rows.
struct Table {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::string> generated;  ///< names of columns that rows do not store
  Key primary;
  std::vector<Key> unique;  ///< without the primary key
  std::vector<ForeignKey> parents;
  std::vector<ForeignKey> children;
  bool without_rowid = false;
  bool primary_is_rowid = false;
  std::string rowid;    ///< a name by which the rowid can be had; empty: none, or taken by columns
  std::string refusal;  ///< why its rows cannot be captured exactly; empty: they can

  /// Index of a column, columns.size() if there is none of that name.
  [[nodiscard]] std::size_t index_of(std::string_view column) const;
  /// No column is the rowid, so that nothing but the key tells rows apart.
  [[nodiscard]] bool has_hidden_rowid() const { return !without_rowid && !primary_is_rowid; }
  /// Of whatever kind.
  [[nodiscard]] bool has_column(std::string_view column) const;
  /// Names as in SQL, separated by commas.
  [[nodiscard]] std::string column_list() const;
};

/// A column of the primary key of a table without rowid.
struct KeyColumn {
  int number = 0;        ///< as SQLite counts columns
  bool rounded = false;  ///< its old integers are told as reals, see Capture
};

/// What must be known of a table while one of its rows changes and no SQL may be run.
struct Layout {
  bool is_ordinary = false;  ///< neither virtual nor a part of a virtual table
  bool without_rowid = false;
  std::vector<KeyColumn> key;  ///< of a table without rowid, in the order of its key
};

/// The tables of the main database, as of the last refresh.
class Schema {
 public:
  explicit Schema(sqlite3* db) : db_(db) {}

  /// Reads again what may have changed. To be called once a transaction is open.
  Status refresh();
  /// Forgets everything; for after changes of our own.
  void forget();

  [[nodiscard]] const Layout* layout(std::string_view table) const;
  /// Null if there is none. It stays where it is until the next refresh.
  Status find(const std::string& name, const Table** table);

  /// Some table may have a CHECK constraint.
  [[nodiscard]] bool has_checks() const { return has_checks_; }

  /// What was found to be fenced as it must be, and cannot have changed since.
  [[nodiscard]] bool is_fenced(const std::string& table, bool children) const {
    return fenced_.contains({table, children});
  }
  void set_fenced(const std::string& table, bool children) { fenced_.insert({table, children}); }

 private:
  Status refresh_temp();
  Status read_layouts();
  Status look_for_checks();

  sqlite3* db_;
  std::int64_t version_ = -1;
  std::int64_t temp_version_ = -1;  ///< of a TEMP schema that stands in nobody's way
  bool has_checks_ = true;
  std::map<std::string, Layout, std::less<>> layouts_;
  std::map<std::string, Table> tables_;
  std::set<std::pair<std::string, bool>> fenced_;
};

/// How SQLite compares the column of a reference at that place: as the index that it looks the
/// parent up by, which for a primary key need not be as the column.
std::string collation_of(const Table& parent, const ForeignKey& key, std::size_t place);

/// The same name to SQLite.
bool same_name(std::string_view a, std::string_view b);

/// `column`, compared as `collation` says where that is not what `declared` makes of it anyway.
std::string compared(const std::string& column, const std::string& declared,
                     const std::string& collation);

}  // namespace xaodbc::sqlite
