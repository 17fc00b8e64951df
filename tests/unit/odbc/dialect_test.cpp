#include "odbc/dialect.h"

#include <gtest/gtest.h>

#include <string>

#include "odbc/connection_string.h"

namespace xaodbc::odbc {
namespace {

config::ResourceSettings with_connection(const std::string& connection) {
  config::ResourceSettings settings;
  settings.name = "accounts";
  settings.connection = Secret(connection);
  return settings;
}

TEST(CompleteConnectionStringTest, OptionsThatWouldBreakABranchAreReplaced) {
  const ConnectionString text(complete_connection_string(with_connection(
      "Server=db;Protocol=7.4-1;UseDeclareFetch=1;A1=7.4-1;B6=1;CX=1c400000;protocol=6.4")));
  EXPECT_EQ(text.get("Server"), "db");
  EXPECT_EQ(text.get("Protocol"), "7.4-0");
  EXPECT_EQ(text.get("UseDeclareFetch"), "0");
  for (const auto* key : {"A1", "B6", "CX"}) EXPECT_EQ(text.get(key), "") << key;
}

TEST(CompleteConnectionStringTest, UndoKeepsTheSavepointPerStatement) {
  auto settings = with_connection("Server=db");
  settings.failed_statement = config::FailedStatement::kUndo;
  EXPECT_EQ(ConnectionString(complete_connection_string(settings)).get("Protocol"), "7.4-2");
}

TEST(CompleteConnectionStringTest, UserAndPasswordOfTheResourceWin) {
  auto settings = with_connection("DSN=db;uid=other;Pwd=old");
  settings.user = "app";
  settings.password = Secret("a;b}c");
  const ConnectionString text(complete_connection_string(settings));
  EXPECT_EQ(text.get("UID"), "app");
  EXPECT_EQ(text.get("PWD"), "a;b}c");
}

TEST(CompleteConnectionStringTest, CredentialsOfTheConnectionStayWithoutOthers) {
  const ConnectionString text(complete_connection_string(with_connection("UID=u;PWD=p")));
  EXPECT_EQ(text.get("UID"), "u");
  EXPECT_EQ(text.get("PWD"), "p");
}

TEST(CompleteConnectionStringTest, DsnIsNamed) {
  config::ResourceSettings settings;
  settings.dsn = "accounts";
  EXPECT_EQ(ConnectionString(complete_connection_string(settings)).get("DSN"), "accounts");
}

TEST(MakeDialectTest, UnknownDatabaseNamesWhatToSet) {
  auto settings = with_connection("Driver=" XAODBC_SQLITE_DRIVER ";Database=:memory:");
  auto connection = Connection::connect(complete_connection_string(settings),
                                        Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(connection) << connection.error().message();
  const auto dialect = make_dialect(settings, **connection);
  ASSERT_FALSE(dialect);
  EXPECT_TRUE(dialect.error().is(StatusCode::kMisconfigured));
  EXPECT_NE(dialect.error().message().find("dialect ="), std::string::npos);
  settings.dialect = "mariadb";
  EXPECT_EQ((*make_dialect(settings, **connection))->name(), "mariadb");
}

}  // namespace
}  // namespace xaodbc::odbc
