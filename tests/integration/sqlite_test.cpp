#include <dlfcn.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/integration/sqlite_kit.h"
#include "tests/torture/failing_sync.h"

namespace xaodbc {
namespace {

TEST_F(SqliteTmTest, PreparedBranchIsListedAndCommitted) {
  prepare(tm_, xid_, row_);
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
}

TEST_F(SqliteTmTest, PreparedBranchIsRolledBack) {
  prepare(tm_, xid_, row_);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.recover(), Xids{});
}

TEST_F(SqliteTmTest, UnpreparedBranchIsRolledBack) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

TEST_F(SqliteTmTest, OnePhaseCommits) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

/// A function of the SQLite that the driver uses.
template <class Function>
Function of_driver(const char* name) {
  void* library = dlopen("libsqlite3.so.0", RTLD_NOW);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return reinterpret_cast<Function>(dlsym(library, name));
}

torture::FailingSync::Sqlite sqlite_of_driver() {
  return {of_driver<decltype(&sqlite3_vfs_find)>("sqlite3_vfs_find"),
          of_driver<decltype(&sqlite3_vfs_register)>("sqlite3_vfs_register"),
          of_driver<decltype(&sqlite3_vfs_unregister)>("sqlite3_vfs_unregister")};
}

TEST_F(SqliteTmTest, OnePhaseWhoseLastSyncFailsIsNotCalledRolledBack) {
  using torture::FailingSync;
  const FailingSync disk(sqlite_of_driver());
  ASSERT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(tm_.open(), XA_OK);
  int unknown = 0;
  for (int n = 1;; ++n) {
    FailingSync::fail(0);
    const XID xid = new_xid();
    const std::string row = new_row();
    begin_and_end(tm_, xid, row);
    FailingSync::fail(n);
    const auto answer = tm_.commit_one_phase(xid);
    if (!FailingSync::has_failed()) break;
    if (!has_row(row)) continue;
    ++unknown;
    EXPECT_EQ(answer, XAER_RMFAIL) << answer.why;
  }
  EXPECT_EQ(unknown, 1);
}

/// Interrupts a connection of the driver, once, when a verb has answered and the driver asks for
/// another row.
class InterruptAfter {
 public:
  explicit InterruptAfter(std::string verb) {
    verb_ = std::move(verb);
    extend("sqlite3_auto_extension");
  }
  InterruptAfter(const InterruptAfter&) = delete;
  InterruptAfter& operator=(const InterruptAfter&) = delete;
  ~InterruptAfter() {
    extend("sqlite3_cancel_auto_extension");
    verb_.clear();
  }
  static bool has_come() { return verb_.empty(); }

 private:
  static void extend(const char* function) {
    of_driver<decltype(&sqlite3_auto_extension)>(function)(reinterpret_cast<void (*)()>(&enter));
  }
  static int enter(sqlite3* db, char** /*error*/, const void* /*api*/) {
    return of_driver<decltype(&sqlite3_trace_v2)>("sqlite3_trace_v2")(db, SQLITE_TRACE_ROW, &row,
                                                                      db);
  }
  static int row(unsigned /*event*/, void* db, void* statement, void* /*unused*/) {
    const auto sql_of = of_driver<decltype(&sqlite3_sql)>("sqlite3_sql");
    const char* sql = sql_of(static_cast<sqlite3_stmt*>(statement));
    const bool is_verb = sql != nullptr && std::string(sql).find(verb_ + "(") != std::string::npos;
    if (verb_.empty() || !is_verb) return 0;
    verb_.clear();
    of_driver<decltype(&sqlite3_interrupt)>("sqlite3_interrupt")(static_cast<sqlite3*>(db));
    return 0;
  }

  static inline std::string verb_;
};

TEST_F(SqliteTmTest, OnePhaseInterruptedWhenItWasDoneIsNotCalledRolledBack) {
  ASSERT_EQ(tm_.close(), XA_OK);
  const InterruptAfter interrupt("xaodbc_commit_one_phase");
  ASSERT_EQ(tm_.open(), XA_OK);
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_RMFAIL);
  EXPECT_TRUE(interrupt.has_come());
  EXPECT_TRUE(has_row(row_));
}

