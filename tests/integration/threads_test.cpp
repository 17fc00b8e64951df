#include <gtest/gtest.h>
#include <malloc.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {
namespace {

/// Two threads of control that have the resource open, besides the test's own.
class ThreadsTest : public TmTest {
 protected:
  void SetUp() override {
    for (auto* thread : {&one_, &two_}) {
      ASSERT_EQ(thread->run([&] { return tm_.open(); }), XA_OK);
    }
  }
  void TearDown() override {
    one_.end();
    two_.end();
    TmTest::TearDown();
  }

  void insert_here(const std::string& row) const { insert(tm_, row); }
  [[nodiscard]] bool sees(const std::string& row) const {
    const auto rows = tm_.execute("SELECT count(*) FROM ledger WHERE id = " + row);
    return rows.at(0).at(0) == "1";
  }
  void begin_in(Worker& thread, const XID& xid, const std::string& row) {
    thread.run([&] { begin(tm_, xid, row); });
  }
  void expect_end_and_commit(Worker& thread, const XID& xid) {
    thread.run([&] {
      EXPECT_EQ(tm_.end(xid), XA_OK);
      EXPECT_EQ(tm_.prepare(xid), XA_OK);
      EXPECT_EQ(tm_.commit(xid), XA_OK);
    });
  }
  void expect_rolled_back_by(Worker& thread, const XID& xid, const std::string& row) {
    EXPECT_EQ(thread.run([&] { return tm_.rollback(xid); }), XA_OK);
    EXPECT_FALSE(has_row(row));
  }

