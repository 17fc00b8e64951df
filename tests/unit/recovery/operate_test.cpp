#include "recovery/operate.h"

#include <gtest/gtest.h>

#include "tests/unit/recovery/fake_log.h"

namespace xaodbc::recovery {
namespace {

using log::Decider;
using log::RecordType;
using odbc::Decision;
using odbc::ServerProof;
using odbc::Settlement;
using Types = std::vector<RecordType>;

/// One branch in doubt, its log, and a server that answers as it is told.
class Operate : public ::testing::Test {
 protected:
  Operate() {
    facts_ = make_facts();
    facts_.listed = make_listed();
    know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared)});
  }

  void know(std::initializer_list<log::Record> records) {
    facts_.history = make_history(records);
    log_.hold(*facts_.history);
  }
  void know_nothing() {
    facts_.history.reset();
    log_ = FakeLog();
  }

  Outcome order(Decision decision = Decision::kCommit) {
    const Order order{decision, "bea", "ticket 2"};
    return carry_out(order, facts_, log_, [this](const odbc::Claim& claim, Decision what) {
      ++asked_;
      claim_ = claim;
      decision_ = what;
      durable_when_asked_ = log_.durable;
      if (meanwhile_) meanwhile_();
      return answer_;
    });
  }

  [[nodiscard]] const log::Record& last() const { return log_.records.back(); }

  BranchFacts facts_;
  FakeLog log_;
  Result<Settlement> answer_ = Settlement{.finished = true};
  std::function<void()> meanwhile_;
  int asked_ = 0;
  odbc::Claim claim_;
  Decision decision_ = Decision::kRollback;
  std::size_t durable_when_asked_ = 0;
};

TEST_F(Operate, DecisionIsDurableBeforeTheServerHearsOfIt) {
  const Outcome outcome = order();
  EXPECT_EQ(outcome.ending, Ending::kDone);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(decision_, Decision::kCommit);
  EXPECT_EQ(durable_when_asked_, 3U);
  EXPECT_EQ(log_.written(), (Types{RecordType::kHeuristic, RecordType::kDone}));
  const log::Record& decided = log_.records[2];
  EXPECT_EQ(decided.outcome, log::Outcome::kCommitted);
  EXPECT_EQ(decided.operator_name, "bea");
  EXPECT_EQ(decided.reason, "ticket 2");
  EXPECT_EQ(decided.server, "server-1");
  EXPECT_EQ(decided.gid, "xa1.gid");
  EXPECT_EQ(decided.birth, 7U);
  EXPECT_EQ(last().decider, Decider::kOperator);
  EXPECT_EQ(last().outcome, log::Outcome::kCommitted);
  EXPECT_NE(outcome.message.find("XA_HEURCOM"), std::string::npos);
}

TEST_F(Operate, ServerIsToldWhatTheLogKnowsOfTheBranch) {
  (void)order(Decision::kRollback).ending;
  EXPECT_EQ(claim_.branch.xid, make_xid("g"));
  EXPECT_EQ(claim_.session, "session-1");
  EXPECT_EQ(claim_.transaction_id, "815");
  EXPECT_EQ(log_.records[2].outcome, log::Outcome::kRolledBack);
}

TEST_F(Operate, DecisionThatCannotBeRecordedIsNotSent) {
  log_.fail_at(0);
  const Outcome outcome = order();
  EXPECT_EQ(outcome.ending, Ending::kError);
  EXPECT_EQ(asked_, 0);
  EXPECT_NE(outcome.message.find("nothing was sent"), std::string::npos);
}

TEST_F(Operate, RefusalByTheServerWithdrawsTheDecision) {
  answer_ = failure(StatusCode::kRefused, "no right");
  const Outcome outcome = order();
  EXPECT_EQ(outcome.ending, Ending::kError);
  EXPECT_EQ(log_.written(), (Types{RecordType::kHeuristic, RecordType::kForgotten}));
  EXPECT_EQ(log_.durable, 4U);
  EXPECT_NE(outcome.message.find("no right"), std::string::npos);
}

