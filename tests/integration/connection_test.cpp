#include "odbc/connection.h"

#include <gtest/gtest.h>
#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "odbc/environment.h"
#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

SQLPOINTER number(std::uintptr_t value) { return reinterpret_cast<SQLPOINTER>(value); }

std::string sqlstate_of(SQLSMALLINT type, SQLHANDLE handle) {
  return std::string(Diagnostics::read(type, handle).sqlstate());
}

/// A branch in which the application holds the connection's handle.
class LatchTest : public OnADatabase {
 protected:
  void SetUp() override {
    branch_ = kit_.begin(*connection_, row_);
    ASSERT_TRUE(connection_->close_latch());
  }

  Kit kit_{server()};
  std::unique_ptr<Connection> connection_ = kit_.connect();
  const std::string row_ = new_row();
  BranchName branch_;

  [[nodiscard]] SQLHDBC dbc() const { return connection_->handle(); }
  void expect_refused(SQLRETURN result, SQLSMALLINT type, SQLHANDLE handle) {
    EXPECT_EQ(result, SQL_ERROR);
    EXPECT_EQ(sqlstate_of(type, handle), "HY010");
  }
  /// The branch is whole: it can be prepared, and its row appears with the commit only.
  void expect_whole() {
    EXPECT_FALSE(has_row(server(), row_));
    prepare_and_commit();
    EXPECT_TRUE(has_row(server(), row_));
  }
  void prepare_and_commit() {
    connection_->open_latch();
    const auto vote = kit_.dialect().prepare(*connection_, branch_, soon());
    ASSERT_TRUE(vote) << vote.error().message();
    EXPECT_TRUE(
        kit_.dialect().finish_prepared(*connection_, branch_, Decision::kCommit, soon()).is_ok());
    EXPECT_TRUE(has_row(server(), row_));
    EXPECT_TRUE(connection_->fit());
  }
};
XAODBC_ON_BOTH_DATABASES(LatchTest);

TEST_P(LatchTest, EndTranOnTheConnectionIsRefused) {
  expect_refused(SQLEndTran(SQL_HANDLE_DBC, dbc(), SQL_COMMIT), SQL_HANDLE_DBC, dbc());
  expect_refused(SQLEndTran(SQL_HANDLE_DBC, dbc(), SQL_ROLLBACK), SQL_HANDLE_DBC, dbc());
  expect_whole();
}

TEST_P(LatchTest, EndTranOnTheEnvironmentIsRefused) {
  for (const auto type : {SQLSMALLINT{SQL_COMMIT}, SQLSMALLINT{SQL_ROLLBACK}}) {
    EXPECT_EQ(SQLEndTran(SQL_HANDLE_ENV, environment(), type), SQL_ERROR);
  }
  expect_whole();
}

TEST_P(LatchTest, AutocommitCannotBeChangedInEitherDirection) {
  for (const auto value : {SQL_AUTOCOMMIT_OFF, SQL_AUTOCOMMIT_ON, SQL_AUTOCOMMIT_OFF}) {
    expect_refused(SQLSetConnectAttr(dbc(), SQL_ATTR_AUTOCOMMIT, number(std::uintptr_t{value}), 0),
                   SQL_HANDLE_DBC, dbc());
  }
  expect_whole();
}

TEST_P(LatchTest, IsolationLevelCannotBeChanged) {
  expect_refused(SQLSetConnectAttr(dbc(), SQL_ATTR_TXN_ISOLATION,
                                   number(std::uintptr_t{SQL_TXN_SERIALIZABLE}), 0),
                 SQL_HANDLE_DBC, dbc());
  expect_whole();
}

TEST_P(LatchTest, DisconnectIsRefused) {
  expect_refused(SQLDisconnect(dbc()), SQL_HANDLE_DBC, dbc());
  expect_whole();
}

TEST_P(LatchTest, HandleCannotBeFreed) {
  EXPECT_EQ(SQLFreeHandle(SQL_HANDLE_DBC, dbc()), SQL_ERROR);
  expect_whole();
}

