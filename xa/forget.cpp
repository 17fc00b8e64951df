#include "base/failpoint.h"
#include "log/lives.h"
#include "xa/entries.h"
#include "xa/journal.h"

namespace xaodbc::xa {
namespace {

Status forget(const BranchCall& call) {
  auto locked = lock_branch(call);
  if (!locked) return locked.error();
  auto* branch = locked->branch.get();
  if (const auto allowed = permission(call, Call::kForget, branch); !allowed.status.is_ok()) {
    return allowed.status;
  }
  auto& resource = call.resource();
  const auto history = resource.log->find(resource.name(), call.xid);
  if (!history) return history.error();
  if (!*history || !(*history)->is_live() || log::fades(**history)) {
    return {StatusCode::kUnknownBranch, "no heuristic completion is known for the branch"};
  }
  if ((*history)->heuristic() == nullptr) {
    return {StatusCode::kProtocol, "the branch is in doubt, not heuristically completed"};
  }
  Journal journal(resource, {call.xid, ""}, (*history)->birth);
  if (auto status = journal.forgotten(call.deadline); !status.is_ok()) return status;
  fail_point(FailPoint::kForgetRecordWritten);
  // Of a hazard nothing is left to be carried out, whatever kept its end from being written.
  const bool open_end = !(*history)->has(log::RecordType::kDone);
  if (open_end && (*history)->heuristic()->outcome == log::Outcome::kHazard) {
    journal.done(log::Outcome::kHazard, log::Decider::kNobody);
  }
  if (branch != nullptr) resource.branches.erase(*branch);
  return Status::ok();
}

}  // namespace

/// S5 → S0. Drops the record of a heuristic completion, durably; never touches data (I4).
/// XAER_NOTA: none is known. XAER_PROTO: the branch is not heuristically completed. XAER_RMFAIL:
/// the log cannot be written, still known.
int forget_entry(XID* xid, int rmid, long flags) {
  return run_branch_verb(Verb::kForget, xid, rmid, flags, forget);
}

}  // namespace xaodbc::xa
