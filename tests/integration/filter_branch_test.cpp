#include <chrono>
#include <fstream>
#include <thread>

#include "tests/integration/filter_kit.h"

namespace xaodbc {
namespace {

using odbc::BranchName;
using odbc::Decision;
using odbc::Kit;
using odbc::settings_for;
using odbc::soon;
using testing::ElementsAre;
using testing::StartsWith;

std::string mutter(const Status& status) { return status.message(); }

/// A branch whose sentinel rides in front of the first statement, on a server that writes down what
/// it is sent.
class FilterBranchTest : public FilteredBranch {
 protected:
  FilterBranchTest() : FilteredBranch(server(), config::Guard::kFull) {}
  static PrivateServer& server() {
    static PrivateServer server(ServerKind::kPostgresql,
                                {.durable = false, .variables = {"log_statement=all"}});
    return server;
  }
  static void SetUpTestSuite() { odbc::make_ledger(server()); }

  /// Every request since the last call. SELECT 1 asks whether a connection lives that was not heard
  /// of just now.
  std::vector<std::string> requests() {
    std::vector<std::string> found;
    std::ifstream log(server().directory() / "server-1.log");
    log.seekg(read_);
    for (std::string line; std::getline(log, line); read_ = log.tellg()) {
      const auto at = line.find("LOG:  ");
      const auto text = line.find(": ", at + 6);
      if (at == std::string::npos || text == std::string::npos) continue;
      if (line.substr(text + 2) != "SELECT 1") found.push_back(line.substr(text + 2));
    }
    return found;
  }
  void start() {
    requests();
    FilteredBranch::start();
  }