TEST_F(Operate, UnknownOutcomeKeepsTheDecisionUntilItIsRepeated) {
  for (const StatusCode code :
       {StatusCode::kOutcomeUnknown, StatusCode::kRetry, StatusCode::kUnavailable}) {
    know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared)});
    answer_ = failure(code, "server went away");
    const Outcome outcome = order();
    EXPECT_EQ(outcome.ending, Ending::kError);
    EXPECT_EQ(log_.written(), Types{RecordType::kHeuristic});
    EXPECT_NE(outcome.message.find("repeat the command"), std::string::npos);
  }
}

TEST_F(Operate, RepeatedCommandCompletesWhatWasCutOff) {
  know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
        make_record(RecordType::kHeuristic, log::Outcome::kCommitted)});
  EXPECT_EQ(order().ending, Ending::kDone);
  EXPECT_EQ(log_.written(), Types{RecordType::kDone});
}

TEST_F(Operate, RepeatedCommandFindsThatTheFirstOneGotThrough) {
  for (const ServerProof proof : {ServerProof::kCommitted, ServerProof::kNothing}) {
    know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
          make_record(RecordType::kHeuristic, log::Outcome::kCommitted)});
    answer_ = Settlement{.proof = proof};
    EXPECT_EQ(order().ending, Ending::kDone);
    EXPECT_EQ(log_.written(), Types{RecordType::kDone});
    EXPECT_EQ(last().decider, Decider::kOperator);
    EXPECT_EQ(last().outcome, log::Outcome::kCommitted);
  }
}

TEST_F(Operate, RepeatedCommandWithdrawsWhatIsProvedToHaveEndedTheOtherWay) {
  know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
        make_record(RecordType::kHeuristic, log::Outcome::kCommitted)});
  answer_ = Settlement{.proof = ServerProof::kRolledBack};
  EXPECT_EQ(order().ending, Ending::kNothingDone);
  EXPECT_EQ(log_.written(), Types{RecordType::kForgotten});
}

TEST_F(Operate, RepeatedCommandAmongContraryStatementsIsAHazard) {
  know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
        make_record(RecordType::kRollingBack),
        make_record(RecordType::kHeuristic, log::Outcome::kCommitted)});
  answer_ = Settlement{.proof = ServerProof::kNothing};
  const Outcome outcome = order();
  EXPECT_EQ(outcome.ending, Ending::kDone);
  EXPECT_EQ(log_.written(), (Types{RecordType::kHeuristic, RecordType::kDone}));
  EXPECT_EQ(last().outcome, log::Outcome::kHazard);
  EXPECT_NE(outcome.message.find("XA_HEURHAZ"), std::string::npos);
}

TEST_F(Operate, RefusalOfARepeatedCommandKeepsTheDecision) {
  know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
        make_record(RecordType::kHeuristic, log::Outcome::kCommitted)});
  answer_ = failure(StatusCode::kRefused, "no right");
  EXPECT_EQ(order().ending, Ending::kError);
  EXPECT_EQ(log_.written(), Types{});
}

TEST_F(Operate, BranchThatSomebodyElseFinishedWithdrawsTheDecisionAndSaysHow) {
  const std::pair<ServerProof, const char*> cases[] = {
      {ServerProof::kCommitted, "was committed already"},
      {ServerProof::kRolledBack, "was rolled back already"},
      {ServerProof::kNothing, "cannot prove how it ended"}};
  for (const auto& [proof, words] : cases) {
    know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared)});
    answer_ = Settlement{.proof = proof};
    const Outcome outcome = order();
    EXPECT_EQ(outcome.ending, Ending::kNothingDone);
    EXPECT_NE(outcome.message.find(words), std::string::npos) << outcome.message;
    EXPECT_EQ(log_.written(), (Types{RecordType::kHeuristic, RecordType::kForgotten}));
  }
}

TEST_F(Operate, AnswerThatWasLostOnTheWayIsNotTakenForSomebodyElsesWork) {
  answer_ = Settlement{.answer_lost = true, .proof = ServerProof::kCommitted};
  EXPECT_EQ(order().ending, Ending::kDone);
  EXPECT_EQ(log_.written(), (Types{RecordType::kHeuristic, RecordType::kDone}));
}

