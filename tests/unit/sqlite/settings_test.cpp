#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

class SettingsTest : public SqliteTest {
 protected:
  void SetUp() override {
    make("CREATE TABLE t(id INTEGER PRIMARY KEY)");
    prepare("INSERT INTO t VALUES(100)", "prepared");
  }

  /// start and decisions fail and name what to do, and leave no transaction behind.
  void expect_refused(const std::string& setting, const std::string& reason) {
    Database database(file());
    ASSERT_EQ(database.run(setting), "");
    EXPECT_THAT(database.call("xaodbc_start", "g"), HasSubstr(reason)) << setting;
    EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 1);
    EXPECT_THAT(database.call("xaodbc_commit", "prepared"), HasSubstr(reason)) << setting;
    EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 1);
    EXPECT_EQ(in_doubt(), "'prepared'");
  }
};

TEST_F(SettingsTest, SynchronousBelowExtraIsRefused) {
  for (const std::string mode : {"OFF", "NORMAL", "FULL"}) {
    expect_refused("PRAGMA synchronous = " + mode, "PRAGMA synchronous=EXTRA");
  }
}

TEST_F(SettingsTest, JournalModesWithoutALastingRollbackJournalAreRefused) {
  for (const std::string mode : {"DELETE", "TRUNCATE", "PERSIST"}) {
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA journal_mode = " + mode), "");
    EXPECT_EQ(database.call("xaodbc_start", "g"), "started") << mode;
  }
  for (const std::string mode : {"MEMORY", "OFF", "WAL"}) {
    expect_refused("PRAGMA journal_mode = " + mode, "PRAGMA journal_mode=DELETE");
  }
  // WAL stays with the file.
  Database database(file());
  EXPECT_THAT(database.call("xaodbc_start", "g"), HasSubstr("it is wal"));
}

TEST_F(SettingsTest, TemporaryTriggersAreRefused) {
  expect_refused("CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END", "TEMP triggers");
}

/// They are looked for when the schema of TEMP has changed.
TEST_F(SettingsTest, TemporaryTriggerMadeBetweenTwoBranchesIsRefusedUntilItIsGone) {
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "one"), "started");
  ASSERT_EQ(database.call("xaodbc_rollback", "one"), "rolled back");
  ASSERT_EQ(database.run("CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END"), "");
  EXPECT_THAT(database.call("xaodbc_start", "two"), HasSubstr("TEMP triggers"));
  EXPECT_THAT(database.call("xaodbc_commit", "prepared"), HasSubstr("TEMP triggers"));
  ASSERT_EQ(database.run("DROP TRIGGER x"), "");
  EXPECT_EQ(database.call("xaodbc_start", "two"), "started");
}

TEST_F(SettingsTest, AConnectionWithoutTriggersIsRefused) {
  Database database(file());
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  EXPECT_THAT(database.call("xaodbc_start", "g"), HasSubstr("triggers are switched off"));
}

TEST_F(SettingsTest, AWritableSchemaIsRefused) {
  expect_refused("PRAGMA writable_schema = ON", "PRAGMA writable_schema=OFF");
}

TEST_F(SettingsTest, OtherEncodingsAreRefused) {
  std::filesystem::remove(file());
  make("PRAGMA encoding = 'UTF-16'; CREATE TABLE t(id INTEGER PRIMARY KEY)");
  EXPECT_THAT(Database(file()).call("xaodbc_start", "g"), HasSubstr("UTF-16le"));
}

TEST_F(SettingsTest, ADatabaseInMemoryIsRefused) {
  for (const std::string name : {":memory:", ""}) {
    Database database(name);
    EXPECT_THAT(database.call("xaodbc_start", "g"), HasSubstr("must be a file"));
  }
}

TEST_F(SettingsTest, ADecisionLeavesTheConnectionsSettingsAsTheyWere) {
  prepare("INSERT INTO t VALUES(1)");
  Database database(file());
  EXPECT_EQ(database.call("xaodbc_commit", "g"), "committed");
  EXPECT_EQ(database.ask("PRAGMA foreign_keys"), "1");
  int triggers = 0;
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &triggers);
  EXPECT_EQ(triggers, 1);
}

TEST_F(SettingsTest, HowColumnsAreNamedInAnswersDoesNotMatter) {
  for (const std::string full : {"ON", "OFF"}) {
    for (const std::string shortened : {"ON", "OFF"}) {
      Database database(file());
      ASSERT_EQ(database.run("PRAGMA full_column_names = " + full +
                             "; PRAGMA short_column_names = " + shortened),
                "");
      ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
      ASSERT_EQ(database.run("INSERT INTO t VALUES(1)"), "");
      EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared") << full << shortened;
      EXPECT_EQ(database.call("xaodbc_commit", "g"), "committed") << full << shortened;
      ASSERT_EQ(database.run("DELETE FROM t WHERE id = 1"), "");
    }
  }
}

TEST_F(SettingsTest, ADecisionNeedsNoForeignKeysOnTheConnection) {
  prepare("INSERT INTO t VALUES(1)");
  Database database(file());
  ASSERT_EQ(database.run("PRAGMA foreign_keys = OFF"), "");
  EXPECT_EQ(database.call("xaodbc_commit", "g"), "committed");
  EXPECT_EQ(database.ask("PRAGMA foreign_keys"), "0");
}

}  // namespace
}  // namespace xaodbc::sqlite