TEST_P(LatchTest, OpensForOurselvesAndClosesAgain) {
  for (int round = 0; round < 100; ++round) {
    connection_->open_latch();
    ASSERT_TRUE(connection_->close_latch());
    ASSERT_TRUE(connection_->close_latch());
  }
  expect_refused(SQLEndTran(SQL_HANDLE_DBC, dbc(), SQL_COMMIT), SQL_HANDLE_DBC, dbc());
  expect_whole();
}

TEST_P(LatchTest, PreparedStatementsWithParametersWorkWhileItIsClosed) {
  SQLHSTMT statement = SQL_NULL_HSTMT;
  ASSERT_TRUE(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc(), &statement)));
  std::string text = "INSERT INTO ledger VALUES (?, ?)";
  ASSERT_TRUE(
      SQL_SUCCEEDED(SQLPrepare(statement, reinterpret_cast<SQLCHAR*>(text.data()), SQL_NTS)));
  SQLINTEGER id = 0;
  SQLINTEGER value = 5;
  for (auto* parameter : {&id, &value}) {
    ASSERT_TRUE(
        SQL_SUCCEEDED(SQLBindParameter(statement, parameter == &id ? 1 : 2, SQL_PARAM_INPUT,
                                       SQL_C_LONG, SQL_INTEGER, 0, 0, parameter, 0, nullptr)));
  }
  std::vector<std::string> rows;
  for (int i = 0; i < 3; ++i) {
    rows.push_back(new_row());
    id = std::stoi(rows.back());
    ASSERT_TRUE(SQL_SUCCEEDED(SQLExecute(statement)))
        << Diagnostics::read(SQL_HANDLE_STMT, statement).to_string();
  }
  const Answer read = execute_on(dbc(), "SELECT v FROM ledger WHERE id = " + rows.back());
  ASSERT_TRUE(read.ok) << read.diagnostics.to_string();
  EXPECT_EQ(read.rows, (std::vector<Row>{{"5"}}));
  SQLFreeHandle(SQL_HANDLE_STMT, statement);
  expect_whole();
  for (const auto& row : rows) EXPECT_TRUE(has_row(server(), row));
}

TEST_P(LatchTest, StatementPreparedInOneBranchWorksInTheNext) {
  SQLHSTMT statement = SQL_NULL_HSTMT;
  ASSERT_TRUE(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc(), &statement)));
  std::string text = "UPDATE ledger SET v = v + 1 WHERE id = " + row_;
  ASSERT_TRUE(
      SQL_SUCCEEDED(SQLPrepare(statement, reinterpret_cast<SQLCHAR*>(text.data()), SQL_NTS)));
  ASSERT_TRUE(SQL_SUCCEEDED(SQLExecute(statement)));
  expect_whole();
  for (int round = 0; round < 3; ++round) {
    branch_ = kit_.name(*connection_, new_xid());
    ASSERT_TRUE(kit_.dialect().start(*connection_, branch_, soon()).is_ok());
    ASSERT_TRUE(connection_->close_latch());
    ASSERT_TRUE(SQL_SUCCEEDED(SQLExecute(statement)))
        << Diagnostics::read(SQL_HANDLE_STMT, statement).to_string();
    prepare_and_commit();
  }
  SQLFreeHandle(SQL_HANDLE_STMT, statement);
  EXPECT_EQ(server().connect().scalar("SELECT v FROM ledger WHERE id = " + row_), "5");
}

TEST_P(LatchTest, ThreadsUseTheHandleInTurn) {
  std::vector<std::string> rows;
  for (int i = 0; i < 8; ++i) {
    rows.push_back(new_row());
    std::thread([&] {
      const Answer answer = execute_on(dbc(), "INSERT INTO ledger VALUES (" + rows.back() + ", 1)");
      EXPECT_TRUE(answer.ok) << answer.diagnostics.to_string();
      expect_refused(SQLEndTran(SQL_HANDLE_DBC, dbc(), SQL_COMMIT), SQL_HANDLE_DBC, dbc());
    }).join();
  }
  expect_whole();
  for (const auto& row : rows) EXPECT_TRUE(has_row(server(), row));
}

