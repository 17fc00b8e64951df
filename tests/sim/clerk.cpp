#include "tests/sim/clerk.h"

#include <chrono>
#include <thread>

namespace xaodbc::sim {
namespace {

using support::is_rolled_back;
using support::SqlError;

/// A database that is away is not asked more often than this.
constexpr std::chrono::milliseconds kBreath{50};

void breathe() { std::this_thread::sleep_for(kBreath); }

}  // namespace

Clerk::Clerk(const Board& board, int incarnation) : board_(board), incarnation_(incarnation) {
  for (int rmid = 0; rmid < static_cast<int>(kResources.size()); ++rmid) {
    tms_.emplace_back(kResources.at(static_cast<std::size_t>(rmid)).name, rmid);
  }
}

void Clerk::open() {
  for (auto& tm : tms_) {
    while (!(tm.open() == XA_OK)) breathe();
  }
}

void Clerk::close() {
  for (auto& tm : tms_) {
    const auto answer = tm.close();
    if (!(answer == XA_OK)) board_.violated("xa_close: " + answer.why);
  }
}

Clerk::Work Clerk::work_on(std::uint32_t number) const {
  return {number, shape_of(board_.seed(), number), board_.at(number)};
}

bool Clerk::takes_part(const Work& work, std::size_t branch) {
  return !work.shape.one_branch || work.shape.only == static_cast<int>(branch);
}

void Clerk::each(const Work& work, Part part) {
  for (std::size_t branch = 0; branch < kBranches; ++branch) {
    if (takes_part(work, branch)) (this->*part)(work, branch);
  }
}

support::Tm& Clerk::tm(const Work& work, std::size_t branch) {
  return tms_.at(static_cast<std::size_t>(resource_of(branch, work.shape.at_end)));
}

XID Clerk::xid(const Work& work, std::size_t branch) {
  return xid_of(work.number, resource_of(branch, work.shape.at_end));
}

void Clerk::violated(const Work& work, std::size_t branch, const std::string& verb,
                     const Answer& answer) {
  board_.violated(
      "transaction " + std::to_string(work.number) + ", process " + std::to_string(incarnation_) +
      ": " + verb + " of " +
      kResources.at(static_cast<std::size_t>(resource_of(branch, work.shape.at_end))).name +
      " with " + std::to_string(work.transaction.branches.at(branch).rows) + " rows answered " +
      support::xa_name(answer.code) + " " + answer.why);
}

bool Clerk::carry_out(std::uint32_t number) {
  const Work work = work_on(number);
  work.transaction.owner = incarnation_;
  work.transaction.stage = Stage::kAtWork;
  associated_ = {};
  each(work, &Clerk::begin);
  for (std::size_t branch = 0; branch < kBranches; ++branch) insert_half(work, branch, 0);
  if (work.shape.fails) each(work, &Clerk::fail_statement);
  if (work.shape.moves) {
    each(work, &Clerk::leave);
    return true;
  }
  if (work.shape.suspends) each(work, &Clerk::pause);
  hand_on(work);
  return false;
}

void Clerk::take_over(std::uint32_t number) {
  const Work work = work_on(number);
  associated_ = {};
  ++board_.counters().joined;
  each(work, &Clerk::go_on_here);
  for (std::size_t branch = 0; branch < kBranches; ++branch) insert_half(work, branch, 1);
  hand_on(work);
}

void Clerk::hand_on(const Work& work) {
  for (std::size_t branch = 0; branch < kBranches; ++branch) {
    if (associated_.at(branch)) end(work, branch, TMSUCCESS);
  }
  if (!work.shape.offered) return complete(work.number);
  ++board_.counters().offered;
  work.transaction.stage = Stage::kOffered;
  work.transaction.owner = 0;
}

void Clerk::begin(const Work& work, std::size_t branch) {
  auto& facts = work.transaction.branches.at(branch);
  facts.begun = true;
  ++board_.counters().branches;
  const auto answer = tm(work, branch).start(xid(work, branch));
  associated_.at(branch) = answer == XA_OK;
  if (answer == XA_OK) return;
  facts.abandoned = true;
  if (answer.code != XAER_RMFAIL && answer.code != XAER_RMERR)
    violated(work, branch, "xa_start", answer);
  breathe();
}

void Clerk::insert_half(const Work& work, std::size_t branch, int half) {
  auto& facts = work.transaction.branches.at(branch);
  if (!associated_.at(branch) || (branch == 1 && !work.shape.writes_second)) return;
  for (int row = 0; row < work.shape.rows; ++row) {
    const auto key = std::to_string(row_of(work.number, half, row));
    try {
      tm(work, branch).execute("INSERT INTO ledger VALUES (" + key + ", 1)");
      ++facts.rows;
    } catch (const SqlError&) {
      facts.broken = true;
      return;
    }
  }
}

/// The application takes no notice. PostgreSQL has then aborted the branch, the others undone the
/// statement.
void Clerk::fail_statement(const Work& work, std::size_t branch) {
  if (!associated_.at(branch)) return;
  if (kind_of(branch) == support::ServerKind::kPostgresql) {
    work.transaction.branches.at(branch).broken = true;
  }
  try {
    tm(work, branch).execute("SELECT nothing FROM nowhere");
  } catch (const SqlError&) {  // NOLINT(bugprone-empty-catch): as it should be
  }
}

/// With at_end the end of the last association prepares, and may not know whether that was done.
void Clerk::end(const Work& work, std::size_t branch, long flags) {
  auto& facts = work.transaction.branches.at(branch);
  const auto answer = tm(work, branch).end(xid(work, branch), flags);
  associated_.at(branch) = false;
  if (answer == XA_OK) return;
  facts.abandoned = true;
  const bool prepares = work.shape.at_end && (flags & TMSUSPEND) == 0;
  const bool unknown = prepares && answer == XAER_RMFAIL;
  if (!is_rolled_back(answer.code) && !unknown) violated(work, branch, "xa_end", answer);
}

/// Suspends and goes on, both here.
void Clerk::pause(const Work& work, std::size_t branch) {
  if (!associated_.at(branch)) return;
  end(work, branch, TMSUSPEND);
  if (!work.transaction.branches.at(branch).abandoned) go_on(work, branch, TMRESUME);
  insert_half(work, branch, 1);
}

/// For another thread. With at_end the end of an association would prepare, so it is kept.
void Clerk::leave(const Work& work, std::size_t branch) {
  if (!associated_.at(branch)) return;
  end(work, branch, work.shape.at_end ? TMSUSPEND | TMMIGRATE : TMSUCCESS);
}

void Clerk::go_on_here(const Work& work, std::size_t branch) {
  if (work.transaction.branches.at(branch).abandoned) return;
  go_on(work, branch, work.shape.at_end ? TMRESUME : TMJOIN);
}

void Clerk::go_on(const Work& work, std::size_t branch, long flags) {
  const auto answer = tm(work, branch).start(xid(work, branch), flags);
  associated_.at(branch) = answer == XA_OK;
  if (answer == XA_OK) return;
  work.transaction.branches.at(branch).abandoned = true;
  if (!is_rolled_back(answer.code)) violated(work, branch, "xa_start again", answer);
}

}  // namespace xaodbc::sim
