#include "tests/torture/failing_sync.h"

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

using torture::FailingSync;

/// A sync that fails, one after the other of all that a verb does.
class FailingSyncTest : public SqliteTest {
 protected:
  void SetUp() override {
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 0)");
  }

  FailingSync disk_{{&sqlite3_vfs_find, &sqlite3_vfs_register, &sqlite3_vfs_unregister}};
};

/// The last sync is that of the journal that is there no more: the commit was done.
TEST_F(FailingSyncTest, OnePhaseIsNeverCalledRolledBackWhereItMayBeCommitted) {
  for (const std::string mode : {"PERSIST", "TRUNCATE", "DELETE"}) {
    int unknown = 0;
    for (int n = 1;; ++n) {
      FailingSync::fail(0);
      Database database(file());
      database.ask("PRAGMA journal_mode = " + mode);
      ASSERT_EQ(database.run("UPDATE t SET v = 0"), "");
      ASSERT_EQ(database.call("xaodbc_start", "g"), "started");
      ASSERT_EQ(database.run("UPDATE t SET v = 1"), "");
      FailingSync::fail(n);
      const std::string answer = database.call("xaodbc_commit_one_phase", "g");
      if (!FailingSync::has_failed()) break;
      if (ask("SELECT v FROM t") == "0") continue;
      ++unknown;
      EXPECT_THAT(answer, HasSubstr("whether branch g is committed is not known: disk I/O error"));
      EXPECT_EQ(database.call("xaodbc_start", "h"), "started");
    }
    EXPECT_EQ(unknown, mode == "DELETE" ? 0 : 1) << mode;
  }
}

}  // namespace
}  // namespace xaodbc::sqlite
