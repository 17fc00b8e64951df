#include "xa/transition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <compare>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

namespace xaodbc::xa {
namespace {

constexpr std::size_t kThreads = 3;

enum class Tie : std::uint8_t { kNone, kActive, kSuspended, kMigratable };
enum class State : std::uint8_t { kNone, kWorking, kAsked, kPrepared, kMaybePrepared, kHeuristic };

/// Everything that the answers depend on: one branch and three threads, each of which may also work
/// on another branch. Three: one that is looked at, one that is active meanwhile and one that
/// failed.
struct World {
  State state = State::kNone;
  bool rollback_only = false;
  std::array<Tie, kThreads> ties{};
  std::array<bool, kThreads> elsewhere{};
  friend auto operator<=>(const World&, const World&) = default;

  [[nodiscard]] bool has(Tie tie) const { return std::ranges::find(ties, tie) != ties.end(); }
  [[nodiscard]] bool has_suspended() const { return has(Tie::kSuspended) || has(Tie::kMigratable); }
};

BranchView branch_view(const World& world) {
  switch (world.state) {
    case State::kNone:
      return BranchView::kNone;
    case State::kAsked:
      return BranchView::kAsked;
    case State::kPrepared:
      return BranchView::kPrepared;
    case State::kMaybePrepared:
      return BranchView::kMaybePrepared;
    case State::kHeuristic:
      return BranchView::kHeuristic;
    case State::kWorking:
      break;
  }
  if (world.has(Tie::kActive)) {
    return world.rollback_only ? BranchView::kActiveRollbackOnly : BranchView::kActive;
  }
  if (world.rollback_only) return BranchView::kRollbackOnly;
  return world.has_suspended() ? BranchView::kIdleSuspended : BranchView::kIdle;
}

ThreadView thread_view(const World& world, std::size_t thread) {
  switch (world.ties[thread]) {
    case Tie::kActive:
      return ThreadView::kHere;
    case Tie::kSuspended:
    case Tie::kMigratable:
      return world.elsewhere[thread] ? ThreadView::kSuspendedElsewhere : ThreadView::kSuspended;
    case Tie::kNone:
      break;
  }
  return world.elsewhere[thread] ? ThreadView::kElsewhere : ThreadView::kFree;
}

World with_state(World world, State state) {
  world.state = state;
  if (state != State::kWorking) world.rollback_only = false;
  if (state != State::kWorking) world.ties = {};
  return world;
}

World with_tie(World world, std::size_t thread, Tie tie) {
  world.ties[thread] = tie;
  return world;
}

World failed(World world) {
  world.rollback_only = true;
  return world;
}

/// Where a call that is carried out may lead.
std::vector<World> outcomes(const World& world, std::size_t thread, Call call) {
  const World gone = with_state(world, State::kNone);
  const World heuristic = with_state(world, State::kHeuristic);
  switch (call) {
    case Call::kStart:
      return {with_tie(with_state(world, State::kWorking), thread, Tie::kActive)};
    case Call::kStartJoin:
    case Call::kStartResume:
      return {with_tie(world, thread, Tie::kActive)};
    case Call::kEndSuccess:
      return {with_tie(world, thread, Tie::kNone)};
    case Call::kEndFail:
      return {failed(with_tie(world, thread, Tie::kNone))};
    case Call::kEndSuspend:
      return {with_tie(world, thread, Tie::kSuspended), with_tie(world, thread, Tie::kMigratable)};
    case Call::kPrepare:
      return {with_state(world, State::kPrepared), with_state(world, State::kMaybePrepared),
              heuristic, gone};
    case Call::kCommit:
    case Call::kCommitOnePhase:
    case Call::kRollback:
      return {gone, heuristic};
    case Call::kForget:
      return {gone};
    case Call::kCount:
      break;
  }
  return {};
}

/// Another thread's migratable association becomes this thread's.
std::vector<World> migrations(const World& world, std::size_t thread) {
  std::vector<World> next;
  for (std::size_t other = 0; other < kThreads; ++other) {
    if (world.ties[other] != Tie::kMigratable) continue;
    next.push_back(with_tie(with_tie(world, other, Tie::kNone), thread, Tie::kActive));
  }
  return next;
}

std::vector<World> after(const World& world, std::size_t thread, Call call) {
  switch (transition(call, thread_view(world, thread), branch_view(world))) {
    case Cell::kAct:
      return outcomes(world, thread, call);
    case Cell::kEndRolledBack:
      return {with_tie(world, thread, Tie::kNone)};
    case Cell::kVoteRollback:
      return {with_state(world, State::kNone)};
    case Cell::kIfMigratable:
      return migrations(world, thread);
    default:
      return {};
  }
}

/// What happens without a call for this branch: the thread turns to another branch or leaves it, or
/// asks for the vote of a sibling, or it ends.
std::vector<World> events(const World& world, std::size_t thread) {
  std::vector<World> next;
  World turned = world;
  turned.elsewhere[thread] = !world.elsewhere[thread];
  if (world.ties[thread] != Tie::kActive) next.push_back(turned);
  World ended = world;
  ended.elsewhere[thread] = false;
  if (world.ties[thread] == Tie::kActive || world.ties[thread] == Tie::kSuspended) {
    ended = failed(with_tie(ended, thread, Tie::kNone));
  }
  next.push_back(ended);
  const bool idle = world.state == State::kWorking && world.ties == decltype(world.ties){};
  if (idle && !world.rollback_only) next.push_back(with_state(world, State::kAsked));
  return next;
}

std::set<World> reachable_worlds() {
  std::set<World> seen = {World{}};
  std::deque<World> open = {World{}};
  const auto visit = [&](const std::vector<World>& worlds) {
    for (const auto& world : worlds) {
      if (seen.insert(world).second) open.push_back(world);
    }
  };
  while (!open.empty()) {
    const World world = open.front();
    open.pop_front();
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      visit(events(world, thread));
      for (int call = 0; call < static_cast<int>(Call::kCount); ++call) {
        visit(after(world, thread, static_cast<Call>(call)));
      }
    }
  }
  return seen;
}

using Views = std::pair<ThreadView, BranchView>;

std::set<Views> reachable_views() {
  std::set<Views> views;
  for (const auto& world : reachable_worlds()) {
    views.emplace(thread_view(world, 0), branch_view(world));
  }
  return views;
}

template <class Visit>
void for_all_cells(const Visit& visit) {
  for (int call = 0; call < static_cast<int>(Call::kCount); ++call) {
    for (int thread = 0; thread < static_cast<int>(ThreadView::kCount); ++thread) {
      for (int branch = 0; branch < static_cast<int>(BranchView::kCount); ++branch) {
        visit(static_cast<Call>(call), static_cast<ThreadView>(thread),
              static_cast<BranchView>(branch));
      }
    }
  }
}

std::string shown(Call call, ThreadView thread, BranchView branch) {
  return "call " + std::to_string(static_cast<int>(call)) + ", thread " +
         std::to_string(static_cast<int>(thread)) + ", branch " +
         std::to_string(static_cast<int>(branch));
}

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(TransitionTest, TableIsTheOneThatWasReviewed) {
  const std::filesystem::path source(XAODBC_SOURCE_DIR);
  const std::string golden = read_file(source / "tests/unit/xa/transitions.golden");
  EXPECT_EQ(print_transitions(), golden)
      << "every changed cell changes what transaction managers see; review it, then keep the new "
         "table in tests/unit/xa/transitions.golden";
}

TEST(TransitionTest, ExactlyTheUnreachablePairsAreCalledImpossible) {
  const auto reachable = reachable_views();
  for_all_cells([&](Call call, ThreadView thread, BranchView branch) {
    const bool impossible = transition(call, thread, branch) == Cell::kImpossible;
    EXPECT_NE(impossible, reachable.contains({thread, branch})) << shown(call, thread, branch);
  });
}

// 5.2: the table itself never asks for an answer that the verb must not give.
TEST(TransitionTest, CellsNameOnlyAnswersThatTheirVerbMayGive) {
  for_all_cells([&](Call call, ThreadView thread, BranchView branch) {
    const Cell cell = transition(call, thread, branch);
    const bool starts = call <= Call::kStartResume;
    const bool ends = call >= Call::kEndSuccess && call <= Call::kEndSuspend;
    const bool completes = call >= Call::kCommit && call <= Call::kRollback;
    const auto name = shown(call, thread, branch);
    EXPECT_TRUE(cell != Cell::kDuplicate || call == Call::kStart) << name;
    EXPECT_TRUE(cell != Cell::kUnknown || call != Call::kStart) << name;
    EXPECT_TRUE(cell != Cell::kRolledBack || starts) << name;
    EXPECT_TRUE(cell != Cell::kEndRolledBack || call == Call::kStartResume || ends) << name;
    EXPECT_TRUE(cell != Cell::kVoteRollback || call == Call::kPrepare ||
                call == Call::kCommitOnePhase)
        << name;
    EXPECT_TRUE(cell != Cell::kHeuristic || completes) << name;
    EXPECT_TRUE(cell != Cell::kIfMigratable || call == Call::kStartResume) << name;
  });
}

// I2: what is or may be prepared is finished or asked for, never denied or declared rolled back.
TEST(TransitionTest, BranchThatMayBePreparedCanAlwaysBeFinished) {
  for (const auto branch : {BranchView::kPrepared, BranchView::kMaybePrepared}) {
    for (const auto thread : {ThreadView::kFree, ThreadView::kElsewhere}) {
      EXPECT_EQ(transition(Call::kCommit, thread, branch), Cell::kAct);
      EXPECT_EQ(transition(Call::kRollback, thread, branch), Cell::kAct);
    }
  }
}

}  // namespace
}  // namespace xaodbc::xa
