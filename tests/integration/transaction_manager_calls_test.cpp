#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"
#include "tests/support/remote_tm.h"

// Verbs, codes and habits of transaction managers that other database switches do not serve.

namespace xaodbc {
namespace {

using support::make_xid;
using support::RemoteTm;
using support::text_of;

class TransactionManagerCallsTest : public TmTest {
 protected:
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// Opened under other settings, by an rmid of its own.
  Tm open_with(const Keys& keys) {
    config_.add_resource("special", server(), keys);
    Tm special("special", new_rmid());
    EXPECT_EQ(special.open(), XA_OK);
    return special;
  }
  static void read(Tm& tm, const XID& xid) {
    ASSERT_EQ(tm.start(xid), XA_OK);
    tm.execute("SELECT COUNT(*) FROM ledger");
    ASSERT_EQ(tm.end(xid), XA_OK);
  }
  static void expect_branch_commits(Tm& tm) {
    const XID xid = new_xid();
    ASSERT_NO_FATAL_FAILURE(prepare(tm, xid, new_row()));
    EXPECT_EQ(tm.commit(xid), XA_OK);
  }
};
XAODBC_ON_ALL_DATABASES(TransactionManagerCallsTest);

class PostgresqlCallsTest : public TmFixture {
 protected:
  PostgresqlCallsTest() : TmFixture(ServerKind::kPostgresql) {}
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// The vote after these statements; nothing is left of the branch.
  void expect_vote(const std::vector<std::string>& statements, int code) {
    const XID xid = new_xid();
    const std::string row = new_row();
    begin(tm_, xid, row);
    for (const auto& statement : statements) tm_.execute(statement);
    ASSERT_EQ(tm_.end(xid), XA_OK);
    EXPECT_EQ(tm_.prepare(xid), code);
    EXPECT_FALSE(has_row(row));
  }
};

// All I/O under one mutex.

TEST_P(TransactionManagerCallsTest, ThreadWorksWhileAnotherWaitsForAServerThatDoesNotAnswer) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  auto& healthy =
      support::shared_server(on_mariadb() ? ServerKind::kPostgresql : ServerKind::kMariadb);
  config_.add_resource("healthy", healthy);
  Tm working("healthy", new_rmid());
  ASSERT_EQ(working.open(), XA_OK);
  prepare(tm_, xid_, row_);
  Worker waiting;
  ASSERT_EQ(waiting.run([&] { return tm_.open(); }), XA_OK);
  std::promise<void> entered;
  server().pause();
  auto answer = waiting.begin([&] {
    entered.set_value();
    return tm_.commit(xid_);
  });
  entered.get_future().wait();
  expect_branch_commits(working);
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  server().resume();
  EXPECT_EQ(answer.get(), XA_OK);
  EXPECT_EQ(waiting.run([&] { return tm_.close(); }), XA_OK);
  EXPECT_EQ(working.close(), XA_OK);
}

// Join, suspend and resume.

TEST_P(TransactionManagerCallsTest, JoinedThreadSharesTheBranchAndItsRows) {
  begin_and_end(tm_, xid_, row_);
  Worker other;
  other.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
    tm_.execute("UPDATE ledger SET v = 3 WHERE id = " + row_);
    EXPECT_EQ(tm_.end(xid_), XA_OK);
    EXPECT_EQ(tm_.close(), XA_OK);
  });
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(server().connect().scalar("SELECT v FROM ledger WHERE id = " + row_), "3");
}

TEST_P(TransactionManagerCallsTest, SuspendedBranchIsResumedAfterWorkOnAnother) {
  if (on_sqlite()) GTEST_SKIP() << "two branches cannot work in a file at the same time";
  begin(tm_, xid_, row_);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  expect_branch_commits(tm_);
  ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
  const std::string second_row = new_row();
  insert(tm_, second_row);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(second_row));
}

TEST_P(TransactionManagerCallsTest, MigratableSuspensionIsResumedByAnotherThread) {
  begin(tm_, xid_, row_);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND | TMMIGRATE), XA_OK);
  Worker other;
  other.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
    EXPECT_EQ(tm_.end(xid_), XA_OK);
    EXPECT_EQ(tm_.close(), XA_OK);
  });
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// The read-only vote, which Enduro/X with NOSTARTXID must be able to switch off.

TEST_P(TransactionManagerCallsTest, BranchThatOnlyReadVotesReadOnlyWhereTheServerProvesIt) {
  read(tm_, xid_);
  if (on_mariadb()) {
    EXPECT_EQ(tm_.prepare(xid_), XA_OK);
    EXPECT_EQ(tm_.commit(xid_), XA_OK);
  } else {
    EXPECT_EQ(tm_.prepare(xid_), XA_RDONLY);
  }
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
}

TEST_P(TransactionManagerCallsTest, ReadOnlySwitchedOffVotesOkAndIsCommitted) {
  Tm special = open_with({{"read_only", "off"}});
  read(special, xid_);
  EXPECT_EQ(special.prepare(xid_), XA_OK);
  EXPECT_EQ(special.commit(xid_), XA_OK);
  EXPECT_EQ(special.close(), XA_OK);
}

