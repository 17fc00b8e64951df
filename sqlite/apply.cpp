#include "sqlite/apply.h"

#include <map>
#include <optional>
#include <vector>

#include "sqlite/changes.h"
#include "sqlite/mutant.h"
#include "sqlite/side_table.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

/// One table of a branch. Only columns that the table had when the branch was prepared count; one
/// that somebody added since has its default in rows of the branch, as in rows that were there.
class TableDecision {
 public:
  TableDecision(sqlite3* db, const std::string& gid, const Table& table)
      : db_(db), gid_(gid), table_(table) {}

  Status apply() {
    Statement stored(db_, "SELECT * FROM main." + side_table(table_.name) +
                              " AS held WHERE xa_gid = ? AND xa_kind = ?");
    if (Status status = find_columns(stored); !status.is_ok()) return status;
    if (!is_mutant(Mutant::kNoBeforeImages)) {
      if (Status status = remove_rows(stored); !status.is_ok()) return status;
    }
    return add_rows(stored);
  }

 private:
  Status failure(const std::string& what) const {
    return {SQLITE_ERROR, "table " + table_.name + " " + what + "; branch " + gid_ +
                              " stays in doubt until that is put right"};
  }

  /// The columns of the side table, as `stored` has them; those of its own come last.
  Status find_columns(const Statement& stored) {
    if (!stored.status().is_ok()) return stored.status();
    for (const std::string& name : stored_columns(stored)) {
      const std::size_t column = table_.index_of(name);
      if (column == table_.columns.size()) return failure("has lost the column " + name);
      columns_.push_back(column);
    }
    for (const std::size_t column : table_.primary.columns) {
      std::size_t place = 0;
      while (place < columns_.size() && columns_[place] != column) ++place;
      if (place == columns_.size()) return failure("has another primary key");
      key_places_.push_back(place);
    }
    return Status::ok();
  }

  [[nodiscard]] Row stored_row(const Statement& stored) const {
    Row row = stored.row();
    row.resize(columns_.size());
    return row;
  }

  /// The row of a key, behind its hidden rowid where it has one.
  [[nodiscard]] std::string find_sql() const {
    std::string list = table_.has_hidden_rowid() ? table_.rowid : "";
    for (const std::size_t column : columns_) {
      list += (list.empty() ? "" : ", ") + quoted(table_.columns[column].name);
    }
    return "SELECT " + list + " FROM main." + quoted(table_.name) + " WHERE " +
           key_condition(table_, table_.primary);
  }

  [[nodiscard]] Row key(const Row& row) const {
    Row key;
    for (const std::size_t place : key_places_) key.push_back(row.at(place));
    return key;
  }

  /// All of a row must be as it was: the type counts, the collation does not.
  Status remove_rows(Statement& stored) {
    const int first = table_.has_hidden_rowid() ? 1 : 0;
    Statement find(db_, find_sql());
    Statement remove(db_, "DELETE FROM main." + quoted(table_.name) + " WHERE " +
                              key_condition(table_, table_.primary));
    stored.bind(gid_).bind(kind::kBefore);
    while (stored.next()) {
      const Row row = stored_row(stored);
      const bool found = find.bind(key(row)).next() && encode(find.row(first)) == encode(row);
      if (found && table_.has_hidden_rowid()) rowids_[encode(key(row))] = find.value(0);
      if (!find.status().is_ok()) return find.status();
      find.reset();
      if (!found) return failure("has no longer a row that the branch changed");
      if (Status status = remove.bind(key(row)).run(); !status.is_ok()) return status;
    }
    stored.reset();
    return stored.status();
  }

  /// Where the row was that has the key of one that comes.
  [[nodiscard]] std::string twin_sql() const {
    std::string list, condition;
    for (std::size_t i = 0; i < table_.primary.columns.size(); ++i) {
      const std::string column = side_column(table_.columns[table_.primary.columns[i]].name);
      list += (i == 0 ? "" : ", ") + column;
      condition += " AND " + compared(column, "BINARY", table_.primary.collations[i]) + " = ?";
    }
    return "SELECT " + list + " FROM main." + side_table(table_.name) +
           " WHERE xa_gid = ? AND xa_kind = 'B'" + condition;
  }

  std::map<std::string, Value>::iterator rowid_of_twin(Statement& twin, const Row& row) {
    auto rowid = rowids_.end();
    if (twin.bind(gid_).bind(key(row)).next()) rowid = rowids_.find(encode(twin.row()));
    twin.reset();
    return rowid;
  }