/// Joined threads of a branch may be careless; both drivers lock the connection themselves.
TEST_P(LatchTest, ThreadsUseTheHandleAtTheSameTime) {
  std::vector<std::vector<std::string>> rows(2);
  std::vector<std::thread> threads;
  for (auto& mine : rows) {
    for (int i = 0; i < 50; ++i) mine.push_back(new_row());
    threads.emplace_back([&] {
      for (const auto& row : mine) {
        const Answer answer = execute_on(dbc(), "INSERT INTO ledger VALUES (" + row + ", 1)");
        EXPECT_TRUE(answer.ok) << answer.diagnostics.to_string();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  expect_whole();
  EXPECT_TRUE(has_row(server(), rows[0].back()));
  EXPECT_TRUE(has_row(server(), rows[1].back()));
}

TEST_P(LatchTest, ConnectionIsClosedWithTheLatchStillClosed) {
  const std::string session = connection_->identity().session;
  connection_.reset();
  const auto other = kit_.connect();
  EXPECT_TRUE(kit_.dialect().end_session(*other, session, soon()).is_ok());
  EXPECT_FALSE(has_row(server(), row_));
}

class ConnectionTest : public OnADatabase {
 protected:
  Kit kit_{server()};
  std::unique_ptr<Connection> connection_ = kit_.connect();
};
XAODBC_ON_BOTH_DATABASES(ConnectionTest);

TEST_P(ConnectionTest, OnlyRowsOfTheFirstResultSetAreKept) {
  const Answer answer =
      connection_->execute(on_mariadb() ? "BEGIN NOT ATOMIC SELECT 1, NULL, 'x'; SELECT 2; END"
                                        : "SELECT 1, NULL, 'x'; SELECT 2",
                           soon());
  ASSERT_TRUE(answer.ok) << answer.diagnostics.to_string();
  EXPECT_EQ(answer.rows, (std::vector<Row>{{"1", std::nullopt, "x"}}));
  EXPECT_TRUE(connection_->execute("SELECT 3", soon()).ok);
}

TEST_P(ConnectionTest, ErrorOfALaterStatementIsAnError) {
  const std::string failing = "SELECT * FROM there_is_no_such_table";
  const Answer answer = connection_->execute(
      on_mariadb() ? "BEGIN NOT ATOMIC SELECT 1; " + failing + "; END" : "SELECT 1; " + failing,
      soon());
  EXPECT_FALSE(answer.ok);
  EXPECT_FALSE(answer.lost);
  EXPECT_EQ(answer.diagnostics.sqlstate(), on_mariadb() ? "42S02" : "42P01")
      << answer.diagnostics.to_string();
  EXPECT_TRUE(connection_->execute("SELECT 3", soon()).ok);
}

TEST_P(ConnectionTest, LongValueIsReadWhole) {
  const Answer answer = connection_->execute("SELECT REPEAT('abc', 5000)", soon());
  ASSERT_TRUE(answer.ok) << answer.diagnostics.to_string();
  std::string expected;
  for (int i = 0; i < 5000; ++i) expected += "abc";
  EXPECT_EQ(answer.rows.at(0).at(0), expected);
}

TEST_P(ConnectionTest, ManyRowsAreReadWhole) {
  auto session = server().connect();
  session.execute("CREATE TABLE many (id INTEGER)");
  session.execute("INSERT INTO many VALUES (1), (2), (3), (4)");
  for (int i = 0; i < 8; ++i) session.execute("INSERT INTO many SELECT id FROM many");
  const Answer answer = connection_->execute("SELECT id FROM many", soon());
  session.execute("DROP TABLE many");
  ASSERT_TRUE(answer.ok) << answer.diagnostics.to_string();
  EXPECT_EQ(answer.rows.size(), 1024U);
}

TEST_P(ConnectionTest, SessionEndedByTheServerIsLostAndUnfit) {
  const auto killer = kit_.connect();
  ASSERT_TRUE(kit_.dialect().end_session(*killer, connection_->identity().session, soon()).is_ok());
  const Answer first = connection_->execute("SELECT 1", soon());
  EXPECT_TRUE(first.lost) << first.diagnostics.to_string();
  EXPECT_FALSE(connection_->fit());
  EXPECT_TRUE(connection_->execute("SELECT 1", soon()).lost);
}

}  // namespace
}  // namespace xaodbc::odbc
