#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "log/format.h"
#include "log/lives.h"
#include "tests/unit/log/log_fixture.h"

/// Full segments, full disks, and what is carried over.
namespace xaodbc::log {
namespace {

class RotationTest : public LogTest {
 protected:
  /// Writes finished branches until the log has changed its segment.
  void rotate(const Log& log) {
    ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 9999)).is_ok());
    const int before = files_.count(Op::kRename);
    for (int i = 10000; files_.count(Op::kRename) == before; ++i) finish(log, i);
    ASSERT_TRUE(append(log, sample(RecordType::kDone, 9999)).is_ok());
  }
};

TEST_F(RotationTest, LiveBranchesAreCarriedOverWithTheirWholeHistory) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append(log, sample(RecordType::kPrepared, 1)).is_ok());
  const auto before = find(log, 1).records;
  for (int i = 0; i < 5; ++i) rotate(log);
  EXPECT_EQ(find(log, 1).records, before);
  EXPECT_EQ(find(open(false), 1).records, before);
  EXPECT_EQ(files_.contents(only_segment()).size(), kSegmentSize);
}

TEST_F(RotationTest, FinishedBranchesAreDropped) {
  const auto log = open();
  finish(log, 1);
  EXPECT_FALSE(find(log, 1).records.empty());
  rotate(log);
  EXPECT_TRUE(find(log, 1).records.empty());
  EXPECT_TRUE(live(log).empty());
}

TEST_F(RotationTest, HeuristicDecisionIsCarriedOverUntilItIsForgotten) {
  const auto log = open();
  auto done = sample(RecordType::kDone, 1);
  done.decider = Decider::kOperator;
  for (const auto& record :
       {sample(RecordType::kPreparing, 1), sample(RecordType::kHeuristic, 1), done}) {
    ASSERT_TRUE(append(log, record).is_ok());
  }
  rotate(log);
  ASSERT_NE(find(log, 1).heuristic(), nullptr);
  ASSERT_TRUE(append(log, sample(RecordType::kForgotten, 1)).is_ok());
  rotate(log);
  EXPECT_TRUE(find(log, 1).records.empty());
}

TEST_F(RotationTest, EndOfABranchStaysWhileAnotherSegmentThinksItAlive) {
  auto owner = open();
  const auto finisher = open();
  ASSERT_TRUE(append(owner, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append(finisher, sample(RecordType::kDone, 1)).is_ok());
  for (int i = 0; i < 3; ++i) rotate(finisher);
  EXPECT_TRUE(live(owner).empty());
  EXPECT_TRUE(live(finisher).empty());
  EXPECT_TRUE(find(finisher, 1).has(RecordType::kDone));
  rotate(owner);
  rotate(finisher);
  EXPECT_TRUE(find(finisher, 1).records.empty()) << "nobody needs the end any more";
  EXPECT_TRUE(live(owner).empty());
}

TEST_F(RotationTest, EndsInTwoSegmentsDoNotBothGoWhileAThirdNeedsOne) {
  const auto owner = open();
  const auto one = open();
  const auto two = open();
  ASSERT_TRUE(append(owner, sample(RecordType::kPreparing, 1)).is_ok());
  ASSERT_TRUE(append(one, sample(RecordType::kDone, 1)).is_ok());
  ASSERT_TRUE(append(two, sample(RecordType::kDone, 1)).is_ok());
  rotate(one);
  rotate(two);
  rotate(one);
  EXPECT_TRUE(live(owner).empty());
}

TEST_F(RotationTest, MarkIsCarriedOverWhileItIsYoungAndDroppedWhenItIsOld) {
  // A hand-made dead segment: marks of one second and of two hours ago.
  SegmentHeader header;
  header.id = 7;
  header.segment_size = kMinSegmentSize;
  header.boot_id = files_.boot_id();
  auto bytes = encode_header(header);
  const auto now = wall_time_us();
  for (const auto& record : {at(now - 1000000, sample(RecordType::kRolledBack, 1)),
                             at(now - 2 * kMarkLifetimeUs, sample(RecordType::kRolledBack, 2)),
                             at(now - 1000000, sample(RecordType::kPreparing, 3)),
                             at(now - 1000000, sample(RecordType::kReadOnly, 3)),
                             at(now - 2 * kMarkLifetimeUs, sample(RecordType::kPreparing, 4)),
                             at(now - 2 * kMarkLifetimeUs, sample(RecordType::kReadOnly, 4))}) {
    bytes += encode_frame(header.id, bytes.size(), bytes.size(), encode_record(record));
  }
  bytes.resize(kMinSegmentSize, '\0');
  files_.set_contents(directory_ / "h-1-0000000000000007.seg", bytes);
  EXPECT_TRUE(live(open(false)).empty()) << "what is remembered for others is not in doubt";
  const auto log = open();
  EXPECT_TRUE(find(log, 1).has(RecordType::kRolledBack));
  EXPECT_TRUE(find(log, 2).records.empty());
  EXPECT_TRUE(find(log, 3).has(RecordType::kReadOnly));
  EXPECT_TRUE(find(log, 4).records.empty());
}

TEST_F(RotationTest, SegmentGrowsWithTheLiveBranches) {
  const auto log = open();
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(append(log, sample(RecordType::kPreparing, i)).is_ok()) << i;
  }
  EXPECT_EQ(live(log).size(), 500U);
  EXPECT_GT(files_.contents(only_segment()).size(), kSegmentSize);
  const int creations = files_.count(Op::kCreate);
  EXPECT_LT(creations, 12) << "growing in too small steps";
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(append(log, sample(RecordType::kDone, i)).is_ok());
  EXPECT_EQ(files_.count(Op::kCreate), creations) << "completions must not need a new segment";
}

