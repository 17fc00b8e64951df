#include "xa/second_phase.h"

#include <algorithm>
#include <iterator>

#include "base/failpoint.h"
#include "log/proof.h"
#include "xa/claim.h"
#include "xa/journal.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

using log::BranchHistory;
using log::Outcome;
using log::RecordType;
using odbc::Decision;

bool is_commit(Decision decision) { return decision == Decision::kCommit; }

Outcome outcome_of(Decision decision) {
  return is_commit(decision) ? Outcome::kCommitted : Outcome::kRolledBack;
}

void record_written(Decision decision) {
  fail_point(is_commit(decision) ? FailPoint::kCommitRecordWritten
                                 : FailPoint::kRollbackRecordWritten);
}

void answered(Decision decision) {
  fail_point(is_commit(decision) ? FailPoint::kCommitAnswered : FailPoint::kRollbackAnswered);
}

log::ServerWord word_of(odbc::ServerProof proof) {
  switch (proof) {
    case odbc::ServerProof::kCommitted:
      return log::ServerWord::kCommitted;
    case odbc::ServerProof::kRolledBack:
      return log::ServerWord::kRolledBack;
    case odbc::ServerProof::kInProgress:
      return log::ServerWord::kInProgress;
    case odbc::ServerProof::kNothing:
      break;
  }
  return log::ServerWord::kNothing;
}

Status succeeded(Journal& journal, Decision decision) {
  answered(decision);
  journal.done(outcome_of(decision));
  fail_point(FailPoint::kCommitDone);
  return Status::ok();
}

/// What is finished otherwise than the transaction manager wants is kept for it, durably, until it
/// calls xa_forget (I4).
Status report_vanished(const BranchCall& call, Journal& journal, Outcome outcome,
                       Decision decision) {
  const StatusCode code = log::answer_for(outcome, is_commit(decision));
  if (code == StatusCode::kOk) return succeeded(journal, decision);
  if (code == StatusCode::kRetry) return {code, "the server is still finishing the branch"};
  const std::string why =
      outcome == Outcome::kHazard
          ? "the branch is gone from the server and nothing proves how it ended"
          : "the branch was finished by somebody else: " + std::string(log::to_string(outcome));
  const auto noted = journal.heuristic(outcome, "unknown", why, call.deadline);
  if (!noted.is_ok()) return {StatusCode::kRetry, why + ", but: " + noted.message()};
  return {code, why};
}

/// How a heuristically completed branch really ended: as the "done" record says, which knows more
/// than the decision. An operator's process may have died between decision and act; then the
/// decision is carried out now.
Result<Outcome> complete_heuristic(const BranchCall& call, const BranchHistory& history,
                                   Journal& journal, const odbc::Claim& claim) {
  if (const auto* done = history.find(RecordType::kDone)) return done->outcome;
  const Outcome decided = history.heuristic()->outcome;
  if (decided != Outcome::kCommitted && decided != Outcome::kRolledBack) return decided;
  const auto decision = decided == Outcome::kCommitted ? Decision::kCommit : Decision::kRollback;
  const auto settled = call.resource().database->settle(claim, decision, call.deadline);
  if (!settled) return failure(settled.error());
  Outcome really = decided;
  if (settled->proof == odbc::ServerProof::kCommitted) really = Outcome::kCommitted;
  if (settled->proof == odbc::ServerProof::kRolledBack) really = Outcome::kRolledBack;
  journal.done(really, log::Decider::kOperator);
  return really;
}

/// Repeats an operator's decision to the transaction manager until it calls xa_forget (I4).
Status repeat_heuristic(const BranchCall& call, const BranchHistory& history, Journal& journal,
                        const odbc::Claim& claim) {
  const auto outcome = complete_heuristic(call, history, journal, claim);
  if (!outcome) return {StatusCode::kRetry, outcome.error().message()};
  const log::Record& record = *history.heuristic();
  return {log::heuristic_code(*outcome),
          "decided by " + record.operator_name + ": " + record.reason};
}

/// `history` is what the log knew before this call wrote its own "committing": that record proves
/// nothing when the branch had been gone before, and proves something once the statement was sent.
BranchHistory evidence(BranchHistory history, Decision decision, bool answer_lost) {
  if (!answer_lost) return history;
  log::Record sent;
  sent.type = is_commit(decision) ? RecordType::kCommitting : RecordType::kRollingBack;
  history.records.push_back(std::move(sent));
  return history;
}

