#include <vector>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

class RefusalTest : public SqliteTest {
 protected:
  /// Prepare rolls the branch back and names `reason`; in one phase the same is committed.
  void expect_refused(const std::string& schema, const std::string& work,
                      const std::string& reason) {
    make(schema);
    {
      Database database(file());
      ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
      ASSERT_EQ(database.run(work), "");
      const std::string answer = database.call("xaodbc_prepare", "g");
      EXPECT_THAT(answer, StartsWith("error: xaodbc: branch g is rolled back: "));
      EXPECT_THAT(answer, HasSubstr(reason));
      EXPECT_EQ(database.code(), SQLITE_CONSTRAINT);
      EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 1);
    }
    EXPECT_EQ(in_doubt(), "");
    Database database(file());
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run(work), "");
    EXPECT_EQ(database.call("xaodbc_commit_one_phase", "g"), "committed");
  }
};

TEST_F(RefusalTest, ATableWithoutPrimaryKey) {
  expect_refused("CREATE TABLE t(a)", "INSERT INTO t VALUES(1)",
                 "table t has no primary key; its rows cannot be part of a two-phase branch");
}

TEST_F(RefusalTest, NullInThePrimaryKey) {
  expect_refused("CREATE TABLE t(a TEXT PRIMARY KEY, b)", "INSERT INTO t VALUES(NULL, 1)",
                 "table t has a row with NULL in its primary key");
}

TEST_F(RefusalTest, AUniqueIndexOnAnExpression) {
  expect_refused("CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE UNIQUE INDEX i ON t(b + 1)",
                 "INSERT INTO t VALUES(1, 1)", "unique index i on an expression");
}

TEST_F(RefusalTest, AUniqueGeneratedColumn) {
  expect_refused("CREATE TABLE t(a INTEGER PRIMARY KEY, b AS (a * 2) UNIQUE)",
                 "INSERT INTO t VALUES(1)", "on an expression or a generated column");
}

TEST_F(RefusalTest, AGeneratedColumnWithoutRowid) {
  expect_refused("CREATE TABLE t(b AS (a * 2), a PRIMARY KEY) WITHOUT ROWID",
                 "INSERT INTO t VALUES(1)", "generated column");
}

TEST_F(RefusalTest, AReferenceByAGeneratedColumn) {
  expect_refused(
      "CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES(2);"
      "CREATE TABLE t(a INTEGER PRIMARY KEY, b AS (a * 2) REFERENCES p)",
      "INSERT INTO t VALUES(1)", "references p by the generated column b");
}

TEST_F(RefusalTest, AReferenceByAGeneratedColumnOfAnotherTable) {
  expect_refused(
      "CREATE TABLE t(a INTEGER PRIMARY KEY);"
      "CREATE TABLE c(a INTEGER PRIMARY KEY, b AS (a * 2) REFERENCES t)",
      "INSERT INTO t VALUES(1)", "is referenced by the generated column b of c");
}

TEST_F(RefusalTest, EveryNameOfTheRowidTaken) {
  expect_refused("CREATE TABLE t(rowid, _rowid_, oid, k PRIMARY KEY)",
                 "INSERT INTO t VALUES(1, 2, 3, 4)", "columns named rowid, _rowid_ and oid");
}

TEST_F(RefusalTest, EveryNameOfTheRowidTakenByAGeneratedColumnToo) {
  expect_refused("CREATE TABLE t(rowid, _rowid_, oid AS (rowid), k PRIMARY KEY)",
                 "INSERT INTO t VALUES(1, 2, 4)", "columns named rowid, _rowid_ and oid");
}

/// SQLite 3.40.1 tells the key as a real, because the table's column at its place in the key is
/// one.
TEST_F(RefusalTest, AnIntegerInTheKeyThatSqliteDoesNotTellExactly) {
  expect_refused(
      "CREATE TABLE t(weight REAL, id INTEGER PRIMARY KEY) WITHOUT ROWID;"
      "INSERT INTO t VALUES(1, 9007199254740993), (2, 7), (3, 8)",
      "DELETE FROM t WHERE weight = 1", "table t has an integer beyond 2^53 in its primary key");
  expect_refused("INSERT INTO t VALUES(1, -9007199254740993)", "UPDATE t SET id = 5 WHERE id < 0",
                 "table t has an integer beyond 2^53");
  prepare("DELETE FROM t WHERE id = 7; UPDATE t SET weight = 4 WHERE id = 8");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(ask("SELECT * FROM t ORDER BY id"), "1.0|5\n4.0|8");
}

TEST_F(RefusalTest, ATriggerThatWouldSwitchAFenceOff) {
  expect_refused(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
      "CREATE TRIGGER x AFTER DELETE ON t WHEN old.a = 9 BEGIN SELECT raise /* ) */ ( ignore );END",
      "INSERT INTO t VALUES(1, 1)", "RAISE(IGNORE) of trigger x");
}

