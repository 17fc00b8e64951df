#include <xaodbc/xaodbc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "tests/sim/clerk.h"

namespace xaodbc::sim {
namespace {

using support::is_rolled_back;
using Clock = std::chrono::steady_clock;

/// No fault lasts as long.
constexpr std::chrono::seconds kNeverFinished{90};
constexpr std::chrono::milliseconds kBetweenCalls{20};

Decision decide(Transaction& transaction, Decision wanted) {
  auto known = Decision::kNone;
  return transaction.decision.compare_exchange_strong(known, wanted) ? wanted : known;
}

std::vector<XID> listed_by(int rmid) {
  constexpr long kPage = 64;
  std::vector<XID> all;
  std::array<XID, kPage> page{};
  long flags = TMSTARTRSCAN;
  for (;;) {
    const int count = xaodbc_switch.xa_recover_entry(page.data(), kPage, rmid, flags);
    if (count == XAER_RMFAIL || count == XAER_RMERR) {
      std::this_thread::sleep_for(kBetweenCalls);
      all.clear();
      flags = TMSTARTRSCAN;
      continue;
    }
    for (int i = 0; i < count; ++i) all.push_back(page.at(static_cast<std::size_t>(i)));
    if (count < kPage) return all;
    flags = TMNOFLAGS;
  }
}

}  // namespace

void Clerk::complete(std::uint32_t number) {
  const Work work = work_on(number);
  auto& branches = work.transaction.branches;
  const bool abandoned = std::ranges::any_of(branches, [](auto& b) { return b.abandoned.load(); });
  if (!abandoned) each(work, work.shape.one_phase ? &Clerk::commit_one_phase : &Clerk::vote);
  const bool commit = !work.shape.one_phase && !work.shape.rolled_back && all_agree(work);
  decide(work.transaction, commit ? Decision::kCommit : Decision::kRollback);
  each(work, &Clerk::finish);
  work.transaction.stage = Stage::kFinished;
  ++board_.counters().finished;
}

void Clerk::recover(std::uint32_t number) {
  const Work work = work_on(number);
  decide(work.transaction, Decision::kRollback);
  each(work, &Clerk::finish);
  work.transaction.stage = Stage::kFinished;
  ++board_.counters().finished;
  ++board_.counters().recovered;
}

void Clerk::recover_listed(const std::function<bool(std::uint32_t)>& claim) {
  for (int rmid = 0; rmid < static_cast<int>(kResources.size()); ++rmid) {
    for (const XID& xid : listed_by(rmid)) {
      const auto number = transaction_of(xid, rmid);
      if (number && claim(*number)) recover(*number);
    }
  }
}

bool Clerk::all_agree(const Work& work) {
  for (std::size_t branch = 0; branch < kBranches; ++branch) {
    const auto& facts = work.transaction.branches.at(branch);
    if (!takes_part(work, branch)) continue;
    if (!facts.prepared && facts.ending != Ending::kReadOnly) return false;
  }
  return true;
}

void Clerk::vote(const Work& work, std::size_t branch) {
  auto& facts = work.transaction.branches.at(branch);
  const auto answer = tm(work, branch).prepare(xid(work, branch));
  const bool agrees = answer.code == XA_OK || answer.code == XA_RDONLY;
  if (agrees && (facts.broken || (answer == XA_RDONLY && facts.rows > 0))) {
    return violated(work, branch, "xa_prepare", answer);
  }
  if (answer == XA_OK) {
    facts.prepared = true;
  } else if (answer == XA_RDONLY) {
    facts.ending = Ending::kReadOnly;
  } else if (is_rolled_back(answer.code)) {
    facts.ending = Ending::kRolledBack;
  } else if (!(answer == XAER_RMFAIL)) {
    violated(work, branch, "xa_prepare", answer);
  }
}

/// Without an answer nobody will ever know.
void Clerk::commit_one_phase(const Work& work, std::size_t branch) {
  auto& facts = work.transaction.branches.at(branch);
  facts.one_phase_called = true;
  const auto answer = tm(work, branch).commit_one_phase(xid(work, branch));
  if (answer == XA_OK) {
    if (facts.broken) violated(work, branch, "xa_commit in one phase", answer);
    facts.ending = Ending::kCommitted;
  } else if (is_rolled_back(answer.code)) {
    facts.ending = Ending::kRolledBack;
  } else if (!(answer == XAER_RMFAIL)) {
    violated(work, branch, "xa_commit in one phase", answer);
  }
}

void Clerk::finish(const Work& work, std::size_t branch) {
  auto& facts = work.transaction.branches.at(branch);
  if (!facts.begun || facts.ending != Ending::kNone) return;
  const auto give_up = Clock::now() + kNeverFinished;
  Answer answer;
  while (Clock::now() < give_up) {
    const bool called_before = facts.finish_called.exchange(true);
    answer = ask_to_finish(work, branch);
    if (accept(work, branch, answer, called_before)) return;
    ++board_.counters().retried;
    std::this_thread::sleep_for(kBetweenCalls);
  }
  violated(work, branch, "the second phase never ends; at last it", answer);
}

Clerk::Answer Clerk::ask_to_finish(const Work& work, std::size_t branch) {
  const XID name = xid(work, branch);
  const bool commit = work.transaction.decision == Decision::kCommit;
  return commit ? tm(work, branch).commit(name) : tm(work, branch).rollback(name);
}

/// True: nothing is left to be done. XAER_NOTA is no lie where nothing was promised, or where a
/// call before, perhaps of a process that has died, may have finished the branch.
bool Clerk::accept(const Work& work, std::size_t branch, const Answer& answer, bool called_before) {
  auto& facts = work.transaction.branches.at(branch);
  const bool commit = work.transaction.decision == Decision::kCommit;
  if (answer == XAER_RMFAIL || (commit && answer == XA_RETRY)) return false;
  if (answer == XA_HEURHAZ && is_lost_read_only(work, branch)) return forget(work, branch);
  const bool promised = facts.prepared && !called_before;
  const bool allowed = answer == XA_OK || (answer == XAER_NOTA && !promised) ||
                       (is_rolled_back(answer.code) && !commit && !facts.prepared);
  facts.answered_unknown = answer == XAER_NOTA;
  if (!allowed) violated(work, branch, commit ? "xa_commit" : "xa_rollback", answer);
  // What became of an unanswered one-phase commit stays unknown.
  if (!facts.one_phase_called) facts.ending = commit ? Ending::kCommitted : Ending::kRolledBack;
  return true;
}

/// MariaDB keeps a prepared branch that wrote nothing as long as its session or server lives. What
/// is gone with a server may have been one that wrote, for all the bridge knows.
bool Clerk::is_lost_read_only(const Work& work, std::size_t branch) {
  return kind_of(branch) == support::ServerKind::kMariadb &&
         work.transaction.branches.at(branch).rows == 0;
}

bool Clerk::forget(const Work& work, std::size_t branch) {
  const auto answer = tm(work, branch).forget(xid(work, branch));
  if (answer == XAER_RMFAIL) return false;
  if (!(answer == XA_OK)) violated(work, branch, "xa_forget", answer);
  ++board_.counters().hazards;
  work.transaction.branches.at(branch).ending = Ending::kReadOnly;
  return true;
}

}  // namespace xaodbc::sim
