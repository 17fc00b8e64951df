#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"
#include "tests/support/remote_tm.h"

namespace xaodbc {
namespace {

using support::RemoteTm;
using testing::HasSubstr;

/// prepare = at_end: this process works, another one completes.
class AtEndTest : public TmTest {
 protected:
  AtEndTest() { config_.add_resource("accounts", {{"prepare", "at_end"}}); }
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(other_.open(), XA_OK);
  }

  RemoteTm other_;
};
XAODBC_ON_ALL_DATABASES(AtEndTest);

TEST_P(AtEndTest, OtherProcessConfirmsAndCommits) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  EXPECT_EQ(other_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(AtEndTest, OtherProcessRollsBackAfterItsVote) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(AtEndTest, OtherProcessRollsBackInsteadOfAsking) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(AtEndTest, OneProcessMayDoItAllAsWell) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(AtEndTest, OnePhaseCommitFindsTheBranchPrepared) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.commit(xid_, TMONEPHASE), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(AtEndTest, PreparedBranchOutlivesTheProcessThatWorked) {
  ASSERT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              begin_and_end(tm_, xid_, row_);
            }),
            exited(0));
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  EXPECT_EQ(other_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

/// I3: it was prepared, so that it is gone does not mean that it was rolled back.
TEST_P(AtEndTest, PreparedBranchThatIsGoneIsNotCalledRolledBack) {
  begin_and_end(tm_, xid_, row_);
  commit_behind_our_back(server());
  EXPECT_EQ(other_.prepare(xid_), XAER_RMFAIL);
  EXPECT_EQ(other_.rollback(xid_), has_proof() ? XA_HEURCOM : XA_HEURHAZ);
  EXPECT_EQ(other_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

/// The session that prepared it works for another branch by now.
TEST_P(AtEndTest, QuestionAboutAPromisedBranchEndsNobodyElsesSession) {
  if (!has_proof()) GTEST_SKIP() << "the branch is tied to its session";
  begin_and_end(tm_, xid_, row_);
  const XID second = new_xid();
  begin(tm_, second, new_row());
  commit_behind_our_back(server());
  EXPECT_EQ(other_.prepare(xid_), XAER_RMFAIL);
  EXPECT_EQ(tm_.end(second), XA_OK);
  EXPECT_EQ(other_.rollback(second), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XA_HEURCOM);
  EXPECT_EQ(other_.forget(xid_), XA_OK);
}

#ifdef XAODBC_FAIL_POINTS

TEST_P(AtEndTest, VoteThatWasConfirmedAfterADeathIsRememberedWhenTheBranchIsGone) {
  ASSERT_EQ(run_in_child(
                [&] {
                  ASSERT_EQ(tm_.open(), XA_OK);
                  begin_and_end(tm_, xid_, row_);
                },
                {{"XAODBC_FAIL_POINT", "prepare_answered"}}),
            killed_by(SIGKILL));
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  commit_behind_our_back(server());
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(other_.rollback(xid_), XA_HEURHAZ);
  EXPECT_EQ(other_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

#endif

TEST_P(AtEndTest, BranchThatIsStillAtWorkGetsNoVote) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(other_.prepare(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
}

TEST_P(AtEndTest, ThreadStillAtWorkKeepsTheBranchFromBeingPrepared) {
  const std::string second_row = new_row();
  Worker thread;
  begin(tm_, xid_, row_);
  thread.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
  });
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  thread.run([&] {
    insert(tm_, second_row);
    ASSERT_EQ(tm_.end(xid_), XA_OK);
    ASSERT_EQ(tm_.close(), XA_OK);
  });
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  EXPECT_EQ(other_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(second_row));
}

TEST_P(AtEndTest, SuspendedAssociationKeepsTheBranchFromBeingPrepared) {
  begin(tm_, xid_, row_);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
  ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(other_.commit(xid_), XA_OK);
}

TEST_P(AtEndTest, FailedStatementIsToldByEndAndNothingIsLeft) {
  begin(tm_, xid_, row_);
  EXPECT_THROW(tm_.execute("SELECT nothing FROM nowhere"), SqlError);
  if (on_mariadb() || on_sqlite()) {
    EXPECT_EQ(tm_.end(xid_, TMFAIL), XA_RBROLLBACK) << "there a failed statement is only undone";
  } else {
    EXPECT_EQ(tm_.end(xid_), XA_RBROLLBACK);
  }
  EXPECT_THAT(other_.prepare(xid_), IsRolledBack());
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(AtEndTest, EndThatFailsRollsBackAtOnce) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(tm_.end(xid_, TMFAIL), XA_RBROLLBACK);
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(AtEndTest, LostSessionIsToldByEnd) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  begin(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_THAT(tm_.end(xid_), IsRolledBack());
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(AtEndTest, EndedBranchCannotBeJoinedAndSaysWhy) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.start(xid_), XAER_DUPID);
  const auto join = tm_.start(xid_, TMJOIN);
  EXPECT_EQ(join, XAER_PROTO);
  EXPECT_THAT(join.why, HasSubstr("at_end"));
  EXPECT_EQ(tm_.end(xid_), XAER_PROTO);
  EXPECT_EQ(other_.start(xid_, TMJOIN), XAER_PROTO);
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
}

TEST_P(AtEndTest, EndedBranchesKeepNoConnection) {
  config_.add_resource("small", server(), {{"prepare", "at_end"}, {"connections_max", "1"}});
  Tm small("small", new_rmid());
  ASSERT_EQ(small.open(), XA_OK);
  std::vector<XID> ended;
  for (int i = 0; i < 5; ++i) {
    ended.push_back(new_xid());
    ASSERT_NO_FATAL_FAILURE(begin_and_end(small, ended.back(), new_row()));
  }
  for (const auto& xid : ended) EXPECT_EQ(small.rollback(xid), XA_OK);
  EXPECT_EQ(small.close(), XA_OK);
}

TEST_P(AtEndTest, ServerRestartBetweenEndAndVoteChangesNothing) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  begin_and_end(tm_, xid_, row_);
  server().restart();
  EXPECT_EQ(other_.prepare(xid_), XA_OK);
  EXPECT_EQ(other_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(AtEndTest, BranchFinishedByAnAdministratorGetsNoVote) {
  begin_and_end(tm_, xid_, row_);
  roll_back_behind_our_back(server());
  if (has_proof()) {
    EXPECT_THAT(other_.prepare(xid_), IsRolledBack());
    EXPECT_EQ(other_.rollback(xid_), XA_OK);
    return;
  }
  EXPECT_EQ(other_.prepare(xid_), XAER_RMFAIL);
  EXPECT_EQ(other_.rollback(xid_), XA_HEURHAZ);
  EXPECT_EQ(other_.forget(xid_), XA_OK);
}

/// MariaDB gives a branch free only when its session has ended, and loses commits that come in the
/// moment of that (drivers.md 2.3).
TEST_P(AtEndTest, ThousandBranchesHandedOverAreAllCommitted) {
  auto reader = server().connect();
  for (int round = 0; round < 1000; ++round) {
    const XID xid = new_xid();
    const std::string row = new_row();
    ASSERT_NO_FATAL_FAILURE(begin_and_end(tm_, xid, row));
    ASSERT_EQ(other_.prepare(xid), XA_OK);
    ASSERT_EQ(other_.commit(xid), XA_OK);
    ASSERT_EQ(reader.scalar("SELECT COUNT(*) FROM ledger WHERE id = " + row), "1") << round;
  }
}

TEST_P(AtEndTest, ThousandBranchesCommittedWithoutAVoteBetween) {
  auto reader = server().connect();
  for (int round = 0; round < 1000; ++round) {
    const XID xid = new_xid();
    const std::string row = new_row();
    ASSERT_NO_FATAL_FAILURE(begin_and_end(tm_, xid, row));
    ASSERT_EQ(other_.commit(xid), XA_OK);
    ASSERT_EQ(reader.scalar("SELECT COUNT(*) FROM ledger WHERE id = " + row), "1") << round;
  }
}

class ReadOnlyAtEndTest : public AtEndTest {
 protected:
  void read_only() {
    ASSERT_EQ(tm_.start(xid_), XA_OK);
    tm_.execute("SELECT COUNT(*) FROM ledger");
    ASSERT_EQ(tm_.end(xid_), XA_OK);
  }
};
XAODBC_ON_ALL_DATABASES(ReadOnlyAtEndTest);

TEST_P(ReadOnlyAtEndTest, OtherProcessIsToldSo) {
  read_only();
  EXPECT_EQ(tm_.recover(), on_mariadb() ? xids({xid_}) : Xids{});
  if (on_mariadb()) {
    EXPECT_EQ(other_.prepare(xid_), XA_OK) << "MariaDB has no read-only vote";
    EXPECT_EQ(other_.commit(xid_), XA_OK);
  } else {
    EXPECT_EQ(other_.prepare(xid_), XA_RDONLY);
  }
  EXPECT_EQ(other_.prepare(xid_), XAER_NOTA);
}

TEST_P(ReadOnlyAtEndTest, CommitOrRollbackWithoutVoteIsFine) {
  read_only();
  EXPECT_EQ(other_.commit(xid_, TMONEPHASE), XA_OK);
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
}

TEST_P(ReadOnlyAtEndTest, SwitchedOffMeansPreparedAndCommitted) {
  config_.add_resource("off", server(), {{"prepare", "at_end"}, {"read_only", "off"}});
  Tm off("off", new_rmid());
  RemoteTm other("off");
  ASSERT_EQ(off.open(), XA_OK);
  ASSERT_EQ(other.open(), XA_OK);
  ASSERT_EQ(off.start(xid_), XA_OK);
  off.execute("SELECT COUNT(*) FROM ledger");
  ASSERT_EQ(off.end(xid_), XA_OK);
  EXPECT_EQ(other.prepare(xid_), XA_OK);
  EXPECT_EQ(other.commit(xid_), XA_OK);
  EXPECT_EQ(off.close(), XA_OK);
}

/// Here xa_prepare prepares, and only the process that worked can do that.
class OnDemandElsewhereTest : public TmTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(other_.open(), XA_OK);
  }
  RemoteTm other_;
};
XAODBC_ON_ALL_DATABASES(OnDemandElsewhereTest);

TEST_P(OnDemandElsewhereTest, UnpreparedBranchGetsNoVoteFromAnotherProcess) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.prepare(xid_), XAER_NOTA);
  EXPECT_EQ(other_.commit(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

TEST_P(OnDemandElsewhereTest, OtherProcessCommitsAndThisOneForgets) {
  config_.add_resource("small", server(), {{"connections_max", "1"}});
  Tm small("small", new_rmid());
  RemoteTm other("small");
  ASSERT_EQ(small.open(), XA_OK);
  ASSERT_EQ(other.open(), XA_OK);
  prepare(small, xid_, row_);
  EXPECT_EQ(other.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  // The only connection comes back without another word about the branch.
  const XID next = new_xid();
  ASSERT_EQ(small.start(next), XA_OK);
  ASSERT_EQ(small.end(next), XA_OK);
  EXPECT_EQ(small.rollback(next), XA_OK);
  while (small.start(xid_) == XAER_DUPID) std::this_thread::yield();
  EXPECT_EQ(small.end(xid_), XA_OK);
  EXPECT_EQ(small.rollback(xid_), XA_OK);
  EXPECT_EQ(small.close(), XA_OK);
}

}  // namespace
}  // namespace xaodbc
