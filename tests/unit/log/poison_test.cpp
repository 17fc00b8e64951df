#include <gtest/gtest.h>

#include <new>
#include <thread>

#include "tests/unit/log/gate.h"
#include "tests/unit/log/log_fixture.h"

/// Failed writes and syncs (I6), and who waits for whom.
namespace xaodbc::log {
namespace {

class PoisonTest : public LogTest {};

TEST_F(PoisonTest, FailedWritePoisonsAndTheNextAppendTakesAFreshSegmentWithTheLiveBranches) {
  const auto log = open();
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 1)).is_ok());
  finish(log, 2);
  const auto old = only_segment();
  files_.fail(Op::kWrite);
  EXPECT_TRUE(append(log, sample(RecordType::kPreparing, 3)).is(StatusCode::kLogPoisoned));
  EXPECT_EQ(live(log), xids({1})) << "nothing was promised for 3";
  EXPECT_EQ(only_segment(), old);
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 4)).is_ok());
  EXPECT_NE(only_segment(), old);
  EXPECT_EQ(live(log), xids({1, 4}));
  files_.lose_power(3);
  EXPECT_EQ(live(open()).count(xid_of(1).to_string()), 1U) << "carried over and synced";
}

TEST_F(PoisonTest, FailedSyncIsToldToTheWaiterAndToNobodyWhoWasDurableBefore) {
  const auto log = open();
  const auto durable = log->append_and_sync(sample(RecordType::kPreparing, 1));
  ASSERT_TRUE(log->wait(*durable, soon()).is_ok());
  files_.fail(Op::kSync);
  const auto lost = log->append_and_sync(sample(RecordType::kPreparing, 2));
  const auto status = log->wait(*lost, soon());
  EXPECT_TRUE(status.is(StatusCode::kLogPoisoned));
  EXPECT_NE(status.message().find("injected failure"), std::string::npos);
  EXPECT_TRUE(log->wait(*durable, soon()).is_ok());
}

TEST_F(PoisonTest, SegmentIsNeverSyncedAgainAfterAFailedSync) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  files_.fail(Op::kSync);
  const auto lost = log->append_and_sync(sample(RecordType::kPreparing, 2));
  ASSERT_TRUE(log->wait(*lost, soon()).is(StatusCode::kLogPoisoned));
  const int syncs = files_.count(Op::kSync);
  EXPECT_TRUE(log->wait(*lost, soon()).is(StatusCode::kLogPoisoned)) << "a second sync would lie";
  EXPECT_EQ(files_.count(Op::kSync), syncs);
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 3)).is_ok());
  EXPECT_TRUE(log->wait(*lost, soon()).is(StatusCode::kLogPoisoned)) << "its answer stands";
  files_.lose_power(1);
  EXPECT_EQ(live(open()), xids({1, 2, 3})) << "what was in memory was carried over";
}

// In the log's own thread, where nobody would catch it.
TEST_F(PoisonTest, SyncThatHasNoMemoryToSayWhyItFailedPoisons) {
  const auto log = open();
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 1)).is_ok());
  files_.before(Op::kSync, [] { throw std::bad_alloc(); });
  const auto lost = log->append_and_sync(sample(RecordType::kPreparing, 2));
  EXPECT_TRUE(log->wait(*lost, soon()).is(StatusCode::kLogPoisoned));
  files_.before(Op::kSync, {});
  EXPECT_TRUE(append_durably(log, sample(RecordType::kPreparing, 3)).is_ok());
  EXPECT_TRUE(log->wait(*lost, soon()).is(StatusCode::kLogPoisoned)) << "its answer stands";
  EXPECT_EQ(live(log), xids({1, 2, 3}));
}

TEST_F(PoisonTest, AfterPoisonEveryAppendTriesOneFreshSegment) {
  const auto log = open();
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 1)).is_ok());
  files_.fail_everything_from(1);
  EXPECT_TRUE(append(log, sample(RecordType::kDone, 1)).is(StatusCode::kLogPoisoned));
  const int creations = files_.count(Op::kCreate);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(append(log, sample(RecordType::kPreparing, 2)).is(StatusCode::kLogPoisoned));
    EXPECT_EQ(files_.count(Op::kCreate), creations + i);
  }
  files_.heal();
  EXPECT_TRUE(append_durably(log, sample(RecordType::kDone, 1)).is_ok());
  EXPECT_TRUE(live(log).empty());
}

TEST_F(PoisonTest, PoisonedSegmentIsReadByOthersUpToItsTornEnd) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  files_.fail(Op::kWrite);
  ASSERT_FALSE(append(log, sample(RecordType::kPreparing, 2)).is_ok());
  EXPECT_EQ(live(open()), xids({1}));
}

TEST_F(PoisonTest, ClosingAPoisonedLogLeavesItsLiveBranchesToOthers) {
  auto log = open();
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 1)).is_ok());
  files_.fail(Op::kSync);
  const auto lost = log->append_and_sync(sample(RecordType::kPreparing, 2));
  (void)log->wait(*lost, soon()).is_ok();
  log.reset();
  EXPECT_EQ(live(open()).count(xid_of(1).to_string()), 1U);
}

