#include <algorithm>
#include <chrono>
#include <cstddef>
#include <future>
#include <thread>

#include "tests/integration/tm_kit.h"
#include "tests/support/remote_tm.h"

namespace xaodbc {
namespace {

using support::RemoteTm;
using testing::HasSubstr;

/// xa_rollback from another process while this one is at work, as Enduro/X's tmsrv does when a
/// transaction times out.
class RollbackElsewhereTest : public TmTest {
 protected:
  void SetUp() override { open(); }
  void open() {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(other_.open(), XA_OK);
  }
  void expect_gone() {
    EXPECT_EQ(tm_.recover(), Xids{});
    EXPECT_FALSE(has_row(row_));
    EXPECT_EQ(tm_.prepare(xid_), XAER_NOTA);
  }

  RemoteTm other_;
};
XAODBC_ON_ALL_DATABASES(RollbackElsewhereTest);

TEST_P(RollbackElsewhereTest, EndSaysSo) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.end(xid_), XA_RBROLLBACK);
  EXPECT_THAT(xaodbc_last_error(), HasSubstr("another process"));
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_gone();
}

TEST_P(RollbackElsewhereTest, PrepareSaysSo) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.prepare(xid_), XA_RBROLLBACK);
  EXPECT_THAT(xaodbc_last_error(), HasSubstr("another process"));
  // What xa_prepare has recorded tells how it ended. Where the reaper was there first, nothing was.
  EXPECT_THAT(tm_.prepare(xid_), testing::AnyOf(XA_RBROLLBACK, XAER_NOTA));
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
}

TEST_P(RollbackElsewhereTest, OnePhaseCommitSaysSo) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_RBROLLBACK);
  expect_gone();
}

TEST_P(RollbackElsewhereTest, ResumeSaysSo) {
  begin(tm_, xid_, row_);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.start(xid_, TMRESUME), XA_RBROLLBACK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_gone();
}

TEST_P(RollbackElsewhereTest, LocksAreReleasedWithoutAnotherVerbOfTheOwner) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_FALSE(has_row(row_)) << "waits for the row's lock";
  EXPECT_THROW(insert(tm_, row_), SqlError);
  EXPECT_EQ(tm_.end(xid_), XA_RBROLLBACK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RollbackElsewhereTest, LocksOfAFailedBranchAreReleasedAsWell) {
  begin(tm_, xid_, row_);
  EXPECT_THAT(tm_.end(xid_, TMFAIL), IsRolledBack());
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_FALSE(has_row(row_)) << "waits for the row's lock";
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RollbackElsewhereTest, StatementThatRunsIsEnded) {
  begin(tm_, xid_, row_);
  auto rolled_back = std::async(std::launch::async, [&] { return other_.rollback(xid_); });
  EXPECT_THROW(tm_.execute(sleeping()), SqlError);
  EXPECT_EQ(rolled_back.get(), XAER_NOTA);
  EXPECT_EQ(tm_.end(xid_), XA_RBROLLBACK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_gone();
}

TEST_P(RollbackElsewhereTest, OtherBranchesGoOn) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(new_xid()), XAER_NOTA);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.prepare(xid_), XA_OK);
  ASSERT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RollbackElsewhereTest, RollbackBeforeTheBranchBeganIsNotMeant) {
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(new_xid()), XAER_NOTA) << "so that this process looks at the marks";
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RollbackElsewhereTest, NothingIsLeftToRollBackTwice) {
  begin_and_end(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_gone();
}

TEST_P(RollbackElsewhereTest, CommitAsSqlTextThatNobodyAsksAboutIsAHazard) {
  if (!has_proof()) GTEST_SKIP() << "it is refused inside of a branch";
  ASSERT_EQ(tm_.close(), XA_OK);
  config_.add_resource("accounts", {{"verb_timeout", "1"}});
  ASSERT_EQ(tm_.open(), XA_OK);
  begin(tm_, xid_, row_);
  tm_.execute("COMMIT");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_TRUE(odbc::wait_until([&] { return tm_.recover() == xids({xid_}); }));
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RollbackElsewhereTest, SessionsOfAClosedResourceEndWhenItsLastBranchIsFinished) {
  if (!has_proof()) GTEST_SKIP() << "asks PostgreSQL for the session";
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  const auto session = tm_.execute("SELECT pg_backend_pid()").at(0).at(0).value();
  insert(tm_, row_);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.close(), XA_OK);
  EXPECT_EQ(other_.commit(xid_), XA_OK);
  auto observer = server().connect(Account::kAdmin);
  EXPECT_TRUE(odbc::wait_until([&] {
    return observer.scalar("SELECT count(*) FROM pg_stat_activity WHERE pid = " + session) == "0";
  }));
  EXPECT_EQ(tm_.open(), XA_OK);
}

