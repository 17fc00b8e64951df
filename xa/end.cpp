#include <algorithm>

#include "base/failpoint.h"
#include "xa/elsewhere.h"
#include "xa/entries.h"
#include "xa/first_phase.h"
#include "xa/journal.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

/// The thread gives up its association with the branch, from T1 or T2.
void leave(const BranchCall& call, const std::shared_ptr<Branch>& branch) {
  branch->dissociate(call.party());
  if (call.instance->current == branch) call.instance->current = nullptr;
  std::erase(call.instance->suspended, branch);
}

void suspend(const BranchCall& call, const std::shared_ptr<Branch>& branch) {
  Association& association = *branch->find(call.party());
  association.suspended = true;
  association.migratable = (call.flags & TMMIGRATE) != 0;
  call.instance->current = nullptr;
  // What any thread may resume is not this one's any more.
  if (!association.migratable) call.instance->suspended.push_back(branch);
}

Status roll_back_for_others(const BranchCall& call, Branch& branch) {
  Status why = roll_back_unprepared(call, branch, *branch.rollback_only);
  if (why.is(StatusCode::kEndedByApplication)) return why;
  Journal(call.resource(), branch.name, branch.birth)
      .done(log::Outcome::kRolledBack, log::Decider::kNobody);
  return why;
}

/// prepare = at_end: the work is over, and from here on the branch belongs to whichever process
/// asks; what became of it stands in log and server.
Status hand_over(const BranchCall& call, Branch& branch) {
  if (branch.rollback_only) return roll_back_for_others(call, branch);
  const Status outcome = vote(call, branch);
  branch.lease.discard();
  if (!branch.gone) call.resource().branches.erase(branch);
  return outcome.is(StatusCode::kReadOnly) ? Status::ok() : outcome;
}

Call call_of(unsigned long flags) {
  if ((flags & TMSUSPEND) != 0) return Call::kEndSuspend;
  return (flags & TMFAIL) != 0 ? Call::kEndFail : Call::kEndSuccess;
}

Status end(const BranchCall& call) {
  auto locked = lock_branch(call);
  if (!locked) return locked.error();
  const Call what = call_of(call.flags);
  const auto& branch = locked->branch;
  const auto [cell, status] = permission(call, what, branch.get());
  if (cell == Cell::kUnknown) return refuse_elsewhere(call);
  if (!status.is_ok()) return status;
  if (what == Call::kEndSuspend && cell == Cell::kAct) {
    suspend(call, branch);
    return Status::ok();
  }
  if (what == Call::kEndFail) {
    branch->mark_rollback_only(RollbackReason::kUnspecified, "xa_end(TMFAIL) was called");
  }
  leave(call, branch);
  if (call.resource().prepares_at_end()) {
    if (branch->associations.empty()) return hand_over(call, *branch);
  } else {
    call.instance->ended = branch;
  }
  check_branch(*branch);
  fail_point(FailPoint::kEndDone);
  return branch->rollback_only ? *branch->rollback_only : Status::ok();
}

}  // namespace

/// T1 or T2 → T0, or T1 → T2 with TMSUSPEND; the branch is idle when its last association ends.
/// Nothing is sent to the server, unless prepare = at_end and it was the last association: then the
/// branch is prepared now. XA_RB*: dissociated, and the branch is rollback-only (always after
/// TMFAIL) or, with at_end, rolled back. XAER_RMFAIL (at_end): not known whether it is prepared.
/// XAER_RMERR (at_end): the application ended the transaction itself. XAER_NOTA, XAER_PROTO by the
/// state table.
int end_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kEnd, xid, rmid, flags, end);
}

}  // namespace xaodbc::xa