TEST_F(RotationTest, FullDiskRefusesNewBranchesAndTakesEveryCompletion) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 0)).is_ok());
  files_.limit_space(kSegmentSize);
  int accepted = 1;
  Status refused;
  for (; refused.is_ok() && accepted < 1000; ++accepted) {
    refused = append(log, sample(RecordType::kPreparing, accepted));
  }
  --accepted;
  ASSERT_TRUE(refused.is(StatusCode::kLogFull)) << refused.message();
  EXPECT_NE(refused.message().find("no space left"), std::string::npos) << refused.message();
  ASSERT_GT(accepted, 5);
  for (int i = 0; i < accepted; ++i) {
    for (const auto type : {RecordType::kPrepared, RecordType::kCommitting,
                            RecordType::kRollingBack, RecordType::kHeuristic}) {
      const auto status = append_durably(log, sample(type, i));
      ASSERT_TRUE(status.is_ok()) << i << " " << status.message();
    }
  }
  auto done = sample(RecordType::kDone, 0);
  done.decider = Decider::kOperator;
  for (int i = 0; i < accepted; ++i) {
    done.xid = xid_of(i);
    ASSERT_TRUE(append(log, done).is_ok()) << i;
    ASSERT_TRUE(append_durably(log, sample(RecordType::kForgotten, i)).is_ok()) << i;
  }
  EXPECT_TRUE(live(log).empty());
}

TEST_F(RotationTest, FullDiskThatGetsRoomAgainTakesNewBranchesAgain) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 0)).is_ok());
  files_.limit_space(kSegmentSize);
  int i = 1;
  while (append(log, sample(RecordType::kPreparing, i)).is_ok()) ++i;
  files_.limit_space(UINT64_MAX);
  EXPECT_TRUE(append_durably(log, sample(RecordType::kPreparing, i)).is_ok());
  EXPECT_EQ(live(log).size(), static_cast<std::size_t>(i) + 1);
}

TEST_F(RotationTest, FinishedBranchesGiveTheirReservedRoomBack) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 0)).is_ok());
  files_.limit_space(kSegmentSize);
  // About 600 bytes each, 2,000 with what is reserved: many more than could be live at once.
  int written = 0;
  for (; written < 70; ++written) {
    ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 100 + written)).is_ok()) << written;
    ASSERT_TRUE(append(log, sample(RecordType::kDone, 100 + written)).is_ok());
  }
  EXPECT_EQ(live(log), xids({0}));
}

TEST_F(RotationTest, ProcessWithoutSegmentOnAFullDiskSaysSo) {
  files_.limit_space(kSegmentSize / 2);
  const auto log = open();
  EXPECT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is(StatusCode::kLogFull));
  files_.limit_space(UINT64_MAX);
  EXPECT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
}

TEST_F(RotationTest, ReaderInTheMidstOfARotationSeesEveryBranchOnce) {
  const auto log = open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append(log, sample(RecordType::kPreparing, i)).is_ok());
  const auto reader = open(false);
  int looks = 0;
  const auto look = [&] {
    files_.before(Op::kRemove, {});
    files_.before(Op::kRename, {});
    files_.before(Op::kSyncDirectory, {});
    EXPECT_EQ(live(reader), xids({0, 1, 2, 3, 4, 9999}));
    EXPECT_EQ(live(open(false)), xids({0, 1, 2, 3, 4, 9999}));
    ++looks;
  };
  for (const auto op : {Op::kRename, Op::kSyncDirectory, Op::kRemove}) {
    ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 9999, 5)).is_ok());
    files_.before(op, look);
    for (int i = 20000, before = looks; looks == before; ++i) {
      ASSERT_TRUE(append(log, sample(RecordType::kRolledBack, 1)).is_ok()) << i;
    }
  }
  EXPECT_EQ(looks, 3);
}

TEST_F(RotationTest, BranchThatMovesBehindTheReadersBackIsStillFound) {
  const auto log = open();
  ASSERT_TRUE(append(log, sample(RecordType::kPreparing, 1)).is_ok());
  // The reader has its list of segments and is about to open the first: now it vanishes.
  bool moved = false;
  files_.before(Op::kOpen, [&] {
    files_.before(Op::kOpen, {});
    rotate(log);
    moved = true;
  });
  const auto reader = open(false);
  EXPECT_TRUE(moved);
  EXPECT_EQ(live(reader), xids({1}));
}

TEST_F(RotationTest, WaitForARecordOfAReplacedSegmentIsAnswered) {
  const auto log = open();
  const auto ticket = log->append(sample(RecordType::kPreparing, 1));
  rotate(log);
  EXPECT_TRUE(log->wait(*ticket, soon()).is_ok());
  files_.lose_power(5);
  EXPECT_EQ(live(open()).count(xid_of(1).to_string()), 1U);
}

}  // namespace
}  // namespace xaodbc::log