/// Its memory and XID are free again when nobody asked for the length of a verb.
TEST_P(RollbackElsewhereTest, OwnerThatNeverAsksIsForgotten) {
  ASSERT_EQ(tm_.close(), XA_OK);
  config_.add_resource("accounts", {{"verb_timeout", "1"}});
  Tm owner("accounts", new_rmid());
  ASSERT_EQ(owner.open(), XA_OK);
  begin_and_end(owner, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto again = owner.start(xid_);
  while (again == XAER_DUPID && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    again = owner.start(xid_);
  }
  EXPECT_EQ(again, XA_OK);
  EXPECT_EQ(owner.end(xid_), XA_OK);
  EXPECT_EQ(owner.rollback(xid_), XA_OK);
}

/// The same with prepare = at_end, where the owner may be inside xa_end.
class RollbackAtEndTest : public RollbackElsewhereTest {
 protected:
  RollbackAtEndTest() { config_.add_resource("accounts", {{"prepare", "at_end"}}); }

  [[nodiscard]] std::ptrdiff_t recorded(const XID& xid, log::RecordType type) const {
    return xaodbc::recorded(config_.log_directory(), "accounts", xid, type);
  }
};
XAODBC_ON_ALL_DATABASES(RollbackAtEndTest);

TEST_P(RollbackAtEndTest, BeforeEndIsToldByEnd) {
  begin(tm_, xid_, row_);
  EXPECT_EQ(other_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.end(xid_), XA_RBROLLBACK);
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
}

TEST_P(RollbackAtEndTest, AtTheSameMomentNeverLeavesAnOrphan) {
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(other_.rollback(new_xid()), XAER_NOTA);
  // From far ahead of the moment in which the rollback acts to behind it.
  const auto step = (std::chrono::steady_clock::now() - started) / 4 / 12;
  int before = 0;
  int after = 0;
  for (int round = 0; round < 200; ++round) {
    const XID xid = new_xid();
    ASSERT_NO_FATAL_FAILURE(begin(tm_, xid, new_row()));
    other_.begin_rollback(xid);
    std::this_thread::sleep_for(step * (round % 20));
    const auto ended = tm_.end(xid);
    const auto rolled_back = other_.answer();
    EXPECT_THAT(ended, AnyOf(XA_OK, IsRolledBack()));
    EXPECT_THAT(rolled_back, AnyOf(XA_OK, XAER_NOTA));
    ASSERT_EQ(tm_.recover(), Xids{}) << "round " << round << ", xa_end " << ended.code;
    ++(ended == XA_OK ? after : before);
  }
  RecordProperty("ended_first", after);
  EXPECT_GT(before, 0) << "no round in which the rollback came first";
}

/// Dying owners: what they left behind is rolled back like everything else.
TEST_P(RollbackAtEndTest, OwnerThatDiesInsideEndLeavesNothing) {
#ifndef XAODBC_FAIL_POINTS
  GTEST_SKIP() << "build with -DXAODBC_FAIL_POINTS=ON";
#endif
  for (const char* point : {"prepare_record_written", "prepare_answered", "prepare_durable"}) {
    const XID xid = new_xid();
    ASSERT_EQ(run_in_child(
                  [&] {
                    ASSERT_EQ(tm_.open(), XA_OK);
                    begin(tm_, xid, new_row());
                    static_cast<void>(tm_.end(xid));
                  },
                  {{"XAODBC_FAIL_POINT", point}}),
              killed_by(SIGKILL));
    EXPECT_EQ(other_.rollback(xid), XA_OK) << point;
    EXPECT_EQ(other_.prepare(xid), XAER_NOTA) << point;
    EXPECT_EQ(tm_.recover(), Xids{}) << point;
  }
}

/// The vote of whoever asks after a death is the truth.
TEST_P(RollbackAtEndTest, OwnerThatDiesInsideEndIsConfirmedOnlyIfPrepared) {
#ifndef XAODBC_FAIL_POINTS
  GTEST_SKIP() << "build with -DXAODBC_FAIL_POINTS=ON";
#endif
  for (const char* point : {"prepare_record_written", "prepare_answered", "prepare_durable"}) {
    const XID xid = new_xid();
    const std::string row = new_row();
    ASSERT_EQ(run_in_child(
                  [&] {
                    ASSERT_EQ(tm_.open(), XA_OK);
                    begin(tm_, xid, row);
                    static_cast<void>(tm_.end(xid));
                  },
                  {{"XAODBC_FAIL_POINT", point}}),
              killed_by(SIGKILL));
    if (std::string(point) == "prepare_record_written") {
      EXPECT_THAT(other_.prepare(xid), IsRolledBack());
      EXPECT_FALSE(has_row(row));
    } else {
      EXPECT_EQ(other_.prepare(xid), XA_OK) << point;
      const bool durable = std::string(point) == "prepare_durable";
      EXPECT_EQ(recorded(xid, log::RecordType::kPreparing), durable ? 1 : 2)
          << point << ": nobody waited until the owner's record was durable, so it needs another";
      EXPECT_EQ(other_.commit(xid), XA_OK) << point;
      EXPECT_TRUE(has_row(row));
    }
  }
}

}  // namespace
}  // namespace xaodbc