Status settle_with(const BranchCall& call, const BranchHistory& history, Journal& journal,
                   const odbc::Claim& claim, Decision decision, bool answer_lost) {
  const auto settled = call.resource().database->settle(claim, decision, call.deadline);
  if (!settled) return settled.error();
  if (settled->finished) return succeeded(journal, decision);
  const auto known = evidence(history, decision, answer_lost || settled->answer_lost);
  const auto outcome =
      log::outcome_of_vanished(known, word_of(settled->proof), is_commit(decision));
  return report_vanished(call, journal, outcome, decision);
}

/// Locks of prepared branches are what the others may wait for, so finishing one waits for nobody's
/// connection.
Result<odbc::Lease> take_any(const BranchCall& call) {
  auto& pool = call.resource().database->pool();
  auto lease = pool.lease_now(call.deadline);
  const bool all_in_use = !lease && lease.error().is(StatusCode::kRetry);
  return all_in_use ? pool.lease_fresh(call.deadline) : std::move(lease);
}

/// The connection that prepared, where the branch kept it, for as long as it is asked to finish the
/// branch: it stays the branch's, with the latch shut, whatever keeps it from that.
class Kept {
 public:
  explicit Kept(odbc::Lease& lease) : lease_(lease) {
    if (lease_) lease_->open_latch();
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() {
    if (lease_) lease_->close_latch();
  }

 private:
  odbc::Lease& lease_;
};

/// True for a kept connection that is good for nothing any more, or whose session was ended while
/// it waited for the decision. One that was heard of just now is trusted, so that the common case
/// costs no round trip.
bool is_lost(const BranchCall& call, odbc::Lease& lease) {
  if (!lease) return false;
  if (!lease->fit()) return true;
  if (lease->answered_just_now()) return false;
  const auto alive = call.resource().database->dialect().session_alive(
      *lease, lease->identity().session, call.deadline);
  return !alive.value_or(false);
}

/// A MariaDB branch that is not on this connection must not be finished before the session that
/// prepared it is gone from the server (3.1.3): usually it is, and two questions show it.
Status see_session_off(const BranchCall& call, const Branch& branch, odbc::Lease& lease) {
  if (lease->identity().session == branch.identity->session) return Status::ok();
  const auto& dialect = call.resource().database->dialect();
  return dialect.release_branch(*lease, branch.identity->session, call.deadline);
}

/// What the log knew before this call wrote its own decision.
Result<BranchHistory> history_before(const BranchCall& call, Decision decision) {
  auto found = call.resource().log->find(call.resource().name(), call.xid);
  if (!found) return failure(found.error());
  auto history = found->value_or(BranchHistory{});
  const auto type = is_commit(decision) ? RecordType::kCommitting : RecordType::kRollingBack;
  const auto own =
      std::ranges::find(history.records.rbegin(), history.records.rend(), type, &log::Record::type);
  if (own != history.records.rend()) history.records.erase(std::next(own).base());
  return history;
}

/// The statement was not answered, or the server does not know the branch: the log may know of an
/// operator, and the server can be asked on a fresh connection.
Status investigate(const BranchCall& call, Branch& branch, Journal& journal, Decision decision,
                   bool answer_lost) {
  if (answer_lost) call.resource().database->pool().drop_idle();
  const auto before = history_before(call, decision);
  if (!before) return before.error();
  const odbc::Claim claim = claim_of(branch);
  if (before->heuristic() != nullptr) return repeat_heuristic(call, *before, journal, claim);
  return settle_with(call, *before, journal, claim, decision, answer_lost);
}

/// The common case costs a comparison.
Status check_server(const BranchCall& call, const Branch& branch, odbc::Lease& lease) {
  if (lease->identity().server == branch.identity->server) return Status::ok();
  return call.resource().database->check_server(*lease, claim_of(branch), call.deadline);
}

/// A branch that has not voted may be about to, in the process that works on it: PREPARE was
/// perhaps sent ahead (xa/siblings.h), and the answer must not become a promise any more. That a
/// third process has confirmed the vote says nothing of its own process.
Status decide(const BranchCall& call, const Branch& branch, Journal& journal, Decision decision) {
  const bool tells = !is_commit(decision) && (branch.of_another || !branch.answered);
  // Before the record as well: what cannot be told must not be recorded either.
  if (auto told = tells ? call.resource().log->ring() : Status::ok(); !told.is_ok()) return told;
  if (auto written = journal.deciding(decision); !written.is_ok()) return written;
  record_written(decision);
  return tells ? call.resource().log->ring() : Status::ok();
}

/// Whoever comes later takes a recorded decision for one that was sent (log/proof.h), so none is
/// recorded while the server cannot be reached (I3).
Status record_decision(const BranchCall& call, const Branch& branch, Journal& journal,
                       Decision decision) {
  auto reached = call.resource().database->pool().lease_fresh(call.deadline);
  if (!reached) return reached.error();
  if (auto there = check_server(call, branch, *reached); !there.is_ok()) return there;
  return decide(call, branch, journal, decision);
}

Status settle_now(const BranchCall& call, Branch& branch, Journal& journal, Decision decision) {
  if (auto recorded = record_decision(call, branch, journal, decision); !recorded.is_ok()) {
    return recorded;
  }
  return investigate(call, branch, journal, decision, false);
}

/// One statement on a connection at hand in the common case.
Status finish_and_ask(const BranchCall& call, Branch& branch, Journal& journal, Decision decision) {
  if (branch.state == BranchState::kMaybePrepared) {
    branch.lease.discard();
    return settle_now(call, branch, journal, decision);
  }
  if (is_lost(call, branch.lease)) branch.lease.discard();
  odbc::Lease taken;
  if (!branch.lease) {
    auto any = take_any(call);
    if (!any) return any.error();
    taken = std::move(*any);
  }
  const Kept kept(branch.lease);
  odbc::Lease& lease = branch.lease ? branch.lease : taken;
  if (auto there = check_server(call, branch, lease); !there.is_ok()) return there;
  if (auto gone = see_session_off(call, branch, lease); !gone.is_ok()) {
    lease.discard();
    if (!gone.is(StatusCode::kUnavailable)) return gone;
    call.resource().database->pool().drop_idle();
    return settle_now(call, branch, journal, decision);
  }
  if (auto written = decide(call, branch, journal, decision); !written.is_ok()) return written;
  const Status status = call.resource().database->dialect().finish_prepared(
      *lease, branch.name, decision, call.deadline);
  const bool answer_lost = status.is(StatusCode::kOutcomeUnknown);
  const bool ask = answer_lost || status.is(StatusCode::kUnknownBranch) ||
                   status.is(StatusCode::kConnectionLost);
  if (!status.is_ok() && !ask) return status;
  lease.give_back();
  if (status.is_ok()) return succeeded(journal, decision);
  return investigate(call, branch, journal, decision, answer_lost);
}

bool is_heuristic(const Status& status) {
  return status.is(StatusCode::kHeuristicCommitted) ||
         status.is(StatusCode::kHeuristicRolledBack) || status.is(StatusCode::kHeuristicMixed) ||
         status.is(StatusCode::kHeuristicHazard);
}

}  // namespace

