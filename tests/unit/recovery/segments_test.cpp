#include "recovery/segments.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "log/segment_name.h"
#include "recovery/doctor_log.h"
#include "recovery/sync_speed.h"
#include "tests/support/child.h"
#include "tests/unit/recovery/segments_fixture.h"

namespace xaodbc::recovery {
namespace {

using log::ReadEnd;

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

TEST_F(Segments, FifoInThePlaceOfASegmentIsToldAndNotWaitedFor) {
  const auto fifo = directory() / log::segment_name("vm", 1, 7);
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto look = [&] {
    EXPECT_EQ(run_log_verify({"", {fifo}}), 2);
    log::Options options;
    options.directory = directory();
    const auto log = log::BranchLog::open(options, posix_files());
    ASSERT_FALSE(log.has_value());
    EXPECT_TRUE(log.error().is(StatusCode::kLogDamaged));
    EXPECT_NE(log.error().message().find(fifo.string() + ": not a regular file"), std::string::npos)
        << log.error().message();
  };
  EXPECT_EQ(support::run_in_child(look), support::exited(0)) << "killed when it hangs";
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
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kFine, "1 segment with 3 readable records"));
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

TEST_F(Segments, DoctorAdvisesNoQuarantineOfASegmentOfANewerVersion) {
  make_newer();
  const auto findings = examine_log(directory(), posix_files());
  EXPECT_TRUE(has(findings, odbc::Finding::Level::kProblem, "newer version of xaodbc"));
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.todo.find("quarantine"), std::string::npos) << finding.todo;
  }
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
