#include "branch/branch_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace xaodbc {
namespace {

std::shared_ptr<Branch> make_branch(const std::string& gtrid) {
  return std::make_shared<Branch>(odbc::BranchName{*Xid::create(7, gtrid, "b"), ""});
}

TEST(BranchTableTest, BranchIsFoundByItsXidUntilErased) {
  BranchTable table;
  const auto branch = make_branch("g");
  EXPECT_EQ(table.find(branch->name.xid), nullptr);
  EXPECT_TRUE(table.insert(branch));
  EXPECT_EQ(table.find(branch->name.xid), branch);
  EXPECT_EQ(table.find(*Xid::create(8, "g", "b")), nullptr);
  EXPECT_EQ(table.size(), 1U);
  table.erase(*branch);
  EXPECT_EQ(table.find(branch->name.xid), nullptr);
  EXPECT_EQ(table.size(), 0U);
}

TEST(BranchTableTest, XidInUseIsRefusedAndTheFirstBranchStays) {
  BranchTable table;
  const auto first = make_branch("g");
  ASSERT_TRUE(table.insert(first));
  EXPECT_FALSE(table.insert(make_branch("g")));
  EXPECT_EQ(table.find(first->name.xid), first);
  EXPECT_EQ(table.size(), 1U);
}

// Whoever waited for the lock of a finished branch must see that its XID may mean another one now.
TEST(BranchTableTest, ErasedBranchIsMarkedGoneForWhoStillHoldsIt) {
  BranchTable table;
  const auto branch = make_branch("g");
  ASSERT_TRUE(table.insert(branch));
  EXPECT_FALSE(branch->gone);
  table.erase(*branch);
  EXPECT_TRUE(branch->gone);
  EXPECT_TRUE(table.insert(make_branch("g")));
}

TEST(BranchTableTest, OfManyThreadsWithOneXidExactlyOneInserts) {
  BranchTable table;
  std::atomic<int> inserted{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        inserted += table.insert(make_branch(std::to_string(round))) ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(inserted, 200);
  EXPECT_EQ(table.size(), 200U);
}

}  // namespace
}  // namespace xaodbc
