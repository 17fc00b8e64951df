#include <algorithm>

#include "base/failpoint.h"
#include "log/lives.h"
#include "xa/elsewhere.h"
#include "xa/entries.h"

namespace xaodbc::xa {
namespace {

/// A pooled connection may have died unnoticed; the first answer shows it, and nothing was lost.
constexpr int kStartAttempts = 3;

Result<odbc::Lease> take_lease(const BranchCall& call) {
  auto& pool = call.resource().database->pool();
  const bool wait = (call.flags & TMNOWAIT) == 0;
  return wait ? pool.lease(call.deadline) : pool.lease_now(call.deadline);
}

/// Begins the branch on a connection of its own and shuts the latch on it (I7).
Status begin(const BranchCall& call, Branch& branch) {
  auto& database = *call.resource().database;
  Status status;
  for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
    auto lease = take_lease(call);
    if (!lease) return lease.error();
    status = database.dialect().start(**lease, branch.name, call.deadline);
    if (status.is_ok()) {
      (*lease)->close_latch();
      branch.identity = (*lease)->shared_identity();
      branch.lease = std::move(*lease);
      return status;
    }
    if (!status.is(StatusCode::kConnectionLost)) return status;
    lease->discard();
    database.pool().drop_idle();
  }
  return status;
}

/// PostgreSQL learns the XID at PREPARE only: a duplicate of a branch that another process or an
/// earlier one prepared is seen in the log.
Status check_log(const BranchCall& call) {
  const auto known = call.resource().log->find(call.resource().name(), call.xid);
  if (!known) return known.error();
  if (!*known || !(*known)->is_live() || log::is_mark_only(**known)) return Status::ok();
  return {StatusCode::kDuplicateBranch, "the log knows an unfinished branch with this XID"};
}

/// The application has begun a transaction of its own on its connection for local work: it must end
/// that before it takes part in a global one.
Status check_no_local_transaction(const BranchCall& call) {
  const auto& local = call.instance->local;
  if (!local || local->autocommit_on()) return Status::ok();
  return {StatusCode::kOutside,
          "a local transaction may be open on this thread's connection (autocommit is off); end it "
          "and turn autocommit on"};
}

/// Takes a branch that has not begun out of the table again, whatever keeps it from it.
class Newborn {
 public:
  Newborn(BranchTable& table, Branch& branch) : table_(table), branch_(branch) {}
  Newborn(const Newborn&) = delete;
  Newborn& operator=(const Newborn&) = delete;
  ~Newborn() {
    if (!begun_) table_.erase(branch_);
  }
  void has_begun() { begun_ = true; }

 private:
  BranchTable& table_;
  Branch& branch_;
  bool begun_ = false;
};

Status start_new(const BranchCall& call) {
  if (auto status = check_log(call); !status.is_ok()) return status;
  auto branch = std::make_shared<Branch>(call.resource().database->name_branch(call.xid));
  const std::lock_guard lock(branch->mutex);
  // In this order: a mark that is not yet seen here is younger than the branch. What is heard late
  // has the log read once, when the branch votes.
  branch->marks_seen = call.resource().log->marks_heard();
  branch->birth = call.resource().log->new_birth();
  if (!call.resource().branches.insert(branch)) {
    return {StatusCode::kDuplicateBranch, "another thread starts a branch with this XID now"};
  }
  Newborn newborn(call.resource().branches, *branch);
  branch->associations.reserve(1);
  if (auto status = begin(call, *branch); !status.is_ok()) return status;
  newborn.has_begun();
  fail_point(FailPoint::kStartBegun);
  branch->associations.push_back({.party = call.party()});
  call.instance->current = branch;
  check_branch(*branch);
  return Status::ok();
}

void forget_suspension(Instance& instance, const std::shared_ptr<Branch>& branch) {
  std::erase(instance.suspended, branch);
}

Status join(const BranchCall& call, const std::shared_ptr<Branch>& branch) {
  branch->associations.push_back({.party = call.party()});
  call.instance->current = branch;
  return Status::ok();
}

/// Takes the thread's own suspended association back, or one that its thread gave up with
/// TMMIGRATE.
Status resume(const BranchCall& call, const std::shared_ptr<Branch>& branch) {
  Association* association = branch->find(call.party());
  if (association == nullptr) {
    association = &*std::ranges::find_if(branch->associations, &Association::migratable);
  }
  *association = {.party = call.party()};
  forget_suspension(*call.instance, branch);
  call.instance->current = branch;
  return Status::ok();
}

Call call_of(unsigned long flags) {
  if ((flags & TMJOIN) != 0) return Call::kStartJoin;
  return (flags & TMRESUME) != 0 ? Call::kStartResume : Call::kStart;
}

Status start(const BranchCall& call) {
  auto locked = lock_branch(call);
  if (!locked) return locked.error();
  const Call what = call_of(call.flags);
  const auto& branch = locked->branch;
  const auto [cell, status] = permission(call, what, branch.get());
  if (cell == Cell::kUnknown) return refuse_elsewhere(call);
  if (!status.is_ok()) return status;
  if (cell == Cell::kEndRolledBack) {
    branch->dissociate(call.party());
    forget_suspension(*call.instance, branch);
    return *branch->rollback_only;
  }
  if (auto local = check_no_local_transaction(call); !local.is_ok()) return local;
  if (what == Call::kStart) return start_new(call);
  return what == Call::kStartJoin ? join(call, branch) : resume(call, branch);
}

}  // namespace

/// T0 → T1 (or T2 → T1 with TMRESUME), S0 or S2 → S1.
/// XA_RETRY: TMNOWAIT and no connection is free. XA_RB*: the branch is rollback-only; not
/// associated. XAER_DUPID, XAER_NOTA (join, resume), XAER_PROTO by the state table. XAER_INVAL: the
/// server cannot carry this XID. XAER_RMERR: no connection came free. XAER_RMFAIL: the server
/// cannot be reached.
int start_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kStart, xid, rmid, flags, start);
}

}  // namespace xaodbc::xa
