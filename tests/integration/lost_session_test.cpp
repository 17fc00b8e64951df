#include <functional>
#include <thread>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

class LostSessionTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// The branch is gone from the server, nobody was told XA_OK, and work goes on.
  void expect_rolled_back() {
    EXPECT_EQ(tm_.recover(), Xids{});
    EXPECT_FALSE(has_row(row_));
    expect_new_work();
  }
  void wait_until_a_statement_sleeps() {
    auto admin = server().connect(Account::kAdmin);
    const std::string sleeping =
        on_mariadb() ? "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'app'"
                       " AND STATE = 'User sleep'"
                     : "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while (admin.scalar(sleeping) == "0") std::this_thread::yield();
  }
};
XAODBC_ON_BOTH_DATABASES(LostSessionTest);

TEST_P(LostSessionTest, BetweenStartAndEndTheVoteIsRollback) {
  begin(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_THAT(tm_.end(xid_), AnyOf(XA_OK, IsRolledBack()));
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  expect_rolled_back();
}

TEST_P(LostSessionTest, BeforeTheFirstStatementTheVoteIsRollback) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  end_sessions(server());
  EXPECT_THROW(insert(tm_, row_), SqlError);
  static_cast<void>(tm_.end(xid_));
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  expect_rolled_back();
}

