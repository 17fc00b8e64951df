#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "branch/gid.h"
#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

using config::FailedStatement;
using config::Guard;

/// Settings under which every case must hold.
struct Mode {
  std::string name;
  Guard guard = Guard::kFull;
  FailedStatement failed_statement = FailedStatement::kAbort;
  bool read_only = true;
  bool filter = true;
};

PrivateServer& postgresql() { return support::shared_server(ServerKind::kPostgresql); }

config::ResourceSettings in_mode(const Mode& mode, PrivateServer& server = postgresql()) {
  auto settings = settings_for(server);
  settings.guard = mode.guard;
  settings.failed_statement = mode.failed_statement;
  settings.read_only = mode.read_only;
  settings.filter = mode.filter;
  return settings;
}

class PostgresqlTest : public testing::TestWithParam<Mode> {
 protected:
  static void SetUpTestSuite() {
    make_ledger(postgresql());
    postgresql().execute(
        "CREATE TABLE IF NOT EXISTS deferred (id INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  }

  Kit kit_{in_mode(GetParam())};
  std::unique_ptr<Connection> connection_ = kit_.connect();
  const std::string row_ = new_row();

  [[nodiscard]] const Dialect& dialect() const { return kit_.dialect(); }
  [[nodiscard]] static bool full() { return GetParam().guard == Guard::kFull; }
  /// Something is asked of a branch that has written before it is prepared.
  [[nodiscard]] static bool asks() { return full() || !GetParam().filter; }
  [[nodiscard]] static bool undo() { return GetParam().failed_statement == FailedStatement::kUndo; }

  /// A statement of the application that must fail.
  void run_failing(std::string_view sql) {
    EXPECT_FALSE(execute_on(connection_->handle(), sql).ok) << sql;
  }
  void run(std::string_view sql) { Kit::run(*connection_, sql); }

  /// Nothing of the branch is left on the server, and the connection is as good as new.
  void expect_nothing_left(const BranchName& branch) {
    EXPECT_FALSE(prepared_on(postgresql()).contains(branch.gid));
    EXPECT_FALSE(has_row(postgresql(), row_));
    expect_reusable();
  }
  void expect_reusable() {
    ASSERT_TRUE(connection_->fit());
    const std::string row = new_row();
    const BranchName branch = kit_.prepare(*connection_, row);
    EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
    EXPECT_TRUE(has_row(postgresql(), row));
  }
  void expect_refused(const BranchName& branch, RollbackReason reason) {
    const auto vote = dialect().prepare(*connection_, branch, soon());
    ASSERT_FALSE(vote);
    EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
    EXPECT_EQ(vote.error().reason(), reason) << vote.error().message();
    expect_nothing_left(branch);
  }
};

INSTANTIATE_TEST_SUITE_P(All, PostgresqlTest,
                         testing::Values(Mode{.name = "Default"},
                                         Mode{.name = "Undo",
                                              .failed_statement = FailedStatement::kUndo},
                                         Mode{.name = "NoReadOnlyVote", .read_only = false},
                                         Mode{.name = "WithoutFilter", .filter = false},
                                         Mode{.name = "Light", .guard = Guard::kLight},
                                         Mode{.name = "LightUndo",
                                              .guard = Guard::kLight,
                                              .failed_statement = FailedStatement::kUndo}),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(PostgresqlTest, VoteNamesTheTransactionThatIsPrepared) {
  if (!asks()) GTEST_SKIP() << "it is not asked for";
  const BranchName branch = kit_.begin(*connection_, row_);
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_FALSE(vote->read_only);
  EXPECT_EQ(postgresql().connect().scalar(
                "SELECT transaction FROM pg_prepared_xacts WHERE gid = '" + branch.gid + "'"),
            vote->transaction_id);
  const auto other = kit_.connect();
  EXPECT_EQ(dialect().prove(*other, vote->transaction_id, soon()), ServerProof::kInProgress);
  EXPECT_TRUE(dialect().finish_prepared(*other, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_EQ(dialect().prove(*other, vote->transaction_id, soon()), ServerProof::kCommitted);
  EXPECT_TRUE(has_row(postgresql(), row_));
  expect_reusable();
}

TEST_P(PostgresqlTest, OnePhaseAndRollbackWork) {
  BranchName branch = kit_.begin(*connection_, row_);
  EXPECT_TRUE(dialect().commit_one_phase(*connection_, branch, soon()).is_ok());
  EXPECT_TRUE(has_row(postgresql(), row_));
  const std::string undone = new_row();
  branch = kit_.begin(*connection_, undone);
  dialect().roll_back_active(*connection_, branch, soon());
  EXPECT_FALSE(has_row(postgresql(), undone));
  expect_reusable();
}

TEST_P(PostgresqlTest, BranchThatOnlyReadVotesReadOnlyWhereAllowed) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
  run("SELECT count(*) FROM ledger");
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_EQ(vote->read_only, GetParam().read_only);
  EXPECT_EQ(prepared_on(postgresql()).contains(branch.gid), !vote->read_only);
  if (!vote->read_only) {
    EXPECT_NE(vote->transaction_id, "");
    EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  }
  expect_reusable();
}

TEST_P(PostgresqlTest, EmptyBranchCommitsInOnePhase) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
  EXPECT_TRUE(dialect().commit_one_phase(*connection_, branch, soon()).is_ok());
  expect_reusable();
}

TEST_P(PostgresqlTest, EmptyBranchIsRolledBack) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
  dialect().roll_back_active(*connection_, branch, soon());
  expect_reusable();
}

TEST_P(PostgresqlTest, FailedStatementIsNoticedOrUndone) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run_failing("INSERT INTO ledger VALUES (" + row_ + ", 2)");
  if (!undo()) return expect_refused(branch, RollbackReason::kUnspecified);
  const std::string later = new_row();
  run("INSERT INTO ledger VALUES (" + later + ", 1)");
  ASSERT_TRUE(dialect().prepare(*connection_, branch, soon()));
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(postgresql(), row_));
  EXPECT_TRUE(has_row(postgresql(), later));
}

