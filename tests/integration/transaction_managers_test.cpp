#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"
#include "tests/support/remote_tm.h"

// What the database switches of LIXA, Enduro/X and odbc-xa-switch get wrong, each seen to be right
// here: the acceptance list. The rest of it is in transaction_manager_calls_test.

namespace xaodbc {
namespace {

using support::make_xid;
using support::RemoteTm;
using testing::HasSubstr;

/// With a second resource, `orders`, in another database of the same server.
class TransactionManagers : public TmFixture {
 protected:
  using TmFixture::TmFixture;

  void SetUp() override {
    make_orders();
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(orders_.open(), XA_OK);
  }
  void TearDown() override {
    EXPECT_EQ(orders_.close(), XA_OK);
    TmFixture::TearDown();
  }

  support::Rows in_orders(const std::string& sql) {
    constexpr auto kSocket = support::Transport::kSocket;
    return support::SqlSession(server().connection_string(Account::kApp, kSocket, "orders"))
        .execute(sql);
  }
  bool orders_has(const std::string& row) {
    return in_orders("SELECT COUNT(*) FROM ledger WHERE id = " + row).at(0).at(0) == "1";
  }
  void expect_statement_fails(const std::string& sql) {
    EXPECT_THROW(tm_.execute(sql), SqlError) << sql;
  }
  /// The thread's next branch works, without another word about the last one.
  static void expect_next_branch_commits(Tm& tm) {
    const XID next = new_xid();
    ASSERT_NO_FATAL_FAILURE(prepare(tm, next, new_row()));
    EXPECT_EQ(tm.commit(next), XA_OK);
  }

  Tm orders_{"orders", new_rmid()};
  const XID other_xid_ = new_xid();
  const std::string other_row_ = new_row();

