#include "log/branch_log.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/log/log_fixture.h"

namespace xaodbc::log {
namespace {

class BranchLogTest : public LogTest {};

TEST_F(BranchLogTest, RecordIsSeenAtOnceByItsWriterAndByOthers) {
  const auto writer = open();
  const auto reader = open();
  ASSERT_TRUE(append(writer, sample(RecordType::kPreparing, 1)).is_ok());
  for (const auto& log : {writer, reader}) {
    const auto history = find(log, 1);
    ASSERT_EQ(history.records.size(), 1U);
    EXPECT_EQ(history.records[0].session, "9001@1767225599");
    EXPECT_GT(history.records[0].time_us, 0);
    EXPECT_EQ(history.records[0].pid, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(live(log), xids({1}));
  }
  ASSERT_TRUE(append(writer, sample(RecordType::kPrepared, 1)).is_ok());
  EXPECT_EQ(find(reader, 1).records.size(), 2U);
}

TEST_F(BranchLogTest, UnknownBranchIsNothing) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  EXPECT_TRUE(find(log, 2).records.empty());
  EXPECT_EQ(*log->find("orders", xid_of(1)), std::nullopt);
}

TEST_F(BranchLogTest, HistoryIsMergedFromTheSegmentsOfAllProcesses) {
  const auto first = open();
  const auto second = open();
  ASSERT_TRUE(append(first, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append(second, sample(RecordType::kCommitting, 1)).is_ok());
  EXPECT_EQ(find(first, 1).records.size(), 2U);
  ASSERT_TRUE(append(second, sample(RecordType::kDone, 1)).is_ok());
  EXPECT_TRUE(find(first, 1).has(RecordType::kDone));
  EXPECT_TRUE(live(first).empty());
  EXPECT_TRUE(live(second).empty());
}

TEST_F(BranchLogTest, LiveIsOfOneResourceOrOfAll) {
  const auto log = open();
  auto other = sample(RecordType::kPreparing, 2);
  other.resource = "orders";
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append(log, other).is_ok());
  EXPECT_EQ(log->live("accounts")->size(), 1U);
  EXPECT_EQ(log->live("orders")->at(0).xid, xid_of(2));
  EXPECT_EQ(log->live("")->size(), 2U);
  EXPECT_TRUE(log->live("x")->empty());
}

TEST_F(BranchLogTest, HeuristicDecisionLivesFromDecisionToForget) {
  const auto log = open();
  const auto tool = open();
  auto done = sample(RecordType::kDone, 1);
  done.decider = Decider::kOperator;
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append_durably(tool, sample(RecordType::kHeuristic, 1)).is_ok());
  ASSERT_TRUE(append(tool, done).is_ok());
  ASSERT_NE(find(log, 1).heuristic(), nullptr);
  EXPECT_EQ(find(log, 1).heuristic()->operator_name, "carol");
  EXPECT_EQ(live(log), xids({1}));
  ASSERT_TRUE(append_durably(log, sample(RecordType::kForgotten, 1)).is_ok());
  EXPECT_EQ(find(tool, 1).heuristic(), nullptr);
  EXPECT_TRUE(live(tool).empty());
}

TEST_F(BranchLogTest, XidUsedAgainIsANewLife) {
  const auto log = open();
  finish(log, 1, log->new_birth());
  EXPECT_FALSE(find(log, 1).is_live());
  const auto birth = log->new_birth();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1, birth)).is_ok());
  const auto history = find(log, 1);
  EXPECT_EQ(history.birth, birth);
  EXPECT_EQ(history.records.size(), 1U);
  EXPECT_EQ(live(log), xids({1}));
  ASSERT_TRUE(append(log, sample(RecordType::kDone, 1, birth)).is_ok());
  EXPECT_TRUE(live(log).empty());
}

TEST_F(BranchLogTest, LateRecordOfAFinishedBranchDoesNotReviveIt) {
  const auto log = open();
  finish(log, 1);
  ASSERT_TRUE(append(log, sample(RecordType::kForgotten, 1)).is_ok());
  ASSERT_TRUE(append(log, sample(RecordType::kCommitting, 1)).is_ok());
  EXPECT_TRUE(live(log).empty());
  EXPECT_EQ(find(log, 1).records.size(), 6U);
}

TEST_F(BranchLogTest, MarkingAndPreparingProcessesSeeEachOther) {
  const auto owner = open();
  const auto marker = open();
  const auto birth = owner->new_birth();
  auto marks_birth = marker->new_birth();
  // No message of a transaction manager travels within the microsecond.
  while (marks_birth <= birth) marks_birth = marker->new_birth();
  ASSERT_TRUE(append(marker, sample(RecordType::kRolledBack, 1, marks_birth)).is_ok());
  ASSERT_TRUE(append(owner, sample(RecordType::kPreparing, 1, birth)).is_ok());
  for (const auto& log : {owner, marker}) {
    const auto history = find(log, 1);
    EXPECT_TRUE(history.has(RecordType::kRolledBack));
    EXPECT_TRUE(history.has(RecordType::kPreparing));
    EXPECT_EQ(history.birth, birth);
  }
}

