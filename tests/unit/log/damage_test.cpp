#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "log/bytes.h"
#include "log/format.h"
#include "tests/unit/log/log_fixture.h"

/// What a log makes of damaged segments (I6).
namespace xaodbc::log {
namespace {

class DamageTest : public LogTest {
 protected:
  /// A dead segment with three live branches.
  std::filesystem::path dead_segment() {
    auto log = open();
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(append_durably(log, sample(RecordType::kPreparing, i)).is_ok());
    }
    kill(std::move(log));
    return only_segment();
  }

  static std::size_t frame_bytes() {
    return frame_size(encode_record(sample(RecordType::kPreparing, 0)).size());
  }
};

TEST_F(DamageTest, DamageInTheMiddleStopsWithFileOffsetAndNextStep) {
  const auto path = dead_segment();
  damage(path, kHeaderSize + 40);
  const auto log = try_open();
  ASSERT_FALSE(log.has_value());
  EXPECT_TRUE(log.error().is(StatusCode::kLogDamaged));
  for (const auto& part : {path.string() + ": offset 128", std::string("damaged"),
                           "xaodbc log quarantine " + path.string() + " --reason TEXT"}) {
    EXPECT_NE(log.error().message().find(part), std::string::npos) << log.error().message();
  }
}

TEST_F(DamageTest, DamagedHeaderStopsToo) {
  const auto path = dead_segment();
  damage(path, 20);
  EXPECT_TRUE(try_open().error().is(StatusCode::kLogDamaged));
  EXPECT_NE(try_open().error().message().find("quarantine"), std::string::npos);
}

TEST_F(DamageTest, SegmentOfANewerVersionStopsWithItsNameAndWithoutAdviceToSetItAside) {
  const auto path = dead_segment();
  auto bytes = files_.contents(path);
  write_number(bytes.data() + kMagic.size(), kVersion + 1);
  constexpr std::size_t kChecked = kHeaderSize - sizeof(std::uint32_t);
  write_number(bytes.data() + kChecked, crc32c(std::string_view(bytes).substr(0, kChecked)));
  files_.set_contents(path, bytes);
  const auto log = try_open();
  ASSERT_FALSE(log.has_value());
  EXPECT_TRUE(log.error().is(StatusCode::kLogDamaged));
  for (const auto& part : {path.string(), std::string("newer version of xaodbc")}) {
    EXPECT_NE(log.error().message().find(part), std::string::npos) << log.error().message();
  }
  EXPECT_EQ(log.error().message().find("quarantine"), std::string::npos);
  EXPECT_EQ(files_.contents(path), bytes);
}

TEST_F(DamageTest, DamagedSegmentIsNeitherAdoptedNorRemovedNorChanged) {
  const auto path = dead_segment();
  damage(path, kHeaderSize + 40);
  const auto before = files_.contents(path);
  EXPECT_FALSE(try_open().has_value());
  EXPECT_FALSE(try_open(false).has_value());
  EXPECT_EQ(only_segment(), path);
  EXPECT_EQ(files_.contents(path), before);
}

TEST_F(DamageTest, DamageThatAppearsLaterStopsFindAndLiveButNoCompletion) {
  const auto writer = open();
  ASSERT_TRUE(append(writer, sample(RecordType::kPreparing, 0)).is_ok());
  const auto path = only_segment();
  const auto log = open();
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 9)).is_ok());
  for (int i = 1; i < 4; ++i) {
    ASSERT_TRUE(append_durably(writer, sample(RecordType::kPreparing, i)).is_ok());
  }
  damage(path, kHeaderSize + frame_bytes() + 40);
  EXPECT_TRUE(log->live("").error().is(StatusCode::kLogDamaged));
  EXPECT_TRUE(log->find("accounts", xid_of(9)).error().is(StatusCode::kLogDamaged));
  EXPECT_TRUE(append_durably(log, sample(RecordType::kDone, 9)).is_ok());
}

TEST_F(DamageTest, RotationBesideADamagedSegmentKeepsEveryEnd) {
  const auto log = open();
  const auto other = open();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(append_durably(other, sample(RecordType::kPreparing, i)).is_ok());
  }
  const auto path = only_segment();
  const auto good = files_.contents(path);
  damage(path, kHeaderSize + 40);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append(log, sample(RecordType::kDone, i)).is_ok());
  const int renames = files_.count(Op::kRename);
  for (int i = 100; files_.count(Op::kRename) == renames; ++i) finish(log, i);
  EXPECT_TRUE(log->live("").error().is(StatusCode::kLogDamaged));
  files_.set_contents(path, good);
  EXPECT_TRUE(live(open(false)).empty())
      << "an end was dropped while it was not known who needs it";
}

