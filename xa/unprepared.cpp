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

/// Another process may have been faster, and has noted it.
bool was_rolled_back_elsewhere(const BranchCall& call, const Branch& branch) {
  const auto known = call.resource().log->find(call.resource().name(), branch.name.xid);
  if (!known || !*known || (*known)->birth != branch.birth) return false;
  const auto* done = (*known)->find(log::RecordType::kDone);
  return done != nullptr && done->outcome == log::Outcome::kRolledBack;
}

/// Ends its transaction, where that has not been done before.
bool was_ended_by_application(const BranchCall& call, Branch& branch) {
  if (branch.ended_by_application || !branch.lease) return branch.ended_by_application;
  branch.lease->open_latch();
  const auto& dialect = call.resource().database->dialect();
  branch.ended_by_application =
      !dialect.roll_back_active(*branch.lease, branch.name, call.deadline);
  return branch.ended_by_application;
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
  // In this order: the record names the session, which works for another branch afterwards.
  close_note(resource, branch);
  release(branch);
  resource.branches.erase(branch);
  return why;
}

Status note_ended_by_application(Deadline deadline, Branch& branch, Journal& journal,
                                 const Status& why) {
  // What needs no memory comes first: whatever keeps the rest from its end, it is a hazard.
  branch.rollback_only.reset();
  branch.associations.clear();
  branch.state = BranchState::kHeuristic;
  branch.heuristic = StatusCode::kHeuristicHazard;
  release(branch);
  const auto noted =
      journal.heuristic(log::Outcome::kHazard, "application", why.message(), deadline);
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
  if (!rolled_back.is_ok() && !was_rolled_back_elsewhere(call, branch)) {
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