TEST_F(SqliteTmTest, VerbsInterruptedWhenTheyWereDoneAreFoundToBe) {
  for (const std::string verb : {"xaodbc_start", "xaodbc_prepare", "xaodbc_commit"}) {
    ASSERT_EQ(tm_.close(), XA_OK);
    const InterruptAfter interrupt(verb);
    ASSERT_EQ(tm_.open(), XA_OK);
    const XID xid = new_xid();
    const std::string row = new_row();
    ASSERT_NO_FATAL_FAILURE(prepare(tm_, xid, row)) << verb;
    EXPECT_EQ(tm_.commit(xid), XA_OK) << verb;
    EXPECT_TRUE(interrupt.has_come()) << verb;
    EXPECT_TRUE(has_row(row)) << verb;
  }
}

/// journal_mode = PERSIST: no commit allocates the journal anew, and none undoes the one before.
TEST_F(SqliteTmTest, JournalStaysWithoutAHeaderAndNoLargerThanAMegabyte) {
  stranger().execute(
      "CREATE TABLE wide AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
      "< 2000) SELECT i, zeroblob(1000) AS v FROM n");
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  tm_.execute("UPDATE wide SET v = zeroblob(1001)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  const std::string journal = file() + "-journal";
  EXPECT_EQ(std::filesystem::file_size(journal), std::uintmax_t{1} << 20U);
  std::string header(28, 'x');
  std::ifstream(journal, std::ios::binary).read(header.data(), 28);
  EXPECT_EQ(header, std::string(28, '\0'));
}

/// What is left of verb_timeout may be less than SQLite usually waits for another writer.
TEST_F(SqliteTmTest, NothingIsWaitedForLongerThanIsLeft) {
  const odbc::Kit kit(settings());
  const auto connection = kit.connect();
  const auto branch = kit.name(*connection, odbc::new_xid());
  auto writer = stranger();
  writer.execute("BEGIN IMMEDIATE");
  const auto soon = Deadline::after(std::chrono::milliseconds(200));
  const Status busy = kit.dialect().start(*connection, branch, soon);
  EXPECT_TRUE(busy.is(StatusCode::kRetry)) << busy.message();
  writer.execute("ROLLBACK");
  EXPECT_TRUE(kit.dialect().start(*connection, branch, odbc::soon()).is_ok());
}

TEST_F(SqliteTmTest, BranchThatOnlyReadVotesReadOnly) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  tm_.execute("SELECT count(*) FROM ledger");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.prepare(xid_), XA_RDONLY);
}

