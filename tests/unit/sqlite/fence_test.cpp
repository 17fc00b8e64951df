#include "tests/unit/sqlite/fence_kit.h"

namespace xaodbc::sqlite {
namespace {

constexpr const char* kTable =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v);"
    "INSERT INTO t VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)";

TEST_F(FenceTest, RowsOfTheBranchAreHeldAndOthersAreNot) {
  make(kTable);
  prepare(
      "UPDATE t SET v = 9 WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES(7, 'g', "
      "7)");
  expect_refused({
      "UPDATE t SET v = 0 WHERE id = 1",
      "UPDATE t SET v = v",
      "DELETE FROM t WHERE id = 1",
      "DELETE FROM t WHERE id = 2",
      "DELETE FROM t",
      "INSERT INTO t VALUES(7, 'x', 0)",
      "UPDATE t SET id = 7 WHERE id = 3",
  });
  expect_allowed({
      "UPDATE t SET v = 0 WHERE id = 3",
      "DELETE FROM t WHERE id = 4",
      "INSERT INTO t VALUES(4, 'z', 0)",
      "INSERT INTO t VALUES(NULL, 'y', 5)",
  });
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'a'|9\n3|'c'|0\n4|'z'|0\n5|'y'|5\n7|'g'|7\n");
  expect_allowed({"UPDATE t SET v = 0", "DELETE FROM t"});
}

TEST_F(FenceTest, UniqueValuesThatGoAndThatComeAreHeld) {
  make(kTable);
  prepare("UPDATE t SET u = 'new' WHERE id = 1; DELETE FROM t WHERE id = 2");
  expect_refused({
      "INSERT INTO t VALUES(8, 'new', 0)",
      "UPDATE t SET u = 'new' WHERE id = 3",
      "INSERT OR REPLACE INTO t VALUES(8, 'a', 0)",
      "INSERT OR REPLACE INTO t VALUES(1, 'x', 0)",
      "REPLACE INTO t VALUES(8, 'b', 0)",
      "UPDATE OR REPLACE t SET u = 'b' WHERE id = 3",
      "UPDATE OR REPLACE t SET id = 2 WHERE id = 3",
      "INSERT OR IGNORE INTO t VALUES(8, 'new', 0)",
      "INSERT INTO t VALUES(1, 'q', 0) ON CONFLICT(id) DO UPDATE SET v = 5",
      "INSERT INTO t VALUES(8, 'b', 0) ON CONFLICT(u) DO UPDATE SET v = 5",
  });
  expect_allowed({"INSERT OR IGNORE INTO t VALUES(1, 'q', 0)",
                  "INSERT INTO t VALUES(3, 'q', 0) ON CONFLICT DO NOTHING",
                  "INSERT OR REPLACE INTO t VALUES(3, 'd', 0)"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'new'|1\n3|'d'|0\n");
}

TEST_F(FenceTest, AValueThatADefaultBringsIsHeldToo) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, u NOT NULL DEFAULT 'd' UNIQUE, v);"
      "INSERT INTO t VALUES(1, 'd', 1)");
  prepare("UPDATE t SET v = 2");
  expect_refused(
      {"INSERT OR REPLACE INTO t(id, u) VALUES(5, NULL)", "REPLACE INTO t(id) VALUES(5)"});
  EXPECT_EQ(commit(), "committed");
}

