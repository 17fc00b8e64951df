#include <gtest/gtest.h>
#include <sql.h>

#include <string>
#include <tuple>
#include <vector>

#include "odbc/connection_string.h"
#include "tests/integration/odbc_kit.h"
#include "tests/support/scratch_config.h"

namespace xaodbc::odbc {
namespace {

/// doctor finds fault with servers that flush nothing.
[[maybe_unused]] const bool kDurable = support::share_durable_servers();

std::string literal(ServerKind kind, std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && kind == ServerKind::kMariadb)) out += c;
    out += c;
  }
  return out + "'";
}

/// The driver manager remembers for seconds what a name meant.
std::string new_dsn() {
  static int next = 1;
  return "scratch" + std::to_string(next++);
}

support::Keys dsn_keys(PrivateServer& server) {
  const bool mariadb = server.kind() == ServerKind::kMariadb;
  return {{"Driver", mariadb ? XAODBC_MARIADB_DRIVER : XAODBC_POSTGRESQL_DRIVER},
          {mariadb ? "Server" : "Servername", "127.0.0.1"},
          {"Port", std::to_string(server.port())},
          {"Database", "app"}};
}

class LoginTest : public OnADatabase {
 protected:
  /// A user with that password who may do everything with the ledger.
  static void make_user(const std::string& user, const std::string& password) {
    auto admin = sql_admin();
    if (on_mariadb()) {
      admin.execute("CREATE OR REPLACE USER " + user + "@'%' IDENTIFIED BY " +
                    literal(GetParam(), password));
      admin.execute("GRANT ALL ON app.* TO " + user + "@'%'");
    } else {
      admin.execute("DROP ROLE IF EXISTS " + user);
      admin.execute("CREATE ROLE " + user + " LOGIN PASSWORD " + literal(GetParam(), password));
    }
  }
  static support::SqlSession sql_admin() { return server().connect(Account::kAdmin); }
  static config::ResourceSettings settings_of(const std::string& user,
                                              const std::string& password) {
    auto settings = settings_for(server());
    settings.user = user;
    settings.password = Secret(password);
    return settings;
  }
  static Status open(const config::ResourceSettings& settings) {
    const auto database = Database::open(settings, soon());
    return database ? Status::ok() : database.error();
  }
  /// An error of that kind that says what to do and shows no password.
  static void expect_error(const config::ResourceSettings& settings, StatusCode code,
                           std::string_view advice) {
    const Status status = open(settings);
    EXPECT_TRUE(status.is(code)) << status.message();
    EXPECT_NE(status.message().find(advice), std::string::npos) << status.message();
    if (!settings.password.empty()) {
      EXPECT_EQ(status.message().find(settings.password.reveal()), std::string::npos)
          << status.message();
    }
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
};
XAODBC_ON_BOTH_DATABASES(LoginTest);

TEST_P(LoginTest, PasswordsOfEveryKindLogIn) {
  for (const std::string password :
       {"plain", "semi;colon", "closing}brace", "}", "}}", "{", "{braced}", "equals=sign",
        "per%25cent", "plus+plus", "in the middle", "quo'te\"s", "back\\slash", "a;b}c{d=e%20f+g h",
        "Pwd=x;Uid=admin", "}};", "p\xc3\xa4ss"}) {
    make_user("odd", password);
    const Status status = open(settings_of("odd", password));
    EXPECT_TRUE(status.is_ok()) << '"' << password << "\": " << status.message();
    EXPECT_TRUE(open(settings_of("odd", password + "x")).is(StatusCode::kUnavailable));
  }
}

/// Connector/ODBC 3.1.15 drops blanks at the ends of a password in whatever form it gets it.
TEST_P(LoginTest, BlanksAtTheEndsOfAPasswordLogInWhereTheDriverKeepsThem) {
  for (const std::string password : {" leading", "trailing "}) {
    make_user("blank", password);
    EXPECT_EQ(open(settings_of("blank", password)).is_ok(), !on_mariadb());
  }
}

TEST_P(LoginTest, PasswordInTheConnectionStringLogsInToo) {
  make_user("inline_user", "a;b}c");
  auto settings = settings_of("", "");
  settings.connection += ";UID=inline_user;PWD={a;b}}c}";
  EXPECT_TRUE(open(settings).is_ok()) << open(settings).message();
}

TEST_P(LoginTest, CredentialsOfTheResourceWinOverEverySpellingInTheConnectionString) {
  auto settings = settings_for(server());
  settings.connection += ";USER=nobody;PASSWORD=wrong;uid=nobody;pwd=wrong;Username=nobody";
  EXPECT_TRUE(open(settings).is_ok()) << open(settings).message();
}

TEST_P(LoginTest, DataSourceLogsIn) {
  support::ScratchConfig config;
  auto settings = settings_for(server());
  settings.connection = Secret();
  settings.dsn = new_dsn();
  config.add_dsn(settings.dsn, dsn_keys(server()));
  EXPECT_TRUE(open(settings).is_ok()) << open(settings).message();
}

TEST_P(LoginTest, WrongPasswordSaysWhatToCheck) {
  expect_error(settings_of("app", "mist;ak}en"), StatusCode::kUnavailable, "password_file");
}

TEST_P(LoginTest, WrongPasswordInTheConnectionStringIsNotShown) {
  auto settings = settings_of("", "");
  settings.connection += ";UID=app;PWD={mist;ak}}en}";
  const Status status = open(settings);
  EXPECT_TRUE(status.is(StatusCode::kUnavailable)) << status.message();
  EXPECT_EQ(status.message().find("mist"), std::string::npos) << status.message();
}

TEST_P(LoginTest, MissingDatabaseSaysWhatToCheck) {
  auto settings = settings_for(server());
  settings.connection = Secret(server().connection(Transport::kSocket, "no_such_database"));
  expect_error(settings, StatusCode::kUnavailable, "database");
}

TEST_P(LoginTest, MissingDataSourceSaysWhatToCheck) {
  const support::ScratchConfig config;
  auto settings = settings_for(server());
  settings.connection = Secret();
  settings.dsn = "no_such_data_source";
  expect_error(settings, StatusCode::kUnavailable, "odbc.ini");
  EXPECT_NE(open(settings).message().find("no_such_data_source"), std::string::npos);
}

TEST_P(LoginTest, MissingDriverSaysWhatToInstall) {
  auto settings = settings_for(server());
  settings.connection = Secret("Driver=/nowhere/libno.so;Server=127.0.0.1");
  expect_error(settings, StatusCode::kUnavailable, "install");
  settings.connection = Secret("Driver={No such driver};Server=127.0.0.1");
  expect_error(settings, StatusCode::kUnavailable, "install");
}

TEST_P(LoginTest, ServerThatIsDownSaysWhatToCheck) {
  auto settings = settings_for(server());
  // Port 1 of the loopback is nobody's.
  settings.connection =
      Secret(on_mariadb() ? "Driver=" XAODBC_MARIADB_DRIVER ";Server=127.0.0.1;Port=1"
                          : "Driver=" XAODBC_POSTGRESQL_DRIVER
                            ";Servername=127.0.0.1;Port=1"
                            ";Database=app");
  expect_error(settings, StatusCode::kUnavailable, "server runs");
}

TEST_P(LoginTest, OrdinaryUserOpensExaminesAndRecovers) {
  make_user("ordinary", "ordinary");
  const auto database = Database::open(settings_of("ordinary", "ordinary"), soon());
  ASSERT_TRUE(database) << database.error().message();
  EXPECT_TRUE((*database)->list(soon()));
  const auto findings = (*database)->examine(soon());
  ASSERT_TRUE(findings);
  for (const auto& finding : *findings) {
    EXPECT_NE(finding.level, Finding::Level::kProblem) << finding.what;
  }
}

TEST_P(LoginTest, SessionOfAnotherUserIsNotEnded) {
  make_user("stranger", "stranger");
  auto theirs = settings_of("stranger", "stranger");
  const Kit other(theirs);
  const auto connection = other.connect();
  const Kit kit(server());
  const auto own = kit.connect();
  const Status status = kit.dialect().end_session(*own, connection->identity().session, soon());
  EXPECT_TRUE(connection->execute("SELECT 1", soon()).ok);
  EXPECT_TRUE(own->execute("SELECT 1", soon()).ok);
  // MariaDB does not even show such a session to a user without PROCESS.
  if (!on_mariadb()) {
    EXPECT_TRUE(status.is(StatusCode::kRefused)) << status.message();
  }
}

TEST_P(LoginTest, RecycledSessionNumberEndsNobody) {
  const Kit kit(server());
  const auto own = kit.connect();
  const auto other = kit.connect();
  // The same number in an earlier life of the server.
  const std::string session = other->identity().session;
  const auto mark = session.rfind(on_mariadb() ? '|' : '/');
  const auto start = std::stoll(session.substr(mark + 1));
  const std::string earlier =
      session.substr(0, mark + 1) + std::to_string(start - (on_mariadb() ? 60 : 60'000'000));
  EXPECT_EQ(kit.dialect().session_alive(*own, earlier, soon()), false);
  EXPECT_TRUE(kit.dialect().end_session(*own, earlier, soon()).is_ok());
  EXPECT_TRUE(other->execute("SELECT 1", soon()).ok);
}

TEST_P(LoginTest, ReconnectBehindOurBackIsSwitchedOff) {
  for (const auto* option : {"", ";AUTO_RECONNECT=1", ";OPTION=4194304", ";option=71303168"}) {
    auto settings = settings_for(server());
    settings.connection += option;
    const Kit kit(settings);
    const auto connection = kit.connect();
    const BranchName branch = kit.begin(*connection, new_row());
    const auto killer = kit.connect();
    ASSERT_TRUE(kit.dialect().end_session(*killer, connection->identity().session, soon()).is_ok());
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(execute_on(connection->handle(), "SELECT 1").ok) << option;
    }
    EXPECT_FALSE(kit.dialect().prepare(*connection, branch, soon()));
    EXPECT_FALSE(connection->fit());
  }
}