Status still_in_doubt(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
    case StatusCode::kRetry:
    case StatusCode::kUnavailable:
    case StatusCode::kOutcomeUnknown:
    case StatusCode::kRefused:
    case StatusCode::kLogPoisoned:
    case StatusCode::kLogDamaged:
    case StatusCode::kHeuristicCommitted:
    case StatusCode::kHeuristicRolledBack:
    case StatusCode::kHeuristicMixed:
    case StatusCode::kHeuristicHazard:
      return status;
    default:
      return {StatusCode::kOutcomeUnknown, status.message()};
  }
}

Status finish_branch(const BranchCall& call, Branch& branch, Decision decision) {
  Journal journal(call.resource(), branch.name, branch.birth);
  const Status status = finish_and_ask(call, branch, journal, decision);
  if (is_heuristic(status)) {
    branch.state = BranchState::kHeuristic;
    branch.heuristic = status.code();
  } else if (status.is_ok()) {
    call.resource().branches.erase(branch);
  }
  return still_in_doubt(status);
}

Status finish_logged(const BranchCall& call, const BranchHistory& history, Decision decision) {
  auto& resource = call.resource();
  Branch branch(resource.database->name_branch(call.xid));
  branch.of_another = true;
  branch.state = BranchState::kPrepared;
  branch.birth = history.birth;
  odbc::Identity identity;
  if (const auto* record = history.find(RecordType::kPreparing)) {
    identity.server = record->server;
    identity.session = record->session;
  }
  branch.identity = std::make_shared<const odbc::Identity>(std::move(identity));
  branch.answered = history.has(RecordType::kPrepared);
  branch.transaction_id = history.transaction_id();
  Journal journal(resource, branch.name, branch.birth);
  if (history.heuristic() != nullptr) {
    return repeat_heuristic(call, history, journal, claim_of(branch));
  }
  if (history.has(RecordType::kReadOnly)) {
    journal.done(Outcome::kNone);
    return Status::ok();
  }
  return still_in_doubt(finish_and_ask(call, branch, journal, decision));
}

}  // namespace xaodbc::xa
