#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

/// What branches do to rows comes out as if it had been done at once.
class RowsTest : public SqliteTest {
 protected:
  /// Does `work` on a copy without a branch and here with one; compares what `query` then tells.
  void expect_same(const std::string& schema, const std::string& work, const std::string& query) {
    make(schema);
    const std::string before = ask(query);
    std::string expected;
    {
      Database plain(directory_.path() / "plain.db", Extension::kNone);
      ASSERT_EQ(plain.run(schema), "");
      ASSERT_EQ(plain.run(work), "");
      expected = plain.ask(query);
    }
    ASSERT_NE(expected, before);
    ASSERT_NO_FATAL_FAILURE(prepare(work));
    EXPECT_EQ(ask(query), before);
    ASSERT_EQ(commit(), "committed");
    EXPECT_EQ(ask(query), expected);
    expect_clean();
  }
};

TEST_F(RowsTest, TypesAreKeptToTheBit) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c REAL, d NUMERIC, e INT, f BLOB);"
      "INSERT INTO t VALUES(1, 1, 1, 1, 1, 1, 1), (2, 1.0, 'x', 2.5, '3', x'00', NULL)",
      "UPDATE t SET a = a + 0.0; UPDATE t SET f = '' WHERE id = 2;"
      "INSERT INTO t VALUES(3, x'', '', 1e300, 9007199254740993, -0.0, zeroblob(3)),"
      "(4, NULL, NULL, NULL, NULL, NULL, NULL), (5, '1', 1, '1', '1', '1', '1'),"
      "(-9223372036854775808, 1.5, 'ü', 0.1, 1e18, 9223372036854775807, x'00ff00');"
      "INSERT INTO t(id, a) VALUES(6, char(65, 0, 66))",
      "SELECT *, length(a) FROM t ORDER BY id");
}

TEST_F(RowsTest, AChangeOfTypeAloneIsAChange) {
  expect_same("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 1)",
              "UPDATE t SET a = 1.0", "SELECT * FROM t");
}

TEST_F(RowsTest, KeysThatAreEqualAndOfDifferentTypeAreOneRow) {
  expect_same("CREATE TABLE t(k PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO t VALUES(1, 0), (2, 0)",
              "UPDATE t SET k = 1.0, v = 1 WHERE k = 1; UPDATE t SET v = 2 WHERE k = 1.0;"
              "DELETE FROM t WHERE k = 2; INSERT INTO t VALUES(2.0, 'again')",
              "SELECT * FROM t ORDER BY k");
}

TEST_F(RowsTest, KeysThatDifferInCaseOnlyAreOneRow) {
  expect_same(
      "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;"
      "INSERT INTO t VALUES('A', 0), ('b', 0)",
      "UPDATE t SET k = lower(k); UPDATE t SET v = 1 WHERE k = 'A'", "SELECT * FROM t ORDER BY k");
}

TEST_F(RowsTest, BigValuesAreKept) {
  expect_same("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, randomblob(0))",
              "UPDATE t SET a = replace(hex(zeroblob(500000)), '0', 'ab');"
              "INSERT INTO t VALUES(2, zeroblob(300000))",
              "SELECT id, typeof(a), length(a), substr(a, 1999990) FROM t ORDER BY id");
}

TEST_F(RowsTest, ValuesOfUniqueColumnsCanBeSwapped) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v UNIQUE);"
      "INSERT INTO t VALUES(1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z')",
      "UPDATE t SET u = 't' WHERE id = 1; UPDATE t SET u = 'a' WHERE id = 2;"
      "UPDATE t SET u = 'b' WHERE id = 1; UPDATE t SET id = 9 WHERE id = 3;"
      "UPDATE t SET id = 3 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2",
      "SELECT * FROM t ORDER BY id");
}

TEST_F(RowsTest, ReplaceTakesSeveralRowsAway) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v UNIQUE);"
      "INSERT INTO t VALUES(1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z')",
      "INSERT OR REPLACE INTO t VALUES(1, 'b', 'z'); UPDATE OR REPLACE t SET id = 2",
      "SELECT * FROM t ORDER BY id");
}

TEST_F(RowsTest, UpsertIsAnInsertOrAnUpdate) {
  expect_same("CREATE TABLE t(id INTEGER PRIMARY KEY, n INT); INSERT INTO t VALUES(1, 1)",
              "INSERT INTO t VALUES(1, 5), (2, 5) ON CONFLICT(id) DO UPDATE SET n = n + excluded.n;"
              "INSERT INTO t VALUES(2, 7) ON CONFLICT DO NOTHING",
              "SELECT * FROM t ORDER BY id");
}

