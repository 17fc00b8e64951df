#include "sqlite/branch.h"

#include "sqlite/authorizer.h"
#include "sqlite/moment.h"
#include "sqlite/mutant.h"
#include "sqlite/settings.h"
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
}

/// Somebody ended the session: what the branch did is undone, and it can only be rolled back.
void Branch::lose() {
  {
    const Own own(*this);
    sqlite::roll_back(db_);
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
/// cursors would show what is no longer there.
Status Branch::check_idle() const {
  int busy = 0;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(db_, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(db_, statement)) {
    if (sqlite3_stmt_busy(statement) == 0) continue;
    ++busy;
    if (sqlite3_stmt_readonly(statement) == 0) ++busy;
  }
  if (busy <= 1) return Status::ok();
  return Status::misuse("a statement on this connection is not finished; close its cursor first");
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
  if (gid.empty()) return Status::misuse("a branch needs a gid that is not empty");
  if (!gid_.empty()) return Status::misuse("branch " + gid_ + " is at work on this connection");
  if (sqlite3_get_autocommit(db_) == 0) {
    return Status::misuse("a transaction is open on this connection; end it first");
  }
  if (Status status = check_idle(); !status.is_ok()) return status;
  if (Status status = adjust_settings(db_); !status.is_ok()) return status;
  const Own own(*this);
  if (Status status = begin(gid); !status.is_ok()) {
    sqlite::roll_back(db_);
    return status;
  }
  gid_ = gid;
  watch(true);
  moment(Moment::kStarted);
  return Status::ok();
}

/// COMMIT failed, which can mean that it was done and not seen to be done: then the branch is taken
/// back, having been promised to nobody.
Status Branch::withdraw(const std::string& gid, const Status& reason) {
  sqlite::roll_back(db_);
  bool known = false;
  if (sqlite::decide(db_, schema_, gid, Decision::kRollBack, known).is_ok()) return reason;
  return reason.with_context("whether branch " + gid + " is prepared" + kNotKnown +
                             ", see the table xaodbc_branch");
}

Status Branch::prepare(const std::string& gid, Empty empty, Vote& vote) {
  for (Status status : {check_at_work(gid), check_idle()}) {
    if (!status.is_ok()) return status;
  }
  Status status = check_not_lost();
  const Own own(*this);
  if (status.is_ok()) status = prepare_within(db_, schema_, gid, capture_, empty, vote);
  bool sent = false;
  if (status.is_ok() && vote == Vote::kPrepared) {
    moment(Moment::kPrepareReady);
    sent = true;
    status = run(db_, is_mutant(Mutant::kEmptyPromise) ? "ROLLBACK" : "COMMIT");
  }
  if (status.is_ok() && sent) moment(Moment::kPrepareDone);
  if (!sent || !status.is_ok()) sqlite::roll_back(db_);
  end();
  if (status.is_ok()) return status;
  const Status told = status.with_context("branch " + gid + " is rolled back");
  return sent && status.code() != SQLITE_BUSY ? withdraw(gid, told) : told;
}

Status Branch::commit_one_phase(const std::string& gid) {
  for (Status status : {check_at_work(gid), check_idle()}) {
    if (!status.is_ok()) return status;
  }
  Status status = check_not_lost();
  const Own own(*this);
  if (status.is_ok()) status = run(db_, "COMMIT");
  if (status.is_ok()) moment(Moment::kOnePhaseDone);
  if ((status.code() & 0xff) == SQLITE_BUSY && sqlite3_get_autocommit(db_) == 0) return status;
  sqlite::roll_back(db_);
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
  if (Status status = check_idle(); !status.is_ok()) return status;
  return sqlite::decide(db_, schema_, gid, decision, known);
}

Status Branch::roll_back(const std::string& gid, bool& known) {
  if (gid_ != gid || gid.empty()) return decide(gid, Decision::kRollBack, known);
  known = true;
  if (Status status = check_idle(); !status.is_ok()) return status;
  const Own own(*this);
  sqlite::roll_back(db_);
  end();
  return Status::ok();
}

Status Branch::commit(const std::string& gid, bool& known) {
  return decide(gid, Decision::kCommit, known);
}

}  // namespace xaodbc::sqlite
