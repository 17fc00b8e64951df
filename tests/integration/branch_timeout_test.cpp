#include <chrono>
#include <thread>

#include "odbc/dialects/mariadb_xid.h"
#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using support::Account;
using testing::HasSubstr;

class BranchTimeoutTest : public TmTest {
 protected:
  BranchTimeoutTest() { config_.add_resource("accounts", {{"branch_timeout", "1"}}); }
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  /// Waits for the row's lock, that is, until the branch is rolled back.
  void expect_rolled_back() { EXPECT_FALSE(has_row(row_)); }

  /// MariaDB refuses COMMIT there.
  void commit_as_sql_text() {
    if (!on_mariadb()) {
      tm_.execute("COMMIT");
      return;
    }
    const std::string name = odbc::to_mariadb(Xid::parse(support::text_of(xid_)).value());
    tm_.execute("XA END " + name);
    tm_.execute("XA COMMIT " + name + " ONE PHASE");
  }
};
XAODBC_ON_ALL_DATABASES(BranchTimeoutTest);

TEST_P(BranchTimeoutTest, WorkingBranchIsRolledBackAndEndSaysSo) {
  begin(tm_, xid_, row_);
  expect_rolled_back();
  EXPECT_EQ(tm_.end(xid_), XA_RBTIMEOUT);
  EXPECT_THAT(xaodbc_last_error(), HasSubstr("branch_timeout = 1"));
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(BranchTimeoutTest, RunningStatementIsEnded) {
  begin(tm_, xid_, row_);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THROW(tm_.execute(sleeping()), SqlError);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
  EXPECT_EQ(tm_.end(xid_), XA_RBTIMEOUT);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_rolled_back();
}

TEST_P(BranchTimeoutTest, StatementThatWaitsForALockIsEnded) {
  if (on_sqlite()) GTEST_SKIP() << "only xa_start waits for others";
  auto other = server().connect(Account::kAdmin);
  other.execute("BEGIN");
  other.execute("INSERT INTO ledger VALUES (" + row_ + ", 5)");
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  EXPECT_THROW(insert(tm_, row_), SqlError);
  EXPECT_EQ(tm_.end(xid_), XA_RBTIMEOUT);
  other.execute("ROLLBACK");
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(BranchTimeoutTest, IdleBranchIsRolledBackAndPrepareSaysSo) {
  begin_and_end(tm_, xid_, row_);
  expect_rolled_back();
  EXPECT_EQ(tm_.prepare(xid_), XA_RBTIMEOUT);
  EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
}

TEST_P(BranchTimeoutTest, SuspendedBranchIsRolledBackAndResumeSaysSo) {
  begin(tm_, xid_, row_);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  expect_rolled_back();
  EXPECT_EQ(tm_.start(xid_, TMRESUME), XA_RBTIMEOUT);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(BranchTimeoutTest, OnePhaseCommitSaysSo) {
  begin_and_end(tm_, xid_, row_);
  expect_rolled_back();
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_RBTIMEOUT);
}

TEST_P(BranchTimeoutTest, CommitAsSqlTextIsStillToldOfAndHoldsNoConnection) {
  if (on_sqlite()) GTEST_SKIP() << "it is refused inside of a branch";
  ASSERT_EQ(tm_.close(), XA_OK);
  config_.add_resource("accounts", {{"connections_max", "1"}});
  ASSERT_EQ(tm_.open(), XA_OK);
  begin(tm_, xid_, row_);
  commit_as_sql_text();
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  const XID other = new_xid();
  EXPECT_TRUE(odbc::wait_until([&] { return tm_.start(other, TMNOWAIT) == XA_OK; }));
  EXPECT_EQ(tm_.end(other), XA_OK);
  EXPECT_EQ(tm_.rollback(other), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(BranchTimeoutTest, CommitAsSqlTextOfASuspendedBranchCanBeForgotten) {
  if (!has_proof()) GTEST_SKIP() << "asks PostgreSQL";
  begin(tm_, xid_, row_);
  tm_.execute("COMMIT");
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  EXPECT_TRUE(odbc::wait_until([&] { return tm_.rollback(xid_) == XA_HEURHAZ; }));
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(BranchTimeoutTest, PreparedBranchIsKept) {
  ASSERT_NO_FATAL_FAILURE(prepare(tm_, xid_, row_));
  // Another branch, begun later, is timed out: the time has passed for both.
  const XID later = new_xid();
  const std::string row = new_row();
  ASSERT_NO_FATAL_FAILURE(begin_and_end(tm_, later, row));
  EXPECT_FALSE(has_row(row));
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tm_.rollback(later), XA_OK);
}

TEST_P(BranchTimeoutTest, NextBranchOfTheThreadWorks) {
  begin(tm_, xid_, row_);
  expect_rolled_back();
  EXPECT_EQ(tm_.end(xid_), XA_RBTIMEOUT);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  const XID next = new_xid();
  ASSERT_NO_FATAL_FAILURE(prepare(tm_, next, row_));
  EXPECT_EQ(tm_.commit(next), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(BranchTimeoutTest, ForkedChildTimesItsOwnBranchesOut) {
  if (on_sqlite()) GTEST_SKIP() << "two branches cannot work in a file at the same time";
  begin(tm_, xid_, row_);
  const std::string row = new_row();
  const XID xid = new_xid();
  EXPECT_EQ(run_in_child([&] {
              Tm tm("accounts", new_rmid());
              ASSERT_EQ(tm.open(), XA_OK);
              begin(tm, xid, row);
              EXPECT_FALSE(has_row(row));
              EXPECT_EQ(tm.end(xid), XA_RBTIMEOUT);
            }),
            exited(0));
  expect_rolled_back();
  EXPECT_EQ(tm_.end(xid_), XA_RBTIMEOUT);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

}  // namespace
}  // namespace xaodbc
