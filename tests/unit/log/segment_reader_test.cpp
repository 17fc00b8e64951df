#include "log/segment_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/log/segment_fixture.h"

namespace xaodbc::log {
namespace {

TEST_F(SegmentReaderTest, WholeSegmentEndsCleanlyBehindItsLastRecord) {
  const auto segment = three_records();
  const auto reading = read(segment.file());
  ASSERT_EQ(reading.records.size(), 3U);
  EXPECT_EQ(reading.records[2], sample(RecordType::kPreparing, 2));
  EXPECT_EQ(reading.end.how, ReadEnd::kClean);
  EXPECT_EQ(reading.end.offset, segment.end());
}

TEST_F(SegmentReaderTest, EmptySegmentIsClean) {
  const auto reading = read(same_boot().file());
  EXPECT_TRUE(reading.records.empty());
  EXPECT_EQ(reading.end.how, ReadEnd::kClean);
}

TEST_F(SegmentReaderTest, SegmentFilledToTheLastByteIsClean) {
  auto segment = same_boot();
  const auto room = kSize - segment.end() - kFrameHeaderSize;
  auto record = sample(RecordType::kHeuristic, 1);
  record.reason.clear();
  while (encode_record(record).size() + 3 < room && record.reason.size() < kMaxTextSize) {
    record.reason += 'r';
  }
  segment.add(record);
  auto rest = sample(RecordType::kHeuristic, 2);
  rest.reason.clear();
  while (segment.end() + frame_size(encode_record(rest).size()) < kSize) rest.reason += 'r';
  segment.add(rest);
  ASSERT_EQ(segment.end(), kSize);
  const auto reading = read(segment.file());
  EXPECT_EQ(reading.records.size(), 2U);
  EXPECT_EQ(reading.end.how, ReadEnd::kClean);
}

/// Segments never change their size: a short one has lost something, wherever it was cut.
TEST_F(SegmentReaderTest, TruncationAtEveryByteIsCorruptAndGivesOnlyWholeRecords) {
  const auto segment = three_records();
  const auto whole = segment.file();
  for (std::size_t size = 0; size < kSize; size += size < segment.end() + 32 ? 1 : 97) {
    const auto reading = read(whole.substr(0, size));
    if (size < kHeaderSize) {
      ASSERT_TRUE(reading.status.is(StatusCode::kLogDamaged)) << size;
      continue;
    }
    ASSERT_EQ(reading.end.how, ReadEnd::kCorrupt) << size;
    std::size_t complete = 0;
    while (complete < 3 && (complete < 2 ? segment.offset(complete + 1) : segment.end()) <= size) {
      ++complete;
    }
    ASSERT_EQ(reading.records.size(), complete) << size;
  }
}

/// A write that a crash interrupted: the rest of the file is still zeros.
TEST_F(SegmentReaderTest, LastRecordCutAtEveryByteIsTornAndTheOthersAreRead) {
  const auto segment = three_records();
  const auto last = segment.offset(2);
  const auto whole = segment.file();
  const auto frame_end =
      last + kFrameHeaderSize + encode_record(sample(RecordType::kPreparing, 2)).size();
  for (auto cut = last + 1; cut < frame_end; ++cut) {
    const auto reading = read(damaged(whole, cut, kSize - cut));
    if (reading.records.size() == 3) {
      ASSERT_EQ(reading.records[2], sample(RecordType::kPreparing, 2));
      continue;
    }
    ASSERT_EQ(reading.end.how, ReadEnd::kTorn) << cut;
    ASSERT_EQ(reading.end.offset, last) << cut;
    ASSERT_EQ(reading.records.size(), 2U) << cut;
  }
}

TEST_F(SegmentReaderTest, EveryFlippedByteIsNoticedAndNeverGivesAWrongRecord) {
  const auto segment = three_records();
  const auto whole = segment.file();
  for (std::size_t at = 0; at < kSize; at += at < segment.end() + 64 ? 1 : 61) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      auto bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      const auto reading = read(bytes);
      if (at < kHeaderSize) {
        ASSERT_TRUE(reading.status.is(StatusCode::kLogDamaged)) << at;
        continue;
      }
      const auto expected = at < segment.offset(2) ? ReadEnd::kCorrupt : ReadEnd::kTorn;
      ASSERT_EQ(reading.end.how, expected) << at;
      for (std::size_t i = 0; i < reading.records.size(); ++i) {
        ASSERT_EQ(reading.records[i], sample(RecordType::kPreparing, static_cast<int>(i))) << at;
      }
    }
  }
}

TEST_F(SegmentReaderTest, RightChecksumOverAWrongPayloadIsCorrupt) {
  std::mt19937 random(3);
  int corrupt = 0;
  for (int i = 0; i < 3000; ++i) {
    auto payload = encode_record(sample(kAllTypes[i % 9], i));
    payload[random() % payload.size()] = static_cast<char>(random());
    auto segment = same_boot();
    const auto reading = read(segment.add_payload(payload, 0).file());
    ASSERT_TRUE(reading.status.is_ok());
    if (reading.end.how == ReadEnd::kCorrupt) ++corrupt;
    for (const auto& record : reading.records) ASSERT_EQ(encode_record(record), payload);
  }
  EXPECT_GT(corrupt, 100);
}

TEST_F(SegmentReaderTest, GarbageBehindTheLastRecordIsTorn) {
  const auto segment = three_records();
  for (const auto at : {segment.end(), segment.end() + 500, kSize - 1}) {
    const auto reading = read(damaged(segment.file(), at, 1, 'x'));
    EXPECT_EQ(reading.records.size(), 3U);
    EXPECT_EQ(reading.end.how, ReadEnd::kTorn) << at;
    EXPECT_EQ(reading.end.offset, segment.end());
  }
}