TEST_F(Operate, TransactionManagerThatWasFasterIsTold) {
  answer_ = Settlement{.answer_lost = true, .proof = ServerProof::kCommitted};
  meanwhile_ = [this] {
    log::Record done = make_record(RecordType::kDone, log::Outcome::kCommitted);
    (void)log_.append(done).has_value();
  };
  const Outcome outcome = order();
  EXPECT_EQ(outcome.ending, Ending::kNothingDone);
  EXPECT_NE(outcome.message.find("the transaction manager finished the branch meanwhile"),
            std::string::npos);
}

TEST_F(Operate, ServerThatIsStillAtItIsAskedAgainLater) {
  answer_ = Settlement{.proof = ServerProof::kInProgress};
  EXPECT_EQ(order().ending, Ending::kError);
  EXPECT_EQ(log_.written(), Types{RecordType::kHeuristic});
}

TEST_F(Operate, BranchThatTheLogDoesNotKnowGetsALifeOfItsOwn) {
  know_nothing();
  EXPECT_EQ(order().ending, Ending::kDone);
  EXPECT_EQ(log_.written(), (Types{RecordType::kHeuristic, RecordType::kDone}));
  EXPECT_EQ(log_.records[0].birth, 1001U);
  EXPECT_EQ(log_.records[1].birth, 1001U);
  EXPECT_TRUE(log::merge_lives(log_.records)[0].is_live());
}

TEST_F(Operate, WithdrawnDecisionOnAnUnknownBranchLeavesNothingLive) {
  know_nothing();
  answer_ = failure(StatusCode::kRefused, "no right");
  EXPECT_EQ(order().ending, Ending::kError);
  EXPECT_FALSE(log::merge_lives(log_.records)[0].is_live());
}

TEST_F(Operate, WithdrawnDecisionLeavesTheBranchInDoubt) {
  answer_ = failure(StatusCode::kRefused, "no right");
  (void)order().ending;
  const auto lives = log::merge_lives(log_.records);
  ASSERT_EQ(lives.size(), 1U);
  EXPECT_TRUE(lives[0].is_live());
  EXPECT_EQ(lives[0].heuristic(), nullptr);
}

TEST_F(Operate, CompletionThatCannotBeNotedSaysSo) {
  log_.fail_at(1);
  const Outcome outcome = order();
  EXPECT_EQ(outcome.ending, Ending::kError);
  EXPECT_NE(outcome.message.find("was carried out, but the log could not note that"),
            std::string::npos);
}

TEST_F(Operate, ForgettingACarriedOutDecisionEndsItsLife) {
  know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
        make_record(RecordType::kHeuristic, log::Outcome::kCommitted),
        make_record(RecordType::kDone, log::Outcome::kCommitted, Decider::kOperator)});
  EXPECT_EQ(forget("bea", facts_, log_).ending, Ending::kDone);
  EXPECT_EQ(log_.written(), Types{RecordType::kForgotten});
  EXPECT_EQ(last().operator_name, "bea");
  EXPECT_FALSE(log::merge_lives(log_.records)[0].is_live());
}

TEST_F(Operate, ForgettingADecisionThatWasNotCarriedOutWithdrawsIt) {
  know({make_record(RecordType::kPreparing), make_record(RecordType::kPrepared),
        make_record(RecordType::kHeuristic, log::Outcome::kCommitted)});
  const Outcome outcome = forget("bea", facts_, log_);
  EXPECT_EQ(outcome.ending, Ending::kDone);
  EXPECT_NE(outcome.message.find("in doubt again"), std::string::npos);
  EXPECT_TRUE(log::merge_lives(log_.records)[0].is_live());
}

TEST_F(Operate, ForgettingWithoutADecisionDoesNothing) {
  EXPECT_EQ(forget("bea", facts_, log_).ending, Ending::kNothingDone);
  EXPECT_EQ(log_.written(), Types{});
}

TEST_F(Operate, ForgettingThatCannotBeRecordedIsAnError) {
  know({make_record(RecordType::kHeuristic, log::Outcome::kCommitted),
        make_record(RecordType::kDone, log::Outcome::kCommitted, Decider::kOperator)});
  log_.fail_at(0);
  EXPECT_EQ(forget("bea", facts_, log_).ending, Ending::kError);
}

}  // namespace
}  // namespace xaodbc::recovery
