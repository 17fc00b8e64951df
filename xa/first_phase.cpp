#include "xa/first_phase.h"

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "base/failpoint.h"
#include "xa/claim.h"
#include "xa/journal.h"
#include "xa/marks.h"
#include "xa/siblings.h"
#include "xa/unprepared.h"

namespace xaodbc::xa {
namespace {

/// MariaDB's prepared branch stays on its connection, which the latch still keeps from the
/// application (I7). With at_end another process finishes it, and the server must be free to let
/// it.
void keep_or_release(const Resource& resource, Branch& branch) {
  if (!resource.database->dialect().keeps_connection_when_prepared()) return release(branch);
  if (resource.prepares_at_end()) return branch.lease.discard();
  if (branch.lease) branch.lease->close_latch();
}

/// The server has prepared the branch; the promise needs the log record on disk too (I1).
Status promise(const BranchCall& call, Branch& branch, Journal& journal, log::Ticket preparing) {
  auto& resource = call.resource();
  fail_point(FailPoint::kPrepareAnswered);
  const Status durable = resource.log->wait(preparing, call.deadline);
  if (durable.is_ok()) {
    // Unsynced: it makes later answers more exact, and tells other processes that the promise was
    // durable; without it the branch is still found.
    static_cast<void>(journal.prepared(branch.transaction_id));
    fail_point(FailPoint::kPrepareDurable);
    branch.enter(BranchState::kPrepared);
    keep_or_release(resource, branch);
    return durable;
  }
  return withdraw(call, branch, journal, durable.with_context("the branch log is not durable"));
}

Status finished_by_operator() {
  return {StatusCode::kOutcomeUnknown,
          "an operator has finished the branch; xa_rollback tells how it ended"};
}

/// What is gone may have been finished by an operator, whose decision xa_rollback tells (I4), or by
/// another process that has confirmed the vote. Of a branch that was prepared absence proves
/// nothing (I3).
Status check_nobody_finished(const BranchCall& call, const Branch& branch) {
  auto& resource = call.resource();
  const auto known = resource.log->find(resource.name(), call.xid);
  if (!known) return {StatusCode::kOutcomeUnknown, known.error().message()};
  const bool has_life = *known && (*known)->birth == branch.birth;
  if (has_life && (*known)->heuristic() != nullptr) return finished_by_operator();
  const bool confirmed = has_life && ((*known)->has(log::RecordType::kPrepared) ||
                                      (*known)->has(log::RecordType::kCommitting));
  if (!confirmed && !branch.answered) return Status::ok();
  if (resource.database->proves_rolled_back(claim_of(branch), call.deadline)) return Status::ok();
  return {StatusCode::kOutcomeUnknown,
          "the branch was prepared and is gone from the server; xa_rollback tells how it ended"};
}

/// What others have done to a branch whose vote is not promised yet.
enum class Decided { kNot, kBeingRolledBack, kRolledBack, kByOperator };

Decided decided_elsewhere(const BranchCall& call, const Branch& branch) {
  const auto known = call.resource().log->find(call.resource().name(), call.xid);
  if (!known) return Decided::kBeingRolledBack;
  if (!*known) return Decided::kNot;
  if ((*known)->heuristic() != nullptr) return Decided::kByOperator;
  const auto* done = (*known)->find(log::RecordType::kDone);
  if (done != nullptr && done->outcome == log::Outcome::kRolledBack) return Decided::kRolledBack;
  const bool rolling_back = done != nullptr || (*known)->has(log::RecordType::kRollingBack) ||
                            is_marked_rolled_back(**known, branch);
  return rolling_back ? Decided::kBeingRolledBack : Decided::kNot;
}

/// Of a branch that others have finished, or are about to: its connection may still be in it.
void let_go(const Resource& resource, Branch& branch) {
  if (resource.database->dialect().keeps_connection_when_prepared()) return branch.lease.discard();
  release(branch);
}

/// Of a branch that is or was prepared, when its own vote was not the first to hear of it.
Status promise_unless_decided(const BranchCall& call, Branch& branch, Journal& journal,
                              log::Ticket preparing) {
  Status why =
      Status::rolled_back(RollbackReason::kUnspecified,
                          "xa_rollback was called for the branch in another process meanwhile");
  switch (decided_elsewhere(call, branch)) {
    case Decided::kNot:
      break;
    case Decided::kBeingRolledBack:
      return withdraw(call, branch, journal, why);
    case Decided::kRolledBack:
      let_go(call.resource(), branch);
      call.resource().branches.erase(branch);
      return why;
    case Decided::kByOperator:
      let_go(call.resource(), branch);
      return finished_by_operator();
  }
  return promise(call, branch, journal, preparing);
}

/// The server has answered. Whoever decides on a branch without a vote tells everybody
/// (xa/second_phase.cpp, recovery/operate.cpp). With at_end the vote is asked for later.
Status promise_what_was_voted(const BranchCall& call, Branch& branch, Journal& journal,
                              log::Ticket preparing) {
  const auto& resource = call.resource();
  return resource.prepares_at_end() || resource.log->marks() == branch.marks_seen
             ? promise(call, branch, journal, preparing)
             : promise_unless_decided(call, branch, journal, preparing);
}

/// Nobody answered PREPARE: only the server can say what became of it (I3).
Status ask_whether_prepared(const BranchCall& call, Branch& branch, Journal& journal,
                            log::Ticket preparing, const Status& why) {
  auto& resource = call.resource();
  branch.enter(BranchState::kMaybePrepared);
  branch.lease.discard();
  resource.database->pool().drop_idle();
  const auto prepared = resource.database->is_prepared(claim_of(branch), call.deadline);
  if (!prepared) {
    return {StatusCode::kOutcomeUnknown,
            why.message() + "; and the server cannot be asked: " + prepared.error().message()};
  }
  if (*prepared) return promise_unless_decided(call, branch, journal, preparing);
  if (auto status = check_nobody_finished(call, branch); !status.is_ok()) return status;
  journal.done(log::Outcome::kRolledBack, log::Decider::kNobody);
  resource.branches.erase(branch);
  return Status::rolled_back(RollbackReason::kCommunication, why.message());
}

Status refused(const BranchCall& call, Branch& branch, Journal& journal, log::Ticket preparing,
               const Status& why) {
  if (why.is(StatusCode::kOutcomeUnknown)) {
    return ask_whether_prepared(call, branch, journal, preparing, why);
  }
  if (why.is(StatusCode::kEndedByApplication)) {
    return note_ended_by_application(call.deadline, branch, journal, why);
  }
  journal.done(log::Outcome::kRolledBack, log::Decider::kNobody);
  release(branch);
  call.resource().branches.erase(branch);
  return why;
}

void note(Branch& branch, const odbc::Vote& vote) {
  branch.answered = true;
  branch.transaction_id = vote.transaction_id;
}

/// With at_end xa_prepare comes later and perhaps to another process: the vote is left in the log.
Status end_read_only(const BranchCall& call, Branch& branch, Journal& journal) {
  auto& resource = call.resource();
  Status noted;
  if (resource.prepares_at_end()) {
    noted = journal.read_only();
  } else {
    journal.done(log::Outcome::kNone);
  }
  release(branch);
  resource.branches.erase(branch);
  if (!noted.is_ok()) {
    return Status::rolled_back(RollbackReason::kOther, "the branch log: " + noted.message());
  }
  return {StatusCode::kReadOnly, "the branch wrote nothing and is ended"};
}

/// Whoever marks a branch as rolled back looks for its record afterwards, and this looks for the
/// mark after the record was written: one of the two sees the other (3.1.4).
Status check_not_rolled_back(const BranchCall& call, Branch& branch, Journal& journal) {
  notice_rollback_elsewhere(call.resource(), branch);
  if (!branch.rollback_only) return Status::ok();
  Status why = roll_back_unprepared(call, branch, *branch.rollback_only);
  if (why.is(StatusCode::kEndedByApplication)) return why;
  journal.done(log::Outcome::kRolledBack, log::Decider::kNobody);
  return why;
}

/// A vote that needs a sync of the log.
class VoteUnderWay {
 public:
  explicit VoteUnderWay(std::atomic<int>& count) : count_(count), alone_(count.fetch_add(1) == 0) {}
  VoteUnderWay(const VoteUnderWay&) = delete;
  VoteUnderWay& operator=(const VoteUnderWay&) = delete;
  ~VoteUnderWay() { --count_; }
  [[nodiscard]] bool alone() const { return alone_; }

