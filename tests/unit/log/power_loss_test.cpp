#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/unit/log/log_fixture.h"

/// What was promised survives whatever happens, whenever it happens.
namespace xaodbc::log {
namespace {

/// What a caller may rely on, branch by branch.
struct Promise {
  bool preparing_durable = false;
  bool heuristic_durable = false;
  bool forgotten_durable = false;
  bool ended = false;  ///< "done" was written, durable or not: both answers are right
};

class PowerLossTest : public LogTest {
 protected:
  /// One more thing that happens to some branch, and what it promises.
  void step(const Log& log, std::mt19937& random) {
    const int number = static_cast<int>(random() % 40);
    auto& promise = promises_[number];
    switch (random() % 6) {
      case 0:
      case 1:
        if (!promise.ended && !promise.preparing_durable) {
          promise.preparing_durable =
              append_durably(log, sample(RecordType::kPreparing, number)).is_ok();
        }
        break;
      case 2:
        (void)append(log, sample(RecordType::kCommitting, number)).is_ok();
        break;
      case 3:
        if (promise.preparing_durable && !promise.heuristic_durable) {
          promise.heuristic_durable =
              append_durably(log, sample(RecordType::kHeuristic, number)).is_ok();
        }
        break;
      default:
        end(log, number, promise, random() % 2 == 0);
    }
  }

  static void end(const Log& log, int number, Promise& promise, bool forget) {
    auto done = sample(RecordType::kDone, number);
    done.decider = Decider::kOperator;
    promise.ended = true;
    (void)append(log, done).is_ok();
    if (promise.heuristic_durable && forget) {
      promise.forgotten_durable =
          append_durably(log, sample(RecordType::kForgotten, number)).is_ok() ||
          promise.forgotten_durable;
    }
  }

  void check(const Log& log, const std::string& when) const {
    for (const auto& [number, promise] : promises_) {
      const auto history = find(log, number);
      if (promise.preparing_durable && !promise.ended) {
        ASSERT_TRUE(history.has(RecordType::kPreparing)) << number << when;
        ASSERT_TRUE(history.is_live()) << number << when;
      }
      if (promise.heuristic_durable && !forget_was_tried(promise)) {
        ASSERT_NE(history.heuristic(), nullptr) << number << when;
      }
      if (promise.forgotten_durable) {
        ASSERT_EQ(history.heuristic(), nullptr) << number << when;
      }
    }
  }
  static bool forget_was_tried(const Promise& promise) { return promise.ended; }

  std::map<int, Promise> promises_;
};

TEST_F(PowerLossTest, WhatWasPromisedIsThereAfterEveryLossOfPower) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    files_.lose_power(seed);
    std::mt19937 random(seed);
    auto log = open(true, kSegmentSize / 4);
    ASSERT_NE(log, nullptr) << seed;
    check(log, " after the power loss before seed " + std::to_string(seed));
    if (HasFatalFailure()) return;
    for (int i = 0; i < 150; ++i) step(log, random);
    graveyard_.push_back(std::move(log));
  }
}

TEST_F(PowerLossTest, WhatWasPromisedIsThereAfterFailuresAndALossOfPower) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    auto log = open(true, kSegmentSize / 4);
    ASSERT_NE(log, nullptr) << seed;
    for (int i = 0; i < 40; ++i) {
      if (random() % 6 == 0) {
        files_.fail(static_cast<Op>(random() % static_cast<unsigned>(Op::kCount)),
                    1 + static_cast<int>(random() % 3), static_cast<int>(random() % 3));
      }
      step(log, random);
    }
    if (random() % 3 == 0) {
      files_.fail_everything_from(static_cast<int>(random() % 20));
      for (int i = 0; i < 10; ++i) step(log, random);
    }
    files_.heal();
    graveyard_.push_back(std::move(log));
    if (random() % 2 == 0) {
      files_.lose_power(seed);
    } else {
      files_.kill_all_processes();
    }
    check(open(true, kSegmentSize / 4), " after seed " + std::to_string(seed));
    if (HasFatalFailure()) return;
  }
}

/// Two processes that replace their segments again and again, one of which loses everything
/// unsynced.
TEST_F(PowerLossTest, EndInOneSegmentIsNotLostByTheReplacementOfAnother) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    FaultyFileSystem files;
    auto owner = *BranchLog::open({directory_, kSegmentSize / 4, true}, files);
    auto finisher = *BranchLog::open({directory_, kSegmentSize / 4, true}, files);
    std::mt19937 random(seed);
    for (int number = 0; number < 60; ++number) {
      ASSERT_TRUE(append_durably(owner, sample(RecordType::kPreparing, number)).is_ok());
      ASSERT_TRUE(append_durably(finisher, sample(RecordType::kDone, number)).is_ok());
      if (random() % 3 == 0) finish(random() % 2 == 0 ? owner : finisher, 1000 + number);
    }
    files.lose_power(seed);
    const auto next = *BranchLog::open({directory_, kSegmentSize / 4, true}, files);
    const auto lives = live(next);
    for (int number = 0; number < 60; ++number) {
      ASSERT_FALSE(lives.contains(xid_of(number).to_string())) << number << " seed " << seed;
    }
    graveyard_.push_back(std::move(owner));
    graveyard_.push_back(std::move(finisher));
    graveyard_.clear();
  }
}

TEST_F(PowerLossTest, FailureOfEveryNthOperationKeepsThePromises) {
  for (int nth = 1; nth < 120; ++nth) {
    FaultyFileSystem files;
    auto log = *BranchLog::open({directory_, std::size_t{8} << 10, true}, files);
    files.fail_everything_from(nth);
    std::set<std::string> promised;
    for (int number = 0; number < 12; ++number) {
      if (append_durably(log, sample(RecordType::kPreparing, number)).is_ok()) {
        promised.insert(xid_of(number).to_string());
      }
      // The branches in between make the segment full.
      (void)append(log, sample(RecordType::kPreparing, 100 + number)).is_ok();
      (void)append(log, sample(RecordType::kDone, 100 + number)).is_ok();
    }
    files.lose_power(static_cast<std::uint32_t>(nth));
    files.heal();
    const auto next = BranchLog::open({directory_, std::size_t{8} << 10, true}, files);
    ASSERT_TRUE(next.has_value()) << nth << next.error().message();
    const auto lives = live(*next);
    for (const auto& xid : promised) ASSERT_TRUE(lives.contains(xid)) << nth;
  }
}

}  // namespace
}  // namespace xaodbc::log