TEST_P(LostSessionTest, BetweenEndAndPrepareTheVoteIsRollback) {
  begin_and_end(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  expect_rolled_back();
}

/// Nothing tells a commit whose answer was lost from one that never arrived: never XA_OK, and no
/// XA_RB by guess.
TEST_P(LostSessionTest, BeforeACommitInOnePhaseTheOutcomeIsUnknown) {
  begin_and_end(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_RMFAIL);
  expect_rolled_back();
}

TEST_P(LostSessionTest, UnpreparedBranchCanBeRolledBack) {
  begin_and_end(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_rolled_back();
}

TEST_P(LostSessionTest, DuringAStatementTheVoteIsRollback) {
  begin(tm_, xid_, row_);
  std::thread terminator([&] {
    wait_until_a_statement_sleeps();
    end_sessions(server());
  });
  EXPECT_THROW(tm_.execute(sleeping()), SqlError);
  terminator.join();
  static_cast<void>(tm_.end(xid_));
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  expect_rolled_back();
}

TEST_P(LostSessionTest, PreparedBranchIsCommittedAllTheSame) {
  prepare(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_new_work();
}

TEST_P(LostSessionTest, PreparedBranchIsRolledBackAllTheSame) {
  prepare(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(LostSessionTest, RestartBetweenPrepareAndCommitIsNotNoticed) {
  prepare(tm_, xid_, row_);
  server().restart();
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_new_work();
}

/// Enduro/X never calls xa_open again: the repeated verb itself has to be served.
TEST_P(LostSessionTest, DecisionsMadeWhileTheServerIsDownSucceedAfterwards) {
  const XID other = new_xid();
  const std::string other_row = new_row();
  config_.set("verb_timeout", "2");
  prepare(tm_, xid_, row_);
  prepare(tm_, other, other_row);
  server().stop();
  EXPECT_THAT(tm_.commit(xid_), AnyOf(XA_RETRY, XAER_RMFAIL));
  EXPECT_EQ(tm_.rollback(other), XAER_RMFAIL);
  EXPECT_LT(tm_.recover_once(TMSTARTRSCAN | TMENDRSCAN).code, 0);
  EXPECT_EQ(tm_.start(new_xid()), XAER_RMFAIL);
  server().start();
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(other), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_FALSE(has_row(other_row));
  expect_new_work();
}

/// Somebody with an SQL prompt finishes a prepared branch; the transaction manager asks afterwards.
class BehindOurBackTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  using Ask = std::function<support::XaAnswer()>;

  /// The same answer to the same question, here and in another process, until xa_forget.
  void expect_until_forgotten(const Ask& ask, int code) {
    EXPECT_EQ(ask(), code);
    EXPECT_EQ(ask(), code);
    EXPECT_EQ(tm_.recover(), xids({xid_}));
    EXPECT_EQ(run_in_child([&] {
                ASSERT_EQ(tm_.open(), XA_OK);
                EXPECT_EQ(tm_.recover(), xids({xid_}));
                EXPECT_EQ(ask(), code);
              }),
              exited(0));
    EXPECT_EQ(tm_.forget(xid_), XA_OK);
    EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
    EXPECT_EQ(ask(), XAER_NOTA);
    EXPECT_EQ(tm_.recover(), Xids{});
  }

  /// A session that was heard of within 100 ms is not asked before it is told the decision.
  static void wait_until_not_trusted() {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
  }

  /// PostgreSQL proves how the branch ended, the others cannot.
  [[nodiscard]] int proved(int code) const { return has_proof() ? code : XA_HEURHAZ; }

  const Ask commit_ = [this] { return tm_.commit(xid_); };
  const Ask rollback_ = [this] { return tm_.rollback(xid_); };
};
XAODBC_ON_ALL_DATABASES(BehindOurBackTest);

TEST_P(BehindOurBackTest, CommitOfACommittedBranchIsOkWhereThatIsProved) {
  prepare(tm_, xid_, row_);
  commit_behind_our_back(server());
  if (!has_proof()) {
    expect_until_forgotten(commit_, XA_HEURHAZ);
  } else {
    EXPECT_EQ(tm_.commit(xid_), XA_OK);
    EXPECT_THAT(tm_.commit(xid_), AnyOf(XA_OK, XAER_NOTA));
    EXPECT_EQ(tm_.recover(), Xids{});
  }
  EXPECT_TRUE(has_row(row_));
}

TEST_P(BehindOurBackTest, RollbackOfARolledBackBranchIsOkWhereThatIsProved) {
  prepare(tm_, xid_, row_);
  roll_back_behind_our_back(server());
  if (!has_proof()) {
    expect_until_forgotten(rollback_, XA_HEURHAZ);
  } else {
    EXPECT_EQ(tm_.rollback(xid_), XA_OK);
    EXPECT_EQ(tm_.recover(), Xids{});
  }
  EXPECT_FALSE(has_row(row_));
}

TEST_P(BehindOurBackTest, RollbackOfACommittedBranchIsHeuristic) {
  prepare(tm_, xid_, row_);
  commit_behind_our_back(server());
  expect_until_forgotten(rollback_, proved(XA_HEURCOM));
  EXPECT_TRUE(has_row(row_));
}

TEST_P(BehindOurBackTest, CommitOfARolledBackBranchIsHeuristic) {
  prepare(tm_, xid_, row_);
  roll_back_behind_our_back(server());
  expect_until_forgotten(commit_, proved(XA_HEURRB));
  EXPECT_FALSE(has_row(row_));
}

/// Writing to a TCP connection that the server has closed succeeds: that nobody answers then must
/// not be taken for a commit that worked.
TEST_P(BehindOurBackTest, CommitOfARolledBackBranchIsHeuristicOverTcpToo) {
  ASSERT_EQ(tm_.close(), XA_OK);
  config_.add_resource("accounts", {{"connection", server().connection(support::Transport::kTcp)}});
  ASSERT_EQ(tm_.open(), XA_OK);
  prepare(tm_, xid_, row_);
  roll_back_behind_our_back(server());
  wait_until_not_trusted();
  expect_until_forgotten(commit_, proved(XA_HEURRB));
  EXPECT_FALSE(has_row(row_));
}

/// The administrator restarts the server and decides for himself, while the transaction manager has
/// been trying to commit all the time.
TEST_P(BehindOurBackTest, CommitThatCouldNotBeSentProvesNothing) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  prepare(tm_, xid_, row_);
  server().stop();
  wait_until_not_trusted();
  EXPECT_THAT(tm_.commit(xid_), AnyOf(XA_RETRY, XAER_RMFAIL));
  EXPECT_THAT(tm_.commit(xid_), AnyOf(XA_RETRY, XAER_RMFAIL));
  server().start();
  roll_back_behind_our_back(server());
  expect_until_forgotten(commit_, proved(XA_HEURRB));
  EXPECT_FALSE(has_row(row_));
}

TEST_P(BehindOurBackTest, AnotherProcessFindsOutTheSame) {
  ASSERT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              prepare(tm_, xid_, row_);
            }),
            exited(0));
  roll_back_behind_our_back(server());
  expect_until_forgotten(commit_, proved(XA_HEURRB));
  EXPECT_FALSE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc
