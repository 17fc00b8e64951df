#include "xa/elsewhere.h"
#include "xa/entries.h"
#include "xa/first_phase.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

Status prepare(const BranchCall& call) {
  auto locked = lock_branch_alone(call);
  if (!locked) return locked.error();
  auto* branch = locked->branch.get();
  const auto [cell, status] = permission(call, Call::kPrepare, branch);
  if (!status.is_ok()) return status;
  if (cell == Cell::kAsk) return confirm_elsewhere(call);
  if (cell == Cell::kVoteRollback) {
    return roll_back_unprepared(call, *branch, *branch->rollback_only);
  }
  const Status outcome = branch->state == BranchState::kMaybePrepared ? vote_again(call, *branch)
                                                                      : vote(call, *branch);
  check_branch(*branch);
  return outcome;
}

}  // namespace

/// S2 → S3, or for a branch that is prepared already (by xa_end with prepare = at_end, by another
/// process), a confirmation. XA_OK: the server proved that this branch's own work is prepared, and
/// its log record is durable (I1). XA_RDONLY: it wrote nothing and is ended, S0. XA_RB*: rolled
/// back, S0. XAER_RMERR: the application ended the transaction itself; xa_rollback then answers
/// XA_HEURHAZ. XAER_RMFAIL: PREPARE was not answered and the server cannot be asked; it may be
/// prepared; or it was prepared and is gone, and xa_rollback tells how it ended. XAER_NOTA,
/// XAER_PROTO by the state table.
int prepare_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kPrepare, xid, rmid, flags, prepare);
}

}  // namespace xaodbc::xa