  Worker one_;
  Worker two_;
};
INSTANTIATE_TEST_SUITE_P(All, ThreadsTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

// A transaction manager may hold the first thread until the second has joined and finished.
TEST_P(ThreadsTest, ThreadThatJoinsAnActiveBranchSharesItsConnectionAndItsRows) {
  const std::string second_row = new_row();
  begin_in(one_, xid_, row_);
  void* const handle = one_.run([&] { return tm_.connection(); });
  two_.run([&] {
    ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
    EXPECT_EQ(tm_.connection(), handle);
    EXPECT_TRUE(sees(row_));
    insert_here(second_row);
    EXPECT_EQ(tm_.end(xid_), XA_OK);
    EXPECT_EQ(tm_.connection(), nullptr);
  });
  EXPECT_TRUE(one_.run([&] { return sees(second_row); }));
  expect_end_and_commit(one_, xid_);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(second_row));
}

TEST_P(ThreadsTest, JoinedThreadsWorkAtTheSameTime) {
  constexpr int kEach = 40;
  const auto work = [&] {
    for (int i = 0; i < kEach; ++i) insert_here(new_row());
  };
  ASSERT_EQ(one_.run([&] { return tm_.start(xid_); }), XA_OK);
  ASSERT_EQ(two_.run([&] { return tm_.start(xid_, TMJOIN); }), XA_OK);
  auto first = one_.begin(work);
  auto second = two_.begin(work);
  first.get();
  second.get();
  EXPECT_EQ(one_.run([&] { return tm_.execute("SELECT count(*) FROM ledger"); }),
            two_.run([&] { return tm_.execute("SELECT count(*) FROM ledger"); }));
  EXPECT_EQ(two_.run([&] { return tm_.end(xid_); }), XA_OK);
  expect_end_and_commit(one_, xid_);
}

TEST_P(ThreadsTest, ThreadThatJoinsAnIdleBranchGoesOnWithItsWork) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(one_.run([&] { return tm_.end(xid_); }), XA_OK);
  two_.run([&] {
    ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
    EXPECT_TRUE(sees(row_));
  });
  expect_end_and_commit(two_, xid_);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(ThreadsTest, SuspendedBranchHidesItsConnectionUntilResumed) {
  begin_in(one_, xid_, row_);
  one_.run([&] {
    void* const handle = tm_.connection();
    ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
    EXPECT_EQ(tm_.connection(), nullptr);
    ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
    EXPECT_EQ(tm_.connection(), handle);
    EXPECT_TRUE(sees(row_));
  });
  expect_end_and_commit(one_, xid_);
}

TEST_P(ThreadsTest, OnlyAMigratableSuspensionIsResumedByAnotherThread) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(one_.run([&] { return tm_.end(xid_, TMSUSPEND); }), XA_OK);
  EXPECT_EQ(two_.run([&] { return tm_.start(xid_, TMRESUME); }), XAER_PROTO);
  one_.run([&] {
    ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
    ASSERT_EQ(tm_.end(xid_, TMSUSPEND | TMMIGRATE), XA_OK);
  });
  two_.run([&] {
    ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
    EXPECT_TRUE(sees(row_));
  });
  one_.run([&] {
    EXPECT_EQ(tm_.start(xid_, TMRESUME), XAER_PROTO);
    EXPECT_EQ(tm_.end(xid_), XAER_PROTO);
    const XID next = new_xid();
    EXPECT_EQ(tm_.start(next), XA_OK) << "the first thread is free";
    EXPECT_EQ(tm_.end(next), XA_OK);
    EXPECT_EQ(tm_.rollback(next), XA_OK);
  });
  expect_end_and_commit(two_, xid_);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(ThreadsTest, MigratedBranchesLeaveNothingWithTheThreadThatSuspendedThem) {
  const auto migrate = [&](int branches) {
    for (int i = 0; i < branches; ++i) {
      const XID xid = new_xid();
      ASSERT_EQ(one_.run([&] { return tm_.start(xid); }), XA_OK);
      ASSERT_EQ(one_.run([&] { return tm_.end(xid, TMSUSPEND | TMMIGRATE); }), XA_OK);
      ASSERT_EQ(two_.run([&] { return tm_.start(xid, TMRESUME); }), XA_OK);
      ASSERT_EQ(two_.run([&] { return tm_.end(xid); }), XA_OK);
      ASSERT_EQ(two_.run([&] { return tm_.rollback(xid); }), XA_OK);
    }
  };
  migrate(100);
  const auto before = mallinfo2().uordblks;
  migrate(1000);
  EXPECT_LT(mallinfo2().uordblks, before + 300'000) << "a branch takes more than 600 bytes";
}

// I7: work on one branch never runs in the transaction of another.
TEST_P(ThreadsTest, SuspendedBranchesOfOneThreadDoNotSeeEachOther) {
  const std::vector<XID> branches = {new_xid(), new_xid(), new_xid()};
  const std::vector<std::string> rows = {new_row(), new_row(), new_row()};
  one_.run([&] {
    for (std::size_t i = 0; i < branches.size(); ++i) {
      begin(tm_, branches[i], rows[i]);
      ASSERT_EQ(tm_.end(branches[i], TMSUSPEND), XA_OK);
    }
    begin(tm_, xid_, row_);
    for (const auto& row : rows) EXPECT_FALSE(sees(row));
    EXPECT_EQ(tm_.start(branches[0], TMRESUME), XAER_PROTO) << "the thread is at work";
    ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
    for (std::size_t i = branches.size(); i-- > 0;) {
      ASSERT_EQ(tm_.start(branches[i], TMRESUME), XA_OK);
      for (std::size_t j = 0; j < rows.size(); ++j) EXPECT_EQ(sees(rows[j]), i == j);
      EXPECT_FALSE(sees(row_));
      ASSERT_EQ(tm_.end(branches[i], TMSUSPEND), XA_OK);
    }
    for (const auto& branch : branches) EXPECT_EQ(tm_.end(branch), XA_OK);
    EXPECT_EQ(tm_.commit_one_phase(branches[0]), XA_OK);
    EXPECT_EQ(tm_.rollback(branches[1]), XA_OK);
    EXPECT_EQ(tm_.rollback(branches[2]), XA_OK);
  });
  expect_end_and_commit(one_, xid_);
  EXPECT_TRUE(has_row(rows[0]));
  EXPECT_FALSE(has_row(rows[1]));
  EXPECT_FALSE(has_row(rows[2]));
  EXPECT_TRUE(has_row(row_));
}

// I8.
TEST_P(ThreadsTest, ThreadThatEndsAtWorkLeavesItsBranchToBeRolledBack) {
  begin_in(one_, xid_, row_);
  one_.end();
  expect_rolled_back_by(two_, xid_, row_);
}

TEST_P(ThreadsTest, ThreadThatEndsAtWorkLeavesABranchThatVotesRollback) {
  begin_in(one_, xid_, row_);
  one_.end();
  EXPECT_THAT(two_.run([&] { return tm_.prepare(xid_); }), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(two_.run([&] { return tm_.rollback(xid_); }), XAER_NOTA);
}

TEST_P(ThreadsTest, ThreadThatEndsWithASuspendedBranchLeavesItToBeRolledBack) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(one_.run([&] { return tm_.end(xid_, TMSUSPEND); }), XA_OK);
  one_.end();
  EXPECT_THAT(two_.run([&] { return tm_.start(xid_, TMJOIN); }), IsRolledBack());
  expect_rolled_back_by(two_, xid_, row_);
}

TEST_P(ThreadsTest, ThreadThatClosedAndEndedWithASuspendedBranchLeavesItToBeRolledBack) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(one_.run([&] { return tm_.end(xid_, TMSUSPEND); }), XA_OK);
  ASSERT_EQ(one_.run([&] { return tm_.close(); }), XA_OK);
  one_.end();
  expect_rolled_back_by(two_, xid_, row_);
}

TEST_P(ThreadsTest, MigratableBranchOutlivesItsThread) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(one_.run([&] { return tm_.end(xid_, TMSUSPEND | TMMIGRATE); }), XA_OK);
  one_.end();
  ASSERT_EQ(two_.run([&] { return tm_.start(xid_, TMRESUME); }), XA_OK);
  expect_end_and_commit(two_, xid_);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(ThreadsTest, IdleAndPreparedBranchesOutliveTheirThread) {
  const XID idle = new_xid();
  const std::string idle_row = new_row();
  one_.run([&] {
    begin_and_end(tm_, idle, idle_row);
    prepare(tm_, xid_, row_);
  });
  one_.end();
  two_.run([&] {
    EXPECT_EQ(tm_.commit(xid_), XA_OK);
    EXPECT_EQ(tm_.prepare(idle), XA_OK);
    EXPECT_EQ(tm_.commit(idle), XA_OK);
  });
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(idle_row));
}