 private:
  std::streamoff read_ = 0;
};

TEST_F(FilterBranchTest, BranchTakesThreeRequests) {
  for (int i = 0; i < 3; ++i) {
    start();
    run(insert());
    ASSERT_TRUE(prepare());
    ASSERT_TRUE(commit().is_ok());
    EXPECT_THAT(requests(),
                ElementsAre(StartsWith("BEGIN;INSERT"), StartsWith("EXECUTE xaodbc_light_votes"),
                            StartsWith("COMMIT PREPARED")))
        << "that it has written is known";
  }
}

TEST_F(FilterBranchTest, OnePhaseBranchTakesTwoRequests) {
  start();
  run(insert(row_));
  ASSERT_TRUE(commit_one_phase().is_ok());
  EXPECT_THAT(requests(), ElementsAre("BEGIN;" + insert(row_), testing::HasSubstr("COMMIT")));
  EXPECT_TRUE(has_row(row_));
}

TEST_F(FilterBranchTest, EmptyBranchTakesNoRequest) {
  start();
  const auto vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
  start();
  EXPECT_TRUE(commit_one_phase().is_ok());
  EXPECT_THAT(requests(), IsEmpty());
  start();
  dialect().roll_back_active(*connection_, branch_, soon());
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_TRUE(connection_->fit());
  EXPECT_TRUE(connection_->autocommit_on());
  run("SELECT 2");
  EXPECT_THAT(requests(), ElementsAre("SELECT 2")) << "the connection stayed armed";
}

TEST_F(FilterBranchTest, BranchThatOnlyReadsTakesThreeRequests) {
  start();
  run("SELECT v FROM ledger");
  const auto vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
  EXPECT_THAT(requests(), ElementsAre(StartsWith("BEGIN;SELECT"), StartsWith("EXECUTE"),
                                      testing::HasSubstr("ROLLBACK")));
}

TEST_F(FilterBranchTest, SentinelGoesInFrontOfTheFirstTextThatMayRollBack) {
  const std::string undone = new_row();
  start();
  run(insert(row_));
  run("SAVEPOINT s");
  run("INSERT INTO ledger VALUES (" + undone + ", 2)");
  run("ROLLBACK TO s");
  ASSERT_TRUE(prepare()) << "it is still the same transaction";
  ASSERT_TRUE(commit().is_ok());
  EXPECT_THAT(
      requests(),
      ElementsAre("BEGIN;" + insert(row_), testing::ContainsRegex("SET LOCAL.*;SAVEPOINT s"),
                  StartsWith("INSERT"), "ROLLBACK TO s", StartsWith("EXECUTE xaodbc_full_votes"),
                  StartsWith("COMMIT PREPARED")));
  EXPECT_TRUE(has_row(row_));
  EXPECT_FALSE(has_row(undone));
}

TEST_F(FilterBranchTest, SentinelGoesWithBeginWhereTheFirstTextMayRollBack) {
  start();
  run("SAVEPOINT s");
  run(insert(row_));
  ASSERT_TRUE(prepare());
  ASSERT_TRUE(commit().is_ok());
  EXPECT_THAT(requests(),
              ElementsAre(testing::ContainsRegex("^BEGIN;SET LOCAL.*;SAVEPOINT s"), insert(row_),
                          StartsWith("EXECUTE xaodbc_full_votes"), StartsWith("COMMIT PREPARED")));
}

TEST_F(FilterBranchTest, WhatFollowsABranchIsLeftAlone) {
  start();
  run(insert(row_));
  ASSERT_TRUE(prepare());
  ASSERT_TRUE(commit().is_ok());
  requests();
  run("BEGIN");
  run("SAVEPOINT s");
  run("ROLLBACK");
  EXPECT_THAT(requests(), ElementsAre("BEGIN", "SAVEPOINT s", "ROLLBACK"));
}

TEST_F(FilterBranchTest, EmptyBranchIsPreparedWhereReadOnlyVotesAreOff) {
  auto settings = settings_for(server());
  settings.read_only = false;
  const Kit kit(settings);
  const auto connection = kit.connect();
  const BranchName branch = kit.name(*connection, odbc::new_xid());
  Kit::must(kit.dialect().start(*connection, branch, soon()), "start");
  const auto vote = kit.dialect().prepare(*connection, branch, soon());
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_FALSE(vote->read_only);
  EXPECT_TRUE(prepared_on(server()).contains(branch.gid));
  EXPECT_TRUE(
      kit.dialect().finish_prepared(*connection, branch, Decision::kCommit, soon()).is_ok());
}

TEST_F(FilterBranchTest, DriverHearsOfTheEndWhenItHasSomethingToForget) {
  const auto goes_on_after = [this](const std::string& sql) {
    start();
    run(insert());
    run(sql);
    const auto vote = prepare();
    EXPECT_TRUE(vote && commit().is_ok()) << sql;
    return connection_->wire.may_resume();
  };
  EXPECT_TRUE(goes_on_after("SELECT 1"));
  EXPECT_TRUE(goes_on_after("UPDATE ledger SET v = 2 WHERE id = -1"));
  EXPECT_FALSE(goes_on_after("SAVEPOINT s"));
  EXPECT_FALSE(goes_on_after("DECLARE c CURSOR FOR SELECT 1"));
  EXPECT_FALSE(goes_on_after("SELECT ctid FROM ledger WHERE id = -1"));
  EXPECT_TRUE(goes_on_after("SELECT 2")) << "for good";
}

/// As when the wait for a standby is cancelled: the server says what it did, and that it is not
/// sure.
TEST_F(FilterBranchTest, WarningIsNoProof) {
  server().execute(
      "CREATE TABLE warned (i integer); GRANT ALL ON warned TO app;"
      "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN IF NEW.i = 1 THEN RAISE WARNING 'perhaps'; ELSE RAISE NOTICE 'well'; END IF;"
      " RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON warned DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION warn()",
      Account::kAdmin);
  start();
  run("INSERT INTO warned VALUES (2)");
  EXPECT_TRUE(prepare());
  EXPECT_TRUE(commit().is_ok());
  start();
  run("INSERT INTO warned VALUES (1)");
  const auto vote = prepare();
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kOutcomeUnknown)) << vote.error().message();
  EXPECT_THAT(vote.error().message(), testing::HasSubstr("perhaps"));
  EXPECT_FALSE(connection_->fit());
  connection_ = kit_->connect();
  EXPECT_TRUE(commit().is_ok()) << "it is prepared";
}

TEST_F(FilterBranchTest, SetTransactionMayComeFirst) {
  start();
  run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  run("set transaction read write, not deferrable;");
  EXPECT_EQ(odbc::execute_on(connection_->handle(), "SHOW transaction_isolation").rows.at(0).at(0),
            "serializable");
  run(insert(row_));
  ASSERT_TRUE(prepare());
  ASSERT_TRUE(commit().is_ok());
  EXPECT_TRUE(has_row(row_));
}

TEST_F(FilterBranchTest, SetTransactionAloneVotesReadOnly) {
  start();
  run("SET TRANSACTION READ ONLY");
  const auto vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
}

TEST_F(FilterBranchTest, FailedSetTransactionVotesRollback) {
  for (const auto* sql : {"SET TRANSACTION ISOLATION LEVEL MISSING", "SET TRANSACTION MISSING"}) {
    start();
    EXPECT_FALSE(odbc::execute_on(connection_->handle(), sql).ok);
    EXPECT_FALSE(odbc::execute_on(connection_->handle(), insert()).ok) << sql;
    const auto vote = prepare();
    ASSERT_FALSE(vote) << sql;
    EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  }
}

