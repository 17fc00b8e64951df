#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/deadline.h"
#include "base/function_ref.h"
#include "base/process.h"
#include "base/status.h"
#include "branch/branch.h"
#include "xa/thread.h"
#include "xa/transition.h"
#include "xa/verb.h"
#include "xaodbc/xa.h"

namespace xaodbc::xa {

/// One call of a verb that names a branch: what was checked before the verb itself begins.
struct BranchCall {
  int rmid = 0;
  unsigned long flags = 0;
  Instance* instance = nullptr;
  Xid xid;
  Deadline deadline = Deadline::after({});

  [[nodiscard]] Resource& resource() const { return *instance->resource; }
  [[nodiscard]] Party party() const { return {this_thread_token(), rmid}; }
};

/// The branch of a call with its lock held, or no branch (S0 in this process).
struct LockedBranch {
  std::shared_ptr<Branch> branch;
  std::unique_lock<TimedMutex> lock;
};

/// Runs a verb at the border of the library: checks TMASYNC and flags, lets no exception out (I9),
/// turns the status into the XA code and keeps the text for xaodbc_last_error(). `xid` may be null
/// for verbs without one. Returns the code.
int run_verb(Verb verb, int rmid, long flags, const XID* xid,
             FunctionRef<Status(unsigned long)> body);

/// As run_verb, for verbs that name a branch, with the checks of xa-reference 4.1 in their order:
/// rmid open in this thread, XID well-formed.
int run_branch_verb(Verb verb, XID* xid, int rmid, long flags, Status (*body)(const BranchCall&));

/// kRetry when another thread's verb on the same branch does not end before the deadline. A branch
/// that another process has rolled back is rollback-only from here on (3.1.4).
Result<LockedBranch> lock_branch(const BranchCall& call);

/// The same for a verb that looks itself for what other processes did, when it has written what
/// they look for.
Result<LockedBranch> lock_branch_alone(const BranchCall& call);

/// What the state table says about this call now. Cells that name an answer are given as a status
/// (kOk for kAct, kAsk, kEndRolledBack and kVoteRollback, which the verb carries out).
struct Permission {
  Cell cell = Cell::kProtocol;
  Status status;
};
Permission permission(const BranchCall& call, Call what, Branch* branch);

}  // namespace xaodbc::xa
