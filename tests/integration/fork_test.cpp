#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {
namespace {

/// I9: a child starts with nothing open and leaves everything of its parent alone.
class ForkTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  [[nodiscard]] bool sees(const std::string& row) const {
    const auto rows = tm_.execute("SELECT count(*) FROM ledger WHERE id = " + row);
    return rows.at(0).at(0) == "1";
  }
  void expect_whole_branch(const std::string& row) {
    const XID xid = new_xid();
    prepare(tm_, xid, row);
    EXPECT_EQ(tm_.commit(xid), XA_OK);
  }
  void expect_end_and_commit() {
    EXPECT_EQ(tm_.end(xid_), XA_OK);
    EXPECT_EQ(tm_.prepare(xid_), XA_OK);
    EXPECT_EQ(tm_.commit(xid_), XA_OK);
    EXPECT_TRUE(has_row(row_));
  }
};
INSTANTIATE_TEST_SUITE_P(All, ForkTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(ForkTest, ChildHasNothingOpenAndOpensForItself) {
  const std::string childs_row = new_row();
  begin(tm_, xid_, row_);
  EXPECT_EQ(run_in_child([&] {
              EXPECT_EQ(tm_.connection(), nullptr);
              EXPECT_EQ(tm_.end(xid_), XAER_PROTO);
              EXPECT_EQ(tm_.start(new_xid()), XAER_PROTO);
              ASSERT_EQ(tm_.open(), XA_OK);
              EXPECT_EQ(tm_.connection(), nullptr);
              EXPECT_EQ(tm_.end(xid_), XAER_NOTA) << "a branch of another process";
              expect_whole_branch(childs_row);
              EXPECT_EQ(tm_.close(), XA_OK);
            }),
            exited(0));
  EXPECT_TRUE(has_row(childs_row));
  EXPECT_TRUE(sees(row_)) << "the parent's branch is still there";
  expect_end_and_commit();
}

// Destructors of what was inherited run in such a child.
TEST_P(ForkTest, ChildThatExitsOrderlyLeavesTheParentsBranchAlone) {
  begin(tm_, xid_, row_);
  for (const bool uses_library : {false, true}) {
    const std::string childs_row = new_row();
    const pid_t child = fork();
    if (child == 0) {
      if (uses_library && (!(tm_.open() == XA_OK))) std::_Exit(1);
      std::exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_TRUE(sees(row_));
  }
  expect_end_and_commit();
}

TEST_P(ForkTest, ChildOfAThreadWithSuspendedAndPreparedBranchesLeavesThemAlone) {
  const XID suspended = new_xid();
  const std::string suspended_row = new_row();
  begin(tm_, suspended, suspended_row);
  ASSERT_EQ(tm_.end(suspended, TMSUSPEND), XA_OK);
  prepare(tm_, xid_, row_);
  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              EXPECT_EQ(tm_.start(suspended, TMRESUME), XAER_NOTA);
              EXPECT_EQ(tm_.recover(), xids({xid_}));
            }),
            exited(0));
  ASSERT_EQ(tm_.start(suspended, TMRESUME), XA_OK);
  EXPECT_TRUE(sees(suspended_row));
  EXPECT_EQ(tm_.end(suspended), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(suspended), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// I8: prepared work can be finished by any process, and the one that prepared it learns the truth.
TEST_P(ForkTest, ChildFinishesThePreparedBranchOfItsParent) {
  for (const bool commits : {true, false}) {
    const XID xid = new_xid();
    const std::string row = new_row();
    prepare(tm_, xid, row);
    EXPECT_EQ(run_in_child([&] {
                ASSERT_EQ(tm_.open(), XA_OK);
                EXPECT_EQ(commits ? tm_.commit(xid) : tm_.rollback(xid), XA_OK);
              }),
              exited(0));
    EXPECT_EQ(has_row(row), commits);
    EXPECT_EQ(commits ? tm_.commit(xid) : tm_.rollback(xid), XA_OK);
  }
}

TEST_P(ForkTest, GrandchildWorksToo) {
  const std::string row = new_row();
  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              EXPECT_EQ(run_in_child([&] {
                          EXPECT_EQ(tm_.end(xid_), XAER_PROTO);
                          ASSERT_EQ(tm_.open(), XA_OK);
                          expect_whole_branch(row);
                        }),
                        exited(0));
            }),
            exited(0));
  EXPECT_TRUE(has_row(row));
}

// The waiting thread holds the lock of its new branch, and its waiting must not become the child's.
TEST_P(ForkTest, ChildForkedWhileAnotherThreadWaitsInAVerbIsNotBlocked) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's allocator (GCC 12) may be locked at the moment of the fork";
#endif
  config_.add_resource("small", server(), {{"connections_max", "1"}});
  Tm small("small", new_rmid());
  Worker other;
  ASSERT_EQ(small.open(), XA_OK);
  ASSERT_EQ(other.run([&] { return small.open(); }), XA_OK);
  begin(small, xid_, row_);
  const XID waiting_xid = new_xid();
  auto waiting = other.begin([&] { return small.start(waiting_xid); });
  // Several: by the time of the first one the thread may not wait yet.
  for (int child = 0; child < 3; ++child) {
    const std::string childs_row = new_row();
    EXPECT_EQ(run_in_child([&] {
                ASSERT_EQ(small.open(), XA_OK);
                begin_and_end(small, waiting_xid, childs_row);
                EXPECT_EQ(small.commit_one_phase(waiting_xid), XA_OK);
              }),
              exited(0));
    EXPECT_TRUE(has_row(childs_row));
  }
  EXPECT_EQ(small.end(xid_), XA_OK);
  EXPECT_EQ(small.commit_one_phase(xid_), XA_OK);
  EXPECT_EQ(waiting.get(), XA_OK);
  other.run([&] {
    EXPECT_EQ(small.end(waiting_xid), XA_OK);
    EXPECT_EQ(small.rollback(waiting_xid), XA_OK);
  });
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(small.close(), XA_OK);
}

}  // namespace
}  // namespace xaodbc
