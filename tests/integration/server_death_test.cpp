#include "tests/integration/tm_kit.h"
#include "tests/support/remote_tm.h"

namespace xaodbc {
namespace {

[[maybe_unused]] const bool kDurable = support::share_durable_servers();

/// Servers are killed; what they have answered must be found again when they are back.
class ServerDeathTest : public TmTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(other_.open(), XA_OK);
  }
  void kill_server() {
    server().kill();
    server().start();
  }

  support::RemoteTm other_;
};
XAODBC_ON_BOTH_DATABASES(ServerDeathTest);

TEST_P(ServerDeathTest, ActiveBranchIsRolledBackAndNeverVotesOk) {
  begin(tm_, xid_, row_);
  kill_server();
  EXPECT_THROW(insert(tm_, new_row()), SqlError);
  EXPECT_THAT(tm_.end(xid_), AnyOf(XA_OK, IsRolledBack()));
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_THAT(tm_.rollback(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(ServerDeathTest, IdleBranchIsRolledBackAndNeverVotesOk) {
  begin_and_end(tm_, xid_, row_);
  kill_server();
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
  expect_new_work();
}

TEST_P(ServerDeathTest, PreparedBranchCanBeCommittedAndRolledBack) {
  const XID other = new_xid();
  const std::string other_row = new_row();
  prepare(tm_, xid_, row_);
  prepare(tm_, other, other_row);
  kill_server();
  EXPECT_EQ(tm_.recover(), xids({xid_, other}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(other), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_FALSE(has_row(other_row));
  expect_new_work();
}

TEST_P(ServerDeathTest, PreparedBranchCanBeFinishedByAFreshProcess) {
  prepare(tm_, xid_, row_);
  kill_server();
  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              EXPECT_EQ(tm_.recover(), xids({xid_}));
              EXPECT_EQ(tm_.commit(xid_), XA_OK);
            }),
            exited(0));
  EXPECT_THAT(tm_.commit(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_TRUE(has_row(row_));
}

TEST_P(ServerDeathTest, RolledBackBranchStaysRolledBack) {
  prepare(tm_, xid_, row_);
  ASSERT_EQ(tm_.rollback(xid_), XA_OK);
  kill_server();
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
}

TEST_P(ServerDeathTest, BranchRolledBackByAnotherProcessStaysRolledBack) {
  prepare(tm_, xid_, row_);
  ASSERT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(other_.rollback(xid_), XA_OK);
  kill_server();
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_FALSE(has_row(row_));
}

TEST_P(ServerDeathTest, CommittedBranchStaysCommitted) {
  prepare(tm_, xid_, row_);
  ASSERT_EQ(tm_.commit(xid_), XA_OK);
  kill_server();
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_TRUE(has_row(row_));
}

TEST_P(ServerDeathTest, BranchCommittedByAnotherProcessStaysCommitted) {
  prepare(tm_, xid_, row_);
  ASSERT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(other_.commit(xid_), XA_OK);
  kill_server();
  ASSERT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_TRUE(has_row(row_));
}

TEST_P(ServerDeathTest, OnePhaseCommitStaysCommitted) {
  begin_and_end(tm_, xid_, row_);
  ASSERT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  kill_server();
  EXPECT_TRUE(has_row(row_));
}

/// One phase is answered there before it is on disk.
TEST(BinaryLogTest, OnePhaseCommitStaysCommitted) {
  PrivateServer server(ServerKind::kMariadb,
                       {.variables = {"log_bin=binlog", "sync_binlog=1", "server_id=1"}});
  support::ScratchConfig config;
  config.add_resource("accounts", server);
  odbc::make_ledger(server);
  Tm tm("accounts", new_rmid());
  ASSERT_EQ(tm.open(), XA_OK);
  const XID xid = new_xid();
  begin_and_end(tm, xid, "1");
  ASSERT_EQ(tm.commit_one_phase(xid), XA_OK);
  server.kill();
  server.start();
  EXPECT_THAT(prepared_on(server), IsEmpty());
  EXPECT_TRUE(odbc::has_row(server, "1"));
  EXPECT_EQ(tm.close(), XA_OK);
}

}  // namespace
}  // namespace xaodbc
