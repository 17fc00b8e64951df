#include <gtest/gtest.h>

#include <string>

#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

/// doctor finds fault with servers that flush nothing.
[[maybe_unused]] const bool kDurable = support::share_durable_servers();

/// What every dialect must do alike.
class DialectTest : public OnADatabase {
 protected:
  Kit kit_{server()};
  std::unique_ptr<Connection> connection_ = kit_.connect();
  const std::string row_ = new_row();

  [[nodiscard]] const Dialect& dialect() const { return kit_.dialect(); }
  /// The connection is as good as new.
  void expect_reusable() {
    ASSERT_TRUE(connection_->fit());
    const std::string row = new_row();
    const BranchName branch = kit_.begin(*connection_, row);
    EXPECT_TRUE(dialect().commit_one_phase(*connection_, branch, soon()).is_ok());
    EXPECT_TRUE(has_row(server(), row));
  }
};
XAODBC_ON_ALL_DATABASES(DialectTest);

TEST_P(DialectTest, AutoFindsTheDialectOfTheServer) {
  if (on_sqlite()) GTEST_SKIP() << "sqlite must be said";
  EXPECT_EQ(dialect().name(), on_mariadb() ? "mariadb" : "postgresql");
}

TEST_P(DialectTest, OrdinaryUserIsToldWhoServesIt) {
  EXPECT_FALSE(connection_->identity().server.empty());
  EXPECT_FALSE(connection_->identity().session.empty());
  EXPECT_EQ(connection_->identity().tag.size(), 7U);
  const auto other = kit_.connect();
  EXPECT_EQ(other->identity().server, connection_->identity().server);
  EXPECT_EQ(other->identity().tag, connection_->identity().tag);
  EXPECT_NE(other->identity().session, connection_->identity().session);
}

TEST_P(DialectTest, CommittedBranchKeepsItsRow) {
  const BranchName branch = kit_.prepare(*connection_, row_);
  EXPECT_FALSE(has_row(server(), row_));
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(server(), row_));
  expect_reusable();
}

TEST_P(DialectTest, RolledBackBranchLeavesNoRow) {
  const BranchName branch = kit_.prepare(*connection_, row_);
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kRollback, soon()).is_ok());
  EXPECT_FALSE(has_row(server(), row_));
  expect_reusable();
}

TEST_P(DialectTest, OnePhaseCommitKeepsTheRow) {
  const BranchName branch = kit_.begin(*connection_, row_);
  EXPECT_TRUE(dialect().commit_one_phase(*connection_, branch, soon()).is_ok());
  EXPECT_TRUE(has_row(server(), row_));
  expect_reusable();
}

TEST_P(DialectTest, ActiveBranchIsRolledBack) {
  const BranchName branch = kit_.begin(*connection_, row_);
  dialect().roll_back_active(*connection_, branch, soon());
  EXPECT_FALSE(has_row(server(), row_));
  expect_reusable();
}

TEST_P(DialectTest, ClosingTheConnectionRollsBackAnActiveBranch) {
  const BranchName branch = kit_.begin(*connection_, row_);
  connection_.reset();
  connection_ = kit_.connect();
  // Waits for the lock of the row until the server has torn down the session.
  const BranchName again = kit_.begin(*connection_, row_);
  dialect().roll_back_active(*connection_, again, soon());
  EXPECT_FALSE(prepared_on(server()).contains(branch.gid));
}

TEST_P(DialectTest, BranchWithoutWorkIsFinishedEitherWay) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_EQ(vote->read_only, !on_mariadb());
  if (on_mariadb()) {
    EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  }
  expect_reusable();
}

TEST_P(DialectTest, UnknownBranchIsUnknownAndTheConnectionStaysGood) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  for (const auto decision : {Decision::kCommit, Decision::kRollback}) {
    const Status status = dialect().finish_prepared(*connection_, branch, decision, soon());
    EXPECT_TRUE(status.is(StatusCode::kUnknownBranch)) << status.message();
  }
  expect_reusable();
}

TEST_P(DialectTest, ListShowsEveryFormOfXid) {
  const std::string all_bytes = [] {
    std::string bytes;
    for (int i = 0; i < 64; ++i) bytes += static_cast<char>(i * 4);
    return bytes;
  }();
  const std::vector<Xid> xids = {
      Xid::create(0, "printable", "text").value(),
      Xid::create(2147483647, "it's", "a','b").value(),
      Xid::create(1, std::string_view("\0", 1), "").value(),
      Xid::create(2, all_bytes, all_bytes).value(),
      Xid::create(3, std::string(64, '\xff'), std::string(64, '\'')).value(),
      Xid::create(4, std::string(64, 'g'), std::string(64, '\\')).value(),
      Xid::create(5, "only gtrid", "").value(),
      Xid::create(1, "default", "format").value(),
      Xid::create(1, "all defaults", "").value(),
  };
  for (const auto& xid : xids) {
    const auto branch = kit_.name(*connection_, xid);
    ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
    Kit::run(*connection_, "INSERT INTO ledger VALUES (" + new_row() + ", 1)");
    const auto vote = dialect().prepare(*connection_, branch, soon());
    ASSERT_TRUE(vote) << vote.error().message();
    const auto listed = dialect().list(*kit_.connect(), soon());
    ASSERT_TRUE(listed) << listed.error().message();
    int found = 0;
    for (const auto& one : *listed) {
      if (one.xid == xid) ++found;
      EXPECT_EQ(one.surely_ours, !on_mariadb());
    }
    EXPECT_EQ(found, 1) << xid.to_string();
    EXPECT_TRUE(
        dialect().finish_prepared(*connection_, branch, Decision::kRollback, soon()).is_ok());
  }
}

