#include <sql.h>
#include <sqlext.h>

#include <array>
#include <functional>
#include <thread>
#include <vector>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// A database and the settings under which every case must hold there.
struct Mode {
  std::string name;
  ServerKind kind = ServerKind::kPostgresql;
  Keys keys{};
};

const Mode kFull{.name = "Postgresql"};
const Mode kWithoutFilter{.name = "PostgresqlWithoutFilter", .keys = {{"filter", "off"}}};
const Mode kLight{.name = "PostgresqlLight", .keys = {{"guard", "light"}}};
const Mode kLightWithoutFilter{.name = "PostgresqlLightWithoutFilter",
                               .keys = {{"guard", "light"}, {"filter", "off"}}};
const Mode kUndo{.name = "PostgresqlUndo", .keys = {{"failed_statement", "undo"}}};
const Mode kLightUndo{.name = "PostgresqlLightUndo",
                      .keys = {{"guard", "light"}, {"failed_statement", "undo"}}};
const Mode kMariadb{.name = "Mariadb", .kind = ServerKind::kMariadb};

class Interference : public TmFixture, public testing::WithParamInterface<Mode> {
 protected:
  Interference() : TmFixture(GetParam().kind) { config_.add_resource("accounts", GetParam().keys); }
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// The branch is still the one that xa_start began, and whole.
  void expect_whole() {
    insert(tm_, second_row_);
    ASSERT_EQ(tm_.end(xid_), XA_OK);
    ASSERT_EQ(tm_.prepare(xid_), XA_OK);
    ASSERT_EQ(tm_.commit(xid_), XA_OK);
    EXPECT_TRUE(has_row(row_));
    EXPECT_TRUE(has_row(second_row_));
    expect_new_work();
  }
  void expect_statement_fails(const std::string& sql) {
    EXPECT_THROW(tm_.execute(sql), SqlError) << sql;
  }

  const std::string second_row_ = new_row();
};

std::string name_of(const testing::TestParamInfo<Mode>& info) { return info.param.name; }

/// What an application or a framework does on the handle, out of habit.
struct HandleCall {
  std::string name;
  std::function<SQLRETURN(SQLHDBC)> make;
};

SQLRETURN set_autocommit(SQLHDBC dbc, std::uintptr_t value) {
  return SQLSetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, reinterpret_cast<SQLPOINTER>(value),
                           SQL_IS_UINTEGER);
}

const std::vector<HandleCall>& handle_calls() {
  static const std::vector<HandleCall> calls = {
      {"commit", [](SQLHDBC dbc) { return SQLEndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT); }},
      {"rollback", [](SQLHDBC dbc) { return SQLEndTran(SQL_HANDLE_DBC, dbc, SQL_ROLLBACK); }},
      {"autocommit off", [](SQLHDBC dbc) { return set_autocommit(dbc, SQL_AUTOCOMMIT_OFF); }},
      {"autocommit on", [](SQLHDBC dbc) { return set_autocommit(dbc, SQL_AUTOCOMMIT_ON); }},
      {"disconnect", [](SQLHDBC dbc) { return SQLDisconnect(dbc); }},
  };
  return calls;
}

std::string sqlstate_of(SQLHDBC dbc) {
  std::array<SQLCHAR, 6> state{};
  SQLINTEGER native = 0;
  SQLGetDiagRec(SQL_HANDLE_DBC, dbc, 1, state.data(), &native, nullptr, 0, nullptr);
  return reinterpret_cast<const char*>(state.data());
}

class HandleTest : public Interference {};
INSTANTIATE_TEST_SUITE_P(All, HandleTest,
                         testing::Values(kFull, kLight, kLightWithoutFilter, kUndo, kMariadb),
                         name_of);

TEST_P(HandleTest, CallsThatWouldEndTheBranchAreRefused) {
  begin(tm_, xid_, row_);
  for (const auto& call : handle_calls()) {
    EXPECT_EQ(call.make(tm_.connection()), SQL_ERROR) << call.name;
    EXPECT_EQ(sqlstate_of(tm_.connection()), "HY010") << call.name;
  }
  expect_whole();
}

TEST_P(HandleTest, CallsAreRefusedBeforeTheFirstStatementToo) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  for (const auto& call : handle_calls()) {
    EXPECT_EQ(call.make(tm_.connection()), SQL_ERROR) << call.name;
  }
  insert(tm_, row_);
  expect_whole();
}

TEST_P(HandleTest, HandleKeptFromAnEndedAssociationCannotEndTheBranch) {
  begin(tm_, xid_, row_);
  void* const kept = tm_.connection();
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.connection(), nullptr);
  for (const auto& call : handle_calls()) {
    EXPECT_EQ(call.make(kept), SQL_ERROR) << call.name;
  }
  ASSERT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(HandleTest, CommitOfTheApplicationsOwnEnvironmentDoesNotReachTheBranch) {
  begin(tm_, xid_, row_);
  SQLHENV own = nullptr;
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &own);
  SQLSetEnvAttr(own, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  SQLEndTran(SQL_HANDLE_ENV, own, SQL_ROLLBACK);
  SQLFreeHandle(SQL_HANDLE_ENV, own);
  expect_whole();
}

