#include <sql.h>
#include <sqlext.h>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace xaodbc {
namespace {

using testing::HasSubstr;

/// What the transaction manager answers to the next ax_reg of the calling thread, and what it was
/// asked.
struct Registrar {
  int answer = TM_OK;
  XID xid{.formatID = -1, .gtrid_length = 0, .bqual_length = 0, .data = {}};
  int rmid = -1;
  int registered = 0;
  int unregistered = 0;
};

Registrar& registrar() {
  thread_local Registrar mine;
  return mine;
}

}  // namespace
}  // namespace xaodbc

extern "C" {

__attribute__((visibility("default"))) int ax_reg(int rmid, XID* xid, long flags) {
  auto& tm = xaodbc::registrar();
  ++tm.registered;
  tm.rmid = rmid;
  *xid = tm.xid;
  return flags == TMNOFLAGS ? tm.answer : TMER_INVAL;
}

__attribute__((visibility("default"))) int ax_unreg(int rmid, long flags) {
  auto& tm = xaodbc::registrar();
  ++tm.unregistered;
  return flags == TMNOFLAGS && rmid == tm.rmid ? TM_OK : TMER_INVAL;
}

}  // extern "C"

namespace xaodbc {
namespace {

/// Table 6.3, with a transaction manager that is asked instead of telling.
class RegistrationTest : public TmTest {
 protected:
  void SetUp() override {
    registrar() = {};
    ASSERT_EQ(open(), XA_OK);
  }
  int open() const {
    std::string name = "accounts";
    return xaodbc_switch_dynamic.xa_open_entry(name.data(), tm_.rmid(), TMNOFLAGS);
  }
  /// D0 → D1.
  void enlist(const XID& xid, int answer = TM_OK) const {
    registrar().answer = answer;
    registrar().xid = xid;
    ASSERT_NE(tm_.connection(), nullptr) << xaodbc_last_error();
  }
  static void turn_autocommit(void* connection, std::uintptr_t value) {
    ASSERT_EQ(SQLSetConnectAttr(connection, SQL_ATTR_AUTOCOMMIT,
                                reinterpret_cast<SQLPOINTER>(value), SQL_IS_UINTEGER),
              SQL_SUCCESS);
  }
  void expect_refused(const std::string& why) const {
    EXPECT_EQ(tm_.connection(), nullptr);
    EXPECT_THAT(xaodbc_last_error(), HasSubstr(why));
  }
};
XAODBC_ON_BOTH_DATABASES(RegistrationTest);

TEST_P(RegistrationTest, SwitchSaysThatItRegisters) {
  EXPECT_STREQ(xaodbc_switch_dynamic.name, "xaodbc-dynamic");
  EXPECT_EQ(xaodbc_switch_dynamic.flags, TMREGISTER);
  EXPECT_EQ(xaodbc_switch_dynamic.version, 0);
}

TEST_P(RegistrationTest, FirstUseBeginsTheBranchThatTheTransactionManagerNames) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  EXPECT_EQ(registrar().rmid, tm_.rmid());
  insert(tm_, row_);
  EXPECT_EQ(registrar().registered, 1) << "an associated thread registers no more";
  EXPECT_EQ(registrar().unregistered, 0);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RegistrationTest, ThreadThatTouchesNothingHasNoBranch) {
  EXPECT_EQ(tm_.end(xid_), XAER_NOTA);
  EXPECT_EQ(registrar().registered, 0);
}

TEST_P(RegistrationTest, OtherThreadJoins) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  insert(tm_, row_);
  Worker other;
  other.run([&] {
    ASSERT_EQ(open(), XA_OK);
    ASSERT_NO_FATAL_FAILURE(enlist(xid_, TM_JOIN));
    EXPECT_EQ(tm_.execute("SELECT COUNT(*) FROM ledger WHERE id = " + row_).at(0).at(0), "1");
    EXPECT_EQ(tm_.end(xid_), XA_OK);
  });
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RegistrationTest, SuspendedThreadResumes) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  insert(tm_, row_);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  ASSERT_NO_FATAL_FAILURE(enlist(xid_, TM_RESUME));
  EXPECT_EQ(tm_.execute("SELECT COUNT(*) FROM ledger WHERE id = " + row_).at(0).at(0), "1");
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
}

