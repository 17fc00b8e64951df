#include "tests/integration/filter_kit.h"

namespace xaodbc {
namespace {

/// A transaction that the application has put in the place of the branch's.
class FilterReplacedTest : public FilteredBranch,
                           public testing::WithParamInterface<config::Guard> {
 protected:
  FilterReplacedTest() : FilteredBranch(server(), GetParam()) {}
  static PrivateServer& server() { return support::shared_server(ServerKind::kPostgresql); }
  static void SetUpTestSuite() {
    support::start_shared_servers();
    odbc::make_ledger(server());
    server().execute(
        "CREATE TABLE orphan (id INTEGER REFERENCES ledger INITIALLY DEFERRED);"
        "CREATE FUNCTION make_orphan() RETURNS integer LANGUAGE sql AS"
        " $$ INSERT INTO orphan VALUES (-7) RETURNING 1 $$");
  }
  void expect_refused(bool one_phase) {
    const Status status = one_phase ? commit_one_phase() : vote();
    EXPECT_TRUE(status.is(StatusCode::kEndedByApplication) || status.is(StatusCode::kRolledBack))
        << status.message();
    EXPECT_FALSE(has_row(row_));
    ASSERT_THAT(prepared_on(server()), IsEmpty());
  }

 private:
  Status vote() {
    const auto vote = prepare();
    return vote ? Status::ok() : vote.error();
  }
};

INSTANTIATE_TEST_SUITE_P(Guards, FilterReplacedTest,
                         testing::Values(config::Guard::kFull, config::Guard::kLight),
                         [](const auto& instance) {
                           return instance.param == config::Guard::kFull ? "Full" : "Light";
                         });

/// What ends the branch's transaction and begins another, or is taken for a part of it then. A
/// COMMIT that fails has no tag.
const std::vector<std::vector<const char*>> kReplacements = {
    {"ROLLBACK AND CHAIN"},
    {"ROLLBACK", "BEGIN"},
    {"ROLLBACK; BEGIN"},
    {"abort and chain"},
    {"SELECT 1/0", "ROLLBACK", "BEGIN"},
    {"SELECT 1/0", "ROLLBACK AND CHAIN"},
    {"SELECT 1/0", "COMMIT", "BEGIN"},
    {"SELECT 1/0", "COMMIT AND CHAIN"},
    {"SELECT 1/0", "ROLLBACK", "BEGIN", "SAVEPOINT s"},
    {"SELECT 1/0", "COMMIT", "BEGIN", "SAVEPOINT s"},
    {"SELECT 1/0", "COMMIT AND CHAIN", "SELECT 'abort'"},
    {"SELECT 1/0", "ROLLBACK; BEGIN; UPDATE ledger SET v = 2", "SAVEPOINT s"},
    {"SELEC 1", "ROLLBACK", "BEGIN", "SAVEPOINT s"},
    {"SAVEPOINT s", "ROLLBACK AND CHAIN"},
    {"SAVEPOINT s", "SELECT 1/0", "ROLLBACK; BEGIN"},
    {"INSERT INTO orphan VALUES (-7)", "COMMIT", "BEGIN"},
    {"INSERT INTO orphan VALUES (-7)", "END"},
    {"INSERT INTO orphan VALUES (-7)", "COMMIT AND CHAIN"},
    {"INSERT INTO orphan VALUES (-7)", "COMMIT", "BEGIN", "SAVEPOINT s"},
    {"INSERT INTO orphan VALUES (-7); COMMIT; BEGIN"},
    {"CREATE TEMP TABLE passing (i integer)", "PREPARE TRANSACTION 'x'", "BEGIN"},
};

TEST_P(FilterReplacedTest, IsNeverAVote) {
  for (const auto& replacement : kReplacements) {
    for (const bool one_phase : {false, true}) {
      SCOPED_TRACE(std::string(replacement.front()) + (one_phase ? ", one phase" : ""));
      start();
      run(insert(row_));
      for (const auto* sql : replacement) fails(sql);
      fails(insert());
      expect_refused(one_phase);
      connection_ = kit_->connect();
    }
  }
}

TEST_P(FilterReplacedTest, IsNeverAVoteWhereItHasReplacedAnEmptyBranch) {
  for (const auto* first : {"COMMIT", "ROLLBACK", "END AND CHAIN", "SELEC 1"}) {
    SCOPED_TRACE(first);
    start();
    fails(first);
    fails("COMMIT");
    fails("BEGIN");
    fails("SAVEPOINT s");
    fails(insert(row_));
    expect_refused(false);
    connection_ = kit_->connect();
  }
}

TEST_P(FilterReplacedTest, CommitThatFailedBesideItsWriteWasNone) {
  for (const auto* end : {"COMMIT", "PREPARE TRANSACTION 'x'"}) {
    start();
    EXPECT_TRUE(fails(std::string("INSERT INTO orphan VALUES (-7);") + end));
    EXPECT_TRUE(dialect().roll_back_active(*connection_, branch_, odbc::soon())) << end;
  }
}

TEST_P(FilterReplacedTest, IsNoReadOnlyVoteWhereNothingFollowedACommitThatFailed) {
  start();
  run("SELECT make_orphan()");
  EXPECT_TRUE(fails("COMMIT"));
  expect_refused(false);
}

}  // namespace
}  // namespace xaodbc