// The XA_RB codes.

TEST_P(TransactionManagerCallsTest, FailedWorkIsRbrollback) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(tm_.end(xid_, TMFAIL), XA_RBROLLBACK);
  EXPECT_EQ(tm_.prepare(xid_), XA_RBROLLBACK);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, LostSessionIsRbcommfail) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  begin_and_end(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tm_.prepare(xid_), XA_RBCOMMFAIL);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, BranchThatLivedTooLongIsRbtimeout) {
  Tm special = open_with({{"branch_timeout", "1"}});
  begin_and_end(special, xid_, row_);
  EXPECT_FALSE(has_row(row_)) << "waits until the branch has let go of it";
  EXPECT_EQ(special.prepare(xid_), XA_RBTIMEOUT);
  EXPECT_EQ(special.close(), XA_OK);
}

TEST_P(TransactionManagerCallsTest, BranchWhoseThreadEndedAtWorkIsRbother) {
  Worker other;
  other.run([&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    begin(tm_, xid_, row_);
  });
  other.end();
  EXPECT_EQ(tm_.prepare(xid_), XA_RBOTHER);
  EXPECT_FALSE(has_row(row_));
}

TEST_F(PostgresqlCallsTest, ConstraintCheckedByPrepareIsRbintegrity) {
  server().execute("CREATE TABLE IF NOT EXISTS once (id INTEGER UNIQUE DEFERRABLE)");
  expect_vote({"SET CONSTRAINTS ALL DEFERRED", "INSERT INTO once VALUES (1), (1)"}, XA_RBINTEGRITY);
}

/// The branch waits inside PREPARE; the stranger, who waits for the branch, does not look for
/// deadlocks.
TEST_F(PostgresqlCallsTest, DeadlockInsidePrepareIsRbdeadlock) {
  server().execute("CREATE TABLE IF NOT EXISTS once (id INTEGER UNIQUE DEFERRABLE)");
  auto stranger = server().connect(Account::kAdmin);
  stranger.execute("SET deadlock_timeout = '1h'");
  stranger.execute("BEGIN");
  stranger.execute("INSERT INTO once VALUES (2)");
  begin(tm_, xid_, row_);
  tm_.execute("SET CONSTRAINTS ALL DEFERRED");
  tm_.execute("INSERT INTO once VALUES (2)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  Worker waiting;
  auto inserted =
      waiting.begin([&] { stranger.execute("INSERT INTO ledger VALUES (" + row_ + ", 5)"); });
  auto admin = server().connect(Account::kAdmin);
  const auto deadline = odbc::soon();
  const std::string waiters = "SELECT count(*) FROM pg_locks WHERE NOT granted";
  while (admin.scalar(waiters) == "0" && !deadline.expired()) std::this_thread::yield();
  EXPECT_EQ(tm_.prepare(xid_), XA_RBDEADLOCK);
  inserted.get();
  stranger.execute("ROLLBACK");
}

TEST_F(PostgresqlCallsTest, SerializationFailureIsRbtransient) {
  server().execute("CREATE TABLE IF NOT EXISTS skew (id INTEGER)");
  const std::string serializable = "SET default_transaction_isolation = serializable";
  config_.add_resource(
      "special", server(),
      {{"connection", server().connection() + ";ConnSettings={" + serializable + "}"}});
  Tm one("special", new_rmid());
  Tm two("special", new_rmid());
  const XID other = new_xid();
  const std::string count = "INSERT INTO skew SELECT count(*) FROM skew";
  ASSERT_EQ(one.open(), XA_OK);
  ASSERT_EQ(two.open(), XA_OK);
  begin(one, xid_, row_);
  one.execute(count);
  begin(two, other, new_row());
  two.execute(count);
  ASSERT_EQ(two.end(other), XA_OK);
  EXPECT_EQ(two.commit_one_phase(other), XA_OK);
  ASSERT_EQ(one.end(xid_), XA_OK);
  EXPECT_EQ(one.prepare(xid_), XA_RBTRANSIENT);
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(one.close(), XA_OK);
  EXPECT_EQ(two.close(), XA_OK);
}

// XA_RETRY, reconnecting, dynamic registration, one phase.

TEST_P(TransactionManagerCallsTest, StartThatMayNotWaitIsRetryUntilAConnectionIsFree) {
  Tm special = open_with({{"connections_max", "1"}});
  begin_and_end(special, xid_, row_);
  const XID other = new_xid();
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(special.start(other, TMNOWAIT), XA_RETRY);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(10)) << "has waited";
  EXPECT_EQ(special.commit_one_phase(xid_), XA_OK);
  EXPECT_EQ(special.start(other, TMNOWAIT), XA_OK);
  EXPECT_EQ(special.end(other), XA_OK);
  EXPECT_EQ(special.rollback(other), XA_OK);
  EXPECT_EQ(special.close(), XA_OK);
}