TEST_F(BranchLogTest, BirthsGrowAndDifferBetweenProcessesAndThreads) {
  const auto first = open();
  const auto second = open();
  std::set<std::uint64_t> births;
  std::vector<std::vector<std::uint64_t>> lists(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 1000; ++n) lists[i].push_back(first->new_birth());
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& list : lists) {
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
    births.insert(list.begin(), list.end());
  }
  EXPECT_EQ(births.size(), 4000U);
  EXPECT_FALSE(births.contains(second->new_birth()));
}

TEST_F(BranchLogTest, BirthsGoOnBehindThoseInTheLogEvenIfTheClockWasSetBack) {
  const auto log = open();
  const auto future = log->new_birth() + (std::uint64_t{3600} * 1000000 << 12);
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1, future)).is_ok());
  const auto other = open();
  EXPECT_GT(other->new_birth(), future);
}

TEST_F(BranchLogTest, TimesOfAProcessGrowWithEveryRecord) {
  const auto log = open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(append(log, sample(RecordType::kCommitting, 1)).is_ok());
  }
  const auto history = find(log, 1);
  ASSERT_EQ(history.records.size(), 100U);
  for (std::size_t i = 1; i < 100; ++i) {
    EXPECT_LT(history.records[i - 1].time_us, history.records[i].time_us);
  }
}

TEST_F(BranchLogTest, SegmentIsMadeAtTheFirstAppendAndNotBefore) {
  const auto log = open();
  EXPECT_TRUE(live(log).empty());
  EXPECT_TRUE(segments().empty());
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  EXPECT_EQ(files_.contents(only_segment()).size(), kSegmentSize);
}

TEST_F(BranchLogTest, ClosingRemovesASegmentWithoutLiveBranches) {
  auto log = open();
  finish(log, 1);
  log.reset();
  EXPECT_TRUE(segments().empty());
}

TEST_F(BranchLogTest, ClosingLeavesASegmentWithLiveBranches) {
  auto log = open();
  finish(log, 1);
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 2)).is_ok());
  log.reset();
  EXPECT_EQ(segments().size(), 1U);
  EXPECT_EQ(live(open()), xids({2}));
}

TEST_F(BranchLogTest, ClosingMakesDurableWhatWasAskedFor) {
  auto log = open();
  ASSERT_TRUE(log->append_and_sync(sample(RecordType::kPreparing, 1)).has_value());
  log.reset();
  files_.lose_power(1);
  EXPECT_EQ(live(open()), xids({1}));
}

TEST_F(BranchLogTest, TooLongTextIsTheCallersFault) {
  const auto log = open();
  auto record = sample(RecordType::kHeuristic, 1);
  record.reason = std::string(kMaxTextSize + 1, 'r');
  EXPECT_TRUE(append(log, record).is(StatusCode::kInvalidArgument));
  EXPECT_TRUE(live(log).empty());
}

TEST_F(BranchLogTest, WaitForAPlainAppendSyncsIt) {
  const auto log = open();
  const auto ticket = log->append(sample(RecordType::kPreparing, 1));
  const int before = files_.count(Op::kSync);
  EXPECT_TRUE(log->wait(*ticket, soon()).is_ok());
  EXPECT_EQ(files_.count(Op::kSync), before + 1);
  EXPECT_TRUE(log->wait(*ticket, soon()).is_ok());
  EXPECT_EQ(files_.count(Op::kSync), before + 1);
}

TEST_F(BranchLogTest, DirectoryThatCannotBeListedOrWrittenIsAConfigurationError) {
  files_.fail(Op::kList);
  EXPECT_TRUE(try_open().error().is(StatusCode::kMisconfigured));
  files_.fail(Op::kCreate);
  EXPECT_TRUE(try_open().error().is(StatusCode::kMisconfigured));
  files_.fail(Op::kCreate);
  EXPECT_TRUE(try_open(false).has_value()) << "an operator may only read";
}

TEST_F(BranchLogTest, LargeNumberOfBranchesIsFoundOneByOne) {
  const auto log = open();
  for (int i = 0; i < 300; ++i) finish(log, i);
  const auto reader = open();
  const int reads = files_.count(Op::kRead);
  for (int i = 0; i < 100; ++i) (void)reader->find("accounts", xid_of(i));
  EXPECT_LT(files_.count(Op::kRead) - reads, 100 * 8) << "find must not read all history";
}

/// The first life of a branch is read again when a second one begins.
TEST_F(BranchLogTest, RecordThatAnotherProcessCouldNotTakeInIsFoundLater) {
  const auto writer = open();
  finish(writer, 1);
  for (int nth = 1; nth <= 10; ++nth) {
    const auto reader = open(false);
    ASSERT_TRUE(live(reader).empty());
    const auto birth = static_cast<std::uint64_t>(nth) + 1;
    ASSERT_TRUE(append(writer, sample(RecordType::kPreparing, 1, birth)).is_ok());
    files_.fail(Op::kRead, nth);
    static_cast<void>(reader->live(""));
    files_.heal();
    EXPECT_EQ(live(reader), xids({1})) << "read " << nth << " had failed";
    ASSERT_TRUE(append(writer, sample(RecordType::kDone, 1, birth)).is_ok());
  }
}

}  // namespace
}  // namespace xaodbc::log
