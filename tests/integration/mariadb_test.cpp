#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

PrivateServer& mariadb() { return support::shared_server(ServerKind::kMariadb); }

class MariadbTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { make_ledger(mariadb()); }

  Kit kit_{mariadb()};
  std::unique_ptr<Connection> connection_ = kit_.connect();
  const std::string row_ = new_row();

  [[nodiscard]] const Dialect& dialect() const { return kit_.dialect(); }
  void run(std::string_view sql) { Kit::run(*connection_, sql); }
  Answer try_to(std::string_view sql) { return execute_on(connection_->handle(), sql); }
  void prepare_and_commit(const BranchName& branch) {
    const auto vote = dialect().prepare(*connection_, branch, soon());
    ASSERT_TRUE(vote) << vote.error().message();
    EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
    EXPECT_TRUE(has_row(mariadb(), row_));
  }
  void expect_reusable() {
    ASSERT_TRUE(connection_->fit());
    const std::string row = new_row();
    const BranchName branch = kit_.prepare(*connection_, row);
    EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
    EXPECT_TRUE(has_row(mariadb(), row));
  }
  /// Two connections lock two rows in opposite order; true when connection_ was the victim.
  void become_deadlock_victim(const BranchName& mine);
};

void MariadbTest::become_deadlock_victim(const BranchName& mine) {
  const std::string first = new_row();
  const std::string second = new_row();
  mariadb().execute("INSERT INTO ledger VALUES (" + first + ", 0), (" + second + ", 0)");
  const auto other = kit_.connect();
  // The server picks the transaction that has written less.
  const BranchName heavy = kit_.name(*other, new_xid());
  ASSERT_TRUE(dialect().start(*other, heavy, soon()).is_ok());
  for (int i = 0; i < 20; ++i) Kit::run(*other, "INSERT INTO ledger VALUES (" + new_row() + ", 0)");
  Kit::run(*other, "UPDATE ledger SET v = 1 WHERE id = " + first);
  ASSERT_TRUE(dialect().start(*connection_, mine, soon()).is_ok());
  run("INSERT INTO ledger VALUES (" + row_ + ", 1)");
  run("UPDATE ledger SET v = 2 WHERE id = " + second);
  std::thread waiter([&] { Kit::run(*other, "UPDATE ledger SET v = 1 WHERE id = " + second); });
  const Answer answer = try_to("UPDATE ledger SET v = 2 WHERE id = " + first);
  waiter.join();
  EXPECT_TRUE(answer.diagnostics.has_native(1213)) << answer.diagnostics.to_string();
  dialect().roll_back_active(*other, heavy, soon());
}

TEST_F(MariadbTest, DeadlockVictimIsRolledBack) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  become_deadlock_victim(branch);
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_FALSE(has_row(mariadb(), row_));
  expect_reusable();
}

TEST_F(MariadbTest, DeadlockVictimIsNotCommittedInOnePhase) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  become_deadlock_victim(branch);
  const Status status = dialect().commit_one_phase(*connection_, branch, soon());
  EXPECT_TRUE(status.is(StatusCode::kRolledBack)) << status.message();
  EXPECT_FALSE(has_row(mariadb(), row_));
  expect_reusable();
}

TEST_F(MariadbTest, DeadlockVictimCanBeRolledBack) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  become_deadlock_victim(branch);
  dialect().roll_back_active(*connection_, branch, soon());
  EXPECT_FALSE(has_row(mariadb(), row_));
  expect_reusable();
}

TEST_F(MariadbTest, FailedStatementLeavesTheBranchPreparable) {
  const BranchName branch = kit_.begin(*connection_, row_);
  EXPECT_TRUE(try_to("INSERT INTO ledger VALUES (" + row_ + ", 2)").diagnostics.has_native(1062));
  EXPECT_FALSE(try_to("SELECT * FROM there_is_no_such_table").ok);
  prepare_and_commit(branch);
}

TEST_F(MariadbTest, LockWaitTimeoutLeavesTheBranchPreparable) {
  const auto other = kit_.connect();
  const BranchName theirs = kit_.begin(*other, new_row());
  const std::string locked = new_row();
  Kit::run(*other, "INSERT INTO ledger VALUES (" + locked + ", 1)");
  run("SET innodb_lock_wait_timeout = 1");
  const BranchName branch = kit_.begin(*connection_, row_);
  EXPECT_TRUE(try_to("INSERT INTO ledger VALUES (" + locked + ", 2)").diagnostics.has_native(1205));
  prepare_and_commit(branch);
  dialect().roll_back_active(*other, theirs, soon());
}

TEST_F(MariadbTest, FormatIdThatTheServerCannotCarryIsRefusedBeforeAnythingBegins) {
  for (const std::int64_t format_id : {std::int64_t{-5}, std::int64_t{2147483648}, INT64_MAX}) {
    const auto branch = kit_.name(*connection_, Xid::create(format_id, "g", "b").value());
    const Status status = dialect().start(*connection_, branch, soon());
    EXPECT_TRUE(status.is(StatusCode::kInvalidArgument)) << status.message();
    EXPECT_NE(status.message().find("formatID"), std::string::npos);
  }
  expect_reusable();
}

