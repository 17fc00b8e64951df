#include "branch/branch.h"

#include <gtest/gtest.h>

#include "tests/unit/branch/lease.h"

namespace xaodbc {
namespace {

constexpr Party kHere{.thread = 1, .rmid = 0};
constexpr Party kOtherRmid{.thread = 1, .rmid = 1};
constexpr Party kOtherThread{.thread = 2, .rmid = 0};

odbc::BranchName some_name() { return {*Xid::create(7, "g", "b"), "gid"}; }

TEST(BranchTest, NewBranchHasNoAssociationOfAnyKind) {
  Branch branch(some_name());
  EXPECT_FALSE(branch.has_active());
  EXPECT_FALSE(branch.has_suspended());
  EXPECT_FALSE(branch.has_migratable());
  EXPECT_EQ(branch.find(kHere), nullptr);
}

TEST(BranchTest, AssociationsAreKeptApartByThreadAndRmid) {
  Branch branch(some_name());
  branch.associations = {{.party = kHere}, {.party = kOtherThread, .suspended = true}};
  ASSERT_NE(branch.find(kHere), nullptr);
  EXPECT_FALSE(branch.find(kHere)->suspended);
  ASSERT_NE(branch.find(kOtherThread), nullptr);
  EXPECT_TRUE(branch.find(kOtherThread)->suspended);
  EXPECT_EQ(branch.find(kOtherRmid), nullptr);
  EXPECT_TRUE(branch.has_active());
  EXPECT_TRUE(branch.has_suspended());
}

TEST(BranchTest, DissociatingOnePartyLeavesTheOther) {
  Branch branch(some_name());
  branch.associations = {{.party = kHere}, {.party = kOtherThread, .suspended = true}};
  branch.dissociate(kHere);
  EXPECT_FALSE(branch.has_active());
  EXPECT_TRUE(branch.has_suspended());
  branch.dissociate(kOtherRmid);
  EXPECT_EQ(branch.associations.size(), 1U);
  branch.dissociate(kOtherThread);
  EXPECT_TRUE(branch.associations.empty());
}

TEST(BranchTest, OnlyAMigratableSuspensionIsMigratable) {
  Branch branch(some_name());
  branch.associations = {{.party = kHere, .suspended = true}};
  EXPECT_FALSE(branch.has_migratable());
  branch.associations.front().migratable = true;
  EXPECT_TRUE(branch.has_migratable());
}

TEST(BranchTest, FirstReasonForRollbackIsTheOneThatIsTold) {
  Branch branch(some_name());
  branch.mark_rollback_only(RollbackReason::kDeadlock, "first");
  branch.mark_rollback_only(RollbackReason::kTimeout, "second");
  ASSERT_TRUE(branch.rollback_only.has_value());
  EXPECT_EQ(branch.rollback_only->reason(), RollbackReason::kDeadlock);
  EXPECT_EQ(branch.rollback_only->message(), "first");
}

/// Branches in the states of branch.h, for check_branch().
class CheckBranchTest : public testing::Test {
 protected:
  CheckBranchTest() : branch_(some_name()) {
    branch_.lease = some_lease();
    // The connection has a thread to watch it, which a plain fork would lose.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }

  void become_prepared() {
    branch_.state = BranchState::kPrepared;
    branch_.birth = 1;
    branch_.lease.give_back();
  }
  void expect_accepted() { check_branch(branch_); }
  /// In builds that assert.
  void expect_refused() { EXPECT_DEBUG_DEATH(check_branch(branch_), "check_branch"); }

  Branch branch_;
};
using CheckBranchDeathTest = CheckBranchTest;

TEST_F(CheckBranchTest, EveryStateOfTheTableIsAccepted) {
  branch_.associations = {{.party = kHere},
                          {.party = kOtherThread, .suspended = true, .migratable = true}};
  expect_accepted();
  branch_.associations.clear();
  expect_accepted();
  branch_.mark_rollback_only(RollbackReason::kOther, "why");
  expect_accepted();
  branch_.rollback_only.reset();
  become_prepared();
  expect_accepted();
  branch_.state = BranchState::kMaybePrepared;
  expect_accepted();
  branch_.state = BranchState::kHeuristic;
  branch_.heuristic = StatusCode::kHeuristicCommitted;
  expect_accepted();
}

TEST_F(CheckBranchTest, FinishedBranchNeedsNoConnection) {
  branch_.lease.give_back();
  branch_.gone = true;
  expect_accepted();
}

TEST_F(CheckBranchDeathTest, WorkWithoutConnectionIsRefused) {
  branch_.lease.give_back();
  expect_refused();
}

TEST_F(CheckBranchDeathTest, AssociationWithAPreparedBranchIsRefused) {
  become_prepared();
  branch_.associations = {{.party = kHere}};
  expect_refused();
}

TEST_F(CheckBranchDeathTest, PreparedBranchWithoutLogRecordIsRefused) {
  become_prepared();
  branch_.birth = 0;
  expect_refused();
}

TEST_F(CheckBranchDeathTest, PreparedBranchThatIsRollbackOnlyIsRefused) {
  become_prepared();
  branch_.mark_rollback_only(RollbackReason::kOther, "why");
  expect_refused();
}

TEST_F(CheckBranchDeathTest, HeuristicStateWithoutOutcomeIsRefused) {
  become_prepared();
  branch_.state = BranchState::kHeuristic;
  expect_refused();
}

TEST_F(CheckBranchDeathTest, HeuristicOutcomeInAnotherStateIsRefused) {
  become_prepared();
  branch_.heuristic = StatusCode::kHeuristicHazard;
  expect_refused();
}

TEST_F(CheckBranchDeathTest, MigratableAssociationThatIsNotSuspendedIsRefused) {
  branch_.associations = {{.party = kHere, .migratable = true}};
  expect_refused();
}

}  // namespace
}  // namespace xaodbc
