#include "xa/marks.h"

#include <optional>

namespace xaodbc::xa {
namespace {

bool is_decided(const std::optional<log::BranchHistory>& history, const Branch& branch) {
  return history && history->birth == branch.birth &&
         (history->has(log::RecordType::kRollingBack) || history->has(log::RecordType::kDone) ||
          history->heuristic() != nullptr);
}

}  // namespace

bool is_marked_rolled_back(const log::BranchHistory& history, const Branch& branch) {
  const auto* mark = history.find(log::RecordType::kRolledBack);
  return mark != nullptr && mark->birth > branch.birth;
}

void notice_rollback_elsewhere(const Resource& resource, Branch& branch) {
  if (branch.state != BranchState::kWorking || branch.rolled_back_elsewhere) return;
  const auto marks = resource.log->marks();
  if (marks == branch.marks_seen) return;
  const auto history = resource.log->find(resource.name(), branch.name.xid);
  if (!history) {
    branch.mark_rollback_only(RollbackReason::kOther,
                              "the branch log cannot be read: " + history.error().message());
    return;
  }
  if (*history && is_marked_rolled_back(**history, branch)) {
    branch.mark_rollback_only(
        RollbackReason::kUnspecified,
        "xa_rollback was called for the branch in another process while it was at work here");
    branch.rolled_back_elsewhere = true;
    branch.enter(BranchState::kWorking);
  }
  // What else others decided of a branch with a record, its vote has to hear of (first_phase.cpp).
  if (!branch.noted && !is_decided(*history, branch)) branch.marks_seen = marks;
}

}  // namespace xaodbc::xa
