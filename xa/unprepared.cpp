#include "xa/unprepared.h"

#include "xa/claim.h"

namespace xaodbc::xa {
namespace {

/// What is gone without our doing was finished by somebody else, who may have committed it.
Status check_rolled_back(const odbc::Settlement& settled) {
  const bool ours = settled.finished || settled.answer_lost;
  if (settled.proof == odbc::ServerProof::kRolledBack) return Status::ok();
  if (ours && settled.proof != odbc::ServerProof::kCommitted) return Status::ok();
  return {StatusCode::kOutcomeUnknown, "somebody else has finished it; xa_rollback tells how"};
}

/// Ends its transaction, where that has not been done before.
bool was_ended_by_application(const BranchCall& call, Branch& branch) {
  if (branch.ended_by_application || !branch.lease) return branch.ended_by_application;
  branch.lease->open_latch();
  const auto& dialect = call.resource().database->dialect();
  return !dialect.roll_back_active(*branch.lease, branch.name, call.deadline);
}

}  // namespace

void release(Branch& branch) {
  if (!branch.lease) return;
  branch.lease->open_latch();
  branch.lease.give_back();
}

void close_note(Resource& resource, Branch& branch) {
  if (!branch.noted) return;
  branch.noted.reset();
  Journal(resource, branch.name, branch.birth).done(log::Outcome::kRolledBack);
}

Status ended_itself() {
  return {StatusCode::kEndedByApplication,
          "the application ended the branch's transaction itself, by SQL text; what became of its "
          "work is not known"};
}

Status roll_back_unprepared(const BranchCall& call, Branch& branch, Status why) {
  auto& resource = call.resource();
  if (was_ended_by_application(call, branch)) {
    Journal journal(resource, branch.name, branch.birth);
    return note_ended_by_application(call.deadline, branch, journal, ended_itself());
  }
  release(branch);
  close_note(resource, branch);
  resource.branches.erase(branch);
  return why;
}

Status note_ended_by_application(Deadline deadline, Branch& branch, Journal& journal,
                                 const Status& why) {
  release(branch);
  const auto noted =
      journal.heuristic(log::Outcome::kHazard, "application", why.message(), deadline);
  branch.rollback_only.reset();
  branch.state = BranchState::kHeuristic;
  branch.heuristic = StatusCode::kHeuristicHazard;
  branch.birth = journal.birth();
  return noted.is_ok() ? why : noted.with_context(why.message());
}

Status withdraw(const BranchCall& call, Branch& branch, Journal& journal, const Status& why) {
  auto& resource = call.resource();
  static_cast<void>(journal.deciding(odbc::Decision::kRollback));
  branch.lease.discard();
  const auto settled =
      resource.database->settle(claim_of(branch), odbc::Decision::kRollback, call.deadline);
  const Status rolled_back = settled ? check_rolled_back(*settled) : settled.error();
  if (!rolled_back.is_ok()) {
    // The transaction manager may never ask again: then the reaper does.
    branch.enter(BranchState::kMaybePrepared);
    return {StatusCode::kOutcomeUnknown,
            why.message() + "; the branch could not be rolled back: " + rolled_back.message()};
  }
  journal.done(log::Outcome::kRolledBack);
  resource.branches.erase(branch);
  return Status::rolled_back(RollbackReason::kOther, why.message());
}

}  // namespace xaodbc::xa