TEST_F(FenceTest, TheNextNumberIsHeldWithoutAutoincrementAndFreeWithIt) {
  make(kTable);
  prepare("INSERT INTO t(u) VALUES('next')");
  expect_refused({"INSERT INTO t(u) VALUES('mine')"});
  EXPECT_EQ(commit(), "committed");
  make("DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, u)");
  prepare("INSERT INTO t(u) VALUES('next')");
  expect_allowed({"INSERT INTO t(u) VALUES('mine')"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'next'\n2|'mine'\n");
}

TEST_F(FenceTest, TablesWithoutRowidAndOtherCollations) {
  make(
      "CREATE TABLE w(a TEXT COLLATE NOCASE, b, v, PRIMARY KEY(a, b)) WITHOUT ROWID;"
      "CREATE UNIQUE INDEX i ON w(v COLLATE RTRIM);"
      "INSERT INTO w VALUES('x', 1, 'p'), ('y', 1.5, 'q'), ('z', 'k', 'r')");
  prepare("UPDATE w SET v = 'new' WHERE a = 'x'");
  expect_refused({"DELETE FROM w WHERE a = 'X'", "INSERT OR REPLACE INTO w VALUES('X', 1.0, 's')",
                  "INSERT INTO w VALUES('n', 1, 'new  ')", "UPDATE w SET v = 'new ' WHERE a = 'y'",
                  "REPLACE INTO w VALUES('n', 1, 'p ')"});
  expect_allowed({"UPDATE w SET v = 'NEW' WHERE a = 'y'", "DELETE FROM w WHERE a = 'z'"});
  EXPECT_EQ(commit(), "committed");
}

TEST_F(FenceTest, NothingMayReferToAKeyThatWillBeGone) {
  make(kFamily);
  prepare(
      "DELETE FROM p WHERE id = 1; UPDATE p SET id = 20, u = 'bb' WHERE id = 2;"
      "UPDATE p SET v = 0 WHERE id = 3");
  expect_refused({
      "INSERT INTO c VALUES(9, 1, NULL)",
      "INSERT INTO c VALUES(9, 2, NULL)",
      "INSERT INTO c VALUES(9, NULL, 'b')",
      "UPDATE c SET p = 1",
      "UPDATE c SET u = 'a' WHERE id = 2",
      "UPDATE p SET v = 0 WHERE id = 1",
  });
  expect_allowed({"INSERT INTO c VALUES(9, 3, 'c')", "INSERT INTO c VALUES(10, 4, 'd')"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(ask("SELECT * FROM c ORDER BY id"), "2|NULL|NULL\n9|3|'c'\n10|4|'d'");
}

TEST_F(FenceTest, AReferenceThatIsTheRowidIsFencedByAllItsNames) {
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES(1), (2);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY REFERENCES p); INSERT INTO c VALUES(2)");
  prepare("DELETE FROM p WHERE id = 1");
  expect_refused({"UPDATE c SET rowid = 1", "UPDATE c SET id = 1", "INSERT INTO c VALUES(1)"});
  EXPECT_EQ(commit(), "committed");
}

TEST_F(FenceTest, WhatCascadesIntoARowOfTheBranchIsRefused) {
  make(kFamily);
  prepare("UPDATE c SET u = 'd' WHERE id = 1");
  expect_refused({"DELETE FROM p WHERE id = 1"});
  EXPECT_EQ(commit(), "committed");
  expect_allowed({"DELETE FROM p WHERE id = 1"});
}

TEST_F(FenceTest, ATriggerOfTheApplicationCannotReachARowOfTheBranch) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE TABLE c(id INTEGER PRIMARY KEY);"
      "CREATE TRIGGER x AFTER INSERT ON c BEGIN UPDATE t SET v = v + 1; END;"
      "INSERT INTO t VALUES(1, 1)");
  prepare("UPDATE t SET v = 5");
  expect_refused({"INSERT INTO c VALUES(1)"});
  EXPECT_EQ(roll_back(), "rolled back");
  expect_allowed({"INSERT INTO c VALUES(1)"});
}

TEST_F(FenceTest, AnotherBranchMeetsTheFenceAtItsStatementAndGoesOn) {
  make(kTable);
  prepare("UPDATE t SET v = 9 WHERE id = 1");
  Database other(file());
  ASSERT_EQ(other.call("xaodbc_start", "g2"), "started");
  EXPECT_THAT(other.run("UPDATE t SET v = 0 WHERE id = 1"), HasSubstr("a prepared branch holds"));
  EXPECT_EQ(other.run("UPDATE t SET v = 0 WHERE id = 2"), "");
  EXPECT_EQ(other.call("xaodbc_prepare", "g2"), "prepared");
  EXPECT_EQ(commit("g2"), "committed");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'a'|9\n2|'b'|0\n3|'c'|3\n4|'d'|4\n");
}

TEST_F(FenceTest, AUniqueIndexAddedLaterIsFencedByTheNextBranch) {
  make(kTable);
  prepare("UPDATE t SET v = 40 WHERE id = 4");
  EXPECT_EQ(commit(), "committed");
  make("CREATE UNIQUE INDEX later ON t(v)");
  prepare("UPDATE t SET v = 50 WHERE id = 4");
  expect_refused({"UPDATE t SET v = 50 WHERE id = 1", "REPLACE INTO t VALUES(9, 'n', 40)"});
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

/// With recursive_triggers off, as it is by default, nobody is asked about a row that goes so.
TEST_F(FenceTest, ARowThatReplaceWouldRemoveByItsRowidIsHeld) {
  make(
      "CREATE TABLE t(k TEXT PRIMARY KEY, c_k, u UNIQUE);"
      "INSERT INTO t VALUES('a', 1, 'ua'), ('b', 2, 'ub'), ('c', 3, 'uc')");
  prepare("UPDATE t SET c_k = 9 WHERE k = 'a'");
  expect_refused({"REPLACE INTO t(rowid, k) VALUES(1, 'z')",
                  "REPLACE INTO t(oid, k) VALUES('1', 'z')",
                  "INSERT OR REPLACE INTO t(_rowid_, k) SELECT 1.0, 'z'",
                  "UPDATE OR REPLACE t SET rowid = 1 WHERE k = 'b'",
                  "UPDATE OR REPLACE t SET rowid = rowid - 1 WHERE k > 'a'"});
  expect_allowed({"REPLACE INTO t(rowid, k) VALUES(3, 'z')", "UPDATE t SET rowid = 7 WHERE k = 'b'",
                  "INSERT INTO t(k) VALUES('y')", "UPDATE t SET c_k = rowid WHERE k = 'y'",
                  "VACUUM"});
  expect_refused({"REPLACE INTO t(rowid, k) SELECT rowid, 'x' FROM t WHERE k = 'a'"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(ask("SELECT k, c_k FROM t ORDER BY k"), "'a'|9\n'b'|2\n'y'|8\n'z'|NULL");
}

TEST_F(FenceTest, ARowidOfMinusOneIsHeldToo) {
  make("CREATE TABLE t(k PRIMARY KEY); INSERT INTO t(rowid, k) VALUES(-1, 'a')");
  prepare("DELETE FROM t");
  expect_refused({"REPLACE INTO t(rowid, k) VALUES(-1, 'z')"});
  EXPECT_EQ(roll_back(), "rolled back");
  expect_allowed({"REPLACE INTO t(rowid, k) VALUES(-1, 'z')"});
}

/// A branch that only pins makes the side table anew, in which the fences of children looked.
TEST_F(FenceTest, ChildrenOfAParentWhoseKeyWasRenamedCanBeWritten) {
  for (const std::string reference : {"p", "p(id)"}) {
    std::filesystem::remove(file());
    make(
        "CREATE TABLE p(id INTEGER PRIMARY KEY, v); INSERT INTO p VALUES(1, 1), (2, 2);"
        "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES " +
        reference + ")");
    prepare("UPDATE p SET v = 9 WHERE id = 1");
    EXPECT_EQ(commit(), "committed");
    make("ALTER TABLE c RENAME COLUMN p TO parent; ALTER TABLE p RENAME COLUMN id TO key");
    prepare("INSERT INTO c VALUES(1, 1)");
    expect_refused({"DELETE FROM p WHERE key = 1"});
    expect_allowed({"INSERT INTO c VALUES(2, 2)", "UPDATE c SET parent = 1 WHERE id = 2"});
    EXPECT_EQ(commit(), "committed");
    prepare("DELETE FROM p WHERE key = 2");
    expect_refused({"INSERT INTO c VALUES(3, 2)", "UPDATE c SET parent = 2 WHERE id = 1"});
    EXPECT_EQ(commit(), "committed");
    expect_clean();
  }
}

TEST_F(FenceTest, OneColumnMayReferToTwoKeysOfOneParent) {
  make(
      "CREATE TABLE p(x INTEGER PRIMARY KEY, y UNIQUE); INSERT INTO p VALUES(5, 7), (6, 5), (7, 8);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, a REFERENCES p(x), FOREIGN KEY(a) REFERENCES p(y))");
  for (const std::string gone : {"x", "y"}) {
    prepare("UPDATE p SET " + gone + " = 50 WHERE " + gone + " = 5");
    expect_refused({"INSERT INTO c VALUES(1, 5)"});
    EXPECT_EQ(roll_back(), "rolled back");
  }
  expect_allowed({"INSERT INTO c VALUES(1, 5)"});
}

TEST_F(FenceTest, ATableThatIsBackInOtherLettersIsFenced) {
  make(kTable);
  prepare("UPDATE t SET v = 9 WHERE id = 1");
  EXPECT_EQ(commit(), "committed");
  make("DROP TABLE t; CREATE TABLE T(id INTEGER PRIMARY KEY, v); INSERT INTO T VALUES(1, 1)");
  prepare("UPDATE t SET v = 9 WHERE id = 1");
  expect_refused({"UPDATE t SET v = 0 WHERE id = 1"});
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

TEST_F(FenceTest, RowsOutsideAPartialIndexAreFree) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, street, is_default INT NOT NULL DEFAULT 0);"
      "CREATE UNIQUE INDEX \"the where\" ON t(is_default) /* where */ WHERE t.is_default=1 -- "
      "one;\n;"
      "INSERT INTO t VALUES(1, 'a', 0), (2, 'b', 0), (3, 'c', 0), (4, 'd', 1);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES t)");
  prepare("UPDATE t SET street = 'x' WHERE id = 1", "update");
  prepare("INSERT INTO c VALUES(1, 3)", "pin");
  expect_allowed({"UPDATE t SET street = 'y' WHERE id = 2", "INSERT INTO t VALUES(9, 'n', 0)",
                  "UPDATE t SET is_default = 0 WHERE id = 4", "DELETE FROM t WHERE id = 9"});
  prepare("UPDATE t SET is_default = 1 WHERE id = 2", "default");
  expect_refused({"UPDATE t SET is_default = 1 WHERE id = 4", "INSERT INTO t VALUES(9, 'n', 1)",
                  "REPLACE INTO t VALUES(4, 'n', 1)"});
  for (const std::string gid : {"update", "pin", "default"}) EXPECT_EQ(commit(gid), "committed");
  EXPECT_EQ(ask("SELECT * FROM t"), "1|'x'|0\n2|'y'|1\n3|'c'|0\n4|'d'|0");
  expect_clean();
}

/// SQLite looks a parent up by the index of its primary key, which may compare in its own way.
TEST_F(FenceTest, AReferenceIsComparedAsThePrimaryKeyIs) {
  make(
      "CREATE TABLE p(a TEXT COLLATE NOCASE, v, PRIMARY KEY(a COLLATE BINARY));"
      "INSERT INTO p VALUES('x', 1), ('X', 2); CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES "
      "p)");
  prepare("DELETE FROM p WHERE v = 1");
  expect_refused({"INSERT INTO c VALUES(1, 'x')"});
  expect_allowed({"INSERT INTO c VALUES(2, 'X')"});
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

TEST_F(FenceTest, AReferenceMayDifferInLettersWhereThePrimaryKeyTellsThemNotApart) {
  make(
      "CREATE TABLE p(a TEXT, v, PRIMARY KEY(a COLLATE NOCASE)); INSERT INTO p VALUES('x', 1);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p TEXT REFERENCES p)");
  prepare("INSERT INTO c VALUES(1, 'X')");
  expect_refused({"DELETE FROM p", "UPDATE p SET a = 'y'"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "'x'|1\n1|'X'\n");
}

/// Names that contain those of other parts of a file.
TEST_F(FenceTest, TablesWithTreacherousNamesAreFencedLikeOthers) {
  const std::string note = "\"t with what refers to it\"", quoting = "\"x \"\"xaodbc_row_t\"\"\"";
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 1), (2, 2);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES t);"
      "CREATE TABLE " +
      note + "(id INTEGER PRIMARY KEY); INSERT INTO " + note +
      " VALUES(1);"
      "CREATE TABLE d(id INTEGER PRIMARY KEY, t REFERENCES " +
      note +
      ");"
      "CREATE TABLE " +
      quoting + "(id INTEGER PRIMARY KEY, v); INSERT INTO " + quoting + " VALUES(1, 1)");
  Database database(file());
  for (const std::string work : {"INSERT INTO c VALUES(1, 2)", "INSERT INTO d VALUES(1, 1)",
                                 "INSERT INTO d VALUES(2, 1)", "DELETE FROM t WHERE id = 1"}) {
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run(work), "");
    ASSERT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
    if (work[0] == 'D') expect_refused({"INSERT INTO c VALUES(7, 1)"});
    ASSERT_EQ(database.call("xaodbc_commit", "g"), "committed");
  }
  make("ALTER TABLE t ADD COLUMN n");
  prepare("UPDATE " + quoting + " SET v = 2", "odd");
  prepare("UPDATE t SET n = 2 WHERE id = 2");
  expect_refused({"UPDATE " + quoting + " SET v = 3", "UPDATE t SET v = 3 WHERE id = 2"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(commit("odd"), "committed");
  expect_clean();
}

TEST_F(FenceTest, WhatTempHasOfTheSameNameIsNotFenced) {
  make(kTable);
  for (const std::string name : {"t", "xaodbc_row_t"}) {
    Database database(file());
    ASSERT_EQ(database.run("CREATE TEMP TABLE " + name + "(id INTEGER PRIMARY KEY, u, v, c_u)"),
              "");
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run("UPDATE main.t SET v = 9 WHERE id = 1"), "");
    ASSERT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
    expect_refused({"UPDATE t SET v = 0 WHERE id = 1", "REPLACE INTO t VALUES(9, 'a', 0)"});
    EXPECT_EQ(database.call("xaodbc_rollback", "g"), "rolled back");
    EXPECT_EQ(database.ask("SELECT name FROM temp.sqlite_schema"), "'" + name + "'");
  }
}

TEST_F(FenceTest, TheCommandLineOfSqliteMeetsIt) {
  make(kTable);
  prepare("UPDATE t SET v = 9 WHERE id = 1");
  const auto refused = support::run_program(
      {"/usr/bin/env", "sqlite3", file().string(), "UPDATE t SET v = 0 WHERE id = 1"});
  EXPECT_NE(refused.ending, support::exited(0));
  EXPECT_THAT(refused.output, HasSubstr("xaodbc: a prepared branch holds this row of t"));
  const auto allowed = support::run_program(
      {"/usr/bin/env", "sqlite3", file().string(), "UPDATE t SET v = 0 WHERE id = 2"});
  EXPECT_EQ(allowed.ending, support::exited(0)) << allowed.output;
  const auto list = support::run_program(
      {"/usr/bin/env", "sqlite3", file().string(), "SELECT gid FROM xaodbc_branch"});
  EXPECT_EQ(list.output, "g\n");
  EXPECT_EQ(commit(), "committed");
}

}  // namespace
}  // namespace xaodbc::sqlite