TEST_F(RowsTest, ConflictClausesOfTheTableDoNotActAtCommit) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, u UNIQUE ON CONFLICT IGNORE,"
      "n NOT NULL ON CONFLICT REPLACE DEFAULT 7); INSERT INTO t VALUES(1, 'a', 1), (2, 'b', 2)",
      "INSERT INTO t VALUES(1, 'c', NULL); INSERT INTO t VALUES(3, 'b', 3)",
      "SELECT * FROM t ORDER BY id");
}

TEST_F(RowsTest, ACheckThatTheBranchSwitchedOffIsNotMadeByOthers) {
  make("CREATE TABLE t(id INTEGER PRIMARY KEY, a check(a > 0)); INSERT INTO t VALUES(1, 1)");
  Database database(file());
  ASSERT_EQ(database.run("PRAGMA ignore_check_constraints = ON; PRAGMA case_sensitive_like = ON"),
            "");
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run("UPDATE t SET a = -1"), "");
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
  EXPECT_EQ(database.ask("PRAGMA ignore_check_constraints"), "1");
  Database other(file());
  ASSERT_EQ(other.run("PRAGMA case_sensitive_like = ON"), "");
  EXPECT_EQ(other.call("xaodbc_commit", "g"), "committed");
  EXPECT_EQ(other.ask("PRAGMA ignore_check_constraints"), "0");
  EXPECT_EQ(ask("SELECT a FROM t"), "-1");
}

TEST_F(RowsTest, AutoincrementGoesOn) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t(a) VALUES(1), (2)",
      "DELETE FROM t; INSERT INTO t(a) VALUES('x'), ('y'); DELETE FROM t WHERE id = 4",
      "SELECT * FROM t ORDER BY id");
  EXPECT_EQ(run("INSERT INTO t(a) VALUES('later')"), "");
  EXPECT_EQ(ask("SELECT max(id) FROM t"), "5") << "4 was given out";
}

TEST_F(RowsTest, CascadesAreChangesLikeOthers) {
  expect_same(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, n); CREATE TABLE c(id INTEGER PRIMARY KEY,"
      "p INT DEFAULT 3 REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);"
      "CREATE TABLE d(id INTEGER PRIMARY KEY, p INT DEFAULT 3 REFERENCES p ON DELETE SET DEFAULT);"
      "CREATE TABLE e(id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL);"
      "INSERT INTO p VALUES(1, 1), (2, 2), (3, 3); INSERT INTO c VALUES(1, 1), (2, 2), (3, 3);"
      "INSERT INTO d VALUES(1, 1), (2, 3); INSERT INTO e VALUES(1, 1), (2, 3)",
      "DELETE FROM p WHERE id = 1; UPDATE p SET id = 20 WHERE id = 2",
      "SELECT 'p', * FROM p UNION ALL SELECT 'c', * FROM c UNION ALL SELECT 'd', * FROM d "
      "UNION ALL SELECT 'e', * FROM e ORDER BY 1, 2");
}

TEST_F(RowsTest, RowsCopiedFromTableToTable) {
  expect_same(
      "CREATE TABLE a(k PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE b(k PRIMARY KEY, v) WITHOUT "
      "ROWID; CREATE TABLE c(k INTEGER PRIMARY KEY, v); CREATE TABLE d(k INTEGER PRIMARY KEY, v);"
      "INSERT INTO a VALUES(1, 2), ('x', 4); INSERT INTO c VALUES(1, 2), (3, 4)",
      "INSERT INTO b SELECT * FROM a; INSERT INTO d SELECT * FROM c; DELETE FROM a; DELETE FROM c",
      "SELECT 'a', * FROM a UNION ALL SELECT 'b', * FROM b UNION ALL SELECT 'c', * FROM c "
      "UNION ALL SELECT 'd', * FROM d ORDER BY 1, 2");
}

TEST_F(RowsTest, ABlobThatIsWrittenInPlace) {
  make("CREATE TABLE t(id INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(1, x'0102')");
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  sqlite3_blob* blob = nullptr;
  ASSERT_EQ(sqlite3_blob_open(database.handle(), "main", "t", "b", 1, 1, &blob), SQLITE_OK);
  EXPECT_EQ(sqlite3_blob_write(blob, "xy", 2, 0), SQLITE_OK);
  sqlite3_blob_close(blob);
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
  EXPECT_EQ(ask("SELECT b FROM t"), "x'0102'");
  EXPECT_EQ(database.call("xaodbc_commit", "g"), "committed");
  EXPECT_EQ(ask("SELECT b FROM t"), "x'7879'");
}