TEST_P(DialectTest, ApplicationKeepsTheConnectionInsideTheBranch) {
  const BranchName branch = kit_.begin(*connection_, row_);
  Kit::run(*connection_, "SAVEPOINT s");
  const std::string undone = new_row();
  Kit::run(*connection_, "INSERT INTO ledger VALUES (" + undone + ", 1)");
  Kit::run(*connection_, "ROLLBACK TO SAVEPOINT s");
  ASSERT_TRUE(dialect().prepare(*connection_, branch, soon()));
  ASSERT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(server(), row_));
  EXPECT_FALSE(has_row(server(), undone));
}

TEST_P(DialectTest, SessionIsSeenAliveUntilItIsEnded) {
  if (on_sqlite()) GTEST_SKIP() << "only a branch at work can be ended in a file";
  const auto other = kit_.connect();
  const std::string session = other->identity().session;
  EXPECT_EQ(dialect().session_alive(*connection_, session, soon()), true);
  EXPECT_TRUE(dialect().end_session(*connection_, session, soon()).is_ok());
  EXPECT_EQ(dialect().session_alive(*connection_, session, soon()), false);
  EXPECT_TRUE(dialect().end_session(*connection_, session, soon()).is_ok());
  const Answer answer = other->execute("SELECT 1", soon());
  EXPECT_TRUE(answer.lost) << answer.diagnostics.to_string();
  EXPECT_FALSE(other->fit());
}

TEST_P(DialectTest, SessionWithoutIdentityEndsNobody) {
  for (const auto* session : {"", "nonsense", "1/", "|x|"}) {
    EXPECT_TRUE(dialect().end_session(*connection_, session, soon()).is_ok()) << session;
  }
  expect_reusable();
}

TEST_P(DialectTest, StartOnADeadConnectionAsksForAnotherOne) {
  if (on_sqlite()) GTEST_SKIP() << "connections to a file do not die";
  const auto killer = kit_.connect();
  ASSERT_TRUE(dialect().end_session(*killer, connection_->identity().session, soon()).is_ok());
  const auto branch = kit_.name(*connection_, new_xid());
  const Status status = dialect().start(*connection_, branch, soon());
  EXPECT_TRUE(status.is(StatusCode::kConnectionLost)) << status.message();
  EXPECT_FALSE(connection_->fit());
}

TEST_P(DialectTest, StartInsideLocalWorkAsksForAnotherConnection) {
  Kit::run(*connection_, on_mariadb() ? "XA START 'local'" : "BEGIN");
  const auto branch = kit_.name(*connection_, new_xid());
  const Status status = dialect().start(*connection_, branch, soon());
  EXPECT_TRUE(status.is(StatusCode::kConnectionLost)) << status.message();
  EXPECT_FALSE(connection_->fit());
}

TEST_P(DialectTest, PrepareOnAKilledSessionIsOutcomeUnknown) {
  const BranchName branch = kit_.begin(*connection_, row_);
  const auto killer = kit_.connect();
  ASSERT_TRUE(dialect().end_session(*killer, connection_->identity().session, soon()).is_ok());
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_FALSE(vote);
  // In a file it is known.
  const auto code = on_sqlite() ? StatusCode::kRolledBack : StatusCode::kOutcomeUnknown;
  EXPECT_TRUE(vote.error().is(code)) << vote.error().message();
  EXPECT_EQ(connection_->fit(), on_sqlite());
}

TEST_P(DialectTest, LockOfAnEndedSessionIsFree) {
  const BranchName branch = kit_.begin(*connection_, row_);
  const auto killer = kit_.connect();
  const std::string session = connection_->identity().session;
  ASSERT_TRUE(dialect().end_session(*killer, session, soon()).is_ok());
  EXPECT_EQ(dialect().session_alive(*killer, session, soon()), false);
  const BranchName again = kit_.begin(*killer, row_);
  dialect().roll_back_active(*killer, again, soon());
  EXPECT_FALSE(has_row(server(), row_));
}

TEST_P(DialectTest, ExamineFindsNothingWrongWithAGoodServer) {
  for (const auto& finding : dialect().examine(*connection_, soon())) {
    EXPECT_NE(finding.level, Finding::Level::kProblem) << finding.what;
    EXPECT_EQ(finding.todo.empty(), finding.level == Finding::Level::kFine) << finding.what;
  }
  expect_reusable();
}

}  // namespace
}  // namespace xaodbc::odbc
