#include "recovery/operate.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/deadline.h"
#include "base/failpoint.h"
#include "log/proof.h"
#include "recovery/vanished.h"

namespace xaodbc::recovery {
namespace {

using log::Record;
using log::RecordType;
using odbc::Decision;
using odbc::ServerProof;

constexpr std::chrono::seconds kLogPatience{30};

log::Outcome outcome_of(Decision decision) {
  return decision == Decision::kCommit ? log::Outcome::kCommitted : log::Outcome::kRolledBack;
}
std::string_view command_of(Decision decision) {
  return decision == Decision::kCommit ? "commit" : "rollback";
}
std::string_view heuristic_code(Decision decision) {
  return decision == Decision::kCommit ? "XA_HEURCOM" : "XA_HEURRB";
}
bool was_decided(const BranchFacts& facts) {
  return facts.history && facts.history->heuristic() != nullptr;
}

Outcome error(std::string message) { return {Ending::kError, std::move(message)}; }
Outcome nothing_done(std::string message) { return {Ending::kNothingDone, std::move(message)}; }

/// One operation on one life of one branch in the log.
class Ledger {
 public:
  Ledger(const BranchFacts& facts, log::BranchLog& log)
      : facts_(facts), log_(log), birth_(facts.history ? facts.history->birth : log.new_birth()) {}

  Status write_decision(const Order& order, log::Outcome outcome) {
    Record record = make(RecordType::kHeuristic);
    record.gid = facts_.listed ? facts_.listed->gid : recorded(&Record::gid);
    record.server = facts_.server;
    record.outcome = outcome;
    record.operator_name = order.operator_name;
    record.reason = order.reason;
    return write(std::move(record));
  }

  Status write_done(log::Outcome outcome, log::Decider decider) {
    Record record = make(RecordType::kDone);
    record.outcome = outcome;
    record.decider = decider;
    return write(std::move(record));
  }

  Status write_forgotten(const std::string& operator_name) {
    Record record = make(RecordType::kForgotten);
    record.operator_name = operator_name;
    return write(std::move(record));
  }

  /// After it the branch is as if the decision had never been taken. A life that only the decision
  /// began ends with it; one that the TM began goes on.
  Status withdraw(const std::string& operator_name) {
    Status status = write_forgotten(operator_name);
    if (!status.is_ok() || (facts_.history && facts_.history->has(RecordType::kPreparing))) {
      return status;
    }
    return write_done(log::Outcome::kNone, log::Decider::kNobody);
  }

  [[nodiscard]] odbc::Claim claim() const {
    odbc::Claim claim;
    claim.branch.xid = facts_.xid;
    claim.session = recorded(&Record::session);
    claim.transaction_id = recorded(&Record::transaction_id);
    claim.server = recorded(&Record::server);
    claim.answered = facts_.history && facts_.history->has(RecordType::kPrepared);
    return claim;
  }

  /// The TM finished the branch itself while the operator was at it.
  [[nodiscard]] bool was_overtaken() {
    const auto history = log_.find(facts_.resource, facts_.xid);
    if (!history || !*history || (*history)->birth != birth_) return false;
    const Record* const done = (*history)->find(RecordType::kDone);
    return done != nullptr && done->decider == log::Decider::kTransactionManager;
  }

 private:
  Record make(RecordType type) const {
    Record record;
    record.type = type;
    record.xid = facts_.xid;
    record.resource = facts_.resource;
    record.birth = birth_;
    return record;
  }

  Status write(Record record) {
    const auto ticket = log_.append_and_sync(record);
    return ticket ? log_.wait(*ticket, Deadline::after(kLogPatience)) : ticket.error();
  }

  /// The first record that carries the field.
  [[nodiscard]] std::string recorded(std::string Record::*member) const {
    if (!facts_.history) return "";
    for (const Record& record : facts_.history->records) {
      if (!(record.*member).empty()) return record.*member;
    }
    return "";
  }

