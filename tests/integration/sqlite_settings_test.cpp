#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/sqlite_kit.h"

namespace xaodbc {
namespace {

class SqliteSettingsTest : public SqliteTmTest {
 protected:
  void SetUp() override { make_table(); }
  void TearDown() override {}
};

TEST_F(SqliteSettingsTest, WriteAheadLogIsRefusedAndThePragmaNamed) {
  stranger().execute("PRAGMA journal_mode = WAL");
  add_resource({});
  const auto answer = tm_.open();
  EXPECT_EQ(answer, XAER_RMERR);
  EXPECT_THAT(answer.why, HasSubstr("PRAGMA journal_mode=DELETE"));
}

TEST_F(SqliteSettingsTest, StepApiIsRefusedAndTheKeyNamed) {
  for (const std::string on : {"1", "true"}) {
    config_.add_resource("accounts", {{"dialect", "sqlite"},
                                      {"connection", connection_string() + ";StepAPI=" + on}});
    const auto answer = tm_.open();
    EXPECT_EQ(answer, XAER_RMERR);
    EXPECT_THAT(answer.why, HasSubstr("remove StepAPI"));
  }
}

TEST_F(SqliteSettingsTest, StepApiSwitchedOffIsTaken) {
  config_.add_resource("accounts",
                       {{"dialect", "sqlite"}, {"connection", connection_string() + ";StepAPI=0"}});
  EXPECT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.close(), XA_OK);
}

TEST_F(SqliteSettingsTest, RelativePathIsRefused) {
  config_.add_resource(
      "accounts",
      {{"dialect", "sqlite"}, {"connection", "Driver=" XAODBC_SQLITE_DRIVER ";Database=bank.db"}});
  const auto answer = run_in_child([this] {
    std::filesystem::current_path(config_.directory());
    const auto refused = tm_.open();
    EXPECT_EQ(refused, XAER_RMERR);
    EXPECT_THAT(refused.why, HasSubstr("absolute path"));
  });
  EXPECT_EQ(answer, exited(0));
}

TEST_F(SqliteSettingsTest, FileThatThisUserMayNotWriteIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  add_resource({});
  const auto answer = run_in_child([this] {
    ::chmod(file().c_str(), 0644);
    ::chmod(config_.directory().c_str(), 0755);
    ASSERT_EQ(::seteuid(65534), 0);
    const auto database = odbc::Database::open(settings(), odbc::soon());
    ASSERT_FALSE(database.has_value());
    EXPECT_THAT(database.error().message(), HasSubstr("read-only for this user"));
  });
  EXPECT_EQ(answer, exited(0));
}

TEST_F(SqliteSettingsTest, WithoutDialectTheNextStepIsNamed) {
  config_.add_resource("accounts", {{"connection", connection_string()}});
  const auto answer = tm_.open();
  EXPECT_EQ(answer, XAER_RMERR);
  EXPECT_THAT(answer.why, HasSubstr("dialect = sqlite"));
}

TEST_F(SqliteSettingsTest, DemonstrationRunsOnTwoFiles) {
  for (const std::string bank : {"bank-a", "bank-b"}) {
    const auto database = config_.directory() / (bank + ".db");
    std::ofstream(database).flush();
    config_.add_resource(
        bank, {{"dialect", "sqlite"},
               {"connection", "Driver=" XAODBC_SQLITE_DRIVER ";Database=" + database.string()}});
  }
  const auto finished =
      support::run_program({XAODBC_TOOL_PATH, "demo", "--library", XAODBC_LIBRARY_PATH});
  EXPECT_EQ(finished.ending, exited(0)) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("No money was lost"));
}

}  // namespace
}  // namespace xaodbc