 private:
  std::atomic<int>& count_;
  const bool alone_;
};

/// Votes at the same time from which on each lets others have the processor first.
constexpr int kCrowd = 4;

/// In a crowd a vote goes last among the threads of this process (for Linux: of its scheduling
/// group) that could run at this moment. Where processors are short, for servers as well, votes
/// then come closer together, and more of them share a sync of their server (docs/bench.md). With a
/// processor to spare it is a system call. A few threads beside others that only compute would lose
/// their turn to those, and gain nothing.
void give_way(const Resource& resource) {
  if (resource.votes_under_way >= kCrowd) std::this_thread::yield();
}

/// The record, unless a sibling's vote has written it already. A sync at once costs nothing but the
/// disk's time, which it takes from the servers: where others are about to vote, the first whose
/// PREPARE is answered asks for a sync, and it is one for all.
Result<log::Ticket> record_vote(const BranchCall& call, Branch& branch, Journal& journal,
                                std::optional<VoteUnderWay>& under_way) {
  if (branch.noted) return *std::exchange(branch.noted, std::nullopt);
  ask_siblings(call, branch);
  const bool alone = under_way.emplace(call.resource().votes_under_way).alone();
  auto ticket =
      alone ? journal.preparing(*branch.identity) : journal.preparing_ahead(*branch.identity);
  if (ticket) ++branch.votes_recorded;
  return ticket;
}

/// A rollback that was sent and not answered may still arrive: nothing is promised any more, even
/// while the branch is listed.
Result<bool> is_being_rolled_back(const BranchCall& call) {
  const auto known = call.resource().log->find(call.resource().name(), call.xid);
  if (!known) return failure(StatusCode::kOutcomeUnknown, known.error().message());
  return *known && (*known)->has(log::RecordType::kRollingBack);
}

/// What the server says to a PREPARE, which is sent unless it was before.
Status hear_vote(const BranchCall& call, Branch& branch, Journal& journal, log::Ticket preparing) {
  branch.lease->open_latch();
  const auto answer =
      call.resource().database->dialect().prepare(*branch.lease, branch.name, call.deadline);
  if (!answer) return refused(call, branch, journal, preparing, answer.error());
  if (answer->read_only) return end_read_only(call, branch, journal);
  note(branch, *answer);
  return promise_what_was_voted(call, branch, journal, preparing);
}

/// PREPARE was sent with a sibling's. Until the answer is read, nobody knows.
Status vote_as_asked(const BranchCall& call, Branch& branch, Journal& journal) {
  const auto preparing = *std::exchange(branch.noted, std::nullopt);
  branch.enter(BranchState::kMaybePrepared);
  return hear_vote(call, branch, journal, preparing);
}

/// What the log has refused may still stand in a segment that it has given up.
Status not_recorded(const BranchCall& call, Branch& branch, Journal& journal, const Status& why) {
  if (why.is(StatusCode::kLogPoisoned)) {
    journal.done(log::Outcome::kRolledBack, log::Decider::kNobody);
  }
  return roll_back_unprepared(
      call, branch,
      Status::rolled_back(RollbackReason::kOther,
                          "the branch log takes no branch: " + why.message()));
}

}  // namespace

/// Record and PREPARE overlap: the writer thread syncs while the server works. From PREPARE to its
/// answer nobody knows whether the branch is prepared.
Status vote(const BranchCall& call, Branch& branch) {
  auto& resource = call.resource();
  Journal journal(resource, branch.name, branch.birth);
  if (branch.state == BranchState::kAsked) return vote_as_asked(call, branch, journal);
  std::optional<VoteUnderWay> under_way;
  const auto preparing = record_vote(call, branch, journal, under_way);
  if (!preparing) return not_recorded(call, branch, journal, preparing.error());
  fail_point(FailPoint::kPrepareRecordWritten);
  try {
    if (auto status = check_not_rolled_back(call, branch, journal); !status.is_ok()) return status;
  } catch (...) {
    branch.noted = *preparing;  // the record is there, and is closed with the branch
    throw;
  }
  branch.enter(BranchState::kMaybePrepared);
  give_way(resource);
  const auto& dialect = resource.database->dialect();
  if (dialect.prepare_ahead(*branch.lease, branch.name)) ask_siblings_beside(call, branch);
  return hear_vote(call, branch, journal, *preparing);
}

Status vote_again(const BranchCall& call, Branch& branch) {
  Journal journal(call.resource(), branch.name, branch.birth);
  const auto rolling_back = is_being_rolled_back(call);
  if (!rolling_back) return rolling_back.error();
  if (*rolling_back) {
    return withdraw(call, branch, journal,
                    {StatusCode::kOutcomeUnknown, "PREPARE was not answered in time"});
  }
  // Synced once more: the first record may have met a sync that was not waited for.
  const auto preparing = journal.preparing(*branch.identity);
  if (!preparing) return {StatusCode::kOutcomeUnknown, preparing.error().message()};
  ++branch.votes_recorded;
  return ask_whether_prepared(call, branch, journal, *preparing,
                              {StatusCode::kOutcomeUnknown, "PREPARE was not answered"});
}

}  // namespace xaodbc::xa
