#include "recovery/segments.h"

#include <gtest/gtest.h>

#include <fstream>

#include "log/branch_log.h"
#include "recovery/doctor_log.h"
#include "recovery/log_commands.h"
#include "recovery/sync_speed.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {
namespace {

using log::ReadEnd;

/// A log directory with the segment of a writer that died with branches in doubt.
class Segments : public ::testing::Test {
 protected:
  Segments() {
    log::Options options;
    options.directory = directory();
    options.segment_size = 8192;
    auto log = *log::BranchLog::open(options, posix_files());
    for (int i = 0; i < 3; ++i) {
      log::Record record = make_record(log::RecordType::kPreparing);
      record.xid = make_xid("g" + std::to_string(i));
      record.birth = log->new_birth();
      const auto ticket = log->append_and_sync(record);
      EXPECT_TRUE(ticket.has_value());
      EXPECT_TRUE(log->wait(*ticket, Deadline::after(std::chrono::seconds(10))).is_ok());
    }
  }

  [[nodiscard]] std::filesystem::path directory() const { return scratch_.path() / "log"; }
  [[nodiscard]] std::filesystem::path segment() const {
    const auto paths = list_segments({directory()}, posix_files());
    EXPECT_TRUE(paths.has_value());
    EXPECT_EQ(paths->size(), 1U);
    return paths->empty() ? std::filesystem::path() : paths->front();
  }
  Result<SegmentView> read(std::vector<log::SegmentReader::Entry>* entries = nullptr) {
    return read_segment(segment(), posix_files(), [&](const log::SegmentReader::Entry& entry) {
      if (entries != nullptr) entries->push_back(entry);
    });
  }
  void overwrite(std::uint64_t offset, char byte) {
    std::fstream file(segment(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }
  void damage_the_middle() {
    std::vector<log::SegmentReader::Entry> entries;
    ASSERT_TRUE(read(&entries).has_value());
    ASSERT_EQ(entries.size(), 3U);
    overwrite(entries[1].offset + 24, '\x7f');
  }
  LogOptions options() { return {"", {segment()}}; }

  support::ScratchDirectory scratch_;
};

TEST_F(Segments, EveryRecordIsVisitedAndTheEndIsClean) {
  std::vector<log::SegmentReader::Entry> entries;
  const auto view = read(&entries);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->records, 3U);
  EXPECT_EQ(view->end.how, ReadEnd::kClean);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[2].record->xid, make_xid("g2"));
}

TEST_F(Segments, DamageIsToldWithItsOffset) {
  damage_the_middle();
  const auto view = read();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->end.how, ReadEnd::kCorrupt);
  EXPECT_EQ(view->records, 1U);
  EXPECT_GT(view->end.offset, 0U);
}

TEST_F(Segments, DamagedHeaderIsDamageNotAnUnreadableFile) {
  overwrite(0, '?');
  const auto view = read();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->end.how, ReadEnd::kCorrupt);
}

TEST_F(Segments, FileThatIsNotThereIsAnError) {
  const auto view = read_segment(directory() / "none.seg", posix_files(),
                                 [](const log::SegmentReader::Entry&) {});
  EXPECT_FALSE(view.has_value());
}

TEST_F(Segments, OnlySegmentsAreListedAndAMissingDirectoryHasNone) {
  std::ofstream(directory() / "README") << "x";
  const auto paths = list_segments({directory(), "/nonexistent/log"}, posix_files());
  ASSERT_TRUE(paths.has_value());
  EXPECT_EQ(paths->size(), 1U);
}

TEST_F(Segments, VerifyTellsDamageByItsExitStatus) {
  EXPECT_EQ(run_log_verify(options()), 0);
  EXPECT_EQ(run_log_dump(options()), 0);
  damage_the_middle();
  EXPECT_EQ(run_log_verify(options()), 1);
  EXPECT_EQ(run_log_dump(options()), 1);
  EXPECT_EQ(run_log_verify({"", {directory() / "none.seg"}}), 2);
  EXPECT_EQ(run_log_verify({"/nonexistent/x.ini", {}}), 2);
}

TEST_F(Segments, QuarantineSetsADamagedSegmentAsideAndNotesWhy) {
  damage_the_middle();
  const auto path = segment();
  EXPECT_EQ(run_log_quarantine(options(), "bad disk", true), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::exists(path.string() + ".quarantined"));
  std::ifstream note(path.string() + ".quarantined.txt");
  const std::string text(std::istreambuf_iterator<char>(note), {});
  EXPECT_NE(text.find("bad disk"), std::string::npos);
  log::Options options;
  options.directory = directory();
  EXPECT_TRUE(log::BranchLog::open(options, posix_files()).has_value());
}

TEST_F(Segments, QuarantineRefusesAWholeSegment) {
  EXPECT_EQ(run_log_quarantine(options(), "by mistake", true), 1);
  EXPECT_TRUE(std::filesystem::exists(segment()));
}

TEST_F(Segments, QuarantineRefusesASegmentInUse) {
  damage_the_middle();
  auto file = posix_files().open(segment(), false);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(*(*file)->try_lock());
  EXPECT_EQ(run_log_quarantine(options(), "in use", true), 1);
  EXPECT_TRUE(std::filesystem::exists(segment()));
}

bool has(const std::vector<odbc::Finding>& findings, odbc::Finding::Level level,
         const std::string& words) {
  for (const auto& finding : findings) {
    if (finding.level == level && finding.what.find(words) != std::string::npos) return true;
  }
  return false;
}

TEST_F(Segments, DoctorMeasuresSyncsAndFindsAHealthyLog) {
  const auto findings = examine_log(directory(), posix_files());
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kFine, "is private to its owner"));
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kFine, "1 segments with 3 readable records"));
  EXPECT_FALSE(has(findings, odbc::Finding::Level::kProblem, "damaged"));
  const auto median = measure_sync(directory(), posix_files());
  ASSERT_TRUE(median.has_value());
  EXPECT_GT(median->count(), 0);
  EXPECT_EQ(list_segments({directory()}, posix_files())->size(), 1U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory()), {}), 1)
      << "the segment";
}

TEST_F(Segments, DoctorFindsDamageAndAnOpenDirectory) {
  damage_the_middle();
  std::filesystem::permissions(directory(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto findings = examine_log(directory(), posix_files());
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kProblem, "is damaged at offset"));
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kProblem, "others can look into"));
}

TEST_F(Segments, DoctorFindsALogInMemory) {
  if (!std::filesystem::exists("/dev/shm")) GTEST_SKIP() << "no tmpfs at /dev/shm";
  EXPECT_TRUE(
      has(examine_log("/dev/shm", posix_files()), odbc::Finding::Level::kProblem, "is in memory"));
}

TEST_F(Segments, DoctorSaysThatAMissingDirectoryWillBeMade) {
  const auto findings = examine_log(scratch_.path() / "none", posix_files());
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kNote, "does not exist"));
}

}  // namespace
}  // namespace xaodbc::recovery