TEST_P(TransactionManagerCallsTest, RestartedServerIsUsedWithoutAnotherOpen) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  expect_branch_commits(tm_);
  server().restart();
  expect_branch_commits(tm_);
}

/// Only a program that offers ax_reg can show it: xa-conformance is one.
TEST_P(TransactionManagerCallsTest, DynamicSwitchRegistersTheBranchAtItsFirstUse) {
  const auto run =
      support::run_program({XAODBC_CONFORMANCE_PATH, "--library", XAODBC_LIBRARY_PATH, "--switch",
                            "xaodbc_switch_dynamic", "--open-info", "accounts", "--sql-connection",
                            "xaodbc_connection", "--work", "INSERT INTO ledger VALUES (-{n}, 1)",
                            "--only", "6.3/D0/ax_reg/TM_OK", "--verbose"});
  EXPECT_EQ(run.ending, exited(0)) << run.output;
}

TEST_P(TransactionManagerCallsTest, OnePhaseCommitKeepsTheRow) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

/// odbc-xa-switch prepares in xa_end.
TEST_P(TransactionManagerCallsTest, NothingIsPreparedBeforePrepareIsCalled) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_THAT(prepared_on(server()), IsEmpty());
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

// Habits of LIXA and Enduro/X.

TEST_P(TransactionManagerCallsTest, PingByJoiningAnUnknownXidIsNotaAndTheXidIsNotUsedUp) {
  EXPECT_EQ(tm_.start(xid_, TMJOIN), XAER_NOTA);
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, CloseAndOpenBetweenEndAndPrepareKeepTheBranch) {
  begin_and_end(tm_, xid_, row_);
  ASSERT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, ReopenedAfterTheSessionWasLostTheVoteIsRollback) {
  if (on_sqlite()) GTEST_SKIP() << "a file has no server";
  begin_and_end(tm_, xid_, row_);
  end_sessions(server());
  ASSERT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, BranchOfADeadProcessThatWasNeverPreparedIsNotaForEveryVerb) {
  ASSERT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              begin_and_end(tm_, xid_, row_);
            }),
            exited(0));
  EXPECT_EQ(tm_.prepare(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
  EXPECT_FALSE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, CommitOfAnUnpreparedBranchIsProtoAndTheBranchGoesOn) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit(xid_), XAER_PROTO);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, FlagsThatLixaSendsByMistakeAreRefusedAndTheBranchGoesOn) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.start(xid_), XAER_DUPID);
  EXPECT_EQ(tm_.end(xid_, TMNOFLAGS), XAER_INVAL);
  ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
  EXPECT_EQ(tm_.end(xid_, TMSUCCESS | TMJOIN), XAER_INVAL);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TransactionManagerCallsTest, EnduroxXidOf128BytesWithZerosIsCarriedThroughEveryVerb) {
  RemoteTm tmsrv;
  ASSERT_EQ(tmsrv.open(), XA_OK);
  std::string gtrid(64, '\0');
  gtrid[1] = '\xff';
  const XID xid = make_xid(gtrid, std::string(63, '\0') + "'", 0x6194f7a1);
  begin(tm_, xid, row_);
  ASSERT_EQ(tm_.end(xid, TMSUSPEND), XA_OK);
  ASSERT_EQ(tm_.start(xid, TMRESUME), XA_OK);
  ASSERT_EQ(tm_.end(xid), XA_OK);
  ASSERT_EQ(tm_.start(xid, TMJOIN), XA_OK);
  ASSERT_EQ(tm_.end(xid), XA_OK);
  EXPECT_EQ(tm_.prepare(xid), XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{text_of(xid)});
  EXPECT_EQ(tmsrv.prepare(xid), XA_OK);
  EXPECT_EQ(tmsrv.forget(xid), XAER_PROTO);
  EXPECT_EQ(tmsrv.commit(xid), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tmsrv.rollback(xid), XAER_NOTA);
}

/// Enduro/X with NOSTARTXID sends no xa_rollback after a prepare that failed.
TEST_P(TransactionManagerCallsTest, FailedPrepareThatIsNeverRolledBackLeavesNothing) {
  Tm special = open_with({{"read_only", "off"}, {"connections_max", "1"}});
  begin(special, xid_, row_);
  if (on_sqlite()) GTEST_SKIP() << "a failed statement is only undone, and sessions do not end";
  if (on_mariadb()) {
    end_sessions(server());
  } else {
    EXPECT_THROW(special.execute("SELECT nothing FROM nowhere"), SqlError);
  }
  ASSERT_EQ(special.end(xid_), XA_OK);
  EXPECT_THAT(special.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(special.recover(), Xids{});
  begin_and_end(special, xid_, row_);
  EXPECT_EQ(special.commit_one_phase(xid_), XA_OK);
  EXPECT_EQ(special.close(), XA_OK);
}

}  // namespace
}  // namespace xaodbc