  [[nodiscard]] std::string insert_sql(const std::string& rowid) const {
    std::string names = rowid, marks = rowid.empty() ? "" : "?";
    for (const std::size_t column : columns_) {
      names += (names.empty() ? "" : ", ") + quoted(table_.columns[column].name);
      marks += marks.empty() ? "?" : ", ?";
    }
    // A conflict is a failure, whatever the table says what to do in one.
    return "INSERT OR ABORT INTO main." + quoted(table_.name) + "(" + names + ") VALUES(" + marks +
           ")";
  }

  /// Rows that were there keep their hidden rowid, and go first, so that no new one gets it.
  Status add_rows(Statement& stored) {
    for (const bool with_rowid : {true, false}) {
      if (with_rowid && rowids_.empty()) continue;
      Statement insert(db_, insert_sql(with_rowid ? table_.rowid : ""));
      std::optional<Statement> twin;
      if (!rowids_.empty()) twin.emplace(db_, twin_sql());
      stored.bind(gid_).bind(kind::kAfter);
      while (stored.next()) {
        const Row row = stored_row(stored);
        const auto rowid = twin ? rowid_of_twin(*twin, row) : rowids_.end();
        if ((rowid != rowids_.end()) != with_rowid) continue;
        if (with_rowid) insert.bind(rowid->second);
        Status status = insert.bind(row).run();
        if (!status.is_ok()) return status.with_context("table " + table_.name);
      }
      stored.reset();
      if (twin && !twin->status().is_ok()) return twin->status();
      for (const Statement* statement : {&stored, &insert}) {
        if (!statement->status().is_ok()) return statement->status();
      }
    }
    return Status::ok();
  }

  sqlite3* db_;
  const std::string& gid_;
  const Table& table_;
  std::vector<std::size_t> columns_;     ///< of the side table, as the table counts them
  std::vector<std::size_t> key_places_;  ///< of the primary key, in columns_
  std::map<std::string, Value> rowids_;  ///< of rows that were removed
};

int get_option(sqlite3* db, int option) {
  int value = 0;
  sqlite3_db_config(db, option, -1, &value);
  return value;
}

void set_option(sqlite3* db, int option, int value) {
  sqlite3_db_config(db, option, value, nullptr);
}

/// Where it cannot be told it is left as it is.
bool ignores_checks(sqlite3* db) {
  Statement query(db, "PRAGMA ignore_check_constraints");
  return !query.next() || query.integer(0) != 0;
}

void ignore_checks(sqlite3* db, bool ignore) {
  // Without a blank, and ended, it is compiled in spite of an interrupt, and done by that. It can
  // fail for want of memory only; then a row that violates a CHECK is not taken.
  (void)run(db, std::string("PRAGMA\"ignore_check_constraints\"=") + (ignore ? "1;" : "0;"));
}

}  // namespace

Status apply_branch(sqlite3* db, Schema& schema, const std::string& gid,
                    const std::set<std::string>& tables) {
  std::set<std::string> wanted = tables;
  if (is_mutant(Mutant::kHalfTheTables) && wanted.size() > 1) wanted.erase(*wanted.rbegin());
  for (const std::string& name : wanted) {
    const Table* table = nullptr;
    if (Status status = schema.find(name, &table); !status.is_ok()) return status;
    if (table == nullptr) {
      return {SQLITE_ERROR, "table " + name + " is gone or has another name; branch " + gid +
                                " stays in doubt until it is back"};
    }
    if (Status status = TableDecision(db, gid, *table).apply(); !status.is_ok()) return status;
  }
  return Status::ok();
}

Quiet::Quiet(sqlite3* db, const Schema& schema)
    : db_(db),
      foreign_keys_(get_option(db, SQLITE_DBCONFIG_ENABLE_FKEY)),
      triggers_(get_option(db, SQLITE_DBCONFIG_ENABLE_TRIGGER)),
      ignored_checks_(!schema.has_checks() || ignores_checks(db)) {
  if (!ignored_checks_) ignore_checks(db, true);
  if (is_mutant(Mutant::kTriggersAtApply)) return;
  set_option(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0);
  set_option(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
}

Quiet::~Quiet() {
  set_option(db_, SQLITE_DBCONFIG_ENABLE_FKEY, foreign_keys_);
  set_option(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, triggers_);
  if (!ignored_checks_) ignore_checks(db_, false);
}

}  // namespace xaodbc::sqlite