TEST_P(ThreadsTest, OneThreadsEndDoesNotTakeTheBranchFromAnother) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(two_.run([&] { return tm_.start(xid_, TMJOIN); }), XA_OK);
  one_.end();
  two_.run([&] {
    EXPECT_TRUE(sees(row_)) << "its connection is still there";
    EXPECT_THAT(tm_.end(xid_), IsRolledBack());
  });
  expect_rolled_back_by(two_, xid_, row_);
}

TEST_P(ThreadsTest, ThreadGetsItsOwnConnectionAgain) {
  const XID other = new_xid();
  begin_in(one_, xid_, row_);
  begin_in(two_, other, new_row());
  void* const of_one = one_.run([&] { return tm_.connection(); });
  void* const of_two = two_.run([&] { return tm_.connection(); });
  EXPECT_NE(of_one, of_two);
  expect_end_and_commit(one_, xid_);
  expect_end_and_commit(two_, other);
  for (int round = 0; round < 3; ++round) {
    // Two first: the connection that waited longest is that of one.
    const XID second = new_xid();
    const XID first = new_xid();
    begin_in(two_, second, new_row());
    begin_in(one_, first, new_row());
    EXPECT_EQ(two_.run([&] { return tm_.connection(); }), of_two);
    EXPECT_EQ(one_.run([&] { return tm_.connection(); }), of_one);
    expect_end_and_commit(one_, first);
    expect_end_and_commit(two_, second);
  }
}

TEST_P(ThreadsTest, CloseAndReopenInOneThreadDoesNotDisturbAnother) {
  begin_in(one_, xid_, row_);
  for (int round = 0; round < 3; ++round) {
    two_.run([&] {
      ASSERT_EQ(tm_.close(), XA_OK);
      ASSERT_EQ(tm_.open(), XA_OK);
      const XID xid = new_xid();
      begin_and_end(tm_, xid, new_row());
      EXPECT_EQ(tm_.commit_one_phase(xid), XA_OK);
    });
    EXPECT_TRUE(one_.run([&] { return sees(row_); }));
  }
  expect_end_and_commit(one_, xid_);
}

TEST_P(ThreadsTest, CloseKeepsSuspendedAndIdleBranchesForAnotherOpen) {
  const XID idle = new_xid();
  const std::string idle_row = new_row();
  ASSERT_EQ(two_.run([&] { return tm_.close(); }), XA_OK);
  one_.run([&] {
    begin_and_end(tm_, idle, idle_row);
    begin(tm_, xid_, row_);
    ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
    ASSERT_EQ(tm_.close(), XA_OK);
    EXPECT_EQ(tm_.start(xid_, TMRESUME), XAER_PROTO);
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
    EXPECT_TRUE(sees(row_));
  });
  expect_end_and_commit(one_, xid_);
  EXPECT_EQ(one_.run([&] { return tm_.commit_one_phase(idle); }), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(idle_row));
}

