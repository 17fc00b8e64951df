#include <thread>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

class BranchTest : public SqliteTest {
 protected:
  void SetUp() override {
    make(
        "CREATE TABLE account(id INTEGER PRIMARY KEY, balance);"
        "INSERT INTO account VALUES(1, 100), (2, 200)");
  }
  std::string accounts() { return ask("SELECT * FROM account ORDER BY id"); }
};

constexpr const char* kWork =
    "UPDATE account SET balance = 50 WHERE id = 1; DELETE FROM account WHERE id = 2;"
    "INSERT INTO account VALUES(3, 'new')";

TEST_F(BranchTest, NothingIsSeenUntilTheCommit) {
  prepare(kWork);
  EXPECT_EQ(accounts(), "1|100\n2|200");
  EXPECT_EQ(in_doubt(), "'g'");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(accounts(), "1|50\n3|'new'");
  expect_clean();
}

TEST_F(BranchTest, RollbackLeavesEverythingAsItWas) {
  prepare(kWork);
  EXPECT_EQ(roll_back(), "rolled back");
  EXPECT_EQ(accounts(), "1|100\n2|200");
  expect_clean();
}

TEST_F(BranchTest, AnotherProcessFinishesIt) {
  const auto work = [&] {
    Database database(file());
    database.call("xaodbc_start", "g");
    database.run(kWork);
    database.call("xaodbc_prepare", "g");
    raise(SIGKILL);
  };
  EXPECT_EQ(support::run_in_child(work), support::killed_by(SIGKILL));
  EXPECT_EQ(in_doubt(), "'g'");
  EXPECT_EQ(support::run_in_child([&] { EXPECT_EQ(commit(), "committed"); }), support::exited(0));
  EXPECT_EQ(accounts(), "1|50\n3|'new'");
}

TEST_F(BranchTest, DecidedOrNeverPreparedItIsUnknown) {
  EXPECT_EQ(commit("never"), "unknown");
  EXPECT_EQ(roll_back("never"), "unknown");
  prepare(kWork);
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(commit(), "unknown");
  EXPECT_EQ(roll_back(), "unknown");
}

TEST_F(BranchTest, ConnectionThatPreparedItLearnsWhatOthersDecided) {
  Database database(file());
  for (const bool elsewhere : {false, true}) {
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run(elsewhere ? "DELETE FROM account WHERE id = 3" : kWork), "");
    ASSERT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
    if (elsewhere) {
      EXPECT_EQ(roll_back(), "rolled back");
    }
    EXPECT_EQ(database.call("xaodbc_commit", "g"), elsewhere ? "unknown" : "committed");
    EXPECT_EQ(database.call("xaodbc_rollback", "g"), "unknown");
  }
  EXPECT_EQ(accounts(), "1|50\n3|'new'");
  expect_clean();
}

TEST_F(BranchTest, WithoutChangesItIsReadOnlyAndEnded) {
  EXPECT_EQ(vote("SELECT * FROM account"), "read-only");
  EXPECT_EQ(vote("UPDATE account SET balance = balance"), "read-only");
  EXPECT_EQ(vote("INSERT INTO account VALUES(9, 9); DELETE FROM account WHERE id = 9"),
            "read-only");
  EXPECT_EQ(ask("SELECT name FROM sqlite_schema"), "'account'");
}

TEST_F(BranchTest, OnePhaseCommitsAtOnce) {
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run(kWork), "");
  EXPECT_EQ(database.call("xaodbc_commit_one_phase", "g"), "committed");
  EXPECT_EQ(accounts(), "1|50\n3|'new'");
  EXPECT_EQ(ask("SELECT name FROM sqlite_schema"), "'account'");
}

TEST_F(BranchTest, RolledBackBeforePrepareItLeavesNothing) {
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run(kWork), "");
  EXPECT_EQ(database.call("xaodbc_rollback", "g"), "rolled back");
  EXPECT_EQ(accounts(), "1|100\n2|200");
  EXPECT_EQ(database.run(kWork), "") << "the connection is everybody's again";
  EXPECT_EQ(accounts(), "1|50\n3|'new'");
}

TEST_F(BranchTest, OneConnectionWorksOnOneBranchAfterTheOther) {
  Database database(file());
  for (const std::string gid : {"g1", "g2", "g3"}) {
    ASSERT_EQ(database.call("xaodbc_start", gid), "started");
    ASSERT_EQ(database.run("INSERT INTO account VALUES(NULL, '" + gid + "')"), "");
    ASSERT_EQ(database.call("xaodbc_prepare", gid), "prepared");
    ASSERT_EQ(database.call("xaodbc_commit", gid), "committed");
  }
  EXPECT_EQ(accounts(), "1|100\n2|200\n3|'g1'\n4|'g2'\n5|'g3'");
}

TEST_F(BranchTest, AConnectionMayGoFromThreadToThread) {
  Database database(file());
  const auto elsewhere = [&](const std::string& verb) {
    std::string answer;
    std::thread([&] { answer = database.call(verb, "g"); }).join();
    return answer;
  };
  EXPECT_EQ(elsewhere("xaodbc_start"), "started");
  std::thread([&] { EXPECT_EQ(database.run(kWork), ""); }).join();
  EXPECT_EQ(elsewhere("xaodbc_prepare"), "prepared");
  EXPECT_EQ(elsewhere("xaodbc_commit"), "committed");
  EXPECT_EQ(accounts(), "1|50\n3|'new'");
}