TEST_P(PostgresqlTest, FailedStatementAlsoRefusesTheOnePhaseCommit) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run_failing("SELECT 1/0");
  const Status status = dialect().commit_one_phase(*connection_, branch, soon());
  EXPECT_EQ(status.is_ok(), undo()) << status.message();
  EXPECT_EQ(status.is(StatusCode::kRolledBack), !undo());
  EXPECT_EQ(has_row(postgresql(), row_), undo());
  expect_reusable();
}

TEST_P(PostgresqlTest, FailedFirstStatementIsNoticed) {
  const BranchName branch = kit_.name(*connection_, new_xid());
  ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
  run_failing("SELECT * FROM there_is_no_such_table");
  if (!undo()) expect_refused(branch, RollbackReason::kUnspecified);
}

TEST_P(PostgresqlTest, DuplicateGidIsRefusedAndTheFirstBranchStays) {
  const auto other = kit_.connect();
  const BranchName first = kit_.prepare(*other, new_row());
  ASSERT_TRUE(dialect().start(*connection_, first, soon()).is_ok());
  run("INSERT INTO ledger VALUES (" + row_ + ", 1)");
  const auto vote = dialect().prepare(*connection_, first, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_TRUE(prepared_on(postgresql()).contains(first.gid));
  EXPECT_TRUE(dialect().finish_prepared(*other, first, Decision::kRollback, soon()).is_ok());
  expect_nothing_left(first);
}

TEST_P(PostgresqlTest, DeferredConstraintIsAnIntegrityReason) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run("INSERT INTO deferred VALUES (1), (1)");
  expect_refused(branch, RollbackReason::kIntegrity);
}