TEST_P(HandleTest, SessionThatDiedInThePoolIsReplacedUnnoticed) {
  expect_new_work();
  end_sessions(server());
  // Without a sentinel nothing is sent at xa_start for a connection that was used just now.
  if (GetParam().name.starts_with(kLight.name))
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
  begin(tm_, xid_, row_);
  expect_whole();
}

class AbortingTest : public Interference {};
INSTANTIATE_TEST_SUITE_P(All, AbortingTest, testing::Values(kFull, kLight, kLightWithoutFilter),
                         name_of);

TEST_P(AbortingTest, IgnoredFailedStatementVotesRollback) {
  begin(tm_, xid_, row_);
  expect_statement_fails("INSERT INTO ledger VALUES (" + row_ + ", 2)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(AbortingTest, IgnoredFailedStatementIsRolledBackInOnePhase) {
  begin(tm_, xid_, row_);
  expect_statement_fails("INSERT INTO ledger VALUES (" + row_ + ", 2)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.commit_one_phase(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

class UnparsedTest : public Interference {};
INSTANTIATE_TEST_SUITE_P(All, UnparsedTest, testing::Values(kFull, kWithoutFilter, kLight),
                         name_of);

TEST_P(UnparsedTest, FirstStatementThatIsIgnoredVotesRollback) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  expect_statement_fails("SELEKT 1");
  EXPECT_THROW(insert(tm_, row_), SqlError);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
}

/// The limit of guard = light without the filter: the server refuses the text as a whole, with the
/// driver's BEGIN.
class UnparsedLightTest : public Interference {};
INSTANTIATE_TEST_SUITE_P(All, UnparsedLightTest, testing::Values(kLightWithoutFilter), name_of);

TEST_P(UnparsedLightTest, FirstStatementThatIsIgnoredIsNotNoticed) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  expect_statement_fails("SELEKT 1");
  insert(tm_, row_);
  expect_whole();
}

class UndoingTest : public Interference {};
INSTANTIATE_TEST_SUITE_P(All, UndoingTest, testing::Values(kUndo, kLightUndo, kMariadb), name_of);

TEST_P(UndoingTest, FailedStatementLeavesTheRestOfTheBranch) {
  begin(tm_, xid_, row_);
  expect_statement_fails("INSERT INTO ledger VALUES (" + row_ + ", 2)");
  expect_whole();
}

TEST_P(UndoingTest, FailedStatementLeavesTheRestOfAOnePhaseBranch) {
  begin(tm_, xid_, row_);
  expect_statement_fails("INSERT INTO ledger VALUES (" + row_ + ", 2)");
  insert(tm_, second_row_);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(second_row_));
}

/// The application ends the branch's transaction in SQL text, the one way that is open to it.
struct Ending {
  std::string name;
  std::vector<std::string> statements;
};

class SqlTextTest : public TmFixture, public testing::WithParamInterface<Ending> {
 protected:
  SqlTextTest() : TmFixture(ServerKind::kPostgresql) {}
  void SetUp() override {
    server().execute("CREATE TABLE IF NOT EXISTS spare (a INTEGER)");
    ASSERT_EQ(tm_.open(), XA_OK);
    begin(tm_, xid_, row_);
    for (const auto& statement : GetParam().statements) {
      try {
        tm_.execute(statement);
      } catch (const SqlError&) {  // NOLINT(bugprone-empty-catch): the application ignores it
      }
    }
    ASSERT_EQ(tm_.end(xid_), XA_OK);
  }
  /// A hazard, for every question, from every process, until it is forgotten.
  void expect_hazard_until_forgotten() {
    EXPECT_EQ(tm_.recover(), xids({xid_}));
    EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
    EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
    EXPECT_EQ(run_in_child([&] {
                ASSERT_EQ(tm_.open(), XA_OK);
                EXPECT_EQ(tm_.recover(), xids({xid_}));
                EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
              }),
              exited(0));
    EXPECT_EQ(tm_.forget(xid_), XA_OK);
    EXPECT_EQ(tm_.recover(), Xids{});
    EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, SqlTextTest,
    testing::Values(Ending{"Commit", {"COMMIT"}}, Ending{"Rollback", {"ROLLBACK"}},
                    Ending{"CommitAndMore", {"COMMIT", "INSERT INTO spare VALUES (1)"}},
                    Ending{"RollbackAndMore", {"ROLLBACK", "INSERT INTO spare VALUES (1)"}},
                    Ending{"CommitAndBegin", {"COMMIT", "BEGIN", "INSERT INTO spare VALUES (1)"}},
                    Ending{"RollbackAndBegin",
                           {"ROLLBACK", "BEGIN", "INSERT INTO spare VALUES (1)"}},
                    Ending{"CommitAndChain", {"COMMIT AND CHAIN", "INSERT INTO spare VALUES (1)"}},
                    Ending{"CommitBehindAComment", {"/* done */ COMMIT"}},
                    Ending{"CommitAfterAStatement", {"INSERT INTO spare VALUES (1); COMMIT"}},
                    Ending{"CommitAndAbort", {"COMMIT", "BEGIN", "SELECT 1/0"}}),
    [](const auto& instance) { return instance.param.name; });

TEST_P(SqlTextTest, NeverVotesOk) {
  EXPECT_EQ(tm_.prepare(xid_), XAER_RMERR);
  expect_hazard_until_forgotten();
}

TEST_P(SqlTextTest, IsNeverCommittedInOnePhase) {
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_HEURHAZ);
  expect_hazard_until_forgotten();
}

