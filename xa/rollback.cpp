#include "xa/elsewhere.h"
#include "xa/entries.h"
#include "xa/first_phase.h"
#include "xa/second_phase.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

/// PREPARE was sent with a sibling's: its answer says what there is to be rolled back.
Status roll_back_asked(const BranchCall& call, Branch& branch) {
  const Status voted = vote(call, branch);
  if (branch.gone) return Status::ok();
  if (branch.state == BranchState::kHeuristic) return {branch.heuristic, voted.message()};
  return finish_branch(call, branch, odbc::Decision::kRollback);
}

Status roll_back(const BranchCall& call) {
  auto locked = lock_branch(call);
  if (!locked) return locked.error();
  auto* branch = locked->branch.get();
  const auto [cell, status] = permission(call, Call::kRollback, branch);
  if (!status.is_ok()) return status;
  if (cell == Cell::kAsk) return finish_elsewhere(call, odbc::Decision::kRollback);
  if (branch->state == BranchState::kWorking) {
    return roll_back_unprepared(call, *branch, Status::ok());
  }
  const Status outcome = branch->state == BranchState::kAsked
                             ? roll_back_asked(call, *branch)
                             : finish_branch(call, *branch, odbc::Decision::kRollback);
  check_branch(*branch);
  return outcome;
}

}  // namespace

/// S2, S3 or S4 → S0. XA_OK: rolled back. XA_HEUR*: finished otherwise, S5 until xa_forget.
/// XAER_RMFAIL: not known to be rolled back, call again. XAER_NOTA: neither server nor log knows
/// the XID. XAER_PROTO by the state table.
int rollback_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kRollback, xid, rmid, flags, roll_back);
}

}  // namespace xaodbc::xa
