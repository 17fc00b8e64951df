#include <csignal>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using log::RecordType;

constexpr const char* kNoDeferredConstraints = "MariaDB checks constraints with the statement";

/// Two branches of one global transaction, worked on by one thread, whose votes are asked for one
/// after the other; the second on PostgreSQL or MariaDB.
class SiblingsTest : public TmTest {
 protected:
  void SetUp() override {
    config_.add_resource("first", support::shared_server(ServerKind::kPostgresql));
    ASSERT_EQ(first_.open(), XA_OK);
    ASSERT_EQ(tm_.open(), XA_OK);
  }
  void TearDown() override {
    EXPECT_EQ(first_.close(), XA_OK);
    TmTest::TearDown();
  }

  void vote_with_first() {
    begin_and_end(tm_, xid_, row_);
    prepare(first_, first_xid_, first_row_);
  }
  void roll_back_elsewhere() {
    const auto elsewhere = [this] {
      Tm other{"accounts", new_rmid()};
      ASSERT_EQ(other.open(), XA_OK);
      EXPECT_EQ(other.rollback(xid_), XA_OK);
    };
    ASSERT_EQ(run_in_child(elsewhere), exited(0));
  }
  void expect_only_first_in_log() const {
    EXPECT_EQ(live_in_log(config_.log_directory()), xids({first_xid_}));
  }
  /// On the server of the second.
  [[nodiscard]] std::size_t prepared_first() const { return on_mariadb() ? 0 : 1; }
  /// So many branches are on the server of the second.
  [[nodiscard]] bool wait_for_prepared(std::size_t count) const {
    return odbc::wait_until([&] { return prepared_on(server()).size() == count; });
  }
  void commit_first() {
    EXPECT_EQ(first_.commit(first_xid_), XA_OK);
    EXPECT_TRUE(odbc::has_row(support::shared_server(ServerKind::kPostgresql), first_row_));
  }
  [[nodiscard]] std::ptrdiff_t recorded(RecordType type) const {
    return xaodbc::recorded(config_.log_directory(), "accounts", xid_, type);
  }

  static XID sibling_of(const XID& xid) {
    XID other = xid;
    other.bqual_length = 2;
    other.data[other.gtrid_length] = 'Q';
    other.data[other.gtrid_length + 1] = '1';
    return other;
  }

  Tm first_{"first", new_rmid()};
  const XID first_xid_ = sibling_of(xid_);
  const std::string first_row_ = new_row();
};
XAODBC_ON_BOTH_DATABASES(SiblingsTest);

TEST_P(SiblingsTest, RecordOfTheSecondVoteIsWrittenWithTheFirst) {
  vote_with_first();
  EXPECT_EQ(recorded(RecordType::kPreparing), 1);
  EXPECT_EQ(recorded(RecordType::kPrepared), 0);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(recorded(RecordType::kPreparing), 1) << "not written again";
  EXPECT_EQ(recorded(RecordType::kPrepared), 1);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  commit_first();
}

TEST_P(SiblingsTest, BranchOfAnotherTransactionIsNotRecordedAhead) {
  begin_and_end(tm_, xid_, row_);
  const XID unrelated = new_xid();
  prepare(first_, unrelated, first_row_);
  EXPECT_EQ(recorded(RecordType::kPreparing), 0);
  EXPECT_EQ(first_.rollback(unrelated), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
}

TEST_P(SiblingsTest, BranchThatIsStillWorkedOnIsNotRecordedAhead) {
  begin(tm_, xid_, row_);
  prepare(first_, first_xid_, first_row_);
  EXPECT_EQ(recorded(RecordType::kPreparing), 0);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  commit_first();
}

TEST_P(SiblingsTest, BranchThatIsWorkedOnAgainIsNotRecordedAhead) {
  begin_and_end(tm_, xid_, row_);
  ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
  prepare(first_, first_xid_, first_row_);
  EXPECT_EQ(recorded(RecordType::kPreparing), 0);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  commit_first();
}

TEST_P(SiblingsTest, RolledBackInsteadItLeavesNothingInTheLog) {
  vote_with_first();
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_only_first_in_log();
  commit_first();
}

TEST_P(SiblingsTest, CommittedInOnePhaseInsteadItLeavesNothingInTheLog) {
  vote_with_first();
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_only_first_in_log();
  if (on_mariadb()) {
    EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA) << "nothing is known of how";
  }
  commit_first();
}

TEST_P(SiblingsTest, EndedByTheApplicationItIsAHazardInOnePhaseToo) {
  if (on_mariadb()) GTEST_SKIP() << "MariaDB refuses the application's COMMIT";
  begin(tm_, xid_, row_);
  tm_.execute("COMMIT");
  tm_.execute("INSERT INTO ledger VALUES (" + new_row() + ", 1)");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  prepare(first_, first_xid_, first_row_);
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_HEURHAZ);
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURHAZ);
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  expect_only_first_in_log();
  commit_first();
}

