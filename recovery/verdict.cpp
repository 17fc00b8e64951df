#include "recovery/verdict.h"

#include <fmt/format.h>

#include <utility>

#include "recovery/duration.h"
#include "recovery/vanished.h"

namespace xaodbc::recovery {
namespace {

using log::Outcome;
using log::Record;
using log::RecordType;

constexpr std::string_view kNothingPrepared =
    "nothing is prepared on the server, so there is nothing to finish";
constexpr std::string_view kServerNotReached = "the server cannot be asked (see the error)";
constexpr std::string_view kNoDecision = "no operator has decided this branch, nothing to forget";

Choice allowed(std::string meaning) { return {true, std::move(meaning)}; }
Choice refused(std::string_view why) { return {false, std::string(why)}; }

std::string_view word(Outcome outcome) {
  return outcome == Outcome::kCommitted ? "commit" : "rollback";
}

/// The consequence of a decision that the TM has not taken, or not told.
std::string consequence(Outcome outcome) {
  return outcome == Outcome::kCommitted
             ? "the work becomes visible and its locks are released; if the transaction manager "
               "decides to roll back, the databases disagree and it is told XA_HEURCOM"
             : "the work is undone and its locks are released; if the transaction manager decides "
               "to commit, the databases disagree and it is told XA_HEURRB";
}

void allow_both(Verdict& verdict, std::string_view warning = "") {
  verdict.commit = allowed(std::string(warning) + consequence(Outcome::kCommitted));
  verdict.rollback = allowed(std::string(warning) + consequence(Outcome::kRolledBack));
  verdict.forget = refused(kNoDecision);
}

void refuse_both(Verdict& verdict, std::string_view why) {
  verdict.commit = refused(why);
  verdict.rollback = refused(why);
  verdict.forget = refused(kNoDecision);
}

/// One of the two is taken already.
void choose_as(Verdict& verdict, Outcome taken, const std::string& agrees,
               const std::string& contradicts) {
  const bool commit = taken == Outcome::kCommitted;
  verdict.commit = commit ? allowed(agrees) : refused(contradicts);
  verdict.rollback = commit ? refused(contradicts) : allowed(agrees);
}

std::string session_note(const BranchFacts& facts) {
  if (!facts.session_alive) return "";
  return *facts.session_alive ? "; the session that prepared it is still connected, its process is "
                                "probably at work on it"
                              : "; the session that prepared it is gone";
}

Verdict judge_unlogged(const BranchFacts& facts) {
  Verdict verdict;
  if (!facts.listed) {
    verdict.summary = "neither the server nor the log has this branch";
    refuse_both(verdict, verdict.summary);
    verdict.waiting = "nothing";
    return verdict;
  }
  if (!facts.log_read) {
    verdict.state = State::kInDoubt;
    verdict.summary = "prepared on the server; what the log knows of it cannot be read";
    refuse_both(verdict,
                "the log cannot be read, so the decision could not be kept (see the error)");
    verdict.forget = refused("the log cannot be read");
    verdict.waiting = "the branch keeps its locks until the transaction manager decides";
    return verdict;
  }
  if (facts.listed->surely_ours) {
    verdict.state = State::kUnlogged;
    verdict.summary =
        "prepared on the server under this resource's name, but the log of this host does not know "
        "it: another host prepared it, or the log was lost";
    allow_both(verdict);
    verdict.waiting =
        "a transaction manager that knows it finishes it after its next recovery scan (xa_recover "
        "lists it)";
    return verdict;
  }
  verdict.state = State::kForeign;
  verdict.summary =
      "prepared on the server, but nothing proves that it belongs to this resource: it may be "
      "another application's";
  allow_both(verdict, "be sure whose branch this is; ");
  verdict.waiting = "its owner finishes it";
  return verdict;
}

/// Of an operator's decision, or of what the library found when it was too late to decide.
std::string describe_decision(const Record& decision) {
  const std::string when = format_time(decision.time_us);
  const bool nobody_known = decision.operator_name == "unknown";
  if (nobody_known && decision.outcome == Outcome::kHazard) {
    return fmt::format("found gone on {}: hazard ({})", when, decision.reason);
  }
  if (nobody_known) {
    return fmt::format("found finished by somebody else on {}: {} ({})", when,
                       log::to_string(decision.outcome), decision.reason);
  }
  if (decision.operator_name == "application") {
    return fmt::format("ended by the application on {}: {} ({})", when,
                       log::to_string(decision.outcome), decision.reason);
  }
  return fmt::format("{} decided {} on {} ({})", decision.operator_name, word(decision.outcome),
                     when, decision.reason);
}

/// Nothing is left to be carried out.
bool is_final(const log::BranchHistory& history, const Record& decision) {
  return history.has(RecordType::kDone) || decision.outcome == Outcome::kHazard ||
         decision.outcome == Outcome::kMixed;
}

/// Finished, or nowhere any more, while a decision stands in the log that the TM must be told.
Verdict judge_decided(const BranchFacts& facts, const Record& decision) {
  Verdict verdict;
  const std::string who = describe_decision(decision);
  if (is_final(*facts.history, decision)) {
    verdict.state = State::kHeuristic;
    verdict.summary = who + "; the transaction manager has not called xa_forget yet";
    refuse_both(verdict, "the branch is finished already");
    verdict.forget = allowed(
        "the decision is dropped and the transaction manager is never told of it; only if it is "
        "gone for good, otherwise it calls xa_forget by itself");
    verdict.waiting =
        "the transaction manager is told the outcome and then calls xa_forget; not every one does";
    return verdict;
  }
  verdict.state = State::kPending;
  if (facts.server_asked) {
    choose_as(verdict, decision.outcome, "completes the decision that was recorded",
              fmt::format("contradicts the recorded decision to {}", word(decision.outcome)));
  } else {
    refuse_both(verdict, kServerNotReached);
  }
  const std::string where = !facts.server_asked ? "the server cannot be asked"
                            : facts.listed      ? "the server still has the branch prepared"
                                                : "the server does not have the branch any more";
  verdict.summary =
      fmt::format("{}, but that was not completed: {}; repeat the command", who, where);
  verdict.forget = facts.listed ? allowed("withdraws the decision; the branch is in doubt again")
                                : refused(
                                      "the decision may have been carried out; repeat the "
                                      "command to find out, then forget");
  verdict.waiting = "the branch keeps its locks until the command is repeated";
  return verdict;
}

/// The newest second phase that was begun; kNone before there was one.
Outcome decision_of_tm(const log::BranchHistory& history) {
  Outcome decided = Outcome::kNone;
  for (const Record& record : history.records) {
    if (record.type == RecordType::kCommitting) decided = Outcome::kCommitted;
    if (record.type == RecordType::kRollingBack) decided = Outcome::kRolledBack;
  }
  return decided;
}

Verdict judge_listed(const BranchFacts& facts) {
  Verdict verdict;
  const Outcome decided = decision_of_tm(*facts.history);
  if (decided == Outcome::kNone) {
    verdict.state = State::kInDoubt;
    verdict.summary = "prepared and waiting for the transaction manager" + session_note(facts);
    allow_both(verdict);
    verdict.waiting =
        "the branch keeps its locks until the transaction manager decides; when it is started "
        "again it finds the branch by its recovery scan";
    return verdict;
  }
  verdict.state = State::kFinishing;
  verdict.summary = fmt::format(
      "prepared; the transaction manager decided {} and the second phase "
      "did not get through{}",
      word(decided), session_note(facts));
  choose_as(verdict, decided, "agrees with the transaction manager's decision",
            fmt::format("contradicts the transaction manager, which decided {}", word(decided)));
  verdict.forget = refused(kNoDecision);
  verdict.waiting = "the transaction manager repeats its decision";
  return verdict;
}

bool prepared_elsewhere(const BranchFacts& facts) {
  const Record* const preparing = facts.history->find(RecordType::kPreparing);
  return preparing != nullptr && !preparing->server.empty() && !facts.server.empty() &&
         preparing->server != facts.server;
}

/// Marks for other processes (3.1.4, 3.1.5) are all there is.
bool never_prepared(const log::BranchHistory& history) {
  return !history.has(RecordType::kPreparing) && !history.has(RecordType::kPrepared);
}

Verdict judge_unlisted(const BranchFacts& facts) {
  Verdict verdict;
  if (never_prepared(*facts.history)) {
    verdict.state = State::kEnded;
    verdict.summary = "ended before it was prepared, says the log";
    refuse_both(verdict, kNothingPrepared);
    verdict.waiting = "the log drops it";
    return verdict;
  }
  if (prepared_elsewhere(facts)) {
    verdict.state = State::kElsewhere;
    verdict.summary =
        fmt::format("prepared on {}, but the resource leads to {} now",
                    facts.history->find(RecordType::kPreparing)->server, facts.server);
    refuse_both(verdict, "that server is not asked any more; let the resource lead to it again");
    verdict.waiting = "the branch keeps its locks on the other server";
    return verdict;
  }
  const bool answered = facts.history->has(RecordType::kPrepared);
  if (facts.session_alive.value_or(false) && !answered) {
    verdict.state = State::kPreparing;
    verdict.summary = "about to be prepared: its session is connected and PREPARE was not answered";
    refuse_both(verdict, kNothingPrepared);
    verdict.waiting = "the branch is prepared or rolled back in a moment";
    return verdict;
  }
  verdict.state = State::kVanished;
  verdict.summary =
      fmt::format("{}, but the server does not list it: {}",
                  answered ? "prepared, says the log" : "perhaps prepared, says the log",
                  describe_proof(facts.proof));
  refuse_both(verdict, kNothingPrepared);
  verdict.waiting = foretell_answers(*facts.history, facts.proof);
  return verdict;
}

Verdict judge_unreachable() {
  Verdict verdict;
  verdict.state = State::kUnreachable;
  verdict.summary = "the log knows it as unfinished; the server cannot be asked";
  refuse_both(verdict, kServerNotReached);
  verdict.waiting = "nothing happens before the server is back";
  return verdict;
}

Verdict judge_finished(const log::BranchHistory& history) {
  Verdict verdict;
  verdict.state = State::kEnded;
  const Record* const done = history.find(RecordType::kDone);
  verdict.summary = fmt::format("finished, says the log: {}",
                                done != nullptr ? log::to_string(done->outcome) : "forgotten");
  refuse_both(verdict, "the branch is finished");
  verdict.waiting = "the log drops it";
  return verdict;
}

}  // namespace

Verdict judge(const BranchFacts& facts) {
  if (!facts.history) return judge_unlogged(facts);
  if (!facts.history->is_live()) return judge_finished(*facts.history);
  if (const Record* const decision = facts.history->heuristic()) {
    return judge_decided(facts, *decision);
  }
  if (!facts.server_asked) return judge_unreachable();
  return facts.listed ? judge_listed(facts) : judge_unlisted(facts);
}

}  // namespace xaodbc::recovery
