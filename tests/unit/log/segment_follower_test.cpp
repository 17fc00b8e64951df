#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/log/segment_fixture.h"

/// The SegmentReader behind a writer that goes on writing.
namespace xaodbc::log {
namespace {

class Follower : public SegmentReaderTest {
 protected:
  void publish(const std::string& bytes) { files_.set_contents(kPath, bytes); }
};

TEST_F(Follower, RecordsThatComeLaterAreReadLater) {
  auto segment = same_boot();
  publish(segment.add(sample(RecordType::kPreparing, 0)).file());
  const auto file = *files_.open(kPath, false);
  auto reader = *SegmentReader::open(*file, files_.boot_id());
  Reading first;
  drain(reader, first);
  EXPECT_EQ(first.records.size(), 1U);
  publish(segment.add(sample(RecordType::kPreparing, 1)).file());
  Reading second;
  drain(reader, second);
  EXPECT_EQ(second.records, std::vector{sample(RecordType::kPreparing, 1)});
  EXPECT_EQ(second.end.how, ReadEnd::kClean);
}

TEST_F(Follower, UnfinishedRecordOfALiveWriterIsNotYetThere) {
  auto segment = same_boot();
  segment.add(sample(RecordType::kPreparing, 0)).add(sample(RecordType::kPreparing, 1));
  const auto whole = segment.file();
  publish(damaged(whole, segment.offset(1) + 30, kSize - segment.offset(1) - 30));
  const auto file = *files_.open(kPath, false);
  auto reader = *SegmentReader::open(*file, files_.boot_id());
  Reading first;
  drain(reader, first);
  EXPECT_EQ(first.records.size(), 1U);
  EXPECT_EQ(first.end.how, ReadEnd::kTorn);
  publish(whole);
  Reading second;
  drain(reader, second);
  EXPECT_EQ(second.records.size(), 1U);
  EXPECT_EQ(second.end.how, ReadEnd::kClean);
}

TEST_F(Follower, DamageBehindWhatItHasReadIsNoticed) {
  auto segment = same_boot();
  publish(segment.add(sample(RecordType::kPreparing, 0)).file());
  const auto file = *files_.open(kPath, false);
  auto reader = *SegmentReader::open(*file, files_.boot_id());
  Reading first;
  drain(reader, first);
  segment.add(sample(RecordType::kPreparing, 1)).add(sample(RecordType::kPreparing, 2));
  publish(damaged(segment.file(), segment.offset(1), 64));
  Reading second;
  drain(reader, second);
  EXPECT_EQ(second.end.how, ReadEnd::kCorrupt);
  EXPECT_EQ(second.end.offset, segment.offset(1));
}

/// A reader overtaken by a fast writer: it saw the later record and not yet all of the one before.
TEST_F(Follower, RecordThatIsCompleteAtTheSecondLookIsNoDamage) {
  auto segment = same_boot();
  for (int i = 0; i < 3; ++i) segment.add(sample(RecordType::kPreparing, i));
  publish(damaged(segment.file(), segment.offset(1) + 30, 20));
  int reads = 0;
  files_.before(FaultyFileSystem::Op::kRead, [&] {
    // After the header, the first look and the search for what follows.
    if (++reads == 4) publish(segment.file());
  });
  const auto file = *files_.open(kPath, false);
  auto reader = *SegmentReader::open(*file, files_.boot_id());
  Reading reading;
  drain(reader, reading);
  EXPECT_GE(reads, 4);
  EXPECT_EQ(reading.end.how, ReadEnd::kClean) << reading.end.what;
  EXPECT_EQ(reading.records.size(), 3U);
}

TEST_F(Follower, SecondLookAtAnEndTakesAReadOrTwo) {
  publish(three_records().file());
  const auto file = *files_.open(kPath, false);
  auto reader = *SegmentReader::open(*file, files_.boot_id());
  Reading reading;
  drain(reader, reading);
  const int before = files_.count(FaultyFileSystem::Op::kRead);
  drain(reader, reading);
  EXPECT_LE(files_.count(FaultyFileSystem::Op::kRead), before + 2);
}

}  // namespace
}  // namespace xaodbc::log
