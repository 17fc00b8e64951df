#include <algorithm>

#include "base/failpoint.h"
#include "xa/entries.h"

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
  call.instance->suspended.push_back(branch);
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
  if (!status.is_ok()) return status;
  if (what == Call::kEndSuspend && cell == Cell::kAct) {
    suspend(call, branch);
    return Status::ok();
  }
  leave(call, branch);
  if (what == Call::kEndFail) {
    branch->mark_rollback_only(RollbackReason::kUnspecified, "xa_end(TMFAIL) was called");
  }
  check_branch(*branch);
  fail_point(FailPoint::kEndDone);
  return branch->rollback_only ? *branch->rollback_only : Status::ok();
}

}  // namespace

/// T1 or T2 → T0, or T1 → T2 with TMSUSPEND; the branch is idle when its last association ends.
/// Nothing is sent to the server. XA_RB*: dissociated, and the branch is rollback-only (always
/// after TMFAIL). XAER_NOTA, XAER_PROTO by the state table.
int end_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kEnd, xid, rmid, flags, end);
}

}  // namespace xaodbc::xa
