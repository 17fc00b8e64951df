#include <tuple>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using log::BranchHistory;
using log::Outcome;
using log::Record;
using log::RecordType;
using odbc::Decision;

/// The operator's tool, by the records it writes: the decision, durable before it acts, and what it
/// came to. It runs in a process of its own.
class OperatorsLog {
 public:
  OperatorsLog(const std::filesystem::path& directory, const XID& xid) {
    log_ =
        log::BranchLog::open({.directory = directory, .adopt_dead_segments = false}, posix_files())
            .value();
    const auto live = log_->live("accounts").value();
    for (const auto& history : live) {
      if (history.xid.to_string() == support::text_of(xid)) known_ = history;
    }
  }

  void decide(Outcome outcome) {
    const auto* preparing = known_.find(RecordType::kPreparing);
    ASSERT_NE(preparing, nullptr);
    Record record = make(RecordType::kHeuristic, outcome);
    record.gid = preparing->gid;
    record.server = preparing->server;
    record.operator_name = "ada";
    record.reason = "the transaction manager is gone for good";
    write(std::move(record));
  }
  void note_done(Outcome outcome) {
    Record record = make(RecordType::kDone, outcome);
    record.decider = log::Decider::kOperator;
    write(std::move(record));
  }

 private:
  [[nodiscard]] Record make(RecordType type, Outcome outcome) const {
    Record record;
    record.type = type;
    record.xid = known_.xid;
    record.resource = "accounts";
    record.birth = known_.birth;
    record.outcome = outcome;
    return record;
  }
  void write(Record record) {
    const auto ticket = log_->append_and_sync(record);
    ASSERT_TRUE(ticket) << ticket.error().message();
    ASSERT_TRUE(log_->wait(*ticket, odbc::soon()).is_ok());
  }

  std::shared_ptr<log::BranchLog> log_;
  BranchHistory known_;
};

using Parameters = std::tuple<ServerKind, Decision>;

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  return support::name_of(std::get<ServerKind>(info.param)) +
         (std::get<Decision>(info.param) == Decision::kCommit ? "Committed" : "RolledBack");
}

/// An operator has decided a prepared branch; the parameter says how.
class HeuristicTest : public TmFixture, public testing::WithParamInterface<Parameters> {
 protected:
  HeuristicTest() : TmFixture(std::get<ServerKind>(GetParam())) {}
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }

  [[nodiscard]] static bool committed() {
    return std::get<Decision>(GetParam()) == Decision::kCommit;
  }
  [[nodiscard]] static int code() { return committed() ? XA_HEURCOM : XA_HEURRB; }

  void prepare_in_a_process_that_ends() {
    ASSERT_EQ(run_in_child([&] {
                ASSERT_EQ(tm_.open(), XA_OK);
                prepare(tm_, xid_, row_);
              }),
              exited(0));
  }
  void decide_without_acting() {
    ASSERT_EQ(run_in_child([&] { OperatorsLog(config_.log_directory(), xid_).decide(outcome()); }),
              exited(0));
  }
  void decide_and_act() {
    ASSERT_EQ(run_in_child([&] {
                OperatorsLog log(config_.log_directory(), xid_);
                log.decide(outcome());
                committed() ? commit_behind_our_back(server())
                            : roll_back_behind_our_back(server());
                log.note_done(outcome());
              }),
              exited(0));
  }

  void expect_code() {
    EXPECT_EQ(tm_.recover(), xids({xid_}));
    EXPECT_EQ(tm_.commit(xid_), code());
    EXPECT_EQ(tm_.rollback(xid_), code());
    EXPECT_EQ(tm_.commit(xid_), code());
    EXPECT_EQ(tm_.recover(), xids({xid_}));
  }
  void expect_code_until_forgotten() {
    expect_code();
    EXPECT_EQ(run_in_child([&] {
                ASSERT_EQ(tm_.open(), XA_OK);
                expect_code();
              }),
              exited(0));
    EXPECT_EQ(tm_.forget(xid_), XA_OK);
    EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
    EXPECT_EQ(tm_.commit(xid_), XAER_NOTA);
    EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
    EXPECT_EQ(tm_.recover(), Xids{});
    EXPECT_EQ(has_row(row_), committed());
  }

 private:
  [[nodiscard]] static Outcome outcome() {
    return committed() ? Outcome::kCommitted : Outcome::kRolledBack;
  }
};
INSTANTIATE_TEST_SUITE_P(All, HeuristicTest,
                         testing::Combine(testing::ValuesIn(support::kDatabaseKinds),
                                          testing::Values(Decision::kCommit, Decision::kRollback)),
                         name_of);

TEST_P(HeuristicTest, ProcessThatHoldsTheBranchIsToldUntilItForgets) {
  prepare(tm_, xid_, row_);
  decide_and_act();
  expect_code_until_forgotten();
}

TEST_P(HeuristicTest, AnotherProcessIsToldUntilItForgets) {
  prepare_in_a_process_that_ends();
  decide_and_act();
  expect_code_until_forgotten();
}

TEST_P(HeuristicTest, OnePhaseCommitFromAnotherProcessIsToldToo) {
  prepare_in_a_process_that_ends();
  EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_PROTO) << "prepared, not completed";
  decide_and_act();
  EXPECT_EQ(tm_.commit_one_phase(xid_), code());
  expect_code_until_forgotten();
  EXPECT_EQ(tm_.commit_one_phase(xid_), XAER_NOTA);
}

/// The tool died in between: whoever comes next carries the decision out (I4).
TEST_P(HeuristicTest, DecisionThatWasNotCarriedOutIsCompleted) {
  prepare_in_a_process_that_ends();
  decide_without_acting();
  expect_code_until_forgotten();
}

/// Until the tool acts, the transaction manager may still be first; the decision is then overtaken
/// and is not reported to it.
TEST_P(HeuristicTest, ProcessThatHoldsTheBranchMayOvertakeADecisionThatWasNotCarriedOut) {
  prepare(tm_, xid_, row_);
  decide_without_acting();
  const bool commits = !committed();
  EXPECT_EQ(commits ? tm_.commit(xid_) : tm_.rollback(xid_), XA_OK);
  EXPECT_EQ(has_row(row_), commits);
  EXPECT_EQ(tm_.recover(), Xids{});
  EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
}

TEST_P(HeuristicTest, ForgetNeverTouchesTheDataOfABranchInDoubt) {
  prepare(tm_, xid_, row_);
  EXPECT_EQ(tm_.forget(xid_), XAER_PROTO);
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(committed() ? tm_.commit(xid_) : tm_.rollback(xid_), XA_OK);
  EXPECT_EQ(has_row(row_), committed());
}

TEST_P(HeuristicTest, BranchThatNobodyKnowsIsNotTakenForOneInDoubtByForget) {
  EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.rollback(xid_), XAER_NOTA);
  EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
}

TEST_P(HeuristicTest, XidCanBeUsedAgainOnceItIsForgotten) {
  prepare_in_a_process_that_ends();
  decide_and_act();
  EXPECT_EQ(tm_.start(xid_), XAER_DUPID);
  EXPECT_EQ(tm_.commit(xid_), code());
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  const std::string row = new_row();
  prepare(tm_, xid_, row);
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row));
}

}  // namespace
}  // namespace xaodbc
