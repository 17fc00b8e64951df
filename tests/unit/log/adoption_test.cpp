#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/log/log_fixture.h"

/// What becomes of the segments of dead processes.
namespace xaodbc::log {
namespace {

class AdoptionTest : public LogTest {
 protected:
  void leave_dead(std::initializer_list<int> numbers, int finished = 0) {
    auto log = open(false);
    for (int i = 0; i < finished; ++i) finish(log, 5000 + i);
    for (const int number : numbers) {
      ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, number)).is_ok());
    }
    kill(std::move(log));
  }
};

TEST_F(AdoptionTest, LiveBranchesOfTheDeadMoveIntoTheSegmentOfWhoOpensNext) {
  leave_dead({1, 2}, 3);
  leave_dead({3});
  ASSERT_EQ(segments().size(), 2U);
  const auto log = open();
  EXPECT_EQ(live(log), xids({1, 2, 3}));
  EXPECT_EQ(segments().size(), 1U);
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(append(log, sample(RecordType::kDone, i)).is_ok());
  EXPECT_TRUE(live(log).empty());
}

TEST_F(AdoptionTest, DeadSegmentWithoutLiveBranchesIsJustRemoved) {
  leave_dead({}, 5);
  open();
  EXPECT_TRUE(segments().empty());
}

TEST_F(AdoptionTest, SegmentOfALiveProcessIsLeftAlone) {
  const auto owner = open();
  ASSERT_TRUE(append(owner, sample(RecordType::kPreparing, 1)).is_ok());
  const auto path = only_segment();
  const auto other = open();
  EXPECT_EQ(only_segment(), path);
  EXPECT_EQ(live(other), xids({1}));
}

TEST_F(AdoptionTest, OperatorReadsTheDeadAndLeavesThemWhereTheyAre) {
  leave_dead({1});
  const auto path = only_segment();
  EXPECT_EQ(live(open(false)), xids({1}));
  EXPECT_EQ(only_segment(), path);
}

TEST_F(AdoptionTest, AdoptedRecordsAreDurableBeforeTheDeadSegmentGoes) {
  leave_dead({1, 2});
  auto log = open();
  kill(std::move(log));
  files_.lose_power(9);
  EXPECT_EQ(live(open()), xids({1, 2}));
}

TEST_F(AdoptionTest, RotationAdoptsWhoDiedMeanwhile) {
  const auto log = open();
  auto other = open();
  ASSERT_TRUE(append(other, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append(other, sample(RecordType::kPreparing, 2)).is_ok());
  other.reset();
  ASSERT_TRUE(append(log, sample(RecordType::kDone, 2)).is_ok());
  for (int i = 100; i < 300; ++i) finish(log, i);
  EXPECT_EQ(segments().size(), 1U);
  EXPECT_EQ(live(log), xids({1}));
}

TEST_F(AdoptionTest, FullDiskLeavesTheDeadToBeReadWhereTheyAre) {
  leave_dead({1});
  files_.limit_space(kSegmentSize);
  const auto log = open();
  EXPECT_EQ(live(log), xids({1}));
  EXPECT_EQ(segments().size(), 1U);
}

TEST_F(AdoptionTest, CompletionOfAnAdoptedBranchHasItsRoomOnAFullDisk) {
  leave_dead({1, 2, 3});
  const auto log = open();
  files_.limit_space(kSegmentSize);
  for (int i = 10; append(log, sample(RecordType::kPreparing, i)).is_ok(); ++i) {
  }
  for (int i = 1; i <= 3; ++i) {
    for (const auto type : {RecordType::kCommitting, RecordType::kHeuristic, RecordType::kDone}) {
      EXPECT_TRUE(append(log, sample(type, i)).is_ok());
    }
  }
}

TEST_F(AdoptionTest, AdopterThatDiesAtAnyMomentLosesAndDuplicatesNothing) {
  for (int step = 1; step < 60; ++step) {
    FaultyFileSystem files;
    auto owner = *BranchLog::open({directory_, kSegmentSize, true}, files);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(append_durably(owner, sample(RecordType::kPreparing, i)).is_ok());
    }
    ASSERT_TRUE(append_durably(owner, sample(RecordType::kDone, 3)).is_ok());
    files.kill_all_processes();
    files.fail_everything_from(step);
    const auto adopter = BranchLog::open({directory_, kSegmentSize, true}, files);
    const bool whole = adopter.has_value();
    files.kill_all_processes();
    files.lose_power(static_cast<std::uint32_t>(step));
    files.heal();
    const auto next = *BranchLog::open({directory_, kSegmentSize, true}, files);
    ASSERT_EQ(live(next), xids({0, 1, 2})) << "step " << step << (whole ? " opened" : "");
    ASSERT_EQ(files.paths().size(), 1U) << "the segment";
  }
}