  const BranchFacts& facts_;
  log::BranchLog& log_;
  std::uint64_t birth_;
};

Outcome finished(const Order& order, Ledger& ledger) {
  const std::string command(command_of(order.decision));
  const Status status = ledger.write_done(outcome_of(order.decision), log::Decider::kOperator);
  if (!status.is_ok()) {
    return error(
        fmt::format("the {} was carried out, but the log could not note that: {}; repeat "
                    "the command",
                    command, status.message()));
  }
  return {Ending::kDone,
          fmt::format("{} carried out and recorded. The transaction manager is answered {} when it "
                      "comes for this branch, and then calls xa_forget. Only if it is gone for "
                      "good, use `xaodbc forget`.",
                      command, heuristic_code(order.decision))};
}

Outcome take_back(const Order& order, Ledger& ledger, Ending ending, const std::string& why) {
  const Status status = ledger.withdraw(order.operator_name);
  if (status.is_ok()) return {ending, why + "; the decision was withdrawn, nothing was changed"};
  return error(fmt::format("{}; the decision could not be withdrawn: {}; repeat the command", why,
                           status.message()));
}

/// How the branch ended when the statement of this decision was, or may have been, sent before:
/// the library's rules, with the decision itself as evidence (I3).
log::Outcome judge_sent(const Order& order, const BranchFacts& facts, ServerProof proof) {
  const bool commit = order.decision == Decision::kCommit;
  auto evidence = facts.history.value_or(log::BranchHistory{});
  Record sent;
  sent.type = commit ? RecordType::kCommitting : RecordType::kRollingBack;
  evidence.records.push_back(std::move(sent));
  return log::outcome_of_vanished(evidence, word_of(proof), commit);
}

/// The statement went out before, in this run or in one that was cut off, and the branch is gone.
Outcome complete_sent(const Order& order, const BranchFacts& facts, ServerProof proof,
                      Ledger& ledger) {
  const log::Outcome outcome = judge_sent(order, facts, proof);
  if (outcome == outcome_of(order.decision)) return finished(order, ledger);
  if (outcome != log::Outcome::kHazard) {
    return take_back(order, ledger, Ending::kNothingDone,
                     "the server proves that the branch was finished the other way");
  }
  Status status = ledger.write_decision(order, outcome);
  if (status.is_ok()) status = ledger.write_done(outcome, log::Decider::kOperator);
  if (!status.is_ok()) return error(status.message() + "; repeat the command");
  return {Ending::kDone,
          "the branch is gone, and nothing proves whether this decision or another one ended it. "
          "Compare the data; the transaction manager is answered XA_HEURHAZ."};
}

Outcome settle_unlisted(const Order& order, const BranchFacts& facts,
                        const odbc::Settlement& settlement, Ledger& ledger) {
  const ServerProof proof = settlement.proof;
  if (proof == ServerProof::kInProgress) {
    return error("the server is still at work on the branch; repeat the command");
  }
  if (ledger.was_overtaken()) {
    return take_back(order, ledger, Ending::kNothingDone,
                     "the transaction manager finished the branch meanwhile");
  }
  if (settlement.answer_lost || was_decided(facts)) {
    return complete_sent(order, facts, proof, ledger);
  }
  const std::string_view how = proof == ServerProof::kCommitted
                                   ? "the server proves that the branch was committed already"
                               : proof == ServerProof::kRolledBack
                                   ? "the server proves that the branch was rolled back already"
                                   : "the server does not have the branch any more and cannot "
                                     "prove how it ended";
  return take_back(order, ledger, Ending::kNothingDone, std::string(how));
}

Outcome settle_failed(const Order& order, const Status& status, bool repeated, Ledger& ledger) {
  if (status.is(StatusCode::kRefused) && !repeated) {
    return take_back(order, ledger, Ending::kError, "the server refused: " + status.message());
  }
  return error(
      fmt::format("the decision is recorded, but whether the server carried it out is not "
                  "known: {}; repeat the command",
                  status.message()));
}

}  // namespace

Outcome carry_out(const Order& order, const BranchFacts& facts, log::BranchLog& log,
                  const Settle& settle) {
  Ledger ledger(facts, log);
  const bool repeated = was_decided(facts);
  if (!repeated) {
    if (const Status status = ledger.write_decision(order, outcome_of(order.decision));
        !status.is_ok()) {
      return error("the decision could not be recorded, nothing was sent to the server: " +
                   status.message());
    }
  }
  // The process that works on the branch may be about to vote for it (xa/siblings.h).
  if (const Status told = log.ring(); !told.is_ok()) {
    return error("the decision is recorded, but cannot be told to others, and nothing was sent: " +
                 told.message());
  }
  fail_point(FailPoint::kHeuristicRecordWritten);
  const auto settlement = settle(ledger.claim(), order.decision);
  if (!settlement) return settle_failed(order, settlement.error(), repeated, ledger);
  fail_point(FailPoint::kHeuristicActed);
  if (settlement->finished) return finished(order, ledger);
  return settle_unlisted(order, facts, *settlement, ledger);
}

Outcome forget(const std::string& operator_name, const BranchFacts& facts, log::BranchLog& log) {
  Ledger ledger(facts, log);
  if (!was_decided(facts)) {
    return nothing_done("no operator has decided this branch, nothing to forget");
  }
  const bool done = facts.history->has(RecordType::kDone);
  const Status status =
      done ? ledger.write_forgotten(operator_name) : ledger.withdraw(operator_name);
  if (!status.is_ok()) return error("the log could not note it: " + status.message());
  return {Ending::kDone, done ? "forgotten; the data was not touched"
                              : "the decision was withdrawn; the branch is in doubt again"};
}

}  // namespace xaodbc::recovery