 private:
  void make_orders() {
    auto admin = server().connect(Account::kAdmin);
    if (on_mariadb()) {
      admin.execute("CREATE DATABASE IF NOT EXISTS orders");
      admin.execute("GRANT ALL ON orders.* TO app@'%'");
    } else if (admin.scalar("SELECT count(*) FROM pg_database WHERE datname = 'orders'") == "0") {
      admin.execute("CREATE DATABASE orders OWNER app");
    }
    in_orders("CREATE TABLE IF NOT EXISTS ledger (id INTEGER PRIMARY KEY, v INTEGER)");
    const auto connection = server().connection(support::Transport::kSocket, "orders");
    config_.add_resource("orders", server(), {{"connection", connection}});
  }
};

class TransactionManagersTest : public TransactionManagers,
                                public testing::WithParamInterface<ServerKind> {
 protected:
  TransactionManagersTest() : TransactionManagers(GetParam()) {}
};
XAODBC_ON_BOTH_DATABASES(TransactionManagersTest);

class PostgresqlManagersTest : public TransactionManagers {
 protected:
  PostgresqlManagersTest() : TransactionManagers(ServerKind::kPostgresql) {}
};

class MariadbManagersTest : public TransactionManagers {
 protected:
  MariadbManagersTest() : TransactionManagers(ServerKind::kMariadb) {}
};

// A statement failed and the application ignores it.

TEST_F(PostgresqlManagersTest, IgnoredFailedStatementVotesRollbackAndNothingIsCommittedAnywhere) {
  begin(tm_, xid_, row_);
  begin(orders_, xid_, other_row_);
  expect_statement_fails("INSERT INTO ledger VALUES (" + row_ + ", 2)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(orders_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_EQ(orders_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  EXPECT_FALSE(orders_has(other_row_));
}

TEST_F(MariadbManagersTest, IgnoredFailedStatementIsUndoneAloneAndTheRestIsCommitted) {
  begin(tm_, xid_, row_);
  expect_statement_fails("INSERT INTO ledger VALUES (" + other_row_ + ", 1), (" + row_ + ", 2)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_FALSE(has_row(other_row_));
}

// The application itself ran COMMIT or ROLLBACK inside the branch.

TEST_F(PostgresqlManagersTest, CommitOrRollbackAsSqlTextIsNeverAVoteAndStaysAHazardUntilForgotten) {
  for (const auto* text : {"COMMIT", "ROLLBACK"}) {
    const XID xid = new_xid();
    begin(tm_, xid, new_row());
    tm_.execute(text);
    ASSERT_EQ(tm_.end(xid), XA_OK);
    EXPECT_EQ(tm_.prepare(xid), XAER_RMERR) << text;
    EXPECT_EQ(tm_.rollback(xid), XA_HEURHAZ) << text;
    EXPECT_EQ(tm_.forget(xid), XA_OK);
  }
}

TEST_F(MariadbManagersTest, CommitOrRollbackAsSqlTextIsRefusedAndTheBranchIsWhole) {
  begin(tm_, xid_, row_);
  expect_statement_fails("COMMIT");
  expect_statement_fails("ROLLBACK");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_FALSE(odbc::has_row(server(), row_));
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// The session is lost between prepare and commit.

TEST_P(TransactionManagersTest, SessionLostBetweenPrepareAndCommitIsCommittedAllTheSame) {
  prepare(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TransactionManagersTest, ProcessThatCommitsForAnotherOutlivesTheLossOfItsOwnSession) {
  RemoteTm tmsrv;
  ASSERT_EQ(tmsrv.open(), XA_OK);
  prepare(tm_, xid_, row_);
  end_sessions(server());
  EXPECT_EQ(tmsrv.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// COMMIT PREPARED is refused on a live connection. MariaDB's prepared branches belong to nobody.

TEST_F(PostgresqlManagersTest, RoleThatMayNotFinishTheBranchIsToldToAskAgainAndItStaysInDoubt) {
  prepare(tm_, xid_, row_);
  server().execute("CREATE ROLE guest LOGIN PASSWORD '" + server().password() + "'",
                   Account::kAdmin);
  config_.add_resource("accounts", {{"user", "guest"}});
  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              const auto refused = tm_.commit(xid_);
              EXPECT_EQ(refused, XAER_RMFAIL);
              EXPECT_THAT(refused.why, HasSubstr("connect as the user who prepared it"));
              EXPECT_EQ(tm_.rollback(xid_), XAER_RMFAIL);
              EXPECT_EQ(tm_.recover(), xids({xid_}));
            }),
            exited(0));
  server().execute("DROP ROLE guest", Account::kAdmin);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_F(PostgresqlManagersTest, OtherDatabaseNeverSaysCommittedAndTheBranchStaysInDoubt) {
  prepare(tm_, xid_, row_);
  const auto elsewhere = server().connection(support::Transport::kSocket, "orders");
  config_.add_resource("accounts", {{"connection", elsewhere}});
  EXPECT_EQ(run_in_child([&] {
              ASSERT_EQ(tm_.open(), XA_OK);
              EXPECT_THAT(tm_.commit(xid_), AnyOf(XA_RETRY, XAER_RMFAIL));
              EXPECT_EQ(tm_.rollback(xid_), XAER_RMFAIL);
            }),
            exited(0));
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

// Two branches wait for each other's rows.

class DeadlockedManagersTest : public TransactionManagersTest {
 protected:
  struct Side {
    Worker thread{};
    Tm tm{"accounts", new_rmid()};
    XID xid = new_xid();
    std::string row = new_row();
    std::string shared = new_row();
  };
  void begin_and_lock(Side& side) {
    server().execute("INSERT INTO ledger VALUES (" + side.shared + ", 1)");
    side.thread.run([&] {
      ASSERT_EQ(side.tm.open(), XA_OK);
      begin(side.tm, side.xid, side.row);
      update(side.tm, side.shared);
    });
  }
  static void update(const Tm& tm, const std::string& row) {
    tm.execute("UPDATE ledger SET v = 2 WHERE id = " + row);
  }
  /// Whether the server chose it as the victim.
  static std::future<bool> wait_for_the_other(Side& side, const Side& other) {
    return side.thread.begin([&] {
      try {
        update(side.tm, other.shared);
      } catch (const SqlError&) {
        return true;
      }
      return false;
    });
  }
};
XAODBC_ON_BOTH_DATABASES(DeadlockedManagersTest);

TEST_P(DeadlockedManagersTest, VictimIsRolledBackAndItsThreadWorksOnWhileTheOtherBranchCommits) {
  Side one;
  Side two;
  begin_and_lock(one);
  begin_and_lock(two);
  ASSERT_FALSE(HasFailure());
  auto first = wait_for_the_other(one, two);
  auto second = wait_for_the_other(two, one);
  const bool first_lost = first.get();
  ASSERT_NE(first_lost, second.get());
  Side& victim = first_lost ? one : two;
  Side& winner = first_lost ? two : one;
  victim.thread.run([&] {
    EXPECT_EQ(victim.tm.end(victim.xid), XA_OK);
    EXPECT_EQ(victim.tm.prepare(victim.xid), XA_RBROLLBACK) << "no server says why any more";
    expect_next_branch_commits(victim.tm);
    EXPECT_EQ(victim.tm.close(), XA_OK);
  });
  winner.thread.run([&] {
    EXPECT_EQ(winner.tm.end(winner.xid), XA_OK);
    EXPECT_EQ(winner.tm.prepare(winner.xid), XA_OK);
    EXPECT_EQ(winner.tm.commit(winner.xid), XA_OK);
    EXPECT_EQ(winner.tm.close(), XA_OK);
  });
  EXPECT_FALSE(has_row(victim.row));
  EXPECT_TRUE(has_row(winner.row));
}

// Scans of a hundred, as LIXA's lixar makes them.

class ScanningManagersTest : public TransactionManagersTest {
 protected:
  /// Prepared in processes that have ended; MariaDB needs a connection for each.
  std::vector<XID> leave_in_doubt(std::size_t count) {
    constexpr std::size_t kPerProcess = 52;
    std::vector<XID> all(count);
    std::vector<std::string> rows(count);
    std::ranges::generate(all, new_xid);
    std::ranges::generate(rows, new_row);
    for (std::size_t first = 0; first < count; first += kPerProcess) {
      EXPECT_EQ(run_in_child([&] {
                  ASSERT_EQ(tm_.open(), XA_OK);
                  const auto last = std::min(count, first + kPerProcess);
                  for (auto i = first; i < last; ++i) prepare(tm_, all[i], rows[i]);
                }),
                exited(0));
    }
    return all;
  }
  std::vector<XID> fetch_hundred(long flags) {
    std::vector<XID> page(100);
    const int found = xaodbc_switch.xa_recover_entry(page.data(), 100, tm_.rmid(), flags);
    EXPECT_GE(found, 0) << xaodbc_last_error();
    page.resize(static_cast<std::size_t>(std::max(found, 0)));
    return page;
  }
  void roll_back(const std::vector<XID>& all) {
    for (const auto& xid : all) EXPECT_EQ(tm_.rollback(xid), XA_OK);
  }
};
XAODBC_ON_BOTH_DATABASES(ScanningManagersTest);

TEST_P(ScanningManagersTest, ExactlyHundredInDoubtComeInOneCallAndTheSecondGivesNone) {
  const auto branches = leave_in_doubt(100);
  EXPECT_EQ(xids(fetch_hundred(TMSTARTRSCAN)), xids(branches));
  EXPECT_EQ(fetch_hundred(TMNOFLAGS).size(), 0U);
  roll_back(branches);
}

// I5: MariaDB's XIDs carry no owner, so there the foreign one is listed as well.
TEST_P(ScanningManagersTest, ForeignGidAmongHundredAndFourHidesNoneOfThem) {
  auto foreign = server().connect();
  foreign.execute(on_mariadb() ? "XA START 'foreign','b',99" : "BEGIN");
  foreign.execute("INSERT INTO ledger VALUES (" + row_ + ", 1)");
  if (on_mariadb()) foreign.execute("XA END 'foreign','b',99");
  foreign.execute(on_mariadb() ? "XA PREPARE 'foreign','b',99" : "PREPARE TRANSACTION 'foreign'");
  const auto branches = leave_in_doubt(104);
  auto listed = fetch_hundred(TMSTARTRSCAN);
  EXPECT_EQ(listed.size(), 100U);
  const auto rest = fetch_hundred(TMNOFLAGS);
  listed.insert(listed.end(), rest.begin(), rest.end());
  foreign.execute(on_mariadb() ? "XA ROLLBACK 'foreign','b',99" : "ROLLBACK PREPARED 'foreign'");
  auto expected = branches;
  if (on_mariadb()) expected.push_back(make_xid("foreign", "b", 99));
  EXPECT_EQ(listed.size(), expected.size());
  EXPECT_EQ(xids(listed), xids(expected));
  roll_back(branches);
}

// Two resources in one process.

TEST_F(PostgresqlManagersTest, SameXidInTwoDatabasesOfOneServerIsCommittedInBoth) {
  prepare(tm_, xid_, row_);
  prepare(orders_, xid_, other_row_);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(orders_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(orders_has(other_row_));
}

TEST_F(MariadbManagersTest, SameXidInTwoDatabasesOfOneServerIsADuplicateThatIsExplained) {
  begin(tm_, xid_, row_);
  const auto answer = orders_.start(xid_);
  EXPECT_EQ(answer, XAER_DUPID);
  EXPECT_THAT(answer.why, HasSubstr("two resources on one server"));
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(TransactionManagersTest, SecondOpenStringOfAProcessReachesTheSecondDatabase) {
  prepare(tm_, xid_, row_);
  prepare(orders_, other_xid_, other_row_);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_EQ(orders_.commit(other_xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_FALSE(orders_has(row_));
  EXPECT_TRUE(orders_has(other_row_));
  EXPECT_FALSE(has_row(other_row_));
}

TEST_P(TransactionManagersTest, CloseAndReopenLeavesTheOtherRmidsAndTheirBranchesAlone) {
  begin(tm_, xid_, row_);
  ASSERT_EQ(orders_.close(), XA_OK);
  insert(tm_, other_row_);
  ASSERT_EQ(orders_.open(), XA_OK);
  prepare(orders_, other_xid_, row_);
  EXPECT_EQ(orders_.commit(other_xid_), XA_OK);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(other_row_));
}

// xa_forget.

TEST_P(TransactionManagersTest, ForgetOfAPreparedBranchIsRefusedAndItCanStillBeCommitted) {
  RemoteTm tmsrv;
  ASSERT_EQ(tmsrv.open(), XA_OK);
  prepare(tm_, xid_, row_);
  EXPECT_EQ(tm_.forget(xid_), XAER_PROTO);
  EXPECT_EQ(tmsrv.forget(xid_), XAER_PROTO);
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc
