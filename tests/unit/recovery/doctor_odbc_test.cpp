#include "recovery/doctor_odbc.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/scratch_directory.h"

namespace xaodbc::recovery {
namespace {

using odbc::Finding;

OdbcIni drivers(const std::string& more = "") {
  return {"/etc/odbcinst.ini", "[PostgreSQL Unicode]\nDriver = psqlodbcw.so\n" + more};
}

TEST(OdbcIni, NamesAreTakenInAnyCaseAndWhatIsNotUnderstoodIsSkipped) {
  const OdbcIni ini("/x", "stray\n[ODBC]\r\n pooling = Yes \n; note\n[Other\nkey\nA=1=2\n");
  EXPECT_TRUE(ini.found());
  EXPECT_TRUE(ini.has("odbc"));
  EXPECT_EQ(ini.get("ODBC", "Pooling"), "Yes");
  EXPECT_EQ(ini.get("other", "a"), "1=2");
  EXPECT_EQ(ini.get("other", "b"), "");
  EXPECT_FALSE(ini.has("none"));
}

TEST(OdbcIni, MissingFileIsEmptyAndSaysSo) {
  const OdbcIni ini = OdbcIni::read("/nonexistent/odbc.ini");
  EXPECT_FALSE(ini.found());
  EXPECT_TRUE(ini.sections().empty());
  EXPECT_EQ(ini.path(), "/nonexistent/odbc.ini");
}

TEST(ExamineSources, PasswordThatEveryUserCanReadIsAProblemAndNotShown) {
  const support::ScratchDirectory directory;
  const auto file = directory.write("odbc.ini", "[a]\nServer=x\n[b]\nPassword = hunter2\n");
  OdbcFiles files;
  files.user = OdbcIni::read(file);
  EXPECT_TRUE(examine_sources(files).empty());
  std::filesystem::permissions(file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto findings = examine_sources(files);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::kProblem);
  EXPECT_NE(findings[0].what.find("[b] has a password"), std::string::npos);
  EXPECT_EQ((findings[0].what + findings[0].todo).find("hunter2"), std::string::npos);
}

TEST(ExamineDrivers, OrdinaryFileIsFine) {
  const auto findings = examine_drivers(drivers("Threading = 0\n[ODBC]\nPooling = No\n"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::kFine);
}

TEST(ExamineDrivers, PoolingByTheDriverManagerIsAProblem) {
  for (const char* value : {"Yes", "yes", "1", "on", "True"}) {
    const auto findings = examine_drivers(drivers(std::string("[ODBC]\nPooling=") + value + "\n"));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].level, Finding::Level::kProblem);
    EXPECT_NE(findings[0].todo.find("Pooling = No"), std::string::npos);
  }
}

TEST(ExamineDrivers, ProcessWideLockIsAProblemOfItsDriver) {
  const auto findings = examine_drivers(drivers("Threading = 3\n[Other]\nThreading = 2\n"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::kProblem);
  EXPECT_NE(findings[0].what.find("[PostgreSQL Unicode] Threading = 3"), std::string::npos);
}

TEST(ExamineDrivers, MissingFileIsAProblem) {
  const auto findings = examine_drivers(OdbcIni::read("/nonexistent/odbcinst.ini"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::kProblem);
}

class ExplainConnectError : public ::testing::Test {
 protected:
  ExplainConnectError() {
    files_.drivers = drivers();
    files_.user = OdbcIni("/home/u/.odbc.ini", "[mine]\nDriver = PostgreSQL Unicode\n");
    files_.system = OdbcIni("/etc/odbc.ini", "[bad]\nDriver = Oracle\n[file]\nDriver=/x/y.so\n");
    settings_.dsn = "mine";
  }
  Finding explain(const std::string& error) {
    return explain_connect_error(settings_, files_, error);
  }
  OdbcFiles files_;
  config::ResourceSettings settings_;
};

TEST_F(ExplainConnectError, MissingSourceNamesBothFilesAndTheKnownSources) {
  settings_.dsn = "accounts";
  const Finding finding = explain("IM002");
  EXPECT_EQ(finding.level, Finding::Level::kProblem);
  EXPECT_EQ(finding.what,
            "data source 'accounts' is neither in /home/u/.odbc.ini nor in /etc/odbc.ini");
  EXPECT_EQ(finding.todo,
            "add a section [accounts] there, or name one that exists: mine, bad, file");
}

TEST_F(ExplainConnectError, MissingDriverNamesTheKnownDrivers) {
  settings_.dsn = "bad";
  const Finding finding = explain("01000 Can't open lib 'Oracle'");
  EXPECT_EQ(finding.what, "driver 'Oracle' is not in /etc/odbcinst.ini");
  EXPECT_EQ(finding.todo, "install it, or name one that exists: PostgreSQL Unicode");
}

TEST_F(ExplainConnectError, DriverOfAConnectionStringIsFound) {
  settings_.dsn.clear();
  for (const char* connection : {"Server=x;DRIVER={Oracle};PWD=hunter2", "driver=Oracle ;x=y"}) {
    settings_.connection = Secret(connection);
    EXPECT_EQ(explain("IM002").what, "driver 'Oracle' is not in /etc/odbcinst.ini");
  }
}

TEST_F(ExplainConnectError, DriverFileThatCannotBeLoadedIsTold) {
  settings_.dsn = "file";
  EXPECT_NE(explain("01000 Can't open lib '/x/y.so'").todo.find("correct Driver"),
            std::string::npos);
}

TEST_F(ExplainConnectError, WhatTheServerSaysIsTranslated) {
  const std::pair<const char*, const char*> cases[] = {
      {"08001 password authentication failed for user \"app\"", "correct user, password"},
      {"28000 (1045) Access denied", "user and password do not fit"},
      {"42000 (1049) Unknown database", "the database does not exist"},
      {"08001 database \"x\" does not exist", "does not exist on that server"},
      {"08001 Connection refused", "nothing listens there"},
      {"HY000 (2002) Can't connect", "nothing listens there"},
      {"prepared transactions are disabled: set max_prepared_transactions", "restart the server"},
      {"something new", "then try again"}};
  for (const auto& [error, todo] : cases) {
    const Finding finding = explain(error);
    EXPECT_EQ(finding.what, error);
    EXPECT_NE(finding.todo.find(todo), std::string::npos) << error << ": " << finding.todo;
  }
}

}  // namespace
}  // namespace xaodbc::recovery
