#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

/// What others do to the file while a branch is in doubt.
class InDoubtTest : public SqliteTest {
 protected:
  void SetUp() override {
    make(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v);"
        "INSERT INTO t VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
    prepare(
        "UPDATE t SET v = 9 WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES(4, 'd', "
        "4)");
  }
  std::string rows() { return ask("SELECT * FROM t ORDER BY id"); }
};

TEST_F(InDoubtTest, AnAddedColumnHasItsDefaultInRowsOfTheBranch) {
  ASSERT_EQ(run("ALTER TABLE t ADD COLUMN w DEFAULT 'w'"), "");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(rows(), "1|'a'|9|'w'\n3|'c'|3|'w'\n4|'d'|4|'w'");
  expect_clean();
}

TEST_F(InDoubtTest, AnAddedUniqueColumnOfAParentDoesNotStandInTheWay) {
  ASSERT_EQ(run("CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES t)"), "");
  prepare("INSERT INTO c VALUES(7, 1)", "child");
  ASSERT_EQ(run("ALTER TABLE t ADD COLUMN w; CREATE UNIQUE INDEX tw ON t(w)"), "");
  EXPECT_EQ(commit(), "committed");
  EXPECT_THAT(run("DELETE FROM t WHERE id = 1"), HasSubstr("a prepared branch"));
  EXPECT_EQ(commit("child"), "committed");
  EXPECT_EQ(rows(), "1|'a'|9|NULL\n3|'c'|3|NULL\n4|'d'|4|NULL");
  expect_clean();
}

TEST_F(InDoubtTest, AfterAnAddedColumnTheNextBranchWaitsForTheDecision) {
  ASSERT_EQ(run("ALTER TABLE t ADD COLUMN w DEFAULT 'w'"), "");
  EXPECT_THAT(vote("UPDATE t SET w = 1 WHERE id = 3", "g2"),
              HasSubstr("table t was changed while branch g on it is in doubt"));
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(vote("UPDATE t SET w = 1 WHERE id = 3", "g2"), "prepared");
  EXPECT_EQ(commit("g2"), "committed");
  EXPECT_EQ(rows(), "1|'a'|9|'w'\n3|'c'|3|1\n4|'d'|4|'w'");
}

TEST_F(InDoubtTest, ARenamedColumnIsNamedAndCanBeNamedBack) {
  ASSERT_EQ(run("ALTER TABLE t RENAME COLUMN v TO other"), "");
  EXPECT_THAT(commit(), HasSubstr("table t has lost the column v; branch g stays in doubt"));
  EXPECT_EQ(in_doubt(), "'g'");
  ASSERT_EQ(run("ALTER TABLE t RENAME COLUMN other TO v"), "");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(rows(), "1|'a'|9\n3|'c'|3\n4|'d'|4");
}

TEST_F(InDoubtTest, ARenamedTableIsNamedAndCanBeNamedBack) {
  ASSERT_EQ(run("ALTER TABLE t RENAME TO other"), "");
  EXPECT_THAT(commit(), HasSubstr("table t is gone or has another name"));
  EXPECT_EQ(in_doubt(), "'g'");
  EXPECT_THAT(run("DELETE FROM other WHERE id = 1"), HasSubstr("a prepared branch"))
      << "the fences go with the table";
  ASSERT_EQ(run("ALTER TABLE other RENAME TO t"), "");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(rows(), "1|'a'|9\n3|'c'|3\n4|'d'|4");
}

TEST_F(InDoubtTest, ATableNamedLikeAFunctionOfSqliteDoesNotStandInTheWay) {
  ASSERT_EQ(run("CREATE TABLE json_each(value)"), "");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(rows(), "1|'a'|9\n3|'c'|3\n4|'d'|4");
  expect_clean();
}

TEST_F(InDoubtTest, ADroppedTableDoesNotStandInTheWayOfARollback) {
  ASSERT_EQ(run("DROP TABLE t"), "");
  EXPECT_THAT(commit(), HasSubstr("table t is gone"));
  EXPECT_EQ(roll_back(), "rolled back");
  expect_clean();
}

