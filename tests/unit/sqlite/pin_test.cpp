#include "tests/unit/sqlite/fence_kit.h"

namespace xaodbc::sqlite {
namespace {

/// The parent of a row that comes must stay, by whatever it could be taken away.
class PinTest : public FenceTest {};

TEST_F(PinTest, TheParentOfANewRowIsPinned) {
  make(kFamily);
  prepare("INSERT INTO c VALUES(5, 3, NULL)");
  expect_refused({
      "DELETE FROM p WHERE id = 3",
      "UPDATE p SET id = 30 WHERE id = 3",
      "UPDATE OR REPLACE p SET id = 3 WHERE id = 4",
      "UPDATE OR REPLACE p SET u = 'c' WHERE id = 4",
      "INSERT OR REPLACE INTO p VALUES(9, 'c', 0)",
  });
  expect_allowed({"UPDATE p SET v = 0 WHERE id = 3",
                  "INSERT INTO p VALUES(3, 'x', 0) ON CONFLICT(id) DO UPDATE SET v = 77",
                  "DELETE FROM p WHERE id = 4"});
  EXPECT_EQ(commit(), "committed");
  expect_allowed({"DELETE FROM p WHERE id = 3"});
  EXPECT_EQ(ask("SELECT id FROM c ORDER BY id"), "1\n2") << "the new one went with its parent";
  expect_clean();
}

TEST_F(PinTest, APinnedParentIsHeldFromARowThatHadNoValueToo) {
  make(kFamily);
  make("INSERT INTO p VALUES(5, NULL, 5)");
  prepare("INSERT INTO c VALUES(5, 3, NULL)");
  expect_refused({"UPDATE OR REPLACE p SET u = 'c' WHERE id = 5"});
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

/// Two rows of a branch in doubt exchange a key, to which a row of another branch refers.
TEST_F(PinTest, AParentIsPinnedAlsoWhenItsKeyHasMovedToAnotherRow) {
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE, v);"
      "INSERT INTO p VALUES(1, 'a', 0), (2, 'b', 0), (3, 'c', 0);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(u))");
  prepare(
      "UPDATE p SET u = 'x' WHERE id = 1; UPDATE p SET u = 'a' WHERE id = 2;"
      "UPDATE p SET u = 'b' WHERE id = 1",
      "exchange");
  prepare("INSERT INTO c VALUES(1, 'a')");
  EXPECT_EQ(commit("exchange"), "committed");
  expect_refused({"DELETE FROM p WHERE id = 2", "UPDATE p SET u = 'y' WHERE id = 2",
                  "UPDATE p SET id = 9 WHERE id = 2", "REPLACE INTO p VALUES(3, 'a', 0)",
                  "UPDATE OR REPLACE p SET u = 'a' WHERE id = 3"});
  expect_allowed({"UPDATE p SET v = 1", "DELETE FROM p WHERE id = 3"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'b'|1\n2|'a'|1\n1|'a'\n");
  expect_clean();
}

/// A row is renamed by a branch in doubt, and a row of another branch refers to its number.
TEST_F(PinTest, AParentIsPinnedAlsoByAKeyThatAnotherBranchHasGivenIt) {
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE);"
      "INSERT INTO p VALUES(1, 'a'), (2, 'b');"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p)");
  prepare("UPDATE p SET u = 'x' WHERE id = 1", "rename");
  prepare("INSERT INTO c VALUES(1, 1)");
  EXPECT_EQ(commit("rename"), "committed");
  expect_refused({"REPLACE INTO p VALUES(9, 'x')", "UPDATE OR REPLACE p SET u = 'x' WHERE id = 2",
                  "UPDATE p SET u = 'y' WHERE id = 1", "DELETE FROM p WHERE id = 1"});
  expect_allowed({"INSERT INTO p VALUES(3, 'a')"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'x'\n2|'b'\n3|'a'\n1|1\n");
  expect_clean();
}

TEST_F(PinTest, APinIsGoneAfterARollback) {
  make(kFamily);
  prepare("UPDATE c SET u = 'd' WHERE id = 1");
  expect_refused({"DELETE FROM p WHERE id = 4", "UPDATE p SET u = 'dd' WHERE id = 4"});
  EXPECT_EQ(roll_back(), "rolled back");
  expect_allowed({"DELETE FROM p WHERE id = 4"});
  expect_clean();
}

TEST_F(PinTest, APinnedParentThatReplaceWouldRemoveByItsRowidIsHeld) {
  make(
      "CREATE TABLE p(k TEXT PRIMARY KEY); INSERT INTO p VALUES('a'), ('b');"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p)");
  prepare("INSERT INTO c VALUES(1, 'a')");
  expect_refused({"REPLACE INTO p(rowid, k) VALUES(1, 'z')",
                  "UPDATE OR REPLACE p SET rowid = 1 WHERE k = 'b'",
                  "UPDATE p SET rowid = 9 WHERE k = 'a'"});
  expect_allowed({"REPLACE INTO p(rowid, k) VALUES(2, 'z')"});
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

TEST_F(PinTest, APinnedParentIsHeldFromARowThatEntersItsPartialIndex) {
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, u, active);"
      "CREATE UNIQUE INDEX pi ON p(u) WHERE active;"
      "INSERT INTO p VALUES(1, 'a', 1), (2, 'a', 0);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p)");
  prepare("INSERT INTO c VALUES(1, 1)");
  expect_refused({"UPDATE OR REPLACE p SET active = 1 WHERE id = 2"});
  expect_allowed({"UPDATE p SET active = 0 WHERE id = 1", "UPDATE p SET active = 1 WHERE id = 1"});
  EXPECT_EQ(commit(), "committed");
  expect_clean();
}

TEST_F(PinTest, AKeyIsAnotherOneAsItsIndexCompares) {
  make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, u TEXT COLLATE NOCASE);"
      "CREATE UNIQUE INDEX pi ON p(u COLLATE BINARY);"
      "INSERT INTO p VALUES(1, 'a');"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p)");
  prepare("INSERT INTO c VALUES(1, 1)");
  expect_refused({"UPDATE p SET u = 'A' WHERE id = 1"});
  expect_allowed({"REPLACE INTO p VALUES(2, 'A')"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "1|'a'\n2|'A'\n1|1\n");
}

/// A trigger that the application had before moves the parent under the row that REPLACE brings.
TEST_F(PinTest, APinnedParentKeepsItsHiddenRowid) {
  make(
      "CREATE TABLE p(id TEXT PRIMARY KEY, v);"
      "INSERT INTO p(rowid, id, v) VALUES(1, 'a', 0);"
      "CREATE TRIGGER moves BEFORE INSERT ON p WHEN NEW.id = 'z' BEGIN"
      "  UPDATE p SET rowid = 7 WHERE id = 'a'; END;"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p)");
  prepare("INSERT INTO c VALUES(1, 'a')");
  expect_refused({"UPDATE p SET rowid = 5", "REPLACE INTO p(rowid, id, v) VALUES(7, 'z', 0)"});
  expect_allowed({"UPDATE p SET v = 1"});
  EXPECT_EQ(commit(), "committed");
  EXPECT_EQ(everything(), "'a'|1\n1|'a'\n");
}

}  // namespace
}  // namespace xaodbc::sqlite