TEST_P(ThreadsTest, TwoRmidsOfOneThreadWorkSideBySide) {
  Tm second("accounts", new_rmid());
  const XID other = new_xid();
  const std::string other_row = new_row();
  one_.run([&] {
    ASSERT_EQ(second.open(), XA_OK);
    begin(tm_, xid_, row_);
    begin(second, other, other_row);
    EXPECT_NE(tm_.connection(), second.connection());
    EXPECT_FALSE(sees(other_row));
    EXPECT_EQ(second.end(other), XA_OK);
    EXPECT_EQ(tm_.commit_one_phase(other), XA_OK) << "any rmid of the resource completes";
    EXPECT_EQ(second.close(), XA_OK);
  });
  expect_end_and_commit(one_, xid_);
  EXPECT_TRUE(has_row(other_row));
}

/// A resource with room for one branch.
class FullPoolTest : public ThreadsTest {
 protected:
  FullPoolTest() {
    config_.add_resource("accounts", {{"connections_max", "1"}, {"verb_timeout", "1"}});
  }
};
INSTANTIATE_TEST_SUITE_P(All, FullPoolTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(FullPoolTest, StartFailsWithAdviceAfterWaiting) {
  begin_in(one_, xid_, row_);
  const XID other = new_xid();
  EXPECT_EQ(two_.run([&] { return tm_.start(other, TMNOWAIT); }), XA_RETRY);
  const auto refused = two_.run([&] { return tm_.start(other); });
  EXPECT_EQ(refused, XAER_RMERR);
  EXPECT_NE(refused.why.find("connections_max"), std::string::npos) << refused.why;
  EXPECT_EQ(two_.run([&] { return tm_.end(other); }), XAER_NOTA) << "nothing was begun";
  expect_end_and_commit(one_, xid_);
  EXPECT_EQ(two_.run([&] { return tm_.start(other, TMNOWAIT); }), XA_OK);
  EXPECT_EQ(two_.run([&] { return tm_.end(other); }), XA_OK);
  EXPECT_EQ(two_.run([&] { return tm_.rollback(other); }), XA_OK);
}

TEST_P(FullPoolTest, StartWaitsForAConnectionUnlessToldNotTo) {
  config_.add_resource("patient", server(), {{"connections_max", "1"}, {"verb_timeout", "60"}});
  Tm patient("patient", new_rmid());
  ASSERT_EQ(one_.run([&] { return patient.open(); }), XA_OK);
  ASSERT_EQ(two_.run([&] { return patient.open(); }), XA_OK);
  ASSERT_EQ(one_.run([&] { return patient.start(xid_); }), XA_OK);
  const XID other = new_xid();
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(two_.run([&] { return patient.start(other, TMNOWAIT); }), XA_RETRY);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(30));
  auto waiting = two_.begin([&] { return patient.start(other); });
  EXPECT_EQ(one_.run([&] { return patient.end(xid_); }), XA_OK);
  EXPECT_EQ(one_.run([&] { return patient.rollback(xid_); }), XA_OK);
  EXPECT_EQ(waiting.get(), XA_OK);
  EXPECT_EQ(two_.run([&] { return patient.end(other); }), XA_OK);
  EXPECT_EQ(two_.run([&] { return patient.rollback(other); }), XA_OK);
}

// A thread that opens may be the one that is to finish the branches which hold all connections.
TEST_P(FullPoolTest, OpenNeedsNoFreeConnection) {
  begin_in(one_, xid_, row_);
  ASSERT_EQ(one_.run([&] { return tm_.end(xid_); }), XA_OK);
  EXPECT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// Recovery never waits for branches.
TEST_P(FullPoolTest, ScanAndCommitOfAnotherProcessesBranchNeedNoFreeConnection) {
  const XID prepared = new_xid();
  const std::string prepared_row = new_row();
  ASSERT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              prepare(tm_, prepared, prepared_row);
            }),
            exited(0));
  begin_in(one_, xid_, row_);
  EXPECT_EQ(two_.run([&] { return tm_.recover(); }), xids({prepared}));
  EXPECT_EQ(two_.run([&] { return tm_.commit(prepared); }), XA_OK);
  expect_end_and_commit(one_, xid_);
  EXPECT_TRUE(has_row(prepared_row));
}

}  // namespace
}  // namespace xaodbc
