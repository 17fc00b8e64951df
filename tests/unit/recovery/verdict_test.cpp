#include "recovery/verdict.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {
namespace {

using log::Decider;
using log::Outcome;
using log::RecordType;
using odbc::ServerProof;

const log::Record kPreparing = make_record(RecordType::kPreparing);
const log::Record kPrepared = make_record(RecordType::kPrepared);
const log::Record kCommitting = make_record(RecordType::kCommitting);
const log::Record kRollingBack = make_record(RecordType::kRollingBack);
const log::Record kDecidedCommit = make_record(RecordType::kHeuristic, Outcome::kCommitted);
const log::Record kDecidedRollback = make_record(RecordType::kHeuristic, Outcome::kRolledBack);
const log::Record kForgotten = make_record(RecordType::kForgotten);
const log::Record kDoneByOperator =
    make_record(RecordType::kDone, Outcome::kCommitted, Decider::kOperator);
const log::Record kDoneByTm = make_record(RecordType::kDone, Outcome::kCommitted);

/// Every kind of history that there can be.
std::vector<std::optional<log::BranchHistory>> histories() {
  return {
      std::nullopt,
      make_history({make_record(RecordType::kRolledBack)}),
      make_history({make_record(RecordType::kReadOnly)}),
      make_history({kPreparing}),
      make_history({kPreparing, kPrepared}),
      make_history({kPreparing, kPrepared, kCommitting}),
      make_history({kPreparing, kPrepared, kRollingBack}),
      make_history({kPreparing, kPrepared, kCommitting, kRollingBack}),
      make_history({kPreparing, kPrepared, kDoneByTm}),
      make_history({kPreparing, kPrepared, kDecidedCommit}),
      make_history({kPreparing, kPrepared, kDecidedRollback}),
      make_history({kPreparing, kPrepared, kCommitting, kDecidedCommit}),
      make_history({kPreparing, kPrepared, kDecidedCommit, kDoneByOperator}),
      make_history({kPreparing, kPrepared, kDecidedCommit, kDoneByTm}),
      make_history({kPreparing, kPrepared, kDecidedCommit, kForgotten}),
      make_history({kPreparing, kPrepared, kDecidedCommit, kDoneByOperator, kForgotten}),
      make_history({kDecidedCommit}),
      make_history({kDecidedRollback,
                    make_record(RecordType::kDone, Outcome::kRolledBack, Decider::kOperator)}),
      make_history({kPreparing, kPrepared, make_record(RecordType::kHeuristic, Outcome::kHazard)}),
      make_history({kPreparing, make_record(RecordType::kHeuristic, Outcome::kMixed),
                    make_record(RecordType::kDone, Outcome::kMixed, Decider::kNobody)}),
  };
}

/// What can be known of the server, for one history.
std::vector<BranchFacts> views(const std::optional<log::BranchHistory>& history) {
  std::vector<BranchFacts> all;
  BranchFacts facts = make_facts();
  facts.history = history;
  facts.server_asked = false;
  facts.server.clear();
  all.push_back(facts);
  for (const std::optional<bool> alive :
       {std::optional<bool>(), std::optional(false), std::optional(true)}) {
    for (const char* server : {"server-1", "server-2"}) {
      facts = make_facts();
      facts.history = history;
      facts.server = server;
      facts.session_alive = alive;
      for (const bool ours : {true, false}) {
        facts.listed = make_listed(ours);
        all.push_back(facts);
      }
      facts.listed.reset();
      for (const ServerProof proof : {ServerProof::kCommitted, ServerProof::kRolledBack,
                                      ServerProof::kInProgress, ServerProof::kNothing}) {
        facts.proof = proof;
        all.push_back(facts);
      }
    }
  }
  return all;
}

template <class Check>
void for_all_facts(Check check) {
  for (const auto& history : histories()) {
    for (const BranchFacts& facts : views(history)) check(facts, judge(facts));
  }
}

TEST(VerdictOfAllFacts, SaysSomethingAboutEverything) {
  for_all_facts([](const BranchFacts&, const Verdict& verdict) {
    EXPECT_FALSE(verdict.summary.empty());
    EXPECT_FALSE(verdict.waiting.empty());
    EXPECT_FALSE(verdict.commit.meaning.empty());
    EXPECT_FALSE(verdict.rollback.meaning.empty());
    EXPECT_FALSE(verdict.forget.meaning.empty());
    EXPECT_FALSE(to_string(verdict.state).empty());
    EXPECT_FALSE(advice(verdict.state).empty());
  });
}

TEST(VerdictOfAllFacts, NothingIsFinishedThatTheServerDoesNotHave) {
  for_all_facts([](const BranchFacts& facts, const Verdict& verdict) {
    if (!verdict.commit.allowed && !verdict.rollback.allowed) return;
    EXPECT_TRUE(facts.server_asked);
    // What was recorded and cut off is completed even when only the record is left.
    EXPECT_TRUE(facts.listed || verdict.state == State::kPending) << verdict.summary;
  });
}

TEST(VerdictOfAllFacts, KnownDecisionIsNeverContradicted) {
  for_all_facts([](const BranchFacts& facts, const Verdict& verdict) {
    if (!facts.history) return;
    const log::Record* const decision = facts.history->heuristic();
    if (decision != nullptr) {
      if (decision->outcome != Outcome::kCommitted) {
        EXPECT_FALSE(verdict.commit.allowed);
      }
      if (decision->outcome != Outcome::kRolledBack) {
        EXPECT_FALSE(verdict.rollback.allowed);
      }
    } else if (facts.history->records.back().type == RecordType::kCommitting) {
      EXPECT_FALSE(verdict.rollback.allowed);
    } else if (facts.history->records.back().type == RecordType::kRollingBack) {
      EXPECT_FALSE(verdict.commit.allowed);
    }
  });
}

TEST(VerdictOfAllFacts, OnlyADecisionCanBeForgotten) {
  for_all_facts([](const BranchFacts& facts, const Verdict& verdict) {
    if (!verdict.forget.allowed) return;
    ASSERT_TRUE(facts.history.has_value());
    EXPECT_NE(facts.history->heuristic(), nullptr);
  });
}

TEST(VerdictOfAllFacts, EveryListedAndEveryDecidedBranchIsReported) {
  for_all_facts([](const BranchFacts& facts, const Verdict& verdict) {
    const bool decided = facts.history && facts.history->heuristic() != nullptr;
    const bool over = facts.history && !facts.history->is_live();
    if ((facts.listed && !over) || decided) {
      EXPECT_TRUE(needs_attention(verdict.state)) << to_string(verdict.state);
    }
  });
}

TEST(VerdictOfAllFacts, UnknownMeansThatNobodyKnowsIt) {
  for_all_facts([](const BranchFacts& facts, const Verdict& verdict) {
    EXPECT_EQ(verdict.state == State::kUnknown, !facts.history && !facts.listed);
  });
}

BranchFacts with(std::initializer_list<log::Record> records, bool listed) {
  BranchFacts facts = make_facts();
  facts.history = make_history(records);
  if (listed) facts.listed = make_listed();
  return facts;
}

TEST(Verdict, PreparedAndUndecidedIsInDoubtAndBothDecisionsAreOpen) {
  const Verdict verdict = judge(with({kPreparing, kPrepared}, true));
  EXPECT_EQ(verdict.state, State::kInDoubt);
  EXPECT_TRUE(verdict.commit.allowed);
  EXPECT_TRUE(verdict.rollback.allowed);
  EXPECT_FALSE(verdict.forget.allowed);
  EXPECT_NE(verdict.commit.meaning.find("XA_HEURCOM"), std::string::npos);
  EXPECT_NE(verdict.rollback.meaning.find("XA_HEURRB"), std::string::npos);
}

TEST(Verdict, LivingSessionOfABranchInDoubtIsTold) {
  BranchFacts facts = with({kPreparing, kPrepared}, true);
  facts.session_alive = true;
  EXPECT_NE(judge(facts).summary.find("still connected"), std::string::npos);
  facts.session_alive = false;
  EXPECT_NE(judge(facts).summary.find("is gone"), std::string::npos);
}

TEST(Verdict, BegunSecondPhaseLeavesOnlyTheSameDecision) {
  const Verdict commit = judge(with({kPreparing, kPrepared, kCommitting}, true));
  EXPECT_EQ(commit.state, State::kFinishing);
  EXPECT_TRUE(commit.commit.allowed);
  EXPECT_FALSE(commit.rollback.allowed);
  const Verdict rollback = judge(with({kPreparing, kPrepared, kRollingBack}, true));
  EXPECT_EQ(rollback.state, State::kFinishing);
  EXPECT_FALSE(rollback.commit.allowed);
  EXPECT_TRUE(rollback.rollback.allowed);
}

TEST(Verdict, NewestSecondPhaseCounts) {
  const Verdict verdict = judge(with({kPreparing, kCommitting, kRollingBack}, true));
  EXPECT_FALSE(verdict.commit.allowed);
  EXPECT_TRUE(verdict.rollback.allowed);
}

TEST(Verdict, CutOffDecisionIsPendingAndCompletedByTheSameCommand) {
  for (const bool listed : {true, false}) {
    const Verdict verdict = judge(with({kPreparing, kPrepared, kDecidedCommit}, listed));
    EXPECT_EQ(verdict.state, State::kPending);
    EXPECT_TRUE(verdict.commit.allowed);
    EXPECT_FALSE(verdict.rollback.allowed);
    EXPECT_EQ(verdict.forget.allowed, listed);
    EXPECT_NE(verdict.summary.find("ann decided commit on 2024-05-01T12:00:02Z (ticket 1)"),
              std::string::npos)
        << verdict.summary;
  }
}

TEST(Verdict, CarriedOutDecisionIsHeuristicAndCanBeForgotten) {
  const Verdict verdict =
      judge(with({kPreparing, kPrepared, kDecidedCommit, kDoneByOperator}, false));
  EXPECT_EQ(verdict.state, State::kHeuristic);
  EXPECT_FALSE(verdict.commit.allowed);
  EXPECT_TRUE(verdict.forget.allowed);
}

TEST(Verdict, WhatTheLibraryFoundFinishedIsToldAsSuch) {
  log::Record found = make_record(RecordType::kHeuristic, Outcome::kCommitted);
  found.operator_name = "unknown";
  found.reason = "gone";
  log::Record done = make_record(RecordType::kDone, Outcome::kCommitted);
  done.decider = log::Decider::kNobody;
  Verdict verdict = judge(with({kPreparing, kPrepared, found, done}, false));
  EXPECT_EQ(verdict.state, State::kHeuristic);
  EXPECT_NE(verdict.summary.find("found finished by somebody else"), std::string::npos);
  found.outcome = Outcome::kHazard;
  verdict = judge(with({kPreparing, kPrepared, found}, false));
  EXPECT_EQ(verdict.summary.find("somebody"), std::string::npos) << "it may have been nobody";
  EXPECT_NE(verdict.summary.find("found gone on"), std::string::npos);
}

TEST(Verdict, VanishedBranchTellsTheProofAndTheAnswersToCome) {
  BranchFacts facts = with({kPreparing, kPrepared}, false);
  facts.proof = ServerProof::kCommitted;
  Verdict verdict = judge(facts);
  EXPECT_EQ(verdict.state, State::kVanished);
  EXPECT_FALSE(verdict.commit.allowed);
  EXPECT_NE(verdict.summary.find("proves that it was committed"), std::string::npos);
  EXPECT_EQ(verdict.waiting,
            "the transaction manager is answered XA_OK when it commits and XA_HEURCOM when it "
            "rolls back");
  facts.proof = ServerProof::kRolledBack;
  EXPECT_EQ(judge(facts).waiting,
            "the transaction manager is answered XA_HEURRB when it commits and XA_OK when it "
            "rolls back");
  facts.proof = ServerProof::kNothing;
  EXPECT_EQ(judge(facts).waiting,
            "the transaction manager is answered XA_HEURHAZ when it commits and XA_HEURHAZ when "
            "it rolls back");
}

TEST(Verdict, UnansweredPrepareOfALivingSessionIsWorkUnderWay) {
  BranchFacts facts = with({kPreparing}, false);
  facts.session_alive = true;
  EXPECT_EQ(judge(facts).state, State::kPreparing);
  EXPECT_FALSE(needs_attention(State::kPreparing));
  facts.session_alive = false;
  EXPECT_EQ(judge(facts).state, State::kVanished);
  facts.session_alive = std::nullopt;
  EXPECT_EQ(judge(facts).state, State::kVanished);
}

TEST(Verdict, ResourceThatLeadsElsewhereNowIsNotAVanishedBranch) {
  BranchFacts facts = with({kPreparing, kPrepared}, false);
  facts.server = "server-2";
  const Verdict verdict = judge(facts);
  EXPECT_EQ(verdict.state, State::kElsewhere);
  EXPECT_EQ(verdict.summary, "prepared on server-1, but the resource leads to server-2 now");
}

TEST(Verdict, ServerThatCannotBeAskedLeavesNothingToOrder) {
  BranchFacts facts = with({kPreparing, kPrepared}, false);
  facts.server_asked = false;
  EXPECT_EQ(judge(facts).state, State::kUnreachable);
  facts.history = make_history({kPreparing, kPrepared, kDecidedCommit});
  const Verdict pending = judge(facts);
  EXPECT_EQ(pending.state, State::kPending);
  EXPECT_FALSE(pending.commit.allowed);
  EXPECT_FALSE(pending.forget.allowed);
}

TEST(Verdict, BranchThatOnlyTheServerKnowsIsUnloggedOrForeign) {
  BranchFacts facts = make_facts();
  facts.listed = make_listed(true);
  EXPECT_EQ(judge(facts).state, State::kUnlogged);
  EXPECT_TRUE(judge(facts).commit.allowed);
  facts.listed = make_listed(false);
  EXPECT_EQ(judge(facts).state, State::kForeign);
  EXPECT_NE(judge(facts).rollback.meaning.find("be sure whose branch"), std::string::npos);
}

TEST(Verdict, UnreadableLogForbidsDecisionsThatItCouldNotKeep) {
  BranchFacts facts = make_facts();
  facts.log_read = false;
  for (const bool ours : {true, false}) {
    facts.listed = make_listed(ours);
    const Verdict verdict = judge(facts);
    EXPECT_EQ(verdict.state, State::kInDoubt);
    EXPECT_FALSE(verdict.commit.allowed);
    EXPECT_FALSE(verdict.rollback.allowed);
  }
}

TEST(Verdict, MarksForOtherProcessesAreNobodysWorry) {
  EXPECT_EQ(judge(with({make_record(RecordType::kRolledBack)}, false)).state, State::kEnded);
  EXPECT_EQ(judge(with({make_record(RecordType::kReadOnly)}, false)).state, State::kEnded);
  EXPECT_EQ(judge(with({kPreparing, kPrepared, kDoneByTm}, false)).state, State::kEnded);
}

}  // namespace
}  // namespace xaodbc::recovery