/// In a data source the same, which only a connection string can override.
TEST_P(LoginTest, ReconnectOfTheDataSourceIsSwitchedOff) {
  for (const auto& key : {std::pair{"AUTO_RECONNECT", "1"}, std::pair{"OPTION", "4194304"}}) {
    support::ScratchConfig config;
    auto keys = dsn_keys(server());
    keys.emplace_back(key.first, key.second);
    auto settings = settings_for(server());
    settings.connection = Secret();
    settings.dsn = new_dsn();
    config.add_dsn(settings.dsn, keys);
    const Kit kit(settings);
    const auto connection = kit.connect();
    const auto killer = kit.connect();
    ASSERT_TRUE(kit.dialect().end_session(*killer, connection->identity().session, soon()).is_ok());
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(execute_on(connection->handle(), "SELECT 1").ok) << key.first;
    }
  }
}

/// psqlODBC's options that would break a branch, in every place and spelling.
class DangerousOptionsTest : public testing::TestWithParam<std::tuple<bool, const char*>> {
 protected:
  static void SetUpTestSuite() { make_ledger(server()); }
  static PrivateServer& server() { return support::shared_server(ServerKind::kPostgresql); }
};

INSTANTIATE_TEST_SUITE_P(
    All, DangerousOptionsTest,
    testing::Combine(testing::Bool(),
                     testing::Values("Protocol=7.4-1;UseDeclareFetch=1",
                                     "protocol=7.4-1;USEDECLAREFETCH=1", "A1=7.4-1;B6=1",
                                     "a1=7.4-1;b6=1", "CX=1cffffff", "cx=1cffffff",
                                     "Protocol=7.4-1;UseDeclareFetch=1;Fetch=1;"
                                     "UseServerSidePrepare=0;UpdatableCursors=1")));

