#include "log/proof.h"

#include <gtest/gtest.h>

#include <vector>

namespace xaodbc::log {
namespace {

BranchHistory history_with(const std::vector<RecordType>& types) {
  BranchHistory history;
  for (const auto type : types) {
    Record record;
    record.type = type;
    history.records.push_back(record);
  }
  return history;
}

TEST(ProofTest, ServersWordOutweighsTheLog) {
  const auto committing = history_with({RecordType::kPreparing, RecordType::kCommitting});
  EXPECT_EQ(outcome_of_vanished(committing, ServerWord::kRolledBack, true), Outcome::kRolledBack);
  const auto rolling_back = history_with({RecordType::kPreparing, RecordType::kRollingBack});
  EXPECT_EQ(outcome_of_vanished(rolling_back, ServerWord::kCommitted, true), Outcome::kCommitted);
}

TEST(ProofTest, TransactionInProgressIsNoOutcomeYet) {
  const auto history = history_with({RecordType::kPreparing, RecordType::kPrepared});
  EXPECT_EQ(outcome_of_vanished(history, ServerWord::kInProgress, true), Outcome::kNone);
  EXPECT_EQ(answer_for(Outcome::kNone, true), StatusCode::kRetry);
}

TEST(ProofTest, OnlyDecisionEverSentIsTheOutcomeWhereTheServerKnowsNothing) {
  const auto committing =
      history_with({RecordType::kPreparing, RecordType::kPrepared, RecordType::kCommitting});
  EXPECT_EQ(outcome_of_vanished(committing, ServerWord::kNothing, true), Outcome::kCommitted);
  const auto rolling_back =
      history_with({RecordType::kPreparing, RecordType::kPrepared, RecordType::kRollingBack});
  EXPECT_EQ(outcome_of_vanished(rolling_back, ServerWord::kNothing, false), Outcome::kRolledBack);
}

TEST(ProofTest, BothDecisionsSentProveNothing) {
  const auto both = history_with({RecordType::kCommitting, RecordType::kRollingBack});
  EXPECT_EQ(outcome_of_vanished(both, ServerWord::kNothing, true), Outcome::kHazard);
}

TEST(ProofTest, PreparedAndGoneWithoutDecisionIsHazard) {
  const auto prepared = history_with({RecordType::kPreparing, RecordType::kPrepared});
  EXPECT_EQ(outcome_of_vanished(prepared, ServerWord::kNothing, true), Outcome::kHazard);
  EXPECT_EQ(outcome_of_vanished(prepared, ServerWord::kNothing, false), Outcome::kHazard);
}

TEST(ProofTest, OnlyPreparingIsRolledBackUnlessSomebodyWasToldThatItIsPrepared) {
  const auto preparing = history_with({RecordType::kPreparing});
  EXPECT_EQ(outcome_of_vanished(preparing, ServerWord::kNothing, false), Outcome::kRolledBack);
  EXPECT_EQ(outcome_of_vanished(preparing, ServerWord::kNothing, true), Outcome::kHazard);
}

TEST(ProofTest, WantedOutcomeIsSuccessAndTheOtherIsHeuristic) {
  EXPECT_EQ(answer_for(Outcome::kCommitted, true), StatusCode::kOk);
  EXPECT_EQ(answer_for(Outcome::kCommitted, false), StatusCode::kHeuristicCommitted);
  EXPECT_EQ(answer_for(Outcome::kRolledBack, false), StatusCode::kOk);
  EXPECT_EQ(answer_for(Outcome::kRolledBack, true), StatusCode::kHeuristicRolledBack);
  EXPECT_EQ(answer_for(Outcome::kMixed, true), StatusCode::kHeuristicMixed);
  EXPECT_EQ(answer_for(Outcome::kHazard, false), StatusCode::kHeuristicHazard);
}

}  // namespace
}  // namespace xaodbc::log