TEST_F(FilterBranchTest, CommitAfterSetTransactionIsNeverAVote) {
  for (const auto* ending : {"COMMIT", "ROLLBACK", "COMMIT AND CHAIN"}) {
    start();
    run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
    run(ending);
    run(insert());
    const auto vote = prepare();
    ASSERT_FALSE(vote) << ending;
    EXPECT_TRUE(vote.error().is(StatusCode::kEndedByApplication)) << vote.error().message();
  }
}

TEST_F(FilterBranchTest, IsNotUsedWhereItIsSwitchedOff) {
  auto settings = settings_for(server());
  settings.filter = false;
  EXPECT_FALSE(Kit(settings).connect()->wire);
}

TEST_F(FilterBranchTest, BranchWithGuardLightTakesThreeRequestsThatAskNothing) {
  auto settings = settings_for(server());
  settings.guard = config::Guard::kLight;
  kit_.emplace(settings);
  connection_ = kit_->connect();
  start();
  run(insert(row_));
  ASSERT_TRUE(prepare());
  ASSERT_TRUE(commit().is_ok());
  EXPECT_THAT(requests(), ElementsAre("BEGIN;" + insert(row_), StartsWith("PREPARE TRANSACTION"),
                                      StartsWith("COMMIT PREPARED")));
}

TEST_F(FilterBranchTest, SessionThatIsGoneIsNoticedAtStart) {
  const auto killer = kit_->connect();
  Kit::must(dialect().end_session(*killer, connection_->identity().session, soon()), "end");
  const Status status = dialect().start(*connection_, branch_, soon());
  EXPECT_TRUE(status.is(StatusCode::kConnectionLost)) << mutter(status);
}

/// The same through the switch.
class FilterTmTest : public TmFixture {
 protected:
  FilterTmTest() : TmFixture(ServerKind::kPostgresql) {}
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }
  void expect_committed() {
    ASSERT_EQ(tm_.prepare(xid_), XA_OK);
    ASSERT_EQ(tm_.commit(xid_), XA_OK);
    EXPECT_TRUE(has_row(row_));
  }
};

TEST_F(FilterTmTest, SuspensionBeforeTheFirstStatementDoesNoHarm) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  ASSERT_EQ(tm_.end(xid_, TMSUSPEND), XA_OK);
  ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
  insert(tm_, row_);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  expect_committed();
}

TEST_F(FilterTmTest, ThreadThatJoinsMaySendTheFirstStatement) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  std::thread([&] {
    Tm other("accounts", tm_.rmid());
    EXPECT_EQ(other.open(), XA_OK);
    EXPECT_EQ(other.start(xid_, TMJOIN), XA_OK);
    insert(other, row_);
    EXPECT_EQ(other.end(xid_), XA_OK);
    EXPECT_EQ(other.close(), XA_OK);
  }).join();
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  expect_committed();
}

TEST_F(FilterTmTest, FailedFirstStatementVotesRollback) {
  for (const auto* sql : {"SELECT 1/0", "SELEC 1", "INSERT INTO there_is_none VALUES (1)"}) {
    const XID xid = new_xid();
    ASSERT_EQ(tm_.start(xid), XA_OK);
    EXPECT_THROW(tm_.execute(sql), SqlError);
    EXPECT_THROW(insert(tm_, new_row()), SqlError) << "outside of the branch after " << sql;
    ASSERT_EQ(tm_.end(xid), XA_OK);
    EXPECT_THAT(tm_.prepare(xid), IsRolledBack()) << sql;
  }
}

TEST_F(FilterTmTest, SessionKilledBeforeTheFirstStatementVotesRollback) {
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  end_sessions(server());
  EXPECT_THROW(insert(tm_, row_), SqlError);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
}

TEST_F(FilterTmTest, CommitAsFirstTextIsNeverAVote) {
  for (const auto* sql : {"COMMIT", "SELECT 1; COMMIT; BEGIN", "SELECT 1; ROLLBACK"}) {
    const XID xid = new_xid();
    ASSERT_EQ(tm_.start(xid), XA_OK);
    tm_.execute(sql);
    insert(tm_, new_row());
    ASSERT_EQ(tm_.end(xid), XA_OK);
    EXPECT_EQ(tm_.prepare(xid), XAER_RMERR) << sql;
    EXPECT_EQ(tm_.forget(xid), XA_OK) << sql;
  }
}

}  // namespace
}  // namespace xaodbc
