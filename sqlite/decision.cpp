#include "sqlite/decision.h"

#include <exception>
#include <set>

#include "sqlite/apply.h"
#include "sqlite/moment.h"
#include "sqlite/mutant.h"
#include "sqlite/pins.h"
#include "sqlite/settings.h"
#include "sqlite/statement.h"
#include "sqlite/store.h"

namespace xaodbc::sqlite {
namespace {

Status decide_within(sqlite3* db, Schema& schema, const std::string& gid, Decision decision,
                     bool& known) try {
  std::set<std::string> tables;
  for (Status status :
       {check_settings(db), schema.refresh(), find_branch(db, schema, gid, known, tables)}) {
    if (!status.is_ok()) return status;
  }
  if (!known) return Status::ok();
  if (decision == Decision::kCommit) {
    const Quiet quiet(db, schema);
    if (Status status = apply_branch(db, schema, gid, tables); !status.is_ok()) return status;
    if (Status status = renew_pins(db, schema, gid, tables); !status.is_ok()) return status;
  }
  if (is_mutant(Mutant::kSplitDecision)) {
    if (Status status = run(db, "COMMIT"); !status.is_ok()) return status;
    moment(Moment::kDecisionApplied);
    if (Status status = run(db, "BEGIN IMMEDIATE"); !status.is_ok()) return status;
  }
  if (Status status = forget_branch(db, gid, tables); !status.is_ok()) return status;
  moment(Moment::kDecisionApplied);
  return Status::ok();
} catch (const std::exception& error) {
  return {SQLITE_NOMEM, error.what()};
}

/// Without a table there is no branch.
bool may_be_listed(sqlite3* db, const std::string& gid) {
  Statement query(db, "SELECT 1 FROM main.xaodbc_branch WHERE gid = ?");
  if (query.status().text().find("no such table") != std::string::npos) return false;
  return query.bind(gid).next() || !query.status().is_ok();
}

}  // namespace

Status roll_back(sqlite3* db) {
  const auto is_over = [db] { return sqlite3_get_autocommit(db) != 0; };
  if (is_over()) return Status::ok();
  Status status = run(db, "ROLLBACK");
  // An interrupt stays in force as long as the SELECT that called us runs, or a cursor is open, and
  // stops ROLLBACK like all else. But where a statement that may write is interrupted, SQLite rolls
  // back. VACUUM is such a one; without a blank, and ended, it is compiled in spite of the
  // interrupt. Without an interrupt it would do nothing within a transaction but fail.
  if (!is_over() && status.code() == SQLITE_INTERRUPT) (void)run(db, "VACUUM;");
  return is_over() ? Status::ok() : status;
}

Status decide(sqlite3* db, Schema& schema, const std::string& gid, Decision decision,
              Expected expected, bool& known) {
  known = false;
  // A branch that is not there is not waited for while somebody writes.
  if (expected == Expected::kNo && !may_be_listed(db, gid)) return Status::ok();
  if (Status status = adjust_settings(db); !status.is_ok()) return status;
  if (Status status = run(db, "BEGIN IMMEDIATE"); !status.is_ok()) return status;
  Status status = decide_within(db, schema, gid, decision, known);
  if (status.is_ok() && known) status = run(db, "COMMIT");
  if (status.is_ok() && known) {
    moment(Moment::kDecisionDone);
    return status;
  }
  const Status ended = roll_back(db);
  return status.is_ok() ? ended : status;
}

}  // namespace xaodbc::sqlite
