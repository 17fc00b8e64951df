#include <memory>
#include <thread>

#include "tests/integration/tm_kit.h"
#include "tests/support/held_function.h"
#include "tests/support/remote_tm.h"

namespace xaodbc {
namespace {

using support::HeldFunction;
using support::RemoteTm;

/// One process prepares at xa_end, another one finishes, and meets the server between two steps.
class HandoverTest : public TmFixture {
 protected:
  explicit HandoverTest(ServerKind kind) : TmFixture(kind) {
    config_.add_resource("accounts", {{"prepare", "at_end"}});
  }
  void SetUp() override {
    ASSERT_EQ(tm_.open(), XA_OK);
    ASSERT_EQ(other_.open(), XA_OK);
  }

  /// The reason where it cannot be done, else nothing.
  std::string hold(pid_t process, std::string_view symbol) {
    try {
      held_ = std::make_unique<HeldFunction>(process, symbol);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  bool ask(const std::string& rows) { return admin_.scalar("SELECT COUNT(*) FROM " + rows) != "0"; }
  void wait_until(const std::string& rows) {
    while (!ask(rows)) std::this_thread::yield();
  }

  RemoteTm other_;
  support::SqlSession admin_ = server().connect(Account::kAdmin);
  std::unique_ptr<HeldFunction> held_;
};

/// A MariaDB branch is finished by another session than the one that prepared it. Between the
/// moment in which that session leaves the process list and the moment in which InnoDB lets go of
/// its transaction, the server says OK to XA COMMIT and commits nothing.
class MariadbHandoverTest : public HandoverTest {
 protected:
  MariadbHandoverTest() : HandoverTest(ServerKind::kMariadb) {
    config_.add_resource("accounts", {{"verb_timeout", "1"}});
  }

  /// Prepared by xa_end, its session stuck in that moment. The reason where that cannot be brought
  /// about, else nothing.
  std::string prepare_and_hold() {
    if (auto why = hold(server().pid(), support::kMariadbSessionLeft); !why.empty()) return why;
    begin(tm_, xid_, row_);
    const std::string session = tm_.execute("SELECT CONNECTION_ID()").at(0).at(0).value();
    EXPECT_EQ(tm_.end(xid_), XA_OK);
    while (ask("information_schema.PROCESSLIST WHERE ID = " + session)) std::this_thread::yield();
    return "";
  }
};

TEST_F(MariadbHandoverTest, CommitIsNotSentBeforeInnodbHasLetGo) {
  if (const auto why = prepare_and_hold(); !why.empty()) GTEST_SKIP() << why;
  EXPECT_EQ(other_.commit(xid_), XA_RETRY);
  held_.reset();
  EXPECT_EQ(other_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_F(MariadbHandoverTest, RollbackIsNotSentBeforeInnodbHasLetGo) {
  if (const auto why = prepare_and_hold(); !why.empty()) GTEST_SKIP() << why;
  EXPECT_EQ(other_.rollback(xid_), XAER_RMFAIL);
  held_.reset();
  EXPECT_EQ(other_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

TEST_F(MariadbHandoverTest, VerbThatWaitsGoesOnOnceInnodbHasLetGo) {
  config_.add_resource("accounts", {{"verb_timeout", "60"}});
  RemoteTm patient;
  ASSERT_EQ(patient.open(), XA_OK);
  if (const auto why = prepare_and_hold(); !why.empty()) GTEST_SKIP() << why;
  patient.begin_rollback(xid_);
  while (
      !ask("information_schema.PROCESSLIST WHERE INFO LIKE '%SHOW ENGINE INNODB STATUS%' AND"
           " ID <> CONNECTION_ID()")) {
    std::this_thread::yield();
  }
  held_.reset();
  EXPECT_EQ(patient.answer(), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

/// SHOW ENGINE INNODB STATUS is refused then, and only time is left.
TEST_F(MariadbHandoverTest, WithoutTheProcessPrivilegeBranchesAreCommittedAllTheSame) {
  server().execute("REVOKE PROCESS ON *.* FROM app@'%'", Account::kAdmin);
  RemoteTm plain;
  EXPECT_EQ(plain.open(), XA_OK);
  for (int round = 0; round < 10; ++round) {
    const XID xid = new_xid();
    const std::string row = new_row();
    begin_and_end(tm_, xid, row);
    EXPECT_EQ(plain.commit(xid), XA_OK);
    EXPECT_TRUE(has_row(row)) << round;
  }
  server().execute("GRANT PROCESS ON *.* TO app@'%'", Account::kAdmin);
}

class PostgresqlHandoverTest : public HandoverTest {
 protected:
  PostgresqlHandoverTest() : HandoverTest(ServerKind::kPostgresql) {}
};

/// COMMIT PREPARED and ROLLBACK PREPARED are refused for that moment ("is busy").
TEST_F(PostgresqlHandoverTest, RollbackWaitsForAPrepareThatIsJustEnding) {
  begin(tm_, xid_, row_);
  const auto backend = std::stoi(tm_.execute("SELECT pg_backend_pid()").at(0).at(0).value());
  if (const auto why = hold(backend, support::kPostgresqlPrepareWritten); !why.empty()) {
    EXPECT_EQ(tm_.end(xid_), XA_OK);
    EXPECT_EQ(tm_.rollback(xid_), XA_OK);
    GTEST_SKIP() << why;
  }
  std::thread rollback([&] {
    wait_until("pg_prepared_xacts");
    other_.begin_rollback(xid_);
    wait_until("pg_stat_activity WHERE query LIKE 'ROLLBACK PREPARED%'");
    held_.reset();
  });
  EXPECT_THAT(tm_.end(xid_), AnyOf(XA_OK, IsRolledBack()));
  rollback.join();
  EXPECT_EQ(other_.answer(), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc
