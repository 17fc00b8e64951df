#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/scratch_config.h"
#include "tests/support/shared_server.h"
#include "xaodbc/xaodbc.h"

// What xa_open answers to configurations that cannot work, and what it says: a stranger must be
// able to act on it, and a password must not be in it (I10).

namespace xaodbc {
namespace {

using support::PrivateServer;
using support::ScratchConfig;
using support::ServerKind;
using support::shared_server;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPlanted = "planted-Secret-77";

int open(std::string info) {
  const int rmid = 40;
  const int code = xaodbc_switch.xa_open_entry(info.data(), rmid, TMNOFLAGS);
  xaodbc_switch.xa_close_entry(info.data(), rmid, TMNOFLAGS);
  return code;
}

/// The text of the failed xa_open itself: a close that succeeds would empty it.
std::string failure_of(std::string info, int expected) {
  EXPECT_EQ(xaodbc_switch.xa_open_entry(info.data(), 41, TMNOFLAGS), expected);
  std::string text = xaodbc_last_error();
  EXPECT_THAT(text, Not(HasSubstr(kPlanted)));
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  return text;
}

class OpenTest : public testing::Test {
 protected:
  ScratchConfig config_;
};

TEST_F(OpenTest, EmptyTooLongAndNullOpenStringsAreInvalid) {
  EXPECT_EQ(xaodbc_switch.xa_open_entry(nullptr, 41, TMNOFLAGS), XAER_INVAL);
  EXPECT_THAT(xaodbc_last_error(), HasSubstr("open string"));
  EXPECT_THAT(failure_of("", XAER_INVAL), HasSubstr("empty"));
  EXPECT_THAT(failure_of(std::string(256, 'x'), XAER_INVAL), HasSubstr("255"));
  EXPECT_THAT(failure_of("resource=a;colour=red", XAER_INVAL), HasSubstr("colour"));
}

TEST_F(OpenTest, MissingIniNamesTheFile) {
  EXPECT_THAT(failure_of("resource=a;ini=/nonexistent/xaodbc.ini", XAER_INVAL),
              HasSubstr("/nonexistent/xaodbc.ini"));
}

TEST_F(OpenTest, UnknownResourceNamesTheKnownOnes) {
  config_.add_resource("accounts", {{"dsn", "accounts"}});
  EXPECT_THAT(failure_of("acounts", XAER_INVAL),
              AllOf(HasSubstr("acounts"), HasSubstr("accounts")));
}

TEST_F(OpenTest, UnknownKeyNamesFileLineAndKey) {
  config_.add_resource("accounts", {{"dsn", "accounts"}, {"dialekt", "auto"}});
  EXPECT_THAT(
      failure_of("accounts", XAER_INVAL),
      AllOf(HasSubstr(config_.ini().string() + ":"), HasSubstr("dialekt"), HasSubstr("dialect")));
}

TEST_F(OpenTest, SettingsOfALaterVersionAreRefusedNotIgnored) {
  config_.add_resource("accounts", {{"dsn", "accounts"}, {"prepare", "at_end"}});
  EXPECT_THAT(failure_of("accounts", XAER_INVAL), HasSubstr("on_demand"));
  config_.add_resource("accounts", {{"prepare", "on_demand"}, {"branch_timeout", "5"}});
  EXPECT_THAT(failure_of("accounts", XAER_INVAL), HasSubstr("branch_timeout"));
}

TEST_F(OpenTest, MissingDataSourceIsAnErrorOfTheResource) {
  config_.add_resource("accounts", {{"dsn", "nowhere"}});
  EXPECT_THAT(failure_of("accounts", XAER_RMERR),
              AllOf(HasSubstr("nowhere"), HasSubstr("odbc.ini")));
}

TEST_F(OpenTest, MissingDriverSaysSo) {
  config_.add_resource("accounts", {{"connection", "Driver=/nonexistent/driver.so;Server=x"},
                                    {"password", kPlanted}});
  EXPECT_THAT(failure_of("accounts", XAER_RMERR), HasSubstr("driver"));
}

TEST_F(OpenTest, ServerThatIsDownIsAnErrorOfTheResource) {
  config_.add_resource("accounts",
                       {{"connection", std::string("Driver=") + XAODBC_POSTGRESQL_DRIVER +
                                           ";Server=127.0.0.1;Port=1;Database=app;PWD=" + kPlanted},
                        {"user", "app"}});
  EXPECT_THAT(failure_of("accounts", XAER_RMERR), HasSubstr("server runs"));
}

TEST_F(OpenTest, LogDirectoryThatCannotBeMadeIsAnErrorOfTheResource) {
  const auto file = config_.directory() / "file";
  std::ofstream(file) << "in the way";
  config_.set("log", (file / "log").string());
  config_.add_resource("accounts", {{"dsn", "accounts"}});
  EXPECT_THAT(failure_of("accounts", XAER_RMERR),
              AllOf(HasSubstr(file.string()), HasSubstr("set log")));
}

class OpenOnServerTest : public testing::TestWithParam<ServerKind> {
 protected:
  static PrivateServer& server() { return shared_server(GetParam()); }
  ScratchConfig config_;
};

TEST_P(OpenOnServerTest, WrongPasswordNamesWhatToCheck) {
  config_.add_resource(
      "accounts",
      {{"connection", server().connection()}, {"user", server().user()}, {"password", kPlanted}});
  EXPECT_THAT(failure_of("accounts", XAER_RMERR), HasSubstr("password_file"));
}

TEST_P(OpenOnServerTest, OpenedAgainIsOkAndWorksAfterFailures) {
  config_.add_resource("accounts", server());
  EXPECT_EQ(open("accounts"), XA_OK) << xaodbc_last_error();
  EXPECT_EQ(open("resource=accounts;ini=" + config_.ini().string()), XA_OK);
  EXPECT_STREQ(xaodbc_last_error(), "");
}

TEST_P(OpenOnServerTest, DamagedLogStopsWithFileOffsetAndCommand) {
  config_.add_resource("accounts", server());
  std::filesystem::create_directory(config_.log_directory());
  chmod(config_.log_directory().c_str(), 0700);
  const auto segment = config_.log_directory() / "host-1-0123456789abcdef.seg";
  std::ofstream(segment) << std::string(8192, 'x');
  EXPECT_THAT(failure_of("accounts", XAER_RMERR),
              AllOf(HasSubstr(segment.filename().string()), HasSubstr("offset"),
                    HasSubstr("xaodbc log quarantine")));
}

INSTANTIATE_TEST_SUITE_P(All, OpenOnServerTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& server) { return support::name_of(server.param); });

TEST_F(OpenTest, PostgresqlWithoutPreparedTransactionsSaysWhatToSet) {
  PrivateServer server(ServerKind::kPostgresql, {.variables = {"max_prepared_transactions=0"}});
  config_.add_resource("accounts", server);
  EXPECT_THAT(failure_of("accounts", XAER_RMERR), HasSubstr("max_prepared_transactions"));
}

}  // namespace
}  // namespace xaodbc
