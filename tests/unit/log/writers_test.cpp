#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "tests/unit/log/gate.h"
#include "tests/unit/log/log_fixture.h"

/// Several threads that write records at once (write_record.cpp).
namespace xaodbc::log {
namespace {

class WritersTest : public LogTest {
 protected:
  void SetUp() override { ASSERT_TRUE(append(log_, sample(RecordType::kPreparing, 1)).is_ok()); }
  void TearDown() override { files_.before(Op::kWrite, {}); }

  /// Begins to write a record in a thread of its own and is held up in the write; in no later one.
  std::future<Status> write_held_up(const Record& record) {
    auto held = std::make_shared<std::atomic<bool>>(false);
    files_.before(Op::kWrite, [this, held] {
      if (!held->exchange(true)) gate_.pass();
    });
    auto status = std::async(std::launch::async, [this, record] { return append(log_, record); });
    gate_.await_visitor();
    return status;
  }

  /// So many threads write a record each, and give the processor away in every write. The numbers
  /// of those whose record was taken, 1 among them.
  std::vector<int> write_all_at_once(int threads, std::uint64_t birth = 1) {
    std::vector<std::future<Status>> answers;
    for (int number = 2; number < 2 + threads; ++number) {
      answers.push_back(std::async(std::launch::async, [this, number, birth] {
        return append(log_, sample(RecordType::kPreparing, number, birth));
      }));
    }
    std::vector<int> taken{1};
    for (int number = 2; auto& answer : answers) {
      if (answer.get().is_ok()) taken.push_back(number);
      ++number;
    }
    return taken;
  }
  static void give_the_processor_away() {
    for (int i = 0; i < 50; ++i) std::this_thread::yield();
  }

  Gate gate_;
  const Log log_ = open();
};

TEST_F(WritersTest, OfManyNoMoreThanFourAreInTheFile) {
  std::atomic<int> inside{0}, most{0};
  files_.before(Op::kWrite, [&] {
    const int now = ++inside;
    for (int known = most; known < now && !most.compare_exchange_weak(known, now);) {
    }
    give_the_processor_away();
    --inside;
  });
  EXPECT_EQ(write_all_at_once(24).size(), 25);
  EXPECT_LE(most, 4);
}

TEST_F(WritersTest, WhicheverWriteOfManyFailsOnlyWhatStandsInTheFileIsTaken) {
  files_.before(Op::kWrite, give_the_processor_away);
  for (int failing = 1; failing <= 8; ++failing) {
    const auto birth = static_cast<std::uint64_t>(failing);
    files_.fail(Op::kWrite, failing);
    const auto taken = write_all_at_once(24, birth);
    files_.heal();
    EXPECT_EQ(live(log_), xids(taken)) << failing;
    EXPECT_EQ(live(open()), xids(taken)) << failing << ", in another process";
    for (const int number : taken) {
      if (number == 1) continue;
      ASSERT_TRUE(append(log_, sample(RecordType::kDone, number, birth)).is_ok());
    }
  }
}

TEST_F(WritersTest, OneThatIsHeldUpHoldsUpNobodyAndLeavesNoGap) {
  auto held_up = write_held_up(sample(RecordType::kPreparing, 2));
  EXPECT_TRUE(append_durably(log_, sample(RecordType::kPreparing, 3)).is_ok());
  EXPECT_TRUE(append(log_, sample(RecordType::kPreparing, 4)).is_ok());
  EXPECT_EQ(live(open()), xids({1, 2, 3, 4})) << "in another process";
  gate_.open();
  EXPECT_TRUE(held_up.get().is_ok());
  EXPECT_EQ(live(log_), xids({1, 2, 3, 4}));
  EXPECT_EQ(live(open()), xids({1, 2, 3, 4}));
}

TEST_F(WritersTest, WhatOneWroteForTheOtherIsDurableWithItsOwn) {
  auto held_up = write_held_up(sample(RecordType::kPreparing, 2));
  EXPECT_TRUE(append_durably(log_, sample(RecordType::kPreparing, 3)).is_ok());
  files_.lose_power(1);
  EXPECT_EQ(live(open()), xids({1, 2, 3}));
  gate_.open();
  static_cast<void>(held_up.get());
}

TEST_F(WritersTest, FailedWriteOfARecordThatTheOtherHasWrittenIsNone) {
  auto held_up = write_held_up(sample(RecordType::kPreparing, 2));
  EXPECT_TRUE(append(log_, sample(RecordType::kPreparing, 3)).is_ok());
  files_.fail(Op::kWrite);
  gate_.open();
  EXPECT_TRUE(held_up.get().is_ok());
  EXPECT_TRUE(append(log_, sample(RecordType::kPreparing, 4)).is_ok()) << "in a fresh segment";
  EXPECT_EQ(live(log_), xids({1, 2, 3, 4}));
}

TEST_F(WritersTest, WhereBothFailOnlyWhatStandsInTheFileCounts) {
  auto first = write_held_up(sample(RecordType::kPreparing, 2));
  files_.fail(Op::kWrite, 1, 1);
  const int writes = files_.count(Op::kWrite);
  auto second = std::async(std::launch::async,
                           [this] { return append(log_, sample(RecordType::kPreparing, 3)); });
  // The failed write of both leaves half of its bytes, which is the first of two equal frames.
  while (files_.count(Op::kWrite) == writes) std::this_thread::yield();
  gate_.open();
  EXPECT_TRUE(first.get().is_ok());
  EXPECT_TRUE(second.get().is(StatusCode::kLogPoisoned));
  EXPECT_EQ(live(log_), xids({1, 2}));
  EXPECT_EQ(live(open()), xids({1, 2}));
  EXPECT_TRUE(append(log_, sample(RecordType::kPreparing, 4)).is_ok());
  EXPECT_EQ(live(log_), xids({1, 2, 4}));
}

TEST_F(WritersTest, FullSegmentIsReplacedWhenTheLastHasNotedItsRecord) {
  auto held_up = write_held_up(sample(RecordType::kPreparing, 2));
  files_.before(Op::kCreate, [this] { gate_.open(); });
  const auto old = only_segment();
  for (int number = 3; only_segment() == old; ++number) finish(log_, number);
  EXPECT_TRUE(held_up.get().is_ok());
  EXPECT_EQ(live(log_), xids({1, 2}));
  EXPECT_EQ(live(open()), xids({1, 2}));
  files_.before(Op::kCreate, {});
}

TEST_F(WritersTest, FailureWithoutMemoryForItsTextIsForgottenByNobody) {
  files_.before(Op::kWrite, [] { throw std::bad_alloc(); });
  EXPECT_TRUE(append(log_, sample(RecordType::kPreparing, 2)).is(StatusCode::kLogPoisoned));
  files_.before(Op::kWrite, {});
  EXPECT_TRUE(append(log_, sample(RecordType::kPreparing, 3)).is_ok());
  EXPECT_EQ(live(log_), xids({1, 3}));
}

}  // namespace
}  // namespace xaodbc::log
