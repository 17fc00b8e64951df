#include <csignal>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using testing::HasSubstr;

/// A transaction manager of LIXA's kind: two resources, one XID for both.
class TwoResources : public testing::Test {
 protected:
  static void SetUpTestSuite() { support::start_shared_servers(); }

  void SetUp() override {
    odbc::make_ledger(postgresql_);
    odbc::make_ledger(mariadb_);
    add_resources();
    ASSERT_EQ(first_.open(), XA_OK);
    ASSERT_EQ(second_.open(), XA_OK);
  }
  void TearDown() override {
    EXPECT_EQ(first_.close(), XA_OK);
    EXPECT_EQ(second_.close(), XA_OK);
    for (PrivateServer* server : {&postgresql_, &mariadb_}) {
      EXPECT_THAT(prepared_on(*server), IsEmpty());
      if (HasFailure()) roll_back_behind_our_back(*server);
    }
    EXPECT_THAT(live_in_log(config_.log_directory()), IsEmpty());
  }
  /// `accounts` and `orders`.
  virtual void add_resources() = 0;

  /// Work in both under the same XID, up to the votes, in the order in which LIXA calls.
  void prepare_both() {
    ASSERT_EQ(first_.start(xid_), XA_OK);
    ASSERT_EQ(second_.start(xid_), XA_OK);
    insert(first_, row_);
    insert(second_, other_row_);
    ASSERT_EQ(first_.end(xid_), XA_OK);
    ASSERT_EQ(second_.end(xid_), XA_OK);
    ASSERT_EQ(first_.prepare(xid_), XA_OK);
    ASSERT_EQ(second_.prepare(xid_), XA_OK);
  }
  PrivateServer& postgresql_ = support::shared_server(ServerKind::kPostgresql);
  PrivateServer& mariadb_ = support::shared_server(ServerKind::kMariadb);
  support::ScratchConfig config_;
  Tm first_{"accounts", new_rmid()};
  Tm second_{"orders", new_rmid()};
  const XID xid_ = new_xid();
  const std::string row_ = new_row();
  const std::string other_row_ = new_row();
};

class OneDatabaseTest : public TwoResources {
 protected:
  void add_resources() override {
    config_.add_resource("accounts", postgresql_);
    config_.add_resource("orders", postgresql_);
  }
};

TEST_F(OneDatabaseTest, BothCommitUnderTheSameXid) {
  prepare_both();
  EXPECT_EQ(first_.commit(xid_), XA_OK);
  EXPECT_EQ(second_.commit(xid_), XA_OK);
  EXPECT_TRUE(odbc::has_row(postgresql_, row_));
  EXPECT_TRUE(odbc::has_row(postgresql_, other_row_));
}

TEST_F(OneDatabaseTest, EachIsDecidedByItself) {
  prepare_both();
  EXPECT_EQ(first_.rollback(xid_), XA_OK);
  EXPECT_EQ(second_.recover(), xids({xid_}));
  EXPECT_EQ(second_.commit(xid_), XA_OK);
  EXPECT_FALSE(odbc::has_row(postgresql_, row_));
  EXPECT_TRUE(odbc::has_row(postgresql_, other_row_));
}

TEST_F(OneDatabaseTest, ScanListsNoBranchOfTheOtherResource) {
  ASSERT_EQ(first_.start(xid_), XA_OK);
  insert(first_, row_);
  ASSERT_EQ(first_.end(xid_), XA_OK);
  ASSERT_EQ(first_.prepare(xid_), XA_OK);
  EXPECT_EQ(first_.recover(), xids({xid_}));
  EXPECT_EQ(second_.recover(), Xids{});
  EXPECT_EQ(second_.commit(xid_), XAER_NOTA);
  EXPECT_EQ(second_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(first_.commit(xid_), XA_OK);
  EXPECT_TRUE(odbc::has_row(postgresql_, row_));
}

class TwoDatabasesTest : public TwoResources {
 protected:
  static void SetUpTestSuite() {
    auto& server = support::shared_server(ServerKind::kPostgresql);
    server.execute("DROP DATABASE IF EXISTS orders", Account::kAdmin);
    server.execute("CREATE DATABASE orders OWNER app", Account::kAdmin);
  }
  void add_resources() override {
    in_orders("CREATE TABLE IF NOT EXISTS ledger (id INTEGER PRIMARY KEY, v INTEGER)");
    config_.add_resource("accounts", postgresql_);
    config_.add_resource("orders", postgresql_);
    config_.add_resource(
        "orders", {{"connection", postgresql_.connection(support::Transport::kSocket, "orders")}});
  }
  support::Rows in_orders(const std::string& sql) {
    return support::SqlSession(
               postgresql_.connection_string(Account::kApp, support::Transport::kSocket, "orders"))
        .execute(sql);
  }
};

TEST_F(TwoDatabasesTest, BothCommitUnderTheSameXid) {
  prepare_both();
  EXPECT_EQ(first_.recover(), xids({xid_}));
  EXPECT_EQ(second_.recover(), xids({xid_}));
  EXPECT_EQ(first_.commit(xid_), XA_OK);
  EXPECT_EQ(first_.recover(), Xids{});
  EXPECT_EQ(second_.recover(), xids({xid_}));
  EXPECT_EQ(second_.commit(xid_), XA_OK);
  EXPECT_TRUE(odbc::has_row(postgresql_, row_));
  EXPECT_EQ(in_orders("SELECT id FROM ledger WHERE id = " + other_row_).size(), 1U);
}

class OneMariadbTest : public TwoResources {
 protected:
  void add_resources() override {
    config_.add_resource("accounts", mariadb_);
    config_.add_resource("orders", mariadb_);
  }
};

TEST_F(OneMariadbTest, SecondStartUnderTheSameXidExplainsTheCollision) {
  ASSERT_EQ(first_.start(xid_), XA_OK);
  const auto answer = second_.start(xid_);
  EXPECT_EQ(answer, XAER_DUPID);
  EXPECT_THAT(answer.why, HasSubstr("two resources on one server"));
  EXPECT_THAT(answer.why, HasSubstr("use one resource"));
  insert(first_, row_);
  ASSERT_EQ(first_.end(xid_), XA_OK);
  ASSERT_EQ(first_.prepare(xid_), XA_OK);
  EXPECT_EQ(first_.commit(xid_), XA_OK);
  EXPECT_TRUE(odbc::has_row(mariadb_, row_));
}

TEST_F(OneMariadbTest, BothCommitUnderDifferentXids) {
  const XID other = new_xid();
  ASSERT_EQ(first_.start(xid_), XA_OK);
  ASSERT_EQ(second_.start(other), XA_OK);
  insert(first_, row_);
  insert(second_, other_row_);
  ASSERT_EQ(first_.end(xid_), XA_OK);
  ASSERT_EQ(second_.end(other), XA_OK);
  ASSERT_EQ(first_.prepare(xid_), XA_OK);
  ASSERT_EQ(second_.prepare(other), XA_OK);
  EXPECT_EQ(first_.commit(xid_), XA_OK);
  EXPECT_EQ(second_.commit(other), XA_OK);
  EXPECT_TRUE(odbc::has_row(mariadb_, row_));
  EXPECT_TRUE(odbc::has_row(mariadb_, other_row_));
}

class TwoServersTest : public TwoResources {
 protected:
  void add_resources() override {
    config_.add_resource("accounts", postgresql_);
    config_.add_resource("orders", mariadb_);
  }
  void expect_rows(bool there) {
    EXPECT_EQ(odbc::has_row(postgresql_, row_), there);
    EXPECT_EQ(odbc::has_row(mariadb_, other_row_), there);
  }
};

TEST_F(TwoServersTest, BothCommit) {
  prepare_both();
  EXPECT_EQ(first_.commit(xid_), XA_OK);
  EXPECT_EQ(second_.commit(xid_), XA_OK);
  expect_rows(true);
}

TEST_F(TwoServersTest, BothRollBack) {
  prepare_both();
  EXPECT_EQ(first_.rollback(xid_), XA_OK);
  EXPECT_EQ(second_.rollback(xid_), XA_OK);
  expect_rows(false);
}

TEST_F(TwoServersTest, VoteAgainstItRollsTheOtherBack) {
  ASSERT_EQ(first_.start(xid_), XA_OK);
  ASSERT_EQ(second_.start(xid_), XA_OK);
  insert(first_, row_);
  insert(second_, other_row_);
  EXPECT_THROW(insert(first_, row_), SqlError);
  ASSERT_EQ(first_.end(xid_), XA_OK);
  ASSERT_EQ(second_.end(xid_), XA_OK);
  EXPECT_THAT(first_.prepare(xid_), IsRolledBack());
  EXPECT_EQ(second_.rollback(xid_), XA_OK);
  expect_rows(false);
}

/// LIXA recovers without a scan, straight after xa_open, and takes XAER_NOTA for done.
TEST_F(TwoServersTest, CommitCutBetweenTheTwoIsCompletedByTheNextProcess) {
  ASSERT_EQ(run_in_child([&] {
              ASSERT_EQ(first_.open(), XA_OK);
              ASSERT_EQ(second_.open(), XA_OK);
              prepare_both();
              ASSERT_EQ(first_.commit(xid_), XA_OK);
              std::raise(SIGKILL);
            }),
            killed_by(SIGKILL));
  EXPECT_THAT(first_.commit(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_EQ(second_.commit(xid_), XA_OK);
  expect_rows(true);
}

}  // namespace
}  // namespace xaodbc
