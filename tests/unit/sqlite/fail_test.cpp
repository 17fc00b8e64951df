#include "tests/unit/sqlite/fence_kit.h"

namespace xaodbc::sqlite {
namespace {

/// FAIL ends a statement and keeps what it did until then, so that the fences must come before it.
class FailTest : public FenceTest {
 protected:
  /// A branch on `p` is refused because of `culprit`, and taken with ABORT in place of FAIL; then
  /// `attempt` cannot touch its row.
  void expect_refused_unless_abort(const std::string& schema, const std::string& culprit,
                                   const std::string& attempt) {
    SCOPED_TRACE(schema);
    std::filesystem::remove(file());
    make(kParent + schema);
    const std::string work = "UPDATE p SET v = 5 WHERE id = 1";
    EXPECT_THAT(vote(work), HasSubstr("past which FAIL in " + culprit + " gets"));
    std::string aborting = schema;
    for (std::size_t at = aborting.find("FAIL"); at < aborting.size(); at = aborting.find("FAIL")) {
      aborting.replace(at, 4, "ABORT");
    }
    std::filesystem::remove(file());
    make(kParent + aborting);
    prepare(work);
    const std::string before = everything();
    EXPECT_NE(run(attempt), "");
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(commit(), "committed");
    expect_clean();
  }

  const std::string kParent =
      "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE, v);"
      "INSERT INTO p VALUES(1, 'a', 1), (2, 'b', 2);"
      "CREATE TABLE log(x PRIMARY KEY); INSERT INTO log VALUES(1);";
};

constexpr const char* kCascade =
    "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);"
    "INSERT INTO c VALUES(1, 1);";

/// GCC 12 takes a temporary string + a long literal for an overflow where it optimizes.
std::string cascade_and(std::string_view schema) {
  std::string whole(kCascade);
  return whole.append(schema);
}

TEST_F(FailTest, ATriggerThatFailsInAnActionOfAForeignKeyIsRefused) {
  const std::string deletes = cascade_and("CREATE TRIGGER x AFTER DELETE ON c BEGIN ");
  const std::string updates = cascade_and("CREATE TRIGGER x AFTER UPDATE ON c BEGIN ");
  for (const std::string attempt :
       {"DELETE FROM p WHERE id = 1", "REPLACE INTO p VALUES(1, 'z', 0)"}) {
    expect_refused_unless_abort(deletes + "INSERT OR FAIL INTO log VALUES(1); END", "trigger x",
                                attempt);
    expect_refused_unless_abort(deletes + "SELECT RAISE ( /* all */ FAIL, 'no'); END", "trigger x",
                                attempt);
  }
  expect_refused_unless_abort(updates + "SELECT raise(FAIL, 'no'); END", "trigger x",
                              "UPDATE p SET id = 9 WHERE id = 1");
}

TEST_F(FailTest, ATableThatFailsInAnActionOfAForeignKeyIsRefused) {
  expect_refused_unless_abort(
      cascade_and("CREATE TABLE l(x UNIQUE ON CONFLICT FAIL); INSERT INTO l VALUES(1);"
                  "CREATE TRIGGER x AFTER DELETE ON c BEGIN INSERT INTO l VALUES(1); END"),
      "table l", "DELETE FROM p WHERE id = 1");
}

TEST_F(FailTest, ATriggerThatFailsFarFromTheBranchesTableIsRefused) {
  expect_refused_unless_abort(
      cascade_and("CREATE TABLE d(id INTEGER PRIMARY KEY, c REFERENCES c ON DELETE SET NULL);"
                  "INSERT INTO d VALUES(1, 1); CREATE TABLE q(x);"
                  "CREATE TRIGGER x AFTER UPDATE ON d BEGIN INSERT INTO q VALUES(1); END;"
                  "CREATE TRIGGER y AFTER INSERT ON q BEGIN SELECT RAISE(FAIL, 'no'); END"),
      "trigger y", "DELETE FROM p WHERE id = 1");
}

TEST_F(FailTest, ATriggerOfATableThatRefersToItselfIsRefused) {
  std::filesystem::remove(file());
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, boss REFERENCES p ON DELETE CASCADE, v);"
      "INSERT INTO p VALUES(1, NULL, 0), (2, 1, 0);"
      "CREATE TRIGGER x AFTER DELETE ON p WHEN OLD.id = 2 BEGIN SELECT RAISE(FAIL, 'no'); END");
  EXPECT_THAT(vote("UPDATE p SET v = 5 WHERE id = 1"), HasSubstr("past which FAIL in trigger x"));
}

/// What refers to a key that goes is fenced, too.
TEST_F(FailTest, ATriggerThatFailsInAnActionOfAChildIsRefused) {
  make(kParent +
       "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p);"
       "CREATE TABLE d(id INTEGER PRIMARY KEY, c REFERENCES c ON UPDATE CASCADE);"
       "CREATE TRIGGER x AFTER UPDATE ON d BEGIN SELECT RAISE(FAIL, 'no'); END");
  EXPECT_THAT(vote("DELETE FROM p WHERE id = 1"),
              HasSubstr("needs fences on c, past which FAIL in trigger x"));
}