TEST_P(RegistrationTest, SuspendedThreadEnds) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RegistrationTest, CloseIsRefusedWhileRegisteredAndAllowedWhileSuspended) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  EXPECT_EQ(tm_.close(), XAER_PROTO);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  EXPECT_EQ(tm_.close(), XA_OK);
  ASSERT_EQ(open(), XA_OK);
  ASSERT_NO_FATAL_FAILURE(enlist(xid_, TM_RESUME));
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RegistrationTest, ScanAndOpenChangeNothingWhileRegistered) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  insert(tm_, row_);
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(open(), XA_OK);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RegistrationTest, FailedEndLeavesTheThreadFree) {
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  EXPECT_EQ(tm_.end(xid_, TMFAIL), XA_RBROLLBACK);
  const XID next = new_xid();
  ASSERT_NO_FATAL_FAILURE(enlist(next));
  EXPECT_EQ(tm_.end(next), XA_OK);
  EXPECT_EQ(tm_.rollback(next), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RegistrationTest, NullXidMeansLocalWorkThatCommitsByItself) {
  void* local = tm_.connection();
  ASSERT_NE(local, nullptr) << xaodbc_last_error();
  EXPECT_EQ(registrar().unregistered, 1);
  insert(tm_, row_);
  EXPECT_TRUE(has_row(row_));
  EXPECT_EQ(tm_.connection(), local) << "the thread keeps it";
  EXPECT_EQ(registrar().registered, registrar().unregistered) << "asked each time";
  EXPECT_EQ(tm_.end(xid_), XAER_NOTA);
}

TEST_P(RegistrationTest, LocalWorkAndGlobalWorkAreKeptApart) {
  void* local = tm_.connection();
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  EXPECT_NE(tm_.connection(), local);
  insert(tm_, row_);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  registrar() = {};
  EXPECT_EQ(tm_.connection(), local);
  insert(tm_, new_row());
  ASSERT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
}

/// Session state that an earlier branch of another resource user left on the pooled connection.
TEST_P(RegistrationTest, LocalWorkCommitsByItselfWhateverAnEarlierBranchLeftBehind) {
  if (!on_mariadb()) GTEST_SKIP() << "only MariaDB's session has the switch";
  enlist(xid_);
  tm_.execute("SET autocommit = 0");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  ASSERT_EQ(tm_.rollback(xid_), XA_OK);
  registrar() = {};
  ASSERT_NE(tm_.connection(), nullptr) << xaodbc_last_error();
  insert(tm_, row_);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RegistrationTest, OpenLocalTransactionKeepsGlobalWorkOut) {
  auto* local = tm_.connection();
  ASSERT_NE(local, nullptr);
  turn_autocommit(local, SQL_AUTOCOMMIT_OFF);
  registrar().xid = xid_;
  expect_refused("autocommit");
  EXPECT_EQ(tm_.start(xid_), XAER_OUTSIDE);
  turn_autocommit(local, SQL_AUTOCOMMIT_ON);
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RegistrationTest, LostLocalConnectionIsReplaced) {
  ASSERT_NE(tm_.connection(), nullptr);
  end_sessions(server());
  insert(tm_, row_);
  EXPECT_TRUE(has_row(row_));
}

TEST_P(RegistrationTest, RefusalOfTheTransactionManagerIsExplained) {
  for (const int answer : {TMER_TMERR, TMER_INVAL, TMER_PROTO}) {
    registrar().answer = answer;
    expect_refused("ax_reg answered " + std::to_string(answer));
  }
}

TEST_P(RegistrationTest, BranchThatCannotBeBegunIsToldAndNotWorkedOn) {
  registrar().xid = xid_;
  registrar().answer = TM_JOIN;
  expect_refused("no such branch");
  registrar().answer = TM_RESUME;
  expect_refused("no such branch");
  ASSERT_NO_FATAL_FAILURE(enlist(xid_));
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  registrar().answer = TM_OK;
  expect_refused("in use");
  EXPECT_EQ(tm_.end(xid_), XAER_PROTO) << "what the transaction manager sees";
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(RegistrationTest, StartByTheTransactionManagerIsServedAsWell) {
  ASSERT_NO_FATAL_FAILURE(begin_and_end(tm_, xid_, row_));
  EXPECT_EQ(registrar().registered, 0);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
}

TEST_P(RegistrationTest, StaticSwitchNeverRegisters) {
  EXPECT_EQ(tm_.close(), XA_OK);
  EXPECT_EQ(tm_.open(), XA_OK);
  EXPECT_EQ(tm_.connection(), nullptr);
  EXPECT_EQ(registrar().registered, 0);
}

}  // namespace
}  // namespace xaodbc