TEST_F(BranchTest, ManyAreInDoubtAtOnce) {
  prepare("UPDATE account SET balance = 1 WHERE id = 1", "g1");
  prepare("UPDATE account SET balance = 2 WHERE id = 2", "g2");
  prepare("INSERT INTO account VALUES(7, 7)", "g3");
  EXPECT_EQ(in_doubt(), "'g1'\n'g2'\n'g3'");
  EXPECT_EQ(commit("g2"), "committed");
  EXPECT_EQ(roll_back("g1"), "rolled back");
  EXPECT_EQ(commit("g3"), "committed");
  EXPECT_EQ(accounts(), "1|100\n2|2\n7|7");
  expect_clean();
}

TEST_F(BranchTest, APreparedGidCannotBeStartedAgain) {
  prepare(kWork);
  Database database(file());
  EXPECT_THAT(database.call("xaodbc_start", "g"), HasSubstr("prepared already"));
  EXPECT_EQ(database.code() & 0xff, SQLITE_CONSTRAINT);
  EXPECT_EQ(database.call("xaodbc_start", "other"), "started");
}

TEST_F(BranchTest, VerbsOutOfOrderChangeNothing) {
  Database database(file());
  const auto expect_misuse = [&](const std::string& verb, const std::string& gid) {
    EXPECT_THAT(database.call(verb, gid), StartsWith("error: xaodbc: ")) << verb;
    EXPECT_EQ(database.code(), SQLITE_MISUSE) << verb;
  };
  expect_misuse("xaodbc_prepare", "g");
  expect_misuse("xaodbc_commit_one_phase", "g");
  expect_misuse("xaodbc_start", "");
  ASSERT_EQ(database.run("BEGIN"), "");
  expect_misuse("xaodbc_start", "g");
  expect_misuse("xaodbc_commit", "g");
  ASSERT_EQ(database.run("COMMIT"), "");
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  expect_misuse("xaodbc_start", "g");
  expect_misuse("xaodbc_start", "h");
  expect_misuse("xaodbc_prepare", "h");
  expect_misuse("xaodbc_commit", "g");
  expect_misuse("xaodbc_rollback", "h");
  ASSERT_EQ(database.run(kWork), "");
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
}

TEST_F(BranchTest, AnUnfinishedStatementStandsInTheWayUntilItIsFinished) {
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run(kWork), "");
  sqlite3_stmt* cursor = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database.handle(), "SELECT * FROM account", -1, &cursor, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(cursor), SQLITE_ROW);
  EXPECT_THAT(database.call("xaodbc_prepare", "g"), HasSubstr("not finished"));
  sqlite3_finalize(cursor);
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
}

TEST_F(BranchTest, AStatementCompiledBeforeTheBranchIsCapturedToo) {
  Database database(file());
  sqlite3_stmt* remove = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database.handle(), "DELETE FROM account", -1, &remove, nullptr),
            SQLITE_OK);
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  EXPECT_EQ(sqlite3_step(remove), SQLITE_DONE);
  sqlite3_finalize(remove);
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
  EXPECT_EQ(accounts(), "1|100\n2|200");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(accounts(), "");
}

TEST_F(BranchTest, SavepointsOfTheApplicationCountAsTheyWereReleasedOrRolledBack) {
  prepare(
      "SAVEPOINT s; UPDATE account SET balance = 1 WHERE id = 1; ROLLBACK TO s;"
      "UPDATE account SET balance = 2 WHERE id = 2; SAVEPOINT left_open");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(accounts(), "1|100\n2|2");
}

TEST_F(BranchTest, BranchThatChangedNothingIsPreparedWhereThatIsAskedFor) {
  for (const std::string decision : {"xaodbc_commit", "xaodbc_rollback"}) {
    Database database(file());
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.ask("SELECT count(*) FROM account"), "2");
    ASSERT_EQ(database.call("xaodbc_prepare_always", "g"), "prepared");
    EXPECT_EQ(in_doubt(), "'g'");
    EXPECT_EQ(Database(file()).call(decision, "g"),
              decision == "xaodbc_commit" ? "committed" : "rolled back");
    expect_clean();
  }
}

/// More than a function of SQLite may have arguments.
TEST_F(BranchTest, BranchOverHundredsOfTablesIsPreparedAndCommitted) {
  constexpr int kTables = 300;
  std::string tables, inserts, counts = "SELECT 0";
  for (int i = 0; i < kTables; ++i) {
    const std::string name = "t" + std::to_string(i);
    tables += "CREATE TABLE " + name + "(id INTEGER PRIMARY KEY);";
    inserts += "INSERT INTO " + name + " VALUES(1);";
    counts += " + EXISTS(SELECT 1 FROM " + name + ")";
  }
  make(tables);
  prepare(inserts);
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(ask(counts), std::to_string(kTables));
  EXPECT_EQ(in_doubt(), "");
}

TEST_F(BranchTest, LoadedTwiceItKeepsTheBranchAtWork) {
  Database database(file());
  ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(database.run(kWork), "");
  EXPECT_EQ(sqlite3_load_extension(database.handle(), XAODBC_SQLITE_EXTENSION, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_EQ(database.call("xaodbc_prepare", "g"), "prepared");
}

TEST_F(BranchTest, ClosingTheConnectionRollsBackWhatIsNotPrepared) {
  {
    Database database(file());
    ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
    ASSERT_EQ(database.run(kWork), "");
  }
  EXPECT_EQ(accounts(), "1|100\n2|200");
  EXPECT_EQ(in_doubt(), "");
}

}  // namespace
}  // namespace xaodbc::sqlite