TEST_F(FailTest, FailIsTakenWhereTheFencesComeFirst) {
  make(kParent +
       "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p);"
       "CREATE TABLE alone(fail UNIQUE ON CONFLICT FAIL);"
       "CREATE TRIGGER x AFTER UPDATE ON c BEGIN SELECT RAISE(FAIL, 'no'); END;"
       "CREATE TRIGGER y BEFORE UPDATE ON p WHEN NEW.v = 7 BEGIN SELECT RAISE(FAIL, 'no'); END;"
       "CREATE TRIGGER z AFTER UPDATE ON p BEGIN INSERT OR FAIL INTO log VALUES(NEW.v); END");
  prepare("UPDATE p SET v = 5 WHERE id = 1; INSERT INTO c VALUES(1, 2)");
  expect_refused({"UPDATE p SET v = 1 WHERE id = 1", "DELETE FROM p WHERE id = 2",
                  "UPDATE OR FAIL p SET id = 9, v = 0 WHERE id = 1",
                  "REPLACE INTO p VALUES(1, 'x', 0)"});
  EXPECT_EQ(run("UPDATE p SET v = 7"), "no");
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

/// SQLite runs the triggers first that were made last.
TEST_F(FailTest, FencesAreMadeAnewBehindTriggersThatCameLater) {
  make(kParent + "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p)");
  const std::string work = "UPDATE p SET v = 5 WHERE id = 1; DELETE FROM p WHERE id = 2";
  prepare(work);
  EXPECT_EQ(roll_back(), "rolled back");
  make(
      "CREATE TRIGGER pi AFTER INSERT ON p BEGIN INSERT INTO log VALUES(1); END;"
      "CREATE TRIGGER pu AFTER UPDATE ON p WHEN NEW.v <> 5 BEGIN INSERT INTO log VALUES(1); END;"
      "CREATE TRIGGER pd AFTER DELETE ON p WHEN OLD.id = 1 BEGIN SELECT RAISE(FAIL, 'no'); END;"
      "CREATE TRIGGER ci AFTER INSERT ON C BEGIN INSERT INTO log VALUES(1); END");
  prepare(work);
  const std::vector<std::string> attempts = {
      "UPDATE OR FAIL p SET v = 0 WHERE id = 1", "DELETE FROM p WHERE id = 1",
      "UPDATE OR FAIL p SET id = 9, v = 0 WHERE id = 1", "REPLACE INTO p VALUES(1, 'x', 0)",
      "INSERT OR FAIL INTO c VALUES(1, 2)"};
  expect_refused(attempts);
  make("VACUUM");
  expect_refused(attempts);
  EXPECT_EQ(run("INSERT OR FAIL INTO c VALUES(1, 1)"), "UNIQUE constraint failed: log.x");
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(ask("SELECT * FROM p"), "1|'a'|5");
}

TEST_F(FailTest, ATriggerThatIsOnlyNamedLikeAFenceIsNone) {
  make(kParent +
       "CREATE TRIGGER xaodbc_audit AFTER UPDATE ON p WHEN NEW.v = 7 BEGIN"
       "  SELECT RAISE(FAIL, 'no'); END");
  prepare("UPDATE p SET v = 5 WHERE id = 1");
  expect_refused({"UPDATE p SET v = 7 WHERE id = 1"});
  EXPECT_EQ(commit(), "committed");
  make(
      "DROP TRIGGER xaodbc_audit; CREATE TRIGGER xaodbc_audit AFTER UPDATE ON p BEGIN"
      "  SELECT RAISE(FAIL, 'no') WHERE NEW.v = 7; END");
  prepare("UPDATE p SET v = 5 WHERE id = 2");
  expect_refused({"UPDATE p SET v = 7 WHERE id = 2"});
  EXPECT_EQ(roll_back(), "rolled back");
  make(cascade_and(
      "CREATE TRIGGER xaodbc_delete_c AFTER DELETE ON c BEGIN SELECT RAISE(FAIL, 'no'); END"));
  EXPECT_THAT(vote("UPDATE p SET v = 8 WHERE id = 1"),
              HasSubstr("past which FAIL in trigger xaodbc_delete_c gets"));
}

TEST_F(FailTest, AColumnNamedFailIsNone) {
  make(kParent +
       "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE, pass INT,"
       "  fail INT, CHECK(pass = 0 OR fail = 0));"
       "CREATE TRIGGER x AFTER DELETE ON c BEGIN INSERT INTO log VALUES(OLD.id); END");
  EXPECT_EQ(vote("UPDATE p SET v = 5 WHERE id = 1"), "prepared");
}

TEST_F(FailTest, FencesThatAreTheLastStayAsTheyAre) {
  make(kParent + kCascade +
       "CREATE TRIGGER x AFTER UPDATE ON p BEGIN SELECT 1; END;"
       "CREATE TRIGGER y AFTER UPDATE ON c BEGIN SELECT 1; END");
  const std::string version = "PRAGMA schema_version";
  std::string before;
  for (const bool first : {true, false}) {
    prepare("UPDATE p SET v = 5 WHERE id = 1; INSERT INTO c VALUES(NULL, 2)");
    EXPECT_EQ(roll_back(), "rolled back");
    if (first) before = ask(version);
  }
  EXPECT_EQ(ask(version), before);
}

}  // namespace
}  // namespace xaodbc::sqlite