TEST_P(DangerousOptionsTest, DoNotReachTheDriver) {
  const auto& [in_dsn, options] = GetParam();
  support::ScratchConfig config;
  auto settings = settings_for(server());
  if (in_dsn) {
    support::Keys keys = dsn_keys(server());
    std::string_view rest = options;
    while (!rest.empty()) {
      const auto pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      keys.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
    }
    settings.connection = Secret();
    settings.dsn = new_dsn();
    config.add_dsn(settings.dsn, keys);
  } else {
    settings.connection += std::string(";") + options;
  }
  const Kit kit(settings);
  const auto connection = kit.connect();

  // Protocol=7.4-1 would end the transaction at a failed statement, so that what follows commits.
  BranchName branch = kit.begin(*connection, new_row());
  EXPECT_FALSE(execute_on(connection->handle(), "SELECT 1/0").ok);
  const std::string after = new_row();
  execute_on(connection->handle(), "INSERT INTO ledger VALUES (" + after + ", 1)");
  auto vote = kit.dialect().prepare(*connection, branch, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_FALSE(has_row(server(), after));

  // UseDeclareFetch=1 would leave a cursor WITH HOLD, which cannot be prepared.
  const std::string row = new_row();
  branch = kit.begin(*connection, row);
  SQLHSTMT open = SQL_NULL_HSTMT;
  ASSERT_TRUE(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, connection->handle(), &open)));
  std::string text = "SELECT generate_series(1, 500)";
  ASSERT_TRUE(SQL_SUCCEEDED(SQLExecDirect(open, reinterpret_cast<SQLCHAR*>(text.data()), SQL_NTS)));
  ASSERT_TRUE(SQL_SUCCEEDED(SQLFetch(open)));
  vote = kit.dialect().prepare(*connection, branch, soon());
  SQLFreeHandle(SQL_HANDLE_STMT, open);
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(
      kit.dialect().finish_prepared(*connection, branch, Decision::kCommit, soon()).is_ok());
  EXPECT_TRUE(has_row(server(), row));
}

}  // namespace
}  // namespace xaodbc::odbc
