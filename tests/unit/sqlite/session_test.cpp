#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

constexpr const char* kEndless =
    "INSERT INTO account WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i, i FROM n";

/// Somebody else ends what a connection is doing.
class SessionTest : public SqliteTest {
 protected:
  void SetUp() override { make("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INT)"); }

  static std::string name_of(Database& database) {
    const std::string quoted = database.ask("SELECT xaodbc_session()");
    return quoted.substr(1, quoted.size() - 2);
  }

  Database worker_{file()};
  Database other_{file()};
};

TEST_F(SessionTest, BranchAtWorkIsRolledBackAndTheFileIsFree) {
  ASSERT_EQ(worker_.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(worker_.run("INSERT INTO account VALUES(1, 1)"), "");
  EXPECT_EQ(other_.call("xaodbc_end_session", name_of(worker_)), "ended");
  EXPECT_EQ(other_.run("INSERT INTO account VALUES(1, 2)"), "");
}

TEST_F(SessionTest, EndedBranchCanNeitherWriteNorBePrepared) {
  ASSERT_EQ(worker_.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(worker_.run("INSERT INTO account VALUES(1, 1)"), "");
  ASSERT_EQ(other_.call("xaodbc_end_session", name_of(worker_)), "ended");
  EXPECT_EQ(worker_.run("INSERT INTO account VALUES(2, 2)"), "not authorized");
  EXPECT_EQ(worker_.run(kEndless), "not authorized");
  EXPECT_THAT(worker_.call("xaodbc_prepare", "g"), HasSubstr("who ended its session"));
  EXPECT_EQ(worker_.ask("SELECT * FROM account"), "");
  EXPECT_EQ(worker_.call("xaodbc_start", "h"), "started");
}

TEST_F(SessionTest, StatementThatRunsIsInterrupted) {
  ASSERT_EQ(worker_.call("xaodbc_start", "g"), "started");
  const std::string name = name_of(worker_);
  std::atomic<bool> runs = false;
  const auto note = [](void* flag) {
    *static_cast<std::atomic<bool>*>(flag) = true;
    return 0;
  };
  sqlite3_progress_handler(worker_.handle(), 1000, note, &runs);
  std::string failed;
  std::thread working([&] { failed = worker_.run(kEndless); });
  while (!runs) std::this_thread::yield();
  std::string answer;
  do answer = other_.call("xaodbc_end_session", name);
  while (answer == "busy");
  working.join();
  EXPECT_EQ(answer, "ended");
  EXPECT_NE(failed, "");
  EXPECT_EQ(other_.run("INSERT INTO account VALUES(1, 2)"), "");
}

TEST_F(SessionTest, PreparedBranchIsNotTouched) {
  ASSERT_EQ(worker_.call("xaodbc_start", "g"), "started");
  ASSERT_EQ(worker_.run("INSERT INTO account VALUES(1, 1)"), "");
  ASSERT_EQ(worker_.call("xaodbc_prepare", "g"), "prepared");
  EXPECT_EQ(other_.call("xaodbc_end_session", name_of(worker_)), "ended");
  EXPECT_EQ(other_.call("xaodbc_commit", "g"), "committed");
}

TEST_F(SessionTest, NobodyEndsItselfOrWhoIsGone) {
  auto closed = std::make_unique<Database>(file());
  const std::string name = name_of(*closed);
  closed.reset();
  EXPECT_EQ(other_.call("xaodbc_end_session", name), "unknown");
  EXPECT_EQ(other_.call("xaodbc_end_session", name_of(other_)), "unknown");
  EXPECT_EQ(other_.call("xaodbc_end_session", ""), "unknown");
}

TEST_F(SessionTest, ChildEndsNothingOfItsParent) {
  ASSERT_EQ(worker_.call("xaodbc_start", "g"), "started");
  const std::string name = name_of(worker_);
  const pid_t child = fork();
  if (child == 0) {
    Database own(file());
    _exit(own.call("xaodbc_end_session", name) == "unknown" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(worker_.run("INSERT INTO account VALUES(1, 1)"), "");
  EXPECT_EQ(worker_.call("xaodbc_prepare", "g"), "prepared");
}

}  // namespace
}  // namespace xaodbc::sqlite
