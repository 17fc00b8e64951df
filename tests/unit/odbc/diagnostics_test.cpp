#include "odbc/diagnostics.h"

#include <gtest/gtest.h>
#include <sql.h>
#include <sqlext.h>

#include <string>

#include "odbc/connection.h"
#include "odbc/environment.h"

namespace xaodbc::odbc {
namespace {

TEST(DiagnosticsTest, MadeRecordIsFound) {
  const auto diagnostics = Diagnostics::make("HYT00", "too late");
  EXPECT_EQ(diagnostics.sqlstate(), "HYT00");
  EXPECT_TRUE(diagnostics.has_sqlstate("HYT00"));
  EXPECT_FALSE(diagnostics.has_sqlstate("HYT01"));
  EXPECT_TRUE(diagnostics.has_native(0));
  EXPECT_EQ(diagnostics.to_string(), "HYT00 (0) too late");
}

TEST(DiagnosticsTest, WithoutRecordsSaysSo) {
  const Diagnostics diagnostics;
  EXPECT_EQ(diagnostics.sqlstate(), "");
  EXPECT_FALSE(diagnostics.connection_lost());
  EXPECT_EQ(diagnostics.to_string(), "the driver gave no diagnostics");
}

TEST(DiagnosticsTest, SqlstatesOfADeadConnectionMeanLost) {
  for (const auto* state : {"08S01", "08001", "08006", "57P01", "57P02", "57P03", "25P03"}) {
    EXPECT_TRUE(Diagnostics::make(state, "").connection_lost()) << state;
  }
}

TEST(DiagnosticsTest, SqlstatesOfALiveConnectionDoNotMeanLost) {
  for (const auto* state : {"25P02", "42704", "57014", "40001", "HY000", "HY018", "XAE04", ""}) {
    EXPECT_FALSE(Diagnostics::make(state, "").connection_lost()) << state;
  }
}

TEST(DiagnosticsTest, DriverManagersRecordIsReadFromTheHandle) {
  SQLHDBC dbc = SQL_NULL_HDBC;
  ASSERT_TRUE(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, environment(), &dbc)));
  std::string text = "DSN=there is no such data source";
  SQLDriverConnect(dbc, nullptr, reinterpret_cast<SQLCHAR*>(text.data()), SQL_NTS, nullptr, 0,
                   nullptr, SQL_DRIVER_NOPROMPT);
  const auto diagnostics = Diagnostics::read(SQL_HANDLE_DBC, dbc);
  SQLFreeHandle(SQL_HANDLE_DBC, dbc);
  EXPECT_EQ(diagnostics.sqlstate(), "IM002");
  EXPECT_FALSE(diagnostics.connection_lost());
}

TEST(DiagnosticsTest, MessageOfSeveralLinesBecomesOne) {
  auto connection = Connection::connect(Secret("Driver=" XAODBC_SQLITE_DRIVER ";Database=:memory:"),
                                        Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(connection) << connection.error().message();
  const Answer answer = (*connection)
                            ->execute("SELECT * FROM \"first\nsecond\r\n\"",
                                      Deadline::after(std::chrono::seconds(10)));
  ASSERT_FALSE(answer.ok);
  EXPECT_NE(answer.diagnostics.to_string().find("first second"), std::string::npos)
      << answer.diagnostics.to_string();
  EXPECT_EQ(answer.diagnostics.to_string().find_first_of("\r\n"), std::string::npos);
}

}  // namespace
}  // namespace xaodbc::odbc