TEST_P(SiblingsTest, RollbackFromAnotherProcessVotesRollbackHere) {
  vote_with_first();
  roll_back_elsewhere();
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  expect_only_first_in_log();
  commit_first();
}

TEST_P(SiblingsTest, ReadOnlySecondLeavesNothingInTheLog) {
  if (on_mariadb()) GTEST_SKIP() << "MariaDB never proves that nothing was written";
  ASSERT_EQ(tm_.start(xid_), XA_OK);
  tm_.execute("SELECT count(*) FROM ledger");
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  prepare(first_, first_xid_, first_row_);
  EXPECT_EQ(tm_.prepare(xid_), XA_RDONLY);
  expect_only_first_in_log();
  commit_first();
}

/// With prepare = alone: nothing is sent for the second before its own vote is asked for.
class LoneSiblingsTest : public SiblingsTest {
 protected:
  LoneSiblingsTest() { config_.add_resource("accounts", server_, {{"prepare", "alone"}}); }
};
XAODBC_ON_BOTH_DATABASES(LoneSiblingsTest);

TEST_P(LoneSiblingsTest, WorkAfterTheFirstVoteIsPreparedToo) {
  vote_with_first();
  const std::string later = new_row();
  ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
  insert(tm_, later);
  ASSERT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  EXPECT_TRUE(has_row(later));
  commit_first();
}

TEST_P(LoneSiblingsTest, FailedLaterItLeavesNothingInTheLog) {
  vote_with_first();
  ASSERT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
  EXPECT_THAT(tm_.end(xid_, TMFAIL), IsRolledBack());
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  expect_only_first_in_log();
  commit_first();
}

TEST_P(LoneSiblingsTest, DeathBetweenTheVotesLeavesOnlyTheFirstInDoubt) {
  const auto die_between = [this] {
    ASSERT_EQ(first_.open(), XA_OK);
    ASSERT_EQ(tm_.open(), XA_OK);
    vote_with_first();
    ::raise(SIGKILL);
  };
  ASSERT_EQ(run_in_child(die_between), killed_by(SIGKILL));
  EXPECT_FALSE(has_row(row_));
  EXPECT_EQ(tm_.recover(), Xids{});
  expect_only_first_in_log();
  EXPECT_EQ(first_.recover(), xids({first_xid_}));
  EXPECT_THAT(tm_.rollback(xid_), AnyOf(XA_OK, XAER_NOTA));
  EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
  commit_first();
}

/// PREPARE is sent for both when the first vote is asked for.
class AskedSiblingTest : public SiblingsTest {
 protected:
  void begin_with_constraint_on_commit() {
    server().execute(
        "CREATE TABLE IF NOT EXISTS pair (id integer PRIMARY KEY,"
        " other integer REFERENCES pair DEFERRABLE INITIALLY DEFERRED)",
        Account::kAdmin);
    server().execute("GRANT ALL ON pair TO app", Account::kAdmin);
    ASSERT_EQ(tm_.start(xid_), XA_OK);
    tm_.execute("INSERT INTO pair VALUES (1, 2)");
    ASSERT_EQ(tm_.end(xid_), XA_OK);
  }
  void wait_until_prepared() { ASSERT_TRUE(wait_for_prepared(prepared_first() + 1)); }
  void expect_nothing_in_doubt_but_first() {
    expect_only_first_in_log();
    EXPECT_EQ(prepared_on(server()).size(), prepared_first());
    commit_first();
  }
};
XAODBC_ON_BOTH_DATABASES(AskedSiblingTest);

