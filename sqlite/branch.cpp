#include "sqlite/branch.h"

#include "sqlite/authorizer.h"
#include "sqlite/moment.h"
#include "sqlite/mutant.h"
#include "sqlite/settings.h"
#include "sqlite/sql_text.h"
#include "sqlite/statement.h"
#include "sqlite/store.h"

namespace xaodbc::sqlite {

/// While it lives, what runs is ours.
class Branch::Own {
 public:
  explicit Own(Branch& branch) : branch_(branch) { branch_.own_ = true; }
  Own(const Own&) = delete;
  Own& operator=(const Own&) = delete;
  ~Own() { branch_.own_ = false; }

 private:
  Branch& branch_;
};

int Branch::authorize(void* self, int action, const char* first, const char* second,
                      const char* database, const char* /*trigger*/) {
  const auto& branch = *static_cast<Branch*>(self);
  if (branch.own_) return SQLITE_OK;
  // Without the transaction nothing is the branch's work; what is ours to call is.
  if (branch.lost_)
    return action == SQLITE_SELECT || action == SQLITE_FUNCTION ? SQLITE_OK : SQLITE_DENY;
  return is_allowed({action, first, second, database}, branch.schema_) ? SQLITE_OK : SQLITE_DENY;
}

int Branch::before_commit(void* self) { return static_cast<Branch*>(self)->own_ ? 0 : 1; }

void Branch::after_rollback(void* self) {
  auto& branch = *static_cast<Branch*>(self);
  if (!branch.own_) branch.lost_ = true;
}

void Branch::before_change(void* self, sqlite3* db, int operation, const char* /*database*/,
                           const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid) {
  auto& branch = *static_cast<Branch*>(self);
  if (branch.own_) return;
  branch.capture_.note(db, branch.api_, branch.schema_, {operation, table, old_rowid, new_rowid});
}

void Branch::watch(bool on) {
  void* self = on ? this : nullptr;
  api_.hook(db_, on ? &before_change : nullptr, self);
  sqlite3_commit_hook(db_, on ? &before_commit : nullptr, self);
  sqlite3_rollback_hook(db_, on ? &after_rollback : nullptr, self);
  // The last: it makes SQLite compile every statement anew, with the hook in mind. Without that a
  // DELETE of all rows that was compiled before would not ask it.
  sqlite3_set_authorizer(db_, on ? &authorize : nullptr, self);
}

void Branch::end() {
  watch(false);
  gid_.clear();
  capture_.clear();
  lost_ = false;
  held_.clear();
}

/// A transaction of ours that is over could not be rolled back (no memory, an authorizer of the
/// application): nobody may see or commit what is in it, and nothing is concluded from it (I3).
Status Branch::hold(const std::string& gid, const Status& reason) {
  held_ = gid;
  lost_ = true;
  watch(true);
  return reason.with_context("what becomes of branch " + gid + kNotKnown +
                             " until this connection is closed, its transaction could not be "
                             "rolled back");
}

/// What every verb does first.
Status Branch::enter() {
  if (Status status = check_idle(); !status.is_ok()) return status;
  if (held_.empty()) return Status::ok();
  const Own own(*this);
  if (Status ended = sqlite::roll_back(db_); !ended.is_ok()) return hold(held_, ended);
  end();
  return Status::ok();
}

/// Somebody ended the session: what the branch did is undone, and it can only be rolled back.
void Branch::lose() {
  {
    const Own own(*this);
    // Where it fails the session has not ended yet, and end_session() is called again.
    (void)sqlite::roll_back(db_);
  }
  if (gid_.empty()) return;
  lost_ = true;
  // What was compiled before is compiled anew, and refused.
  watch(true);
}

Status Branch::check_at_work(const std::string& gid) const {
  if (!gid_.empty() && gid_ == gid) return Status::ok();
  return Status::misuse("branch " + gid + " is not at work on this connection" +
                        (gid_.empty() ? "" : ", branch " + gid_ + " is"));
}

/// The statement that calls us runs, and no other may: savepoints need that, and the application's
/// cursors would show what is no longer there. Nor may it have a cursor itself, or call us again
/// for the next row: then a commit keeps its lock and its journal open behind it.
Status Branch::check_idle() const {
  int busy = 0;
  bool apart = true;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(db_, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(db_, statement)) {
    if (sqlite3_stmt_busy(statement) == 0) continue;
    ++busy;
    const char* sql = sqlite3_sql(statement);
    apart = sql != nullptr && is_select_without_tables(sql);
  }
  if (busy > 1) {
    return Status::misuse("a statement on this connection is not finished; close its cursor first");
  }
  return apart ? Status::ok() : Status::misuse("it must be called by a SELECT without FROM and IN");
}

Status Branch::check_not_lost() const {
  if (!lost_ && sqlite3_get_autocommit(db_) == 0) return Status::ok();
  // Not SQLITE_ABORT: libsqliteodbc 0.9998 takes that for success.
  return {SQLITE_INTERRUPT,
          "a statement of the branch, or who ended its session, rolled its transaction back"};
}

Status Branch::begin(const std::string& gid) {
  if (Status status = run(db_, "BEGIN IMMEDIATE"); !status.is_ok()) return status;
  bool known = false;
  for (Status status :
       {check_settings(db_), schema_.refresh(), is_listed(db_, schema_, gid, known)}) {
    if (!status.is_ok()) return status;
  }
  if (known) return {SQLITE_CONSTRAINT, "branch " + gid + " is prepared already"};
  return run(db_, "SAVEPOINT xaodbc");
}

Status Branch::start(const std::string& gid) {
  if (Status status = enter(); !status.is_ok()) return status;
  if (gid.empty()) return Status::misuse("a branch needs a gid that is not empty");
  if (!gid_.empty()) return Status::misuse("branch " + gid_ + " is at work on this connection");
  if (sqlite3_get_autocommit(db_) == 0) {
    return Status::misuse("a transaction is open on this connection; end it first");
  }
  if (Status status = adjust_settings(db_); !status.is_ok()) return status;
  const Own own(*this);
  if (Status status = begin(gid); !status.is_ok()) {
    const Status ended = sqlite::roll_back(db_);
    return ended.is_ok() ? status : hold(gid, ended);
  }
  gid_ = gid;
  watch(true);
  moment(Moment::kStarted);
  return Status::ok();
}

/// Ends the branch, with the failure that made it necessary if there was one.
Status Branch::roll_back_at_work(const std::string& gid, const Status& reason) {
  if (Status ended = sqlite::roll_back(db_); !ended.is_ok()) return hold(gid, ended);
  end();
  return reason.is_ok() ? reason : reason.with_context("branch " + gid + " is rolled back");
}

/// COMMIT failed and ended the transaction, which can mean that it was done and not seen to be
/// done: then the branch is taken back, having been promised to nobody.
Status Branch::withdraw(const std::string& gid, const Status& reason) {
  bool known = false;
  const Status decided =
      sqlite::decide(db_, schema_, gid, Decision::kRollBack, Expected::kNo, known);
  if (decided.is_ok()) return reason.with_context("branch " + gid + " is rolled back");
  if (sqlite3_get_autocommit(db_) == 0) return hold(gid, reason);
  return reason.with_context("whether branch " + gid + " is prepared" + kNotKnown +
                             ", see the table xaodbc_branch");
}

Status Branch::prepare(const std::string& gid, Empty empty, Vote& vote) {
  for (Status status : {enter(), check_at_work(gid)}) {
    if (!status.is_ok()) return status;
  }
  Status status = check_not_lost();
  const Own own(*this);
  if (status.is_ok()) status = prepare_within(db_, schema_, gid, capture_, empty, vote);
  if (!status.is_ok() || vote == Vote::kReadOnly) return roll_back_at_work(gid, status);
  moment(Moment::kPrepareReady);
  status = run(db_, is_mutant(Mutant::kEmptyPromise) ? "ROLLBACK" : "COMMIT");
  // Still open, it was certainly not committed.
  if (sqlite3_get_autocommit(db_) == 0) return roll_back_at_work(gid, status);
  if (status.is_ok()) moment(Moment::kPrepareDone);
  promised_.swap(gid_);
  end();
  return status.is_ok() ? status : withdraw(gid, status);
}

Status Branch::commit_one_phase(const std::string& gid) {
  for (Status status : {enter(), check_at_work(gid)}) {
    if (!status.is_ok()) return status;
  }
  Status status = check_not_lost();
  const Own own(*this);
  if (!status.is_ok()) return roll_back_at_work(gid, status);
  status = run(db_, "COMMIT");
  const bool open = sqlite3_get_autocommit(db_) == 0;
  if (open && (status.code() & 0xff) == SQLITE_BUSY) return status;
  if (open) return roll_back_at_work(gid, status);
  if (status.is_ok()) moment(Moment::kOnePhaseDone);
  end();
  if (status.is_ok()) return status;
  const bool unknown = (status.code() & 0xff) == SQLITE_IOERR;
  return status.with_context(unknown ? "whether branch " + gid + " is committed" + kNotKnown
                                     : "branch " + gid + " is rolled back");
}

Status Branch::decide(const std::string& gid, Decision decision, bool& known) {
  known = false;
  if (!gid_.empty()) {
    return Status::misuse("branch " + gid_ + " is at work on this connection; end it first");
  }
  if (sqlite3_get_autocommit(db_) == 0) {
    return Status::misuse("a transaction is open on this connection; end it first");
  }
  const bool is_ours = !gid.empty() && gid == promised_;
  const Expected expected = is_ours ? Expected::kYes : Expected::kNo;
  const Status status = sqlite::decide(db_, schema_, gid, decision, expected, known);
  return sqlite3_get_autocommit(db_) == 0 ? hold(gid, status) : status;
}

Status Branch::roll_back(const std::string& gid, bool& known) {
  if (Status status = enter(); !status.is_ok()) return status;
  if (gid_ != gid || gid.empty()) return decide(gid, Decision::kRollBack, known);
  known = true;
  const Own own(*this);
  return roll_back_at_work(gid, Status::ok());
}

Status Branch::commit(const std::string& gid, bool& known) {
  if (Status status = enter(); !status.is_ok()) return status;
  return decide(gid, Decision::kCommit, known);
}

}  // namespace xaodbc::sqlite
