#include "xa/marks.h"

namespace xaodbc::xa {

void notice_rollback_elsewhere(const Resource& resource, Branch& branch) {
  if (branch.state != BranchState::kWorking || branch.rollback_only) return;
  const auto marks = resource.log->marks();
  if (marks == branch.marks_seen) return;
  const auto history = resource.log->find(resource.name(), branch.name.xid);
  if (!history) {
    branch.mark_rollback_only(RollbackReason::kOther,
                              "the branch log cannot be read: " + history.error().message());
    return;
  }
  // What else others decided of a branch with a record, its vote has to hear of (first_phase.cpp).
  if (!branch.noted) branch.marks_seen = marks;
  const bool marked = *history && (*history)->has(log::RecordType::kRolledBack) &&
                      (*history)->find(log::RecordType::kRolledBack)->birth > branch.birth;
  if (marked) {
    branch.rolled_back_elsewhere = true;
    branch.enter(BranchState::kWorking);
    branch.mark_rollback_only(
        RollbackReason::kUnspecified,
        "xa_rollback was called for the branch in another process while it was at work here");
  }
}

}  // namespace xaodbc::xa