TEST_F(PoisonTest, DeadlineOfAWaiterPassesWhileTheSyncRunsAndTheRecordStillBecomesDurable) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  Gate gate;
  files_.before(Op::kSync, [&] { gate.pass(); });
  const auto ticket = log->append_and_sync(sample(RecordType::kPreparing, 2));
  ASSERT_TRUE(ticket.has_value());
  const auto past = Deadline::after(std::chrono::milliseconds(1));
  EXPECT_TRUE(log->wait(*ticket, past).is(StatusCode::kRetry));
  gate.open();
  EXPECT_TRUE(log->wait(*ticket, soon()).is_ok());
}

TEST_F(PoisonTest, AppendsGoOnWhileASyncRunsAndAreNotCoveredByIt) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 0)).is_ok());
  Gate gate;
  files_.before(Op::kSync, [&] { gate.pass(); });
  const auto first = log->append_and_sync(sample(RecordType::kPreparing, 1));
  gate.await_visitor();
  const auto second = log->append(sample(RecordType::kPreparing, 2));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(find(log, 2).records.size(), 1U);
  const int syncs = files_.count(Op::kSync);
  gate.open();
  EXPECT_TRUE(log->wait(*first, soon()).is_ok());
  EXPECT_TRUE(log->wait(*second, soon()).is_ok());
  EXPECT_EQ(files_.count(Op::kSync), syncs + 2);
}

TEST_F(PoisonTest, AllWhoWaitAtThatMomentShareOneSync) {
  const auto log = open();
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 1000)).is_ok());
  constexpr int kThreads = 16;
  constexpr int kEach = 50;
  const int before = files_.count(Op::kSync);
  // A sync that takes as long as the others need to get in line.
  files_.before(Op::kSync, [] { std::this_thread::yield(); });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const int number = thread * kEach + i;
        const auto promised = append_durably(log, sample(RecordType::kPreparing, number));
        const auto done = append(log, sample(RecordType::kDone, number));
        EXPECT_TRUE(promised.is_ok()) << promised.message();
        EXPECT_TRUE(done.is_ok()) << done.message();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LT(files_.count(Op::kSync) - before, kThreads * kEach);
  EXPECT_EQ(live(log), xids({1000}));
}

TEST_F(PoisonTest, ManyWaitersOfAHeldUpSyncAreAnsweredByOneMore) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 100)).is_ok());
  Gate gate;
  files_.before(Op::kSync, [&] { gate.pass(); });
  ASSERT_TRUE(log->append_and_sync(sample(RecordType::kPreparing, 101)).has_value());
  gate.await_visitor();
  std::vector<Ticket> tickets;
  for (int i = 0; i < 16; ++i) {
    tickets.push_back(*log->append_and_sync(sample(RecordType::kPreparing, i)));
  }
  std::vector<std::thread> threads;
  std::atomic<int> durable{0};
  for (const auto& ticket : tickets) {
    threads.emplace_back([&, ticket] { durable += log->wait(ticket, soon()).is_ok() ? 1 : 0; });
  }
  const int syncs = files_.count(Op::kSync);
  gate.open();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(durable, 16);
  EXPECT_EQ(files_.count(Op::kSync), syncs + 2);
}

TEST_F(PoisonTest, FailedSyncReachesEveryWaiter) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 100)).is_ok());
  Gate gate;
  files_.before(Op::kSync, [&] { gate.pass(); });
  std::vector<Ticket> tickets;
  for (int i = 0; i < 8; ++i) {
    tickets.push_back(*log->append_and_sync(sample(RecordType::kPreparing, i)));
  }
  files_.fail(Op::kSync);
  std::vector<std::thread> threads;
  std::atomic<int> poisoned{0};
  for (const auto& ticket : tickets) {
    threads.emplace_back([&, ticket] {
      poisoned += log->wait(ticket, soon()).is(StatusCode::kLogPoisoned) ? 1 : 0;
    });
  }
  gate.open();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(poisoned, 8);
}

TEST_F(PoisonTest, FailureWhileASegmentIsReplacedLeavesTheOldOneInForce) {
  for (const auto op : {Op::kCreate, Op::kWrite, Op::kSync, Op::kRename, Op::kSyncDirectory}) {
    FaultyFileSystem files;
    auto log = *BranchLog::open({directory_, kSegmentSize, true}, files);
    ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 0)).is_ok());
    int number = 1;
    // Up to the last branch that fits without a new segment.
    const int creations = files.count(Op::kCreate);
    files.fail(Op::kCreate, 1, 1000);
    while (append(log, sample(RecordType::kPreparing, number)).is_ok()) ++number;
    files.heal();
    files.fail(op);
    const auto status = append(log, sample(RecordType::kPreparing, number));
    EXPECT_TRUE(status.is(StatusCode::kLogFull)) << static_cast<int>(op) << status.message();
    EXPECT_EQ(files.paths().size(), 1U) << "no leftovers";
    EXPECT_EQ(live(log).size(), static_cast<std::size_t>(number));
    EXPECT_TRUE(append_durably(log, sample(RecordType::kDone, 0)).is_ok());
    EXPECT_TRUE(append(log, sample(RecordType::kPreparing, number)).is_ok());
    EXPECT_EQ(live(log).size(), static_cast<std::size_t>(number));
    EXPECT_GT(files.count(Op::kCreate), creations);
  }
}

}  // namespace
}  // namespace xaodbc::log