TEST_F(DamageTest, TornTailIsCutAndTheLogGoesOn) {
  const auto path = dead_segment();
  damage(path, kHeaderSize + 2 * frame_bytes() + 40);
  auto log = open();
  EXPECT_EQ(live(log), xids({0, 1}));
  EXPECT_NE(only_segment(), path) << "adopted: what was whole now stands in a fresh segment";
  ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, 7)).is_ok());
  kill(std::move(log));
  EXPECT_EQ(live(open()), xids({0, 1, 7}));
}

TEST_F(DamageTest, TornTailCutAtEveryByteLosesOnlyTheLastRecord) {
  const auto path = dead_segment();
  const auto whole = files_.contents(path);
  const auto last = kHeaderSize + 2 * frame_bytes();
  for (auto cut = last + 1; cut < last + frame_bytes(); cut += 3) {
    auto bytes = whole.substr(0, cut);
    bytes.resize(whole.size(), '\0');
    files_.set_contents(path, bytes);
    const auto log = open(false);
    ASSERT_NE(log, nullptr) << cut;
    ASSERT_TRUE(live(log) == xids({0, 1}) || bytes == whole) << cut;
  }
}

TEST_F(DamageTest, ZeroedSectorInTheMiddleIsDamage) {
  auto log = open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(append_durably(log, sample(RecordType::kPreparing, i)).is_ok());
  }
  kill(std::move(log));
  const auto path = only_segment();
  auto bytes = files_.contents(path);
  bytes.replace(1024, 512, 512, '\0');
  files_.set_contents(path, bytes);
  EXPECT_TRUE(try_open().error().is(StatusCode::kLogDamaged));
}

TEST_F(DamageTest, TruncatedSegmentIsDamage) {
  const auto path = dead_segment();
  files_.set_contents(path, files_.contents(path).substr(0, kHeaderSize + 2 * frame_bytes()));
  EXPECT_TRUE(try_open().error().is(StatusCode::kLogDamaged));
}

TEST_F(DamageTest, EmptyFileWithTheNameOfASegmentIsDamage) {
  files_.set_contents(directory_ / "h-1-0123456789abcdef.seg", "");
  EXPECT_TRUE(try_open().error().is(StatusCode::kLogDamaged));
}

TEST_F(DamageTest, FilesWithOtherNamesAreNoneOfOurBusiness) {
  files_.set_contents(directory_ / "README", "hello");
  files_.set_contents(directory_ / "h-1-0123456789abcdef.seg.damaged", "hello");
  files_.set_contents(directory_ / "h-1-012345.seg", "hello");
  EXPECT_TRUE(live(open()).empty());
  EXPECT_EQ(segments().size(), 3U);
}

TEST_F(DamageTest, LeftoverOfACrashWhileASegmentWasMadeIsRemoved) {
  files_.set_contents(directory_ / "elsewhere-999999-0123456789abcdef.seg.new", "half");
  EXPECT_TRUE(live(open(false)).empty());
  EXPECT_EQ(segments().size(), 1U) << "an operator only reads";
  EXPECT_TRUE(live(open()).empty());
  EXPECT_TRUE(segments().empty());
}

TEST_F(DamageTest, SegmentInTheMakingByALiveProcessIsLeftAlone) {
  const auto path = directory_ / "elsewhere-999999-0123456789abcdef.seg.new";
  files_.set_contents(path, "half");
  const auto file = *files_.open(path, true);
  ASSERT_TRUE(*file->try_lock());
  open();
  EXPECT_EQ(only_segment(), path);
}

TEST_F(DamageTest, RecordOfANewerVersionStopsUnlessItMayBeSkipped) {
  const auto path = dead_segment();
  auto bytes = files_.contents(path);
  const auto header = *decode_header(bytes);
  const auto end = kHeaderSize + 3 * frame_bytes();
  const auto with_type = [&](const char* payload) {
    auto changed = bytes;
    const auto frame = encode_frame(header.id, end, 0, payload);
    changed.replace(end, frame.size(), frame);
    files_.set_contents(path, changed);
  };
  with_type("\x33 new");
  EXPECT_TRUE(try_open().error().is(StatusCode::kLogDamaged));
  with_type("\xb3 new");
  EXPECT_EQ(live(open()), xids({0, 1, 2}));
}

}  // namespace
}  // namespace xaodbc::log
