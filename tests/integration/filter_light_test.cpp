#include "tests/integration/filter_kit.h"

namespace xaodbc {
namespace {

using odbc::BranchName;
using odbc::Decision;
using odbc::Kit;
using odbc::settings_for;
using odbc::soon;

/// With guard = light the filter's word for what the server has answered is enough, and no question
/// is asked of a branch that has written.
class FilterLightTest : public FilteredBranch {
 protected:
  FilterLightTest() : FilteredBranch(server(), config::Guard::kLight) {}
  static PrivateServer& server() { return support::shared_server(ServerKind::kPostgresql); }
  static void SetUpTestSuite() {
    support::start_shared_servers();
    odbc::make_ledger(server());
  }
  void expect_vote(StatusCode code, const std::string& after) {
    const auto vote = prepare();
    ASSERT_FALSE(vote) << after;
    EXPECT_TRUE(vote.error().is(code)) << after << ": " << vote.error().message();
    EXPECT_THAT(prepared_on(server()), IsEmpty());
  }
};

TEST_F(FilterLightTest, BranchThatWroteIsPreparedByTheServersWordAlone) {
  for (const auto* sql :
       {"UPDATE ledger SET v = 2 WHERE id = ", "DELETE FROM ledger WHERE id = "}) {
    const std::string row = new_row();
    server().execute("INSERT INTO ledger VALUES (" + row + ", 1)");
    start();
    run(sql + row);
    const auto vote = prepare();
    ASSERT_TRUE(vote) << vote.error().message();
    EXPECT_FALSE(vote->read_only);
    EXPECT_EQ(vote->transaction_id, "") << "it was asked for";
    EXPECT_TRUE(prepared_on(server()).contains(branch_.gid));
    EXPECT_TRUE(commit().is_ok());
  }
}

TEST_F(FilterLightTest, BranchOfWhichNoTagSaysThatItWroteIsAskedFor) {
  start();
  run("SELECT v FROM ledger");
  auto vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
  start();
  run("UPDATE ledger SET v = 3 WHERE id = -1");
  vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
  start();
  run("DO $$ BEGIN INSERT INTO ledger VALUES (" + row_ + ", 1); END $$");
  vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_FALSE(vote->read_only);
  EXPECT_TRUE(commit().is_ok());
  EXPECT_TRUE(has_row(row_));
}

TEST_F(FilterLightTest, StatementOfAnEarlierBranchSaysNothingOfThisOne) {
  start();
  run(insert());
  ASSERT_TRUE(prepare());
  Kit::must(commit(), "");
  start();
  run("SELECT v FROM ledger");
  const auto vote = prepare();
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
}

TEST_F(FilterLightTest, FailedStatementVotesRollback) {
  for (const auto* sql : {"SELECT 1/0", "SELEC 1", "INSERT INTO there_is_none VALUES (1)"}) {
    start();
    run(insert());
    EXPECT_TRUE(fails(sql));
    expect_vote(StatusCode::kRolledBack, sql);
  }
}

TEST_F(FilterLightTest, FailedFirstStatementVotesRollback) {
  for (const auto* sql : {"SELECT 1/0", "SELEC 1"}) {
    start();
    EXPECT_TRUE(fails(sql));
    EXPECT_TRUE(fails(insert())) << "outside of the branch after " << sql;
    expect_vote(StatusCode::kRolledBack, sql);
  }
}

TEST_F(FilterLightTest, CommitAsTextIsNeverAVote) {
  for (const auto* sql : {"COMMIT", "COMMIT AND CHAIN", "COMMIT; BEGIN"}) {
    start();
    run(insert());
    run(sql);
    run(insert());
    expect_vote(StatusCode::kEndedByApplication, sql);
  }
}

TEST_F(FilterLightTest, RollbackToASavepointIsPartOfTheBranch) {
  start();
  run(insert(row_));
  run("SAVEPOINT s");
  EXPECT_TRUE(fails("SELECT 1/0"));
  run("ROLLBACK TO s");
  ASSERT_TRUE(prepare());
  EXPECT_TRUE(commit().is_ok());
  EXPECT_TRUE(has_row(row_));
}

TEST_F(FilterLightTest, CommitAsTextIsNotFollowedByAnother) {
  start();
  run(insert());
  run("COMMIT");
  const Status status = commit_one_phase();
  EXPECT_TRUE(status.is(StatusCode::kEndedByApplication)) << status.message();
}

TEST_F(FilterLightTest, RoleThatTheApplicationTookDoesNotOwnTheBranch) {
  server().execute("GRANT pg_write_all_data TO app", Account::kAdmin);
  for (const std::string set : {"SET LOCAL ROLE ", "SET ROLE "}) {
    start();
    run(set + "pg_write_all_data");
    run(insert());
    ASSERT_TRUE(prepare());
    const auto other = kit_->connect();
    const Status done = dialect().finish_prepared(*other, branch_, Decision::kCommit, soon());
    EXPECT_TRUE(done.is_ok()) << set << done.message();
  }
  start();
  run(insert());
  ASSERT_TRUE(prepare()) << "the role is still another";
  const auto other = kit_->connect();
  EXPECT_TRUE(dialect().finish_prepared(*other, branch_, Decision::kCommit, soon()).is_ok());
}

}  // namespace
}  // namespace xaodbc