TEST_F(RowsTest, WhatTriggersDidIsNotDoneTwice) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE log(id INTEGER PRIMARY KEY, what);"
      "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES('i' || new.id); END;"
      "CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO log(what) VALUES('u' || new.id); END;"
      "CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO log(what) VALUES('d' || old.id); END;"
      "INSERT INTO t VALUES(1, 1), (2, 2)",
      "UPDATE t SET a = 0; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES(3, 3)",
      "SELECT * FROM log ORDER BY id");
}

TEST_F(RowsTest, WritesThroughAViewAreThoseOfItsTriggers) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE VIEW v AS SELECT * FROM t;"
      "CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES(new.id, new.a); END",
      "INSERT INTO v VALUES(1, 2)", "SELECT * FROM t");
}

TEST_F(RowsTest, RowsKeepARowidThatNobodyNamed) {
  expect_same(
      "CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t VALUES('a', 1), ('b', 2), ('c', 3)",
      "UPDATE t SET v = 9 WHERE k <> 'b'; INSERT INTO t VALUES('d', 4)",
      "SELECT rowid, * FROM t ORDER BY k");
}

TEST_F(RowsTest, GeneratedColumnsFollow) {
  expect_same(
      "CREATE TABLE t(a INT, g AS (a * 2), id INTEGER PRIMARY KEY, s TEXT AS (a || '!') STORED, b);"
      "CREATE INDEX i ON t(g, s); INSERT INTO t(a, id, b) VALUES(1, 1, 1)",
      "UPDATE t SET a = 5, b = 6; INSERT INTO t(a, id, b) VALUES(7, 8, 9)",
      "SELECT * FROM t ORDER BY id");
}

TEST_F(RowsTest, StrictTablesAreTaken) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a ANY, i INT, r REAL, x TEXT, b BLOB) STRICT;"
      "INSERT INTO t VALUES(1, '1', 1, 1, '1', x'31')",
      "UPDATE t SET a = '01', r = 2; INSERT INTO t VALUES(2, 1.0, NULL, 3, '', x'')",
      "SELECT * FROM t ORDER BY id");
}

TEST_F(RowsTest, AGeneratedColumnThatTakesANameOfTheRowid) {
  for (const std::string stored : {"VIRTUAL", "STORED"}) {
    std::filesystem::remove(file());
    std::filesystem::remove(directory_.path() / "plain.db");
    expect_same("CREATE TABLE t(a TEXT PRIMARY KEY, b INT, rowid INT AS (b * 2) " + stored +
                    "); INSERT INTO t VALUES('x', 1), ('y', 2)",
                "UPDATE t SET b = 50 WHERE a = 'x'", "SELECT * FROM t ORDER BY a");
  }
}

TEST_F(RowsTest, NamesNeedNotBeTame) {
  expect_same(
      "CREATE TABLE \"a \"\"b' t\"(\"order\" INTEGER PRIMARY KEY, \"c \"\"d' e\" UNIQUE, \"ü\");"
      "INSERT INTO \"a \"\"b' t\" VALUES(1, 2, 3)",
      "UPDATE \"A \"\"B' T\" SET \"ü\" = 4, \"c \"\"d' e\" = 5", "SELECT * FROM \"a \"\"b' t\"");
}

TEST_F(RowsTest, ATableMayHaveNoName) {
  expect_same("CREATE TABLE \"\"(id INTEGER PRIMARY KEY, v); INSERT INTO \"\" VALUES(1, 1)",
              "UPDATE \"\" SET v = 9; INSERT INTO \"\" VALUES(2, 2)", "SELECT * FROM \"\"");
}

TEST_F(RowsTest, KeysOfSeveralColumnsAndIndexesWithOtherCollations) {
  expect_same(
      "CREATE TABLE t(a TEXT, b INT, c TEXT, v, PRIMARY KEY(b, a COLLATE NOCASE));"
      "CREATE UNIQUE INDEX i ON t(c COLLATE RTRIM, b) WHERE v > 0;"
      "INSERT INTO t VALUES('x', 1, 'c', 1), ('y', 1, 'd', 2)",
      "UPDATE t SET a = upper(a), c = c || ' '; INSERT INTO t VALUES('x', 2, 'c', 3)",
      "SELECT rowid, * FROM t ORDER BY a, b");
}

TEST_F(RowsTest, ATableThatRefersToItself) {
  expect_same(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, boss INT REFERENCES t ON DELETE CASCADE);"
      "INSERT INTO t VALUES(1, NULL), (2, 1), (3, 2), (4, 4), (5, 4)",
      "DELETE FROM t WHERE id = 2; INSERT INTO t VALUES(6, 6), (7, 6); UPDATE t SET boss = 7 WHERE "
      "id = 5",
      "SELECT * FROM t ORDER BY id");
}

}  // namespace
}  // namespace xaodbc::sqlite