TEST_F(SqliteTmTest, CommitAsTextIsRefused) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  tm_.execute("INSERT INTO ledger VALUES (" + row_ + ", 1)");
  EXPECT_THROW(tm_.execute("COMMIT"), SqlError);
  EXPECT_THROW(tm_.execute("ROLLBACK"), SqlError);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_F(SqliteTmTest, WhatCannotBeCapturedVotesRollbackAndNamesTheTable) {
  stranger().execute("CREATE TABLE keyless (v INTEGER)");
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  tm_.execute("INSERT INTO keyless VALUES (1)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  const auto vote = tm_.prepare(xid_);
  EXPECT_THAT(vote, IsRolledBack());
  EXPECT_THAT(vote.why, HasSubstr("keyless"));
  EXPECT_TRUE(stranger().execute("SELECT v FROM keyless").empty());
}

TEST_F(SqliteTmTest, StrangersAreKeptFromTheRowsOfABranchInDoubt) {
  prepare(tm_, xid_, row_);
  EXPECT_THROW(stranger().execute("INSERT INTO ledger VALUES (" + row_ + ", 2)"), SqlError);
  stranger().execute("INSERT INTO ledger VALUES (" + new_row() + ", 2)");
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_F(SqliteTmTest, SecondBranchCanBeginWhenTheFirstIsPrepared) {
  prepare(tm_, xid_, row_);
  const XID other = new_xid();
  const std::string row = new_row();
  prepare(tm_, other, row);
  EXPECT_EQ(tm_.recover(), xids({xid_, other}));
  EXPECT_EQ(tm_.commit(other), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_TRUE(has_row(row));
  EXPECT_FALSE(has_row(row_));
}

TEST_F(SqliteTmTest, StartBesideAnotherWriterSaysSo) {
  auto writer = stranger();
  writer.execute("BEGIN IMMEDIATE");
  const auto answer = tm_.start(xid_, TMNOWAIT);
  EXPECT_EQ(answer, XA_RETRY);
  EXPECT_THAT(answer.why, HasSubstr("one writer"));
  writer.execute("ROLLBACK");
  prepare(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

/// All want the write lock all the time, strangers without the bridge as well.
TEST_F(SqliteTmTest, ThreadsAndStrangersTakeTurnsAndNobodyIsRefused) {
  constexpr int kThreads = 8;
  constexpr int kBranches = 12;
  config_.add_resource(
      "busy", {{"dialect", "sqlite"}, {"connection", connection_string()}, {"verb_timeout", "60"}});
  Tm tm("busy", new_rmid());
  const auto branches = [&](int thread) {
    ASSERT_EQ(tm.open(), XA_OK);
    for (int i = 0; i < kBranches; ++i) {
      const XID xid = support::make_xid("busy" + std::to_string(thread), std::to_string(i));
      const auto row = std::to_string(1000 * (thread + 1) + i);
      ASSERT_NO_FATAL_FAILURE(prepare(tm, xid, row));
      EXPECT_EQ(i % 3 == 0 ? tm.rollback(xid) : tm.commit(xid), XA_OK);
    }
    EXPECT_EQ(tm.close(), XA_OK);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(branches, i);
  support::SqlSession session(connection_string());
  for (int i = 1; i <= kBranches; ++i) {
    session.execute("INSERT INTO ledger VALUES (-" + std::to_string(i) + ", 1)");
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stranger().scalar("SELECT count(*) FROM ledger"),
            std::to_string(kBranches + (kThreads * kBranches * 2 / 3)));
}

TEST_F(SqliteTmTest, UnknownBranchIsUnknownWhileAnotherIsAtWork) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(tm_.commit(new_xid()), XAER_NOTA);
  EXPECT_EQ(tm_.rollback(new_xid()), XAER_NOTA);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
}

/// The lock is the branch's own, of a process that goes on.
TEST_F(SqliteTmTest, WhoPreparedIsTakenForAliveAtOnceWhileAnybodyIsAtWork) {
  const odbc::Kit kit(settings());
  const auto connection = kit.connect();
  const auto alive = [&] {
    return kit.dialect().session_alive(*connection, "somebody's", odbc::soon());
  };
  EXPECT_EQ(alive().value_or(true), false);
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(alive().value_or(false), true);
  EXPECT_TRUE(connection->fit());
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_EQ(alive().value_or(true), false);
}

/// A monitor asks in vain for no verb_timeout, and gets an answer.
TEST_F(SqliteTmTest, ScanBesideABranchAtWorkListsTheOneInDoubt) {
  ASSERT_NO_FATAL_FAILURE(prepare_and_die());
  const XID working = new_xid();
  begin_and_end(tm_, working, new_row());
  const auto scan = support::run_program({XAODBC_TOOL_PATH, "scan", "accounts"});
  EXPECT_EQ(scan.ending, exited(1)) << scan.output;
  EXPECT_THAT(scan.output, HasSubstr("in-doubt"));
  EXPECT_EQ(tm_.rollback(working), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

/// I5: an empty list of a file that is not the one is not believed.
TEST_F(SqliteTmTest, FileThatIsAwayIsNotReplacedByAnEmptyOne) {
  prepare(tm_, xid_, row_);
  const std::string away = file() + ".away";
  std::filesystem::rename(file(), away);
  Tm later("accounts", new_rmid());
  const auto refused = run_in_child([&later] {
    const auto answer = later.open();
    EXPECT_THAT(answer.code, testing::AnyOf(XAER_RMFAIL, XAER_RMERR));
    EXPECT_THAT(answer.why, HasSubstr("check that the file of Database exists"));
  });
  EXPECT_EQ(refused, exited(0));
  EXPECT_EQ(support::run_program({XAODBC_TOOL_PATH, "scan", "accounts"}).ending, exited(2));
  EXPECT_FALSE(std::filesystem::exists(file()));
  std::filesystem::rename(away, file());
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_F(SqliteTmTest, OwnerThatDiedPreparedLeavesABranchForOthers) {
  ASSERT_NO_FATAL_FAILURE(prepare_and_die());
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_F(SqliteTmTest, OwnerThatDiedAtWorkLeavesNothing) {
  const auto die = [this] {
    ASSERT_EQ(tm_.open(), XA_OK);
    begin_and_end(tm_, xid_, row_);
    ::raise(SIGKILL);
  };
  ASSERT_EQ(run_in_child(die), killed_by(SIGKILL));
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
  EXPECT_FALSE(has_row(row_));
  const XID other = new_xid();
  prepare(tm_, other, row_);
  EXPECT_EQ(tm_.commit(other), XA_OK);
}

}  // namespace
}  // namespace xaodbc