TEST_F(SegmentReaderTest, ZeroedSectorInFrontOfValidRecordsIsCorrupt) {
  auto segment = same_boot();
  for (int i = 0; i < 12; ++i) segment.add(sample(RecordType::kPreparing, i));
  const auto reading = read(damaged(segment.file(), 512, 512));
  EXPECT_EQ(reading.end.how, ReadEnd::kCorrupt);
  EXPECT_LT(reading.end.offset, 1024U);
  EXPECT_LT(reading.records.size(), 12U);
}

TEST_F(SegmentReaderTest, HoleInTheSameBootIsCorruptEvenIfNothingWasDurable) {
  auto segment = same_boot();
  for (int i = 0; i < 12; ++i) segment.add_unsynced(sample(RecordType::kPreparing, i));
  EXPECT_EQ(read(damaged(segment.file(), 512, 512)).end.how, ReadEnd::kCorrupt);
}

/// The disk wrote the later of two sectors and the power went: nothing of it was promised.
TEST_F(SegmentReaderTest, HoleOfAnEarlierBootInUnsyncedRecordsIsTornAndTheRestIsRead) {
  auto segment = earlier_boot();
  for (int i = 0; i < 12; ++i) segment.add_unsynced(sample(RecordType::kPreparing, i));
  const auto reading = read(damaged(segment.file(), 512, 512));
  EXPECT_EQ(reading.end.how, ReadEnd::kTorn);
  EXPECT_LE(reading.end.offset, 512U);
  EXPECT_EQ(reading.records.back(), sample(RecordType::kPreparing, 11));
  EXPECT_GE(reading.records.size(), 8U);
}

TEST_F(SegmentReaderTest, HoleOfAnEarlierBootInDurableRecordsIsCorrupt) {
  auto segment = earlier_boot();
  for (int i = 0; i < 6; ++i) segment.add_unsynced(sample(RecordType::kPreparing, i));
  for (int i = 6; i < 12; ++i) segment.add_unsynced(sample(RecordType::kPreparing, i));
  // Only the very last record says that all in front of it was durable.
  segment.add(sample(RecordType::kPreparing, 12));
  EXPECT_EQ(read(damaged(segment.file(), 512, 512)).end.how, ReadEnd::kCorrupt);
}

TEST_F(SegmentReaderTest, DamageInCarriedOverRecordsIsCorruptWhateverFollows) {
  auto segment = earlier_boot();
  segment.add_unsynced(sample(RecordType::kPreparing, 1)).carried_so_far();
  EXPECT_EQ(read(damaged(segment.file(), segment.offset(0) + 40, 1, 'x')).end.how,
            ReadEnd::kCorrupt);
  EXPECT_EQ(read(damaged(segment.file(), kHeaderSize, kSize - kHeaderSize)).end.how,
            ReadEnd::kCorrupt);
  segment.add_unsynced(sample(RecordType::kPreparing, 2));
  EXPECT_EQ(read(damaged(segment.file(), segment.offset(0) + 40, 1, 'x')).end.how,
            ReadEnd::kCorrupt);
}

TEST_F(SegmentReaderTest, BytesOfAFrameInsideATextAreNotTakenForAFrame) {
  auto segment = same_boot();
  auto record = sample(RecordType::kHeuristic, 1);
  record.reason = encode_frame(7, 128, 0, encode_record(sample(RecordType::kPreparing, 99)));
  segment.add(sample(RecordType::kPreparing, 0)).add(record);
  const auto reading = read(damaged(segment.file(), segment.offset(1), 1, 'x'));
  EXPECT_EQ(reading.records.size(), 1U);
  EXPECT_EQ(reading.end.how, ReadEnd::kTorn);
}

TEST_F(SegmentReaderTest, UnknownTypeMayBeSkippedOnlyIfItSaysSo) {
  auto segment = same_boot();
  segment.add(sample(RecordType::kPreparing, 0)).add_payload("\xc5 whatever", 0);
  segment.add(sample(RecordType::kPreparing, 1));
  auto reading = read(segment.file());
  EXPECT_EQ(reading.records.size(), 2U);
  EXPECT_EQ(reading.skipped, 1);
  EXPECT_EQ(reading.end.how, ReadEnd::kClean);

  auto strict = same_boot();
  strict.add(sample(RecordType::kPreparing, 0)).add_payload("\x45 whatever", 0);
  reading = read(strict.add(sample(RecordType::kPreparing, 1)).file());
  EXPECT_EQ(reading.end.how, ReadEnd::kCorrupt);
  EXPECT_EQ(reading.end.offset, strict.offset(1));
  EXPECT_NE(reading.end.what.find("unknown type 69"), std::string::npos);
}

TEST_F(SegmentReaderTest, FileLargerThanItsHeaderSaysIsCorrupt) {
  EXPECT_EQ(read(three_records().file() + std::string(512, '\0')).end.how, ReadEnd::kCorrupt);
}

TEST_F(SegmentReaderTest, FailedReadIsAnErrorAndNoEnd) {
  files_.set_contents(kPath, three_records().file());
  const auto file = *files_.open(kPath, false);
  auto reader = *SegmentReader::open(*file, files_.boot_id());
  files_.fail(FaultyFileSystem::Op::kRead);
  EXPECT_FALSE(reader.next().has_value());
}

}  // namespace
}  // namespace xaodbc::log