TEST_F(InDoubtTest, ARowThatGotPastTheFencesStopsTheCommit) {
  Database intruder(file(), Extension::kNone);
  sqlite3_db_config(intruder.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  ASSERT_EQ(intruder.run("UPDATE t SET v = 'mine' WHERE id = 1"), "");
  EXPECT_THAT(commit(),
              HasSubstr("no longer a row that the branch changed; branch g stays in doubt"));
  EXPECT_EQ(rows(), "1|'a'|'mine'\n2|'b'|2\n3|'c'|3") << "nothing of it was committed";
  ASSERT_EQ(intruder.run("UPDATE t SET v = 1 WHERE id = 1"), "");
  EXPECT_EQ(commit(), "committed");
}

TEST_F(InDoubtTest, VacuumAndReindexChangeNothing) {
  make(
      "CREATE TABLE h(k TEXT PRIMARY KEY, v); INSERT INTO h VALUES('a', 1), ('b', 2), ('c', 3);"
      "DELETE FROM h WHERE k = 'a'");
  prepare("UPDATE h SET v = 9 WHERE k = 'c'", "h");
  ASSERT_EQ(run("VACUUM; REINDEX; ANALYZE"), "");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(commit("h"), "committed");
  EXPECT_EQ(rows(), "1|'a'|9\n3|'c'|3\n4|'d'|4");
  EXPECT_EQ(ask("SELECT * FROM h ORDER BY k"), "'b'|2\n'c'|9");
  expect_clean();
}

TEST_F(InDoubtTest, ABranchOfANewerFormatIsLeftAlone) {
  ASSERT_EQ(run("UPDATE xaodbc_branch SET format = 99"), "");
  EXPECT_THAT(commit(), HasSubstr("format 99; use that to decide it"));
  EXPECT_THAT(roll_back(), HasSubstr("format 99"));
  EXPECT_EQ(in_doubt(), "'g'");
}

TEST_F(InDoubtTest, ABusyFileIsRetriedLater) {
  Database writer(file(), Extension::kNone);
  ASSERT_EQ(writer.run("BEGIN IMMEDIATE"), "");
  Database impatient(file(), Extension::kLoaded, 20);
  for (const std::string verb : {"xaodbc_commit", "xaodbc_rollback", "xaodbc_start"}) {
    EXPECT_THAT(impatient.call(verb, "g"), HasSubstr("locked"));
    EXPECT_EQ(impatient.code(), SQLITE_LOCKED);
  }
  ASSERT_EQ(writer.run("COMMIT"), "");
  EXPECT_EQ(impatient.call("xaodbc_commit", "g"), "committed");
}

TEST_F(InDoubtTest, AReaderThatStaysKeepsADecisionBusyAndTheBranchInDoubt) {
  Database reader(file(), Extension::kNone);
  ASSERT_EQ(reader.run("BEGIN; SELECT * FROM t"), "");
  Database impatient(file(), Extension::kLoaded, 20);
  EXPECT_THAT(impatient.call("xaodbc_commit", "g"), HasSubstr("locked"));
  EXPECT_EQ(impatient.code(), SQLITE_LOCKED);
  EXPECT_EQ(sqlite3_get_autocommit(impatient.handle()), 1);
  EXPECT_EQ(reader.ask("SELECT gid FROM xaodbc_branch"), "'g'");
  ASSERT_EQ(reader.run("COMMIT"), "");
  EXPECT_EQ(impatient.call("xaodbc_commit", "g"), "committed");
}

TEST_F(InDoubtTest, AReaderThatStaysRollsABranchBackAtPrepareAndNotInOnePhase) {
  Database impatient(file(), Extension::kLoaded, 20);
  ASSERT_EQ(impatient.call("xaodbc_start", "g2"), "started");
  ASSERT_EQ(impatient.run("UPDATE t SET v = 0 WHERE id = 3"), "");
  Database reader(file(), Extension::kNone);
  ASSERT_EQ(reader.run("BEGIN; SELECT * FROM t"), "");
  EXPECT_THAT(impatient.call("xaodbc_prepare", "g2"), HasSubstr("branch g2 is rolled back"));
  EXPECT_EQ(impatient.code(), SQLITE_LOCKED);
  ASSERT_EQ(reader.run("COMMIT"), "");
  EXPECT_EQ(in_doubt(), "'g'");
  ASSERT_EQ(impatient.call("xaodbc_start", "g2"), "started");
  ASSERT_EQ(impatient.run("UPDATE t SET v = 0 WHERE id = 3"), "");
  ASSERT_EQ(reader.run("BEGIN; SELECT * FROM t"), "");
  EXPECT_THAT(impatient.call("xaodbc_commit_one_phase", "g2"), HasSubstr("locked"));
  ASSERT_EQ(reader.run("COMMIT"), "");
  EXPECT_EQ(impatient.call("xaodbc_commit_one_phase", "g2"), "committed");
}

}  // namespace
}  // namespace xaodbc::sqlite