TEST_P(AskedSiblingTest, EndOfABranchWithAtEndAsksNobody) {
  config_.add_resource("first", {{"prepare", "at_end"}});
  Tm early{"first", new_rmid()};
  ASSERT_EQ(early.open(), XA_OK);
  begin_and_end(tm_, xid_, row_);
  begin_and_end(early, first_xid_, first_row_);
  EXPECT_EQ(tm_.start(xid_, TMJOIN), XA_OK);
  EXPECT_EQ(tm_.end(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_EQ(early.rollback(first_xid_), XA_OK);
  EXPECT_EQ(early.close(), XA_OK);
}

TEST_P(AskedSiblingTest, SecondIsPreparedWithoutItsOwnCall) {
  vote_with_first();
  wait_until_prepared();
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, NobodyWorksOnItAnyMoreAndItCanBeFinished) {
  vote_with_first();
  EXPECT_EQ(tm_.start(xid_), XAER_DUPID);
  EXPECT_EQ(tm_.start(xid_, TMJOIN), XAER_PROTO);
  EXPECT_EQ(tm_.end(xid_), XAER_PROTO);
  EXPECT_EQ(tm_.commit(xid_), XAER_PROTO) << "it has not voted";
  EXPECT_EQ(tm_.forget(xid_), XAER_PROTO);
  EXPECT_EQ(tm_.prepare(xid_), XA_OK);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, RefusedBehindItsBackItVotesRollback) {
  if (on_mariadb()) GTEST_SKIP() << kNoDeferredConstraints;
  begin_with_constraint_on_commit();
  prepare(first_, first_xid_, first_row_);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, RefusedBehindItsBackItIsRolledBack) {
  if (on_mariadb()) GTEST_SKIP() << kNoDeferredConstraints;
  begin_with_constraint_on_commit();
  prepare(first_, first_xid_, first_row_);
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, RefusedBehindItsBackItIsNotCommittedInOnePhase) {
  if (on_mariadb()) GTEST_SKIP() << kNoDeferredConstraints;
  begin_with_constraint_on_commit();
  prepare(first_, first_xid_, first_row_);
  EXPECT_THAT(tm_.commit_one_phase(xid_), IsRolledBack());
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, LostBehindItsBackItVotesRollback) {
  begin_and_end(tm_, xid_, row_);
  end_sessions(server());
  prepare(first_, first_xid_, first_row_);
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, SessionThatEndsWithTheAnswerChangesNothing) {
  vote_with_first();
  wait_until_prepared();
  end_sessions(server());
  EXPECT_EQ(tm_.prepare(xid_), XA_OK) << "the server lists it";
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, ConfirmedAndRolledBackElsewhereItIsNotPromised) {
  vote_with_first();
  wait_until_prepared();
  const auto elsewhere = [&] {
    Tm other("accounts", new_rmid());
    ASSERT_EQ(other.open(), XA_OK);
    EXPECT_EQ(other.prepare(xid_), XA_OK);
    EXPECT_EQ(other.rollback(xid_), XA_OK);
  };
  ASSERT_EQ(run_in_child(elsewhere), exited(0));
  EXPECT_THAT(tm_.prepare(xid_), IsRolledBack());
  EXPECT_FALSE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, FinishedByAnOperatorBeforeItsVoteItIsNotPromised) {
  vote_with_first();
  wait_until_prepared();
  const auto tool = support::run_program({XAODBC_TOOL_PATH, "rollback", "accounts",
                                          support::text_of(xid_), "--reason", "test", "--yes"});
  ASSERT_EQ(tool.ending, exited(0)) << tool.output;
  EXPECT_EQ(tm_.prepare(xid_), XAER_RMFAIL);
  EXPECT_EQ(tm_.rollback(xid_), XA_HEURRB);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

TEST_P(AskedSiblingTest, DeathBeforeItsVoteLeavesBothInDoubt) {
  const auto die_between = [this] {
    ASSERT_EQ(first_.open(), XA_OK);
    ASSERT_EQ(tm_.open(), XA_OK);
    vote_with_first();
    wait_until_prepared();
    ::raise(SIGKILL);
  };
  ASSERT_EQ(run_in_child(die_between), killed_by(SIGKILL));
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  EXPECT_FALSE(has_row(row_));
  expect_nothing_in_doubt_but_first();
}

/// The one connection that the process may have is the branch's.
class ForgottenSiblingTest : public SiblingsTest {
 protected:
  ForgottenSiblingTest() {
    config_.add_resource("accounts", {{"connections_max", "1"}, {"verb_timeout", "1"}});
  }
};
XAODBC_ON_BOTH_DATABASES(ForgottenSiblingTest);

TEST_P(ForgottenSiblingTest, RolledBackElsewhereAndNotAskedForItGivesItsConnectionBack) {
  vote_with_first();
  roll_back_elsewhere();
  const XID next = new_xid();
  ASSERT_TRUE(odbc::wait_until([&] { return tm_.start(next, TMNOWAIT) == XA_OK; }));
  EXPECT_EQ(tm_.end(next), XA_OK);
  EXPECT_EQ(tm_.rollback(next), XA_OK);
  EXPECT_EQ(tm_.prepare(xid_), XAER_NOTA);
  commit_first();
}

TEST_P(ForgottenSiblingTest, OnePhaseThatWasNotAnsweredIsRepeated) {
  vote_with_first();
  ASSERT_TRUE(wait_for_prepared(prepared_first() + 1));
  server().pause();
  EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_RMFAIL);
  server().resume();
  EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
  expect_only_first_in_log();
  commit_first();
}

TEST_P(ForgottenSiblingTest, PreparedAheadAndNeverAskedForItIsRolledBack) {
  vote_with_first();
  ASSERT_TRUE(wait_for_prepared(prepared_first() + 1));
  ASSERT_TRUE(wait_for_prepared(prepared_first())) << "verb_timeout has passed";
  EXPECT_FALSE(has_row(row_));
  const auto late = tm_.prepare(xid_);
  EXPECT_TRUE(late.code == XAER_NOTA || support::is_rolled_back(late.code)) << late.code;
  commit_first();
}

}  // namespace
}  // namespace xaodbc
