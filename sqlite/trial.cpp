#include "sqlite/trial.h"

#include <set>

#include "sqlite/apply.h"
#include "sqlite/mutant.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

bool enforces_foreign_keys(sqlite3* db) {
  int enforced = 0;
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &enforced);
  return enforced != 0;
}

/// Every row that comes is there, to the bit.
Status compare(sqlite3* db, const TableChanges& changes) {
  const Table& table = *changes.table;
  Statement query(db, "SELECT " + table.column_list() + " FROM main." + quoted(table.name) +
                          " WHERE " + key_condition(table, table.primary));
  for (const auto& [key, row] : changes.after) {
    query.bind(key_of(row, table.primary));
    const bool same = query.next() && encode(query.row()) == encode(row);
    if (!query.status().is_ok()) return query.status();
    query.reset();
    if (!same) {
      return Status::refused("table " + table.name +
                             " does not take a row of the branch back as it was");
    }
  }
  return query.status();
}

Status rehearse(sqlite3* db, Schema& schema, const std::string& gid, const Changes& changes,
                PinnedRows& pins) {
  const bool enforced = enforces_foreign_keys(db);
  const Quiet quiet(db, schema);
  std::set<std::string> tables;
  for (const auto& [name, change] : changes) tables.insert(name);
  if (Status status = apply_branch(db, schema, gid, tables); !status.is_ok()) return status;
  for (const auto& [name, change] : changes) {
    if (Status status = compare(db, change); !status.is_ok()) return status;
  }
  return check_references(db, schema, changes, enforced, pins);
}

}  // namespace

Status try_branch(sqlite3* db, Schema& schema, const std::string& gid, const Changes& changes,
                  PinnedRows& pins) {
  if (Status status = run(db, "SAVEPOINT xaodbc_trial"); !status.is_ok()) return status;
  const Status tried =
      is_mutant(Mutant::kNoTrial) ? Status::ok() : rehearse(db, schema, gid, changes, pins);
  if (!tried.is_ok()) return tried;  // the caller undoes everything
  if (Status status = run(db, "ROLLBACK TO xaodbc_trial"); !status.is_ok()) return status;
  return run(db, "RELEASE xaodbc_trial");
}

}  // namespace xaodbc::sqlite