TEST_P(PostgresqlTest, DeferredConstraintRefusesTheOnePhaseCommit) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run("INSERT INTO deferred VALUES (1), (1)");
  const Status status = dialect().commit_one_phase(*connection_, branch, soon());
  EXPECT_TRUE(status.is(StatusCode::kRolledBack)) << status.message();
  EXPECT_EQ(status.reason(), RollbackReason::kIntegrity);
  expect_nothing_left(branch);
}

TEST_P(PostgresqlTest, TemporaryTableCannotBePrepared) {
  const BranchName branch = kit_.begin(*connection_, row_);
  run("CREATE TEMPORARY TABLE scratch (id INTEGER)");
  expect_refused(branch, RollbackReason::kOther);
}

TEST_P(PostgresqlTest, SerializationFailureIsTransient) {
  for (auto* connection : {connection_.get()}) {
    Kit::run(*connection, "SET default_transaction_isolation = 'serializable'");
  }
  const auto other = kit_.connect();
  Kit::run(*other, "SET default_transaction_isolation = 'serializable'");
  run("CREATE TABLE IF NOT EXISTS skew (id INTEGER)");
  const std::string count = "INSERT INTO skew SELECT count(*) FROM skew";
  const BranchName first = kit_.begin(*connection_, row_);
  const BranchName second = kit_.begin(*other, new_row());
  run(count);
  Kit::run(*other, count);
  ASSERT_TRUE(dialect().prepare(*other, second, soon()));
  ASSERT_TRUE(dialect().finish_prepared(*other, second, Decision::kCommit, soon()).is_ok());
  expect_refused(first, RollbackReason::kTransient);
}

TEST_P(PostgresqlTest, TextThatEndsTheTransactionIsNeverAVote) {
  if (!full()) GTEST_SKIP() << "guard = light does not promise it";
  for (const auto* ending : {"COMMIT", "ROLLBACK", "END", "ABORT", "COMMIT AND CHAIN",
                             "ROLLBACK AND CHAIN", "PREPARE TRANSACTION 'theirs'"}) {
    const BranchName branch = kit_.begin(*connection_, new_row());
    // With a savepoint per statement psqlODBC itself stumbles over AND CHAIN.
    execute_on(connection_->handle(), ending);
    execute_on(connection_->handle(), "INSERT INTO ledger VALUES (" + new_row() + ", 1)");
    const auto vote = dialect().prepare(*connection_, branch, soon());
    ASSERT_FALSE(vote) << ending;
    EXPECT_TRUE(vote.error().is(StatusCode::kEndedByApplication)) << vote.error().message();
    EXPECT_FALSE(prepared_on(postgresql()).contains(branch.gid)) << ending;
    if (prepared_on(postgresql()).contains("theirs")) run("ROLLBACK PREPARED 'theirs'");
    expect_reusable();
  }
}

TEST_P(PostgresqlTest, TransactionBegunByTextInsteadIsNeverAVote) {
  if (!full()) GTEST_SKIP() << "guard = light does not promise it";
  for (const bool one_phase : {false, true}) {
    for (const auto* ending : {"COMMIT", "ROLLBACK", "END"}) {
      const BranchName branch = kit_.begin(*connection_, new_row());
      execute_on(connection_->handle(), ending);
      execute_on(connection_->handle(), "BEGIN");
      const std::string foreign = new_row();
      run("INSERT INTO ledger VALUES (" + foreign + ", 1)");
      Status status;
      if (one_phase) {
        status = dialect().commit_one_phase(*connection_, branch, soon());
      } else {
        const auto vote = dialect().prepare(*connection_, branch, soon());
        ASSERT_FALSE(vote) << ending;
        status = vote.error();
      }
      EXPECT_TRUE(status.is(StatusCode::kEndedByApplication)) << status.message();
      EXPECT_FALSE(prepared_on(postgresql()).contains(branch.gid)) << ending;
      EXPECT_FALSE(has_row(postgresql(), foreign)) << ending;
      expect_reusable();
    }
  }
}