/// Its branch has been finished since and nobody remembers: a second adoption would revive it.
TEST_F(AdoptionTest, SegmentThatSomebodyElseHasJustAdoptedIsLeftAlone) {
  leave_dead({1});
  Log faster;
  files_.before(Op::kLock, [&] {
    files_.before(Op::kLock, {});
    faster = open();
    ASSERT_TRUE(append(faster, sample(RecordType::kDone, 1)).is_ok());
    for (int i = 100; i < 300; ++i) finish(faster, i);
  });
  const auto slower = open();
  ASSERT_NE(faster, nullptr);
  EXPECT_TRUE(live(slower).empty());
  EXPECT_TRUE(live(faster).empty());
}

/// A branch begins in a living segment, another process finishes it and dies, all of it after the
/// living segment was read and before the dead one was locked.
class LateEndTest : public AdoptionTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(append(living_, sample(RecordType::kPreparing, 1)).is_ok());
    ASSERT_TRUE(append(dying_, sample(RecordType::kPreparing, 2)).is_ok());
  }
  void happen_before_the_lock() {
    files_.before(Op::kLock, [this] {
      files_.before(Op::kLock, {});
      ASSERT_TRUE(append(living_, sample(RecordType::kPreparing, 3)).is_ok());
      ASSERT_TRUE(append(dying_, sample(RecordType::kDone, 3)).is_ok());
      dying_.reset();
    });
  }

  Log living_ = open();
  Log dying_ = open();
};

TEST_F(LateEndTest, IsKeptByWhoOpens) {
  happen_before_the_lock();
  const auto adopter = open();
  ASSERT_EQ(dying_, nullptr);
  EXPECT_EQ(live(adopter), xids({1, 2}));
}

TEST_F(LateEndTest, IsKeptByWhoRotates) {
  const auto adopter = open();
  finish(adopter, 99);
  happen_before_the_lock();
  for (int i = 100; dying_ != nullptr && i < 1000; ++i) finish(adopter, i);
  ASSERT_EQ(dying_, nullptr);
  EXPECT_EQ(live(adopter), xids({1, 2}));
}

TEST_F(AdoptionTest, ManyAdoptersAtOnceKeepEveryBranchOnce) {
  for (int round = 0; round < 20; ++round) {
    FaultyFileSystem files;
    for (int i = 0; i < 4; ++i) {
      const auto owner = *BranchLog::open({directory_, kSegmentSize, false}, files);
      ASSERT_TRUE(append_durably(owner, sample(RecordType::kPreparing, i)).is_ok());
    }
    std::vector<Log> adopters(4);
    std::vector<std::thread> threads;
    for (auto& adopter : adopters) {
      threads.emplace_back([&] {
        auto log = BranchLog::open({directory_, kSegmentSize, true}, files);
        if (log) adopter = *log;
      });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& adopter : adopters) {
      ASSERT_NE(adopter, nullptr);
      ASSERT_EQ(live(adopter), xids({0, 1, 2, 3}));
    }
  }
}

}  // namespace
}  // namespace xaodbc::log
