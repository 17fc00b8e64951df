#include "base/failpoint.h"
#include "xa/entries.h"
#include "xa/journal.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

/// MariaDB's prepared branch stays on its connection, which the latch still keeps from the
/// application (I7).
void keep_or_release(const Resource& resource, Branch& branch) {
  if (!resource.database->dialect().keeps_connection_when_prepared()) return release(branch);
  if (branch.lease) branch.lease->close_latch();
}

/// The server has prepared the branch; the promise needs the log record on disk too (I1).
Status promise(const BranchCall& call, Branch& branch, Journal& journal, log::Ticket preparing) {
  auto& resource = call.resource();
  branch.state = BranchState::kPrepared;
  // Unsynced: it only makes later answers more exact; without it the branch is still found.
  static_cast<void>(journal.prepared(branch.transaction_id));
  fail_point(FailPoint::kPrepareAnswered);
  const Status durable = resource.log->wait(preparing, call.deadline);
  if (durable.is_ok()) {
    fail_point(FailPoint::kPrepareDurable);
    keep_or_release(resource, branch);
    return durable;
  }
  return withdraw(call, branch, journal, durable.with_context("the branch log is not durable"));
}

/// Nobody answered PREPARE: only the server can say what became of it (I3).
Status ask_whether_prepared(const BranchCall& call, Branch& branch, Journal& journal,
                            log::Ticket preparing, const Status& why) {
  auto& resource = call.resource();
  branch.state = BranchState::kMaybePrepared;
  branch.lease.discard();
  resource.database->pool().drop_idle();
  const auto prepared = resource.database->is_prepared(
      {branch.name, branch.identity.session, branch.transaction_id}, call.deadline);
  if (!prepared) {
    return {StatusCode::kOutcomeUnknown,
            why.message() + "; and the server cannot be asked: " + prepared.error().message()};
  }
  if (*prepared) return promise(call, branch, journal, preparing);
  journal.done(log::Outcome::kRolledBack);
  resource.branches.erase(branch);
  return Status::rolled_back(RollbackReason::kCommunication, why.message());
}

Status refused(const BranchCall& call, Branch& branch, Journal& journal, log::Ticket preparing,
               const Status& why) {
  if (why.is(StatusCode::kOutcomeUnknown)) {
    return ask_whether_prepared(call, branch, journal, preparing, why);
  }
  if (why.is(StatusCode::kEndedByApplication)) {
    return note_ended_by_application(call, branch, journal, why);
  }
  journal.done(log::Outcome::kRolledBack);
  release(branch);
  call.resource().branches.erase(branch);
  return why;
}

/// Record and PREPARE overlap: the writer thread syncs while the server works.
Status prepare_idle(const BranchCall& call, Branch& branch) {
  auto& resource = call.resource();
  Journal journal(resource, branch.name, branch.birth);
  const auto preparing = journal.preparing(branch.identity);
  if (!preparing) {
    roll_back_unprepared(call, branch);
    return Status::rolled_back(RollbackReason::kOther,
                               "the branch log takes no branch: " + preparing.error().message());
  }
  branch.birth = journal.birth();
  fail_point(FailPoint::kPrepareRecordWritten);
  branch.lease->open_latch();
  const auto vote = resource.database->dialect().prepare(*branch.lease, branch.name, call.deadline);
  if (!vote) return refused(call, branch, journal, *preparing, vote.error());
  if (vote->read_only) {
    journal.done(log::Outcome::kNone);
    release(branch);
    resource.branches.erase(branch);
    return {StatusCode::kReadOnly, "the branch wrote nothing and is ended"};
  }
  branch.transaction_id = vote->transaction_id;
  return promise(call, branch, journal, *preparing);
}

/// An earlier PREPARE was not answered and the transaction manager asks again.
Status prepare_again(const BranchCall& call, Branch& branch) {
  Journal journal(call.resource(), branch.name, branch.birth);
  // The record was handed in before that PREPARE; a ticket of a new one covers it.
  const auto preparing = journal.prepared(branch.transaction_id);
  if (!preparing) return preparing.error();
  return ask_whether_prepared(call, branch, journal, *preparing,
                              {StatusCode::kOutcomeUnknown, "PREPARE was not answered"});
}

Status prepare(const BranchCall& call) {
  auto locked = lock_branch(call);
  if (!locked) return locked.error();
  auto* branch = locked->branch.get();
  const auto [cell, status] = permission(call, Call::kPrepare, branch);
  if (!status.is_ok()) return status;
  if (cell == Cell::kVoteRollback) {
    const Status why = *branch->rollback_only;
    roll_back_unprepared(call, *branch);
    return why;
  }
  const Status outcome = branch->state == BranchState::kMaybePrepared ? prepare_again(call, *branch)
                                                                      : prepare_idle(call, *branch);
  check_branch(*branch);
  return outcome;
}

}  // namespace

/// S2 → S3. XA_OK: the server proved that this branch's own work is prepared, and its log record is
/// durable (I1). XA_RDONLY: it wrote nothing and is ended, S0. XA_RB*: rolled back, S0.
/// XAER_RMERR: the application ended the transaction itself; xa_rollback then answers XA_HEURHAZ.
/// XAER_RMFAIL: PREPARE was not answered and the server cannot be asked; it may be prepared.
/// XAER_NOTA, XAER_PROTO by the state table.
int prepare_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kPrepare, xid, rmid, flags, prepare);
}

}  // namespace xaodbc::xa