/// The aborted transaction is not the branch's, and cannot be asked.
TEST_P(PostgresqlTest, CommitByTextIsNoticedBehindAnAbortedTransaction) {
  if (!full() || undo()) GTEST_SKIP() << "light does not promise it, undo does not abort";
  for (const bool one_phase : {false, true}) {
    const std::string row = new_row();
    const BranchName branch = kit_.begin(*connection_, row);
    run("COMMIT");
    run("BEGIN");
    run_failing("SELECT 1/0");
    Status status;
    if (one_phase) {
      status = dialect().commit_one_phase(*connection_, branch, soon());
    } else {
      const auto vote = dialect().prepare(*connection_, branch, soon());
      ASSERT_FALSE(vote);
      status = vote.error();
    }
    EXPECT_TRUE(status.is(StatusCode::kEndedByApplication)) << status.message();
    EXPECT_TRUE(has_row(postgresql(), row));
  }
}

TEST_P(PostgresqlTest, RollbackByTextBehindAnAbortedTransactionIsARollback) {
  if (!full() || undo()) GTEST_SKIP() << "light does not promise it, undo does not abort";
  // The mark of an earlier branch of this connection must not be taken for this one's.
  ASSERT_NO_THROW(kit_.prepare(*connection_, new_row()));
  const BranchName branch = kit_.begin(*connection_, row_);
  run("ROLLBACK");
  run("BEGIN");
  run_failing("SELECT 1/0");
  expect_refused(branch, RollbackReason::kUnspecified);
}

TEST_P(PostgresqlTest, SetTransactionMayComeFirst) {
  if (undo()) GTEST_SKIP() << "the driver's savepoint comes before it";
  const BranchName branch = kit_.name(*connection_, new_xid());
  Kit::must(dialect().start(*connection_, branch, soon()), "start");
  run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  EXPECT_EQ(execute_on(connection_->handle(), "SHOW transaction_isolation").rows.at(0).at(0),
            "serializable");
  run("INSERT INTO ledger VALUES (" + row_ + ", 1)");
  ASSERT_TRUE(dialect().prepare(*connection_, branch, soon()));
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(postgresql(), row_));
}

TEST_P(PostgresqlTest, WitnessThatTheApplicationDroppedVotesRollback) {
  if (!asks()) GTEST_SKIP() << "it is not needed";
  const BranchName branch = kit_.begin(*connection_, row_);
  run("DEALLOCATE ALL");
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_THAT(vote.error().message(), testing::HasSubstr("DEALLOCATE ALL"));
  EXPECT_FALSE(has_row(postgresql(), row_));
  EXPECT_FALSE(connection_->fit()) << "the next branch would meet the same";
}

TEST_P(PostgresqlTest, SessionThatDiedIdleIsNoticedAtStart) {
  const auto killer = kit_.connect();
  // guard = light trusts a connection for a moment after its last answer.
  ASSERT_TRUE(dialect().end_session(*killer, connection_->identity().session, soon()).is_ok());
  while (connection_->answered_just_now()) std::this_thread::yield();
  const Status status = dialect().start(*connection_, kit_.name(*connection_, new_xid()), soon());
  EXPECT_TRUE(status.is(StatusCode::kConnectionLost)) << status.message();
  EXPECT_FALSE(connection_->fit());
}

TEST_P(PostgresqlTest, LongestXidIsCarried) {
  const std::string bytes(64, '\xfb');
  const BranchName branch = kit_.name(*connection_, Xid::create(INT64_MAX, bytes, bytes).value());
  EXPECT_EQ(branch.gid.size(), kMaxGidSize);
  ASSERT_TRUE(dialect().start(*connection_, branch, soon()).is_ok());
  run("INSERT INTO ledger VALUES (" + row_ + ", 1)");
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_TRUE(vote) << vote.error().message();
  const auto listed = dialect().list(*connection_, soon());
  ASSERT_TRUE(listed);
  EXPECT_EQ(std::ranges::count(*listed, branch.xid, &ListedBranch::xid), 1);
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(postgresql(), row_));
}

}  // namespace
}  // namespace xaodbc::odbc
