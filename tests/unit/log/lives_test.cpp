#include "log/lives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/log/samples.h"

namespace xaodbc::log {
namespace {

Record done_by(Decider decider, int number, std::uint64_t birth = 1) {
  auto record = sample(RecordType::kDone, number, birth);
  record.decider = decider;
  return record;
}

BranchHistory only(std::vector<Record> records) {
  auto lives = merge_lives(std::move(records));
  EXPECT_EQ(lives.size(), 1U);
  return lives.at(0);
}

TEST(History, BranchIsLiveUntilItIsDone) {
  std::vector<Record> records{at(1, sample(RecordType::kPreparing, 1))};
  EXPECT_TRUE(only(records).is_live());
  records.push_back(at(2, sample(RecordType::kCommitting, 1)));
  EXPECT_TRUE(only(records).is_live());
  records.push_back(at(3, sample(RecordType::kDone, 1)));
  EXPECT_FALSE(only(records).is_live());
}

TEST(History, HeuristicDecisionKeepsADoneBranchUntilItIsForgotten) {
  std::vector<Record> records{at(1, sample(RecordType::kPreparing, 1)),
                              at(2, sample(RecordType::kHeuristic, 1)),
                              at(3, done_by(Decider::kOperator, 1))};
  ASSERT_NE(only(records).heuristic(), nullptr);
  EXPECT_TRUE(only(records).is_live());
  records.push_back(at(4, sample(RecordType::kForgotten, 1)));
  EXPECT_EQ(only(records).heuristic(), nullptr);
  EXPECT_FALSE(only(records).is_live());
}

TEST(History, ForgottenButNotDoneStaysLive) {
  EXPECT_TRUE(
      only({at(1, sample(RecordType::kHeuristic, 1)), at(2, sample(RecordType::kForgotten, 1))})
          .is_live());
}

TEST(History, CompletionByTheTmOvertakesTheHeuristicDecision) {
  const auto life = only(
      {at(2, sample(RecordType::kHeuristic, 1)), at(3, done_by(Decider::kTransactionManager, 1))});
  EXPECT_EQ(life.heuristic(), nullptr);
  EXPECT_FALSE(life.is_live());
}

TEST(History, DecisionAfterTheLastForgetCountsAgain) {
  auto second = sample(RecordType::kHeuristic, 1);
  second.outcome = Outcome::kRolledBack;
  const auto life =
      only({at(1, sample(RecordType::kHeuristic, 1)), at(2, sample(RecordType::kForgotten, 1)),
            at(3, second), at(4, done_by(Decider::kOperator, 1))});
  ASSERT_NE(life.heuristic(), nullptr);
  EXPECT_EQ(life.heuristic()->outcome, Outcome::kRolledBack);
}

TEST(History, FindGivesTheNewestOfAType) {
  const auto life =
      only({at(9, sample(RecordType::kCommitting, 1)), at(5, sample(RecordType::kCommitting, 1))});
  EXPECT_EQ(life.find(RecordType::kCommitting)->time_us, 9);
  EXPECT_EQ(life.find(RecordType::kDone), nullptr);
  EXPECT_FALSE(life.has(RecordType::kDone));
}

TEST(Lives, EqualRecordsCountOnce) {
  const auto record = at(1, sample(RecordType::kPreparing, 1));
  EXPECT_EQ(only({record, record, record}).records.size(), 1U);
}

TEST(Lives, BirthsResourcesAndXidsAreKeptApart) {
  auto other = sample(RecordType::kPreparing, 1);
  other.resource = "orders";
  const auto lives = merge_lives({at(1, sample(RecordType::kPreparing, 1, 5)), at(2, other),
                                  at(3, sample(RecordType::kPreparing, 1, 4)),
                                  at(4, sample(RecordType::kPreparing, 2))});
  EXPECT_EQ(lives.size(), 4U);
}

TEST(Lives, ResultDoesNotDependOnTheOrderOfReading) {
  std::vector<Record> records;
  std::int64_t time = 0;
  for (int number = 0; number < 3; ++number) {
    for (const std::uint64_t birth : {std::uint64_t{10}, std::uint64_t{20}, std::uint64_t{30}}) {
      for (const auto type : kAllTypes) {
        // Times collide on purpose; so do all fields but one.
        records.push_back(at(++time / 3, sample(type, number, birth)));
        records.back().pid = static_cast<std::uint32_t>(time % 2);
      }
    }
    records.push_back(at(5, sample(RecordType::kRolledBack, number, 15)));
    records.push_back(at(500, sample(RecordType::kRolledBack, number, 25)));
  }
  const auto describe = [](const std::vector<BranchHistory>& lives) {
    std::vector<std::string> text;
    for (const auto& life : lives) {
      text.push_back(life.xid.to_string() + std::to_string(life.birth));
      for (const auto& record : life.records) text.push_back(encode_record(record));
    }
    return text;
  };
  const auto expected = describe(merge_lives(records));
  std::mt19937 random(11);
  for (int i = 0; i < 200; ++i) {
    std::shuffle(records.begin(), records.end(), random);
    auto some_twice = records;
    some_twice.insert(some_twice.end(), records.begin(), records.begin() + i % 20);
    ASSERT_EQ(describe(merge_lives(some_twice)), expected);
  }
}

/// Section 3.1.4 of the design: the marking process does not know the birth of the branch.
TEST(Lives, MarkGoesToTheLifeThatWasOpenWhenItWasWritten) {
  const auto life = only({at(20, sample(RecordType::kRolledBack, 1, 15)),
                          at(30, sample(RecordType::kPreparing, 1, 10))});
  EXPECT_EQ(life.birth, 10U);
  EXPECT_TRUE(life.has(RecordType::kRolledBack));
  EXPECT_TRUE(life.has(RecordType::kPreparing));
}

TEST(Lives, MarkDoesNotGoToALifeThatBeganLater) {
  const auto lives = merge_lives({at(20, sample(RecordType::kRolledBack, 1, 15)),
                                  at(30, sample(RecordType::kPreparing, 1, 40))});
  ASSERT_EQ(lives.size(), 2U);
  EXPECT_FALSE(lives[1].has(RecordType::kRolledBack));
}

TEST(Lives, MarkDoesNotGoToALifeThatWasFinishedBefore) {
  std::vector<Record> records{at(10, sample(RecordType::kPreparing, 1, 10)),
                              at(12, sample(RecordType::kDone, 1, 10)),
                              at(20, sample(RecordType::kRolledBack, 1, 15))};
  EXPECT_EQ(merge_lives(records).size(), 2U);
  records[2].time_us = 11;
  const auto life = only(records);
  EXPECT_TRUE(life.has(RecordType::kRolledBack));
  EXPECT_FALSE(life.is_live());
}

TEST(Lives, MarkOfAnotherBranchIsLeftAlone) {
  EXPECT_EQ(merge_lives({at(10, sample(RecordType::kPreparing, 1, 10)),
                         at(20, sample(RecordType::kRolledBack, 2, 15))})
                .size(),
            2U);
}

TEST(Lives, LoneMarkIsKeptForAnHourAndAPreparedBranchForEver) {
  const auto mark = only({at(1000, sample(RecordType::kRolledBack, 1))});
  EXPECT_TRUE(must_keep(mark, 1000 + kMarkLifetimeUs - 1));
  EXPECT_FALSE(must_keep(mark, 1000 + kMarkLifetimeUs));
  const auto prepared = only(
      {at(1000, sample(RecordType::kPreparing, 1)), at(1001, sample(RecordType::kRolledBack, 1))});
  EXPECT_TRUE(must_keep(prepared, INT64_MAX / 2));
}

TEST(Lives, FinishedIsToldPerBirth) {
  std::vector<RecordHead> records;
  for (const auto& record :
       {at(1, sample(RecordType::kPreparing, 1, 1)), at(2, sample(RecordType::kDone, 1, 1)),
        at(3, sample(RecordType::kPreparing, 1, 2))}) {
    records.push_back(head_of(encode_record(record)));
  }
  EXPECT_TRUE(is_finished(records, 1));
  EXPECT_FALSE(is_finished(records, 2));
}

}  // namespace
}  // namespace xaodbc::log