TEST_P(SqlTextTest, IsNotCalledRolledBackOnceItIsCommitted) {
  // After ROLLBACK the driver has the server commit each statement on its own.
  const bool committed = has_row(row_) || GetParam().name == "RollbackAndMore";
  EXPECT_EQ(tm_.rollback(xid_), committed ? XA_HEURHAZ : XA_OK);
  if (committed) expect_hazard_until_forgotten();
}

class MariadbTest : public TmFixture {
 protected:
  MariadbTest() : TmFixture(ServerKind::kMariadb) {}
};

TEST_F(MariadbTest, StatementsThatWouldEndTheBranchAreRefusedByTheServer) {
  ASSERT_EQ(tm_.open(), XA_OK);
  begin(tm_, xid_, row_);
  for (const std::string sql : {"COMMIT", "ROLLBACK", "BEGIN", "START TRANSACTION",
                                "CREATE TABLE never (a INTEGER)", "TRUNCATE TABLE ledger"}) {
    EXPECT_THROW(tm_.execute(sql), SqlError) << sql;
  }
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

class DdlTest : public TmFixture {
 protected:
  DdlTest() : TmFixture(ServerKind::kPostgresql) {}
};

TEST_F(DdlTest, TableMadeInABranchComesWithTheCommit) {
  ASSERT_EQ(tm_.open(), XA_OK);
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  tm_.execute("CREATE TABLE made_in_branch (a INTEGER)");
  tm_.execute("INSERT INTO made_in_branch VALUES (1)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(server().connect().scalar("SELECT count(*) FROM made_in_branch"), "1");
  server().execute("DROP TABLE made_in_branch");
}

/// The branch waits for a stranger's row, the stranger for one of the branch.
class DeadlockTest : public Interference {
 protected:
  /// The branch is chosen as the victim: on PostgreSQL because nobody else looks for deadlocks, on
  /// MariaDB because the other transaction has more to lose.
  void lose_a_deadlock() {
    server().execute("INSERT INTO ledger VALUES (" + shared_ + ", 1)");
    auto stranger = server().connect(Account::kAdmin);
    if (!on_mariadb()) stranger.execute("SET deadlock_timeout = '1h'");
    stranger.execute("BEGIN");
    stranger.execute("UPDATE ledger SET v = 7 WHERE id = " + shared_);
    for (int i = 0; i < 20; ++i) {
      stranger.execute("INSERT INTO ledger VALUES (" + new_row() + ", 7)");
    }
    begin(tm_, xid_, row_);
    std::thread waiting([&] { stranger.execute("INSERT INTO ledger VALUES (" + row_ + ", 8)"); });
    expect_statement_fails("UPDATE ledger SET v = 9 WHERE id = " + shared_);
    waiting.join();
    stranger.execute("ROLLBACK");
  }
  const std::string shared_ = new_row();
};
INSTANTIATE_TEST_SUITE_P(All, DeadlockTest, testing::Values(kFull, kLight, kMariadb), name_of);

TEST_P(DeadlockTest, VictimVotesRollback) {
  lose_a_deadlock();
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(DeadlockTest, VictimIsRolledBackInOnePhase) {
  lose_a_deadlock();
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.commit_one_phase(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(DeadlockTest, VictimCanBeRolledBack) {
  lose_a_deadlock();
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

class ReadOnlyTest : public TmFixture, public testing::WithParamInterface<std::string> {
 protected:
  ReadOnlyTest() : TmFixture(ServerKind::kPostgresql) {
    config_.add_resource("accounts", {{"guard", GetParam()}});
  }
  void read() {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(tm_.start(xid_), XA_OK);
    tm_.execute("SELECT count(*) FROM ledger");
    ASSERT_EQ(tm_.end(xid_), XA_OK);
  }
};
INSTANTIATE_TEST_SUITE_P(All, ReadOnlyTest, testing::Values("full", "light"),
                         [](const auto& instance) { return instance.param; });

TEST_P(ReadOnlyTest, BranchThatOnlyReadIsEndedByItsVote) {
  read();
  EXPECT_EQ(tm_.prepare(xid_), XA_RDONLY);
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
}

TEST_P(ReadOnlyTest, SwitchedOffTheVoteIsOkAndTheBranchIsCommitted) {
  config_.add_resource("accounts", {{"read_only", "off"}});
  read();
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
}

TEST_P(ReadOnlyTest, SwitchedOffTheBranchCanBeRolledBack) {
  config_.add_resource("accounts", {{"read_only", "off"}});
  read();
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

}  // namespace
}  // namespace xaodbc