TEST_F(MariadbTest, XidThatTheServerKnowsIsADuplicateThatIsExplained) {
  const auto other = kit_.connect();
  const BranchName branch = kit_.begin(*other, new_row());
  for (const bool prepared : {false, true}) {
    if (prepared) {
      ASSERT_TRUE(dialect().prepare(*other, branch, soon()));
    }
    const Status status = dialect().start(*connection_, branch, soon());
    EXPECT_TRUE(status.is(StatusCode::kDuplicateBranch)) << status.message();
    EXPECT_NE(status.message().find("two resources"), std::string::npos);
  }
  EXPECT_TRUE(dialect().finish_prepared(*other, branch, Decision::kRollback, soon()).is_ok());
  expect_reusable();
}

TEST_F(MariadbTest, StatementsThatWouldEndTheBranchAreRefusedByTheServer) {
  const BranchName branch = kit_.begin(*connection_, row_);
  for (const auto* sql :
       {"COMMIT", "ROLLBACK", "BEGIN", "START TRANSACTION", "CREATE TABLE ended (id INTEGER)",
        "TRUNCATE ledger", "LOCK TABLES ledger WRITE", "XA START 'another'",
        "XA COMMIT 'another' ONE PHASE"}) {
    EXPECT_FALSE(try_to(sql).ok) << sql;
  }
  prepare_and_commit(branch);
  expect_reusable();
}

TEST_F(MariadbTest, AutocommitSwitchedOffByTextHarmsNothing) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run("SET autocommit = 0");
  const std::string row = new_row();
  run("INSERT INTO ledger VALUES (" + row + ", 1)");
  EXPECT_FALSE(has_row(mariadb(), row));
  prepare_and_commit(branch);
  EXPECT_TRUE(has_row(mariadb(), row));
  expect_reusable();
}

TEST_F(MariadbTest, BranchThatTheApplicationFinishedByXaTextIsNeverAVote) {
  for (const bool committed : {true, false}) {
    const std::string row = new_row();
    const BranchName branch = kit_.begin(*connection_, row);
    run("XA END " + branch.gid);
    run(committed ? "XA COMMIT " + branch.gid + " ONE PHASE" : "XA ROLLBACK " + branch.gid);
    const auto vote = dialect().prepare(*connection_, branch, soon());
    ASSERT_FALSE(vote);
    EXPECT_TRUE(vote.error().is(StatusCode::kEndedByApplication)) << vote.error().message();
    EXPECT_EQ(has_row(mariadb(), row), committed);
  }
}

TEST_F(MariadbTest, BranchThatTheApplicationPreparedByXaTextIsRolledBack) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run("XA END " + branch.gid);
  run("XA PREPARE " + branch.gid);
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_FALSE(has_row(mariadb(), row_));
  expect_reusable();
}

TEST_F(MariadbTest, KilledQueryLeavesTheBranchPreparable) {
  const BranchName branch = kit_.begin(*connection_, row_);
  const std::string id =
      execute_on(connection_->handle(), "SELECT CONNECTION_ID()").rows[0][0].value();
  std::thread killer([&] {
    auto session = mariadb().connect();
    while (session.scalar("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = " + id +
                          " AND INFO LIKE '%SLEEP(25)%'") == "0") {
    }
    session.execute("KILL QUERY " + id);
  });
  try_to("SELECT SLEEP(25)");
  killer.join();
  prepare_and_commit(branch);
}

TEST_F(MariadbTest, IdentityOfASessionIsTheSameWheneverItIsAskedFor) {
  const std::string session = connection_->identity().session;
  const auto end = Deadline::Clock::now() + std::chrono::milliseconds(1500);
  while (Deadline::Clock::now() < end) {
    ASSERT_TRUE(dialect().introduce(*connection_, soon()).is_ok());
    ASSERT_EQ(connection_->identity().session, session);
  }
}

TEST_F(MariadbTest, SessionIsAliveWhateverTimeTheApplicationHasSet) {
  Kit::run(*connection_, "SET timestamp = 1000000000");
  const std::string session = connection_->identity().session;
  EXPECT_EQ(dialect().session_alive(*connection_, session, soon()), true);
  ASSERT_TRUE(dialect().introduce(*connection_, soon()).is_ok());
  EXPECT_EQ(connection_->identity().session, session);
}

TEST_F(MariadbTest, BranchOfALiveSessionIsUnknownToOthers) {
  const BranchName branch = kit_.prepare(*connection_, row_);
  const auto other = kit_.connect();
  const Status status = dialect().finish_prepared(*other, branch, Decision::kCommit, soon());
  EXPECT_TRUE(status.is(StatusCode::kUnknownBranch)) << status.message();
  EXPECT_TRUE(dialect().keeps_connection_when_prepared());
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(mariadb(), row_));
}

TEST_F(MariadbTest, ReadOnlyBranchOfAGoneSessionIsFinishedEitherWay) {
  for (const auto decision : {Decision::kCommit, Decision::kRollback}) {
    auto owner = kit_.connect();
    const BranchName branch = kit_.name(*owner, new_xid());
    ASSERT_TRUE(dialect().start(*owner, branch, soon()).is_ok());
    Kit::run(*owner, "SELECT COUNT(*) FROM ledger");
    ASSERT_TRUE(dialect().prepare(*owner, branch, soon()));
    ASSERT_TRUE(dialect().end_session(*connection_, owner->identity().session, soon()).is_ok());
    const Status status = dialect().finish_prepared(*connection_, branch, decision, soon());
    EXPECT_TRUE(status.is_ok()) << status.message();
    EXPECT_FALSE(
        prepared_on(mariadb()).contains("'" + std::string(branch.xid.gtrid()) + "','b',7"));
  }
  expect_reusable();
}

}  // namespace
}  // namespace xaodbc::odbc
