#include "base/failpoint.h"
#include "xa/elsewhere.h"
#include "xa/entries.h"
#include "xa/first_phase.h"
#include "xa/journal.h"
#include "xa/second_phase.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

/// Afterwards nobody could tell a branch that one phase has committed from one that died
/// unprepared; so the record that says "may be prepared" goes first. What may have to be recorded
/// of the branch afterwards belongs to another life.
Status withdraw_note(const BranchCall& call, Branch& branch) {
  if (!branch.noted) return Status::ok();
  Journal journal(call.resource(), branch.name, branch.birth);
  const Status withdrawn = journal.withdrawn(call.deadline);
  if (withdrawn.is_ok()) {
    branch.noted.reset();
    branch.birth = call.resource().log->new_birth();
    return withdrawn;
  }
  return roll_back_unprepared(
      call, branch,
      Status::rolled_back(RollbackReason::kOther, "the branch log: " + withdrawn.message()));
}

bool is_in_both(const Branch& branch) {
  return branch.state == BranchState::kAsked || branch.one_phase;
}

/// PREPARE was sent with a sibling's: one phase is both of them, also when it is asked for again.
Status commit_in_both(const BranchCall& call, Branch& branch) {
  branch.one_phase = true;
  Status voted;
  if (branch.state == BranchState::kAsked) voted = vote(call, branch);
  if (branch.state == BranchState::kMaybePrepared && voted.is_ok()) {
    voted = vote_again(call, branch);
  }
  if (voted.is(StatusCode::kReadOnly)) return Status::ok();
  return voted.is_ok() ? finish_branch(call, branch, odbc::Decision::kCommit) : voted;
}

/// An answer for which there was no memory may have been "done": no rollback may be answered any
/// more.
Status ask_to_commit(const BranchCall& call, Branch& branch) {
  auto& resource = call.resource();
  try {
    return resource.database->dialect().commit_one_phase(*branch.lease, branch.name, call.deadline);
  } catch (...) {
    branch.lease.discard();
    resource.branches.erase(branch);
    throw;
  }
}

/// Unlike a prepared branch, one that is committed in one phase leaves nothing that could be asked:
/// without an answer the outcome stays unknown (I3).
Status commit_one_phase(const BranchCall& call, Branch& branch) {
  if (is_in_both(branch)) return commit_in_both(call, branch);
  auto& resource = call.resource();
  if (auto withdrawn = withdraw_note(call, branch); !withdrawn.is_ok()) return withdrawn;
  branch.lease->open_latch();
  const Status status = ask_to_commit(call, branch);
  if (status.is(StatusCode::kEndedByApplication)) {
    Journal journal(resource, branch.name, branch.birth);
    return note_ended_by_application(call.deadline, branch, journal, status);
  }
  if (status.is_ok()) fail_point(FailPoint::kOnePhaseAnswered);
  if (status.is(StatusCode::kOutcomeUnknown)) {
    branch.lease.discard();
    resource.database->pool().drop_idle();
  }
  release(branch);
  resource.branches.erase(branch);
  return status;
}

bool was_completed_heuristically(const BranchCall& call) {
  const auto known = call.resource().log->find(call.resource().name(), call.xid);
  return known && *known && (*known)->heuristic() != nullptr;
}

/// After xa_end with at_end a one-phase commit finds its branch prepared already; a branch that
/// xa_prepare prepared takes none. Both are told of a heuristic completion (I4).
Status commit_elsewhere(const BranchCall& call, bool one_phase) {
  if (one_phase && !call.resource().prepares_at_end() && !was_completed_heuristically(call)) {
    if (auto known = refuse_elsewhere(call); known.is(StatusCode::kProtocol)) return known;
  }
  return finish_elsewhere(call, odbc::Decision::kCommit);
}

Status commit(const BranchCall& call) {
  auto locked = lock_branch(call);
  if (!locked) return locked.error();
  const bool one_phase = (call.flags & TMONEPHASE) != 0;
  auto* branch = locked->branch.get();
  const bool again = branch != nullptr && branch->one_phase;
  const Call what = one_phase && !again ? Call::kCommitOnePhase : Call::kCommit;
  const auto [cell, status] = permission(call, what, branch);
  if (!status.is_ok()) return status;
  if (cell == Cell::kAsk) return commit_elsewhere(call, one_phase);
  if (cell == Cell::kVoteRollback) {
    return roll_back_unprepared(call, *branch, *branch->rollback_only);
  }
  const Status outcome = one_phase ? commit_one_phase(call, *branch)
                                   : finish_branch(call, *branch, odbc::Decision::kCommit);
  check_branch(*branch);
  return outcome;
}

}  // namespace

/// S3 → S0, or S2 → S0 with TMONEPHASE. XA_OK: proved to be committed. XA_HEUR*: finished
/// otherwise, S5 until xa_forget. XA_RETRY: not finished, call again. XAER_RMFAIL: the outcome is
/// not known, call again. XA_RB* (TMONEPHASE only): rolled back. XAER_NOTA: neither server nor log
/// knows the XID. XAER_PROTO by the state table.
int commit_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kCommit, xid, rmid, flags, commit);
}

}  // namespace xaodbc::xa