TEST_F(RefusalTest, ATriggerThatWouldSwitchAFenceOffBehindWhatLooksLikeAComment) {
  for (const std::string quoted :
       {"new.a || '--'", "new.a || 'it''s /*'", "new.\"--\"", "new.[/*]", "new.`--`"}) {
    std::filesystem::remove(file());
    expect_refused(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, \"--\", [/*]);"
        "CREATE TRIGGER x AFTER UPDATE ON t BEGIN SELECT CASE WHEN new.a = " +
            quoted + " THEN RAISE(IGNORE) END; END",
        "INSERT INTO t(id) VALUES(1)", "RAISE(IGNORE) of trigger x");
  }
}

TEST_F(RefusalTest, ATriggerThatOnlyQuotesRaiseIgnoreIsTaken) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
      "CREATE TRIGGER x AFTER UPDATE ON t BEGIN SELECT 'RAISE(IGNORE)'; END");
  EXPECT_EQ(vote("INSERT INTO t VALUES(1, 1)"), "prepared");
}

TEST_F(RefusalTest, ATriggerThatWouldSwitchAFenceOffAtAChild) {
  expect_refused(
      "CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES "
      "t); CREATE TRIGGER x BEFORE INSERT ON c BEGIN SELECT RAISE(IGNORE); END",
      "INSERT INTO t VALUES(1)", "needs fences on c");
}

TEST_F(RefusalTest, AParentThatCannotBeHeld) {
  expect_refused(
      "CREATE TABLE p(a UNIQUE); INSERT INTO p VALUES(1);"
      "CREATE TABLE t(id INTEGER PRIMARY KEY, p REFERENCES p(a))",
      "INSERT INTO t VALUES(1, 1)", "table p has no primary key");
}

TEST_F(RefusalTest, AFunctionThatOnlyThisApplicationHas) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
      "INSERT INTO t VALUES(1, 1)");
  Database database(file());
  const auto half = [](sqlite3_context* context, int, sqlite3_value** value) {
    sqlite3_result_int64(context, sqlite3_value_int64(value[0]) / 2);
  };
  ASSERT_EQ(
      sqlite3_create_function(database.handle(), "half", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                              nullptr, half, nullptr, nullptr),
      SQLITE_OK);
  ASSERT_EQ(database.run("CREATE INDEX i ON t(half(a))"), "");
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run("UPDATE t SET a = 8"), "");
  EXPECT_THAT(database.call("xaodbc_prepare", "g"),
              HasSubstr("what only this application has (no such function: half)"));
}

TEST_F(RefusalTest, ACollationThatOnlyThisApplicationHas) {
  Database database(file());
  const auto backwards = [](void*, int, const void*, int, const void*) { return 0; };
  ASSERT_EQ(sqlite3_create_collation(database.handle(), "mine", SQLITE_UTF8, nullptr, backwards),
            SQLITE_OK);
  ASSERT_EQ(database.run("CREATE TABLE t(id INTEGER PRIMARY KEY, a COLLATE mine UNIQUE)"), "");
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run("INSERT INTO t VALUES(1, 'x')"), "");
  EXPECT_THAT(database.call("xaodbc_prepare", "g"), HasSubstr("no such collation sequence: mine"));
}

TEST_F(RefusalTest, ADeferredReferenceThatIsNotResolved) {
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(id INTEGER PRIMARY KEY,"
      "p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  EXPECT_THAT(vote("INSERT INTO t VALUES(1, 5)"), HasSubstr("FOREIGN KEY constraint failed"));
  EXPECT_EQ(in_doubt(), "");
  EXPECT_EQ(vote("INSERT INTO t VALUES(1, 5); INSERT INTO p VALUES(5)"), "prepared");
}

TEST_F(RefusalTest, ATransactionThatATriggerRolledBack) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE TRIGGER x BEFORE INSERT ON t WHEN new.id = 9 "
      "BEGIN SELECT RAISE(ROLLBACK, 'gone'); END");
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run("INSERT INTO t VALUES(1)"), "");
  EXPECT_EQ(database.run("INSERT INTO t VALUES(9)"), "gone");
  EXPECT_NE(database.run("INSERT INTO t VALUES(2)"), "") << "must not be committed by itself";
  EXPECT_EQ(ask("SELECT * FROM t"), "");
  EXPECT_THAT(database.call("xaodbc_prepare", "g"), HasSubstr("rolled its transaction back"));
  EXPECT_EQ(database.code() & 0xff, SQLITE_INTERRUPT);
  EXPECT_EQ(ask("SELECT * FROM t"), "");
  EXPECT_EQ(database.run("INSERT INTO t VALUES(3)"), "");
}

TEST_F(RefusalTest, ATransactionThatAConflictRolledBackIsNotCommittedInOnePhase) {
  make("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)");
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run("INSERT INTO t VALUES(2)"), "");
  EXPECT_NE(database.run("INSERT OR ROLLBACK INTO t VALUES(1)"), "");
  EXPECT_THAT(database.call("xaodbc_commit_one_phase", "g"), HasSubstr("is rolled back"));
  EXPECT_EQ(ask("SELECT * FROM t"), "1");
}

/// What a branch may not do fails at once, and the branch goes on without it.
TEST_F(RefusalTest, StatementsThatCannotBePartOfABranchAreNotAuthorized) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE); CREATE VIRTUAL TABLE f USING fts5(x);"
      "CREATE TABLE s(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO s VALUES(1); ANALYZE;"
      "CREATE TABLE tf(id INTEGER PRIMARY KEY); CREATE TRIGGER tft AFTER INSERT ON tf BEGIN INSERT "
      "INTO f VALUES('x'); END");
  Database database(file());
  const std::string other = (directory_.path() / "other.db").string();
  ASSERT_EQ(database.run("CREATE TEMP TABLE tt(id INTEGER PRIMARY KEY); ATTACH '" + other +
                         "' AS other; CREATE TABLE other.o(id INTEGER PRIMARY KEY)"),
            "");
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  const std::vector<std::string> forbidden = {
      "COMMIT",
      "END",
      "ROLLBACK",
      "BEGIN",
      "RELEASE xaodbc",
      "ROLLBACK TO xaodbc",
      "SAVEPOINT xaodbc_trial",
      "CREATE TABLE n(a)",
      "CREATE INDEX n ON t(a)",
      "CREATE VIEW n AS SELECT 1",
      "CREATE TRIGGER n AFTER INSERT ON t BEGIN SELECT 1; END",
      "CREATE TEMP TABLE n(a)",
      "CREATE TEMP TRIGGER n AFTER INSERT ON t BEGIN SELECT 1; END",
      "CREATE VIRTUAL TABLE n USING fts5(x)",
      "DROP TABLE t",
      "ALTER TABLE t ADD COLUMN n",
      "ALTER TABLE t RENAME TO n",
      "REINDEX t",
      "ANALYZE",
      "ATTACH ':memory:' AS n",
      "DETACH other",
      "INSERT INTO tt VALUES(1)",
      "INSERT INTO other.o VALUES(1)",
      "INSERT INTO f VALUES('x')",
      "INSERT INTO f_content VALUES(1, 'x')",
      "INSERT INTO tf VALUES(1)",
      "UPDATE sqlite_sequence SET seq = 9",
      "DELETE FROM sqlite_stat1",
      "PRAGMA user_version = 1",
      "PRAGMA foreign_keys = OFF",
      "PRAGMA defer_foreign_keys = ON",
      "PRAGMA synchronous = OFF",
      "PRAGMA incremental_vacuum",
  };
  for (const std::string& sql : forbidden) {
    EXPECT_THAT(database.run(sql), testing::AnyOf(HasSubstr("authoriz"), HasSubstr("prohibited")))
        << sql;
  }
  EXPECT_NE(database.run("VACUUM"), "");
  EXPECT_NE(database.run("UPDATE sqlite_schema SET sql = ''"), "");
  for (const std::string sql :
       {"PRAGMA table_info(t)", "PRAGMA foreign_keys", "PRAGMA integrity_check",
        "SELECT * FROM sqlite_schema", "SAVEPOINT mine; RELEASE mine", "SELECT * FROM f",
        "SELECT * FROM json_each('[1]')", "SELECT * FROM pragma_table_info('t')",
        "INSERT INTO t VALUES(1, 1)"}) {
    EXPECT_EQ(database.run(sql), "") << sql;
  }
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
  EXPECT_EQ(database.call("xaodbc_commit", "g"), "committed");
  EXPECT_EQ(ask("SELECT * FROM t"), "1|1");
  EXPECT_EQ(database.run("CREATE TABLE n(a)"), "") << "after the branch everything may be done";
}

TEST_F(RefusalTest, TablesOfPreparedBranchesAreNotForBranches) {
  make("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)");
  prepare("DELETE FROM t");
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "other"), "started");
  EXPECT_NE(database.run("DELETE FROM xaodbc_branch"), "");
  EXPECT_NE(database.run("DELETE FROM xaodbc_row_t"), "");
}

TEST_F(RefusalTest, TableThatIsOnlyNamedLikeThemIsForEverybody) {
  make("CREATE TABLE xaodbc_demo(id INTEGER PRIMARY KEY)");
  prepare("INSERT INTO xaodbc_demo VALUES(1)");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(ask("SELECT id FROM xaodbc_demo"), "1");
}

TEST_F(RefusalTest, ATableOfTheApplicationThatIsNamedLikeASideTableStays) {
  for (const std::string columns : {"a", "xa_gid"}) {
    std::filesystem::remove(file());
    make("CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE TABLE xaodbc_row_t(" + columns + ")");
    EXPECT_THAT(vote("INSERT INTO t VALUES(1)"),
                HasSubstr("table xaodbc_row_t is none of xaodbc's"));
    EXPECT_EQ(ask("SELECT name FROM pragma_table_info('xaodbc_row_t')"), "'" + columns + "'");
  }
}

TEST_F(RefusalTest, WhatTheApplicationHasNamedLikeAFenceStays) {
  for (const std::string part : {"trigger xaodbc_update_t AFTER UPDATE ON t BEGIN SELECT 1; END",
                                 "index xaodbc_key_0_t ON t(u)"}) {
    std::filesystem::remove(file());
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE); CREATE " + part);
    EXPECT_THAT(vote("INSERT INTO t VALUES(1, 1)"),
                HasSubstr(part.substr(0, part.find("_t ") + 2) + " is none of xaodbc's"));
    EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'xaodbc_%'"), "1");
    EXPECT_EQ(ask("SELECT 1 FROM sqlite_schema WHERE lower(sql) = lower('CREATE " + part + "')"),
              "1");
  }
}

TEST_F(RefusalTest, AReferenceOfAnotherWidthThanItsKey) {
  make(
      "CREATE TABLE p(a INTEGER PRIMARY KEY); INSERT INTO p VALUES(1);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, x, y, FOREIGN KEY(x, y) REFERENCES p)");
  for (const std::string work : {"INSERT INTO c VALUES(1, 1, 1)", "DELETE FROM p"}) {
    Database database(file());
    ASSERT_EQ(database.run("PRAGMA foreign_keys = OFF"), "");
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run(work), "");
    EXPECT_THAT(database.call("xaodbc_prepare", "g"),
                HasSubstr("reference of c to p by another number of columns"));
  }
}

TEST_F(RefusalTest, FunctionsMayNotBeCalledByTheFile) {
  make(
      "CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT xaodbc_rollback('g');"
      "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT xaodbc_start('g'); END");
  Database database(file());
  EXPECT_THAT(database.ask("SELECT * FROM v"), HasSubstr("unsafe use"));
  EXPECT_THAT(database.run("INSERT INTO t VALUES(1)"), HasSubstr("unsafe use"));
}

TEST_F(RefusalTest, AVerbInsideAStatementThatWrites) {
  make("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 1)");
  Database database(file());
  EXPECT_THAT(database.run("UPDATE t SET a = xaodbc_start('g')"), HasSubstr("by a SELECT without"));
  EXPECT_EQ(ask("SELECT * FROM t"), "1|1");
}

/// Such a SELECT holds a lock on the file, and calls for each row.
TEST_F(RefusalTest, AVerbInsideASelectThatReadsATable) {
  make(
      "CREATE TABLE t(id TEXT PRIMARY KEY, a); INSERT INTO t VALUES('g', 1), ('h', 1);"
      "CREATE VIEW one AS SELECT id FROM t");
  Database database(file());
  const auto expect_refused = [&](const std::string& verb) {
    const std::string call = "xaodbc_" + verb;
    for (const std::string& sql :
         {"SELECT " + call + "(id) FROM t", "SELECT " + call + "((SELECT id FROM t LIMIT 1))",
          "SELECT " + call + "('g') WHERE 'g' IN (SELECT id FROM t)",
          "SELECT 'g' IN one, " + call + "('g')", "SELECT " + call + "('g')/**/FROM\"t\"",
          "SELECT " + call + "(value) FROM json_each('[\"g\"]')",
          "WITH c AS (SELECT " + call + "('g') v) SELECT v FROM c", "VALUES(" + call + "('g'))"}) {
      EXPECT_THAT(database.ask(sql), HasSubstr("by a SELECT without FROM")) << sql;
      EXPECT_EQ(database.code(), SQLITE_MISUSE) << sql;
    }
  };
  expect_refused("start");
  EXPECT_EQ(sqlite3_get_autocommit(database.handle()), 1);
  ASSERT_EQ(database.ask("select /* from */ xaodbc_start('g') AS \"from t\" -- in"), "'started'");
  ASSERT_EQ(database.run("UPDATE t SET a = 2"), "");
  for (const std::string verb : {"prepare", "commit_one_phase", "rollback"}) expect_refused(verb);
  ASSERT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
  for (const std::string verb : {"commit", "rollback"}) expect_refused(verb);
  EXPECT_EQ(in_doubt(), "'g'");
  EXPECT_EQ(database.call("xaodbc_commit", "g"), "committed");
}

}  // namespace
}  // namespace xaodbc::sqlite
