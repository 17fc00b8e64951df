#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/recovery/segments_fixture.h"
#include "tests/unit/recovery/terminal.h"

namespace xaodbc::recovery {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Quarantine : public Segments {
 protected:
  ~Quarantine() override { fs::current_path(before_); }

  int quarantine(const fs::path& path, const std::string& reason = "bad disk") {
    testing::internal::CaptureStderr();
    const int status = run_log_quarantine({"", {path}}, reason, true);
    error_ = testing::internal::GetCapturedStderr();
    return status;
  }
  int verify(const fs::path& path) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run_log_verify({"", {path}});
    error_ = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    return status;
  }
  /// Exists in none of the ways in which it could have been set aside.
  static bool was_touched(const fs::path& path) {
    return !fs::exists(path) || fs::exists(path.string() + ".quarantined") ||
           fs::exists(path.string() + ".quarantined.txt");
  }

  std::string error_;

 private:
  const fs::path before_ = fs::current_path();
};

TEST_F(Quarantine, SetsADamagedSegmentAsideAndNotesWhy) {
  damage_the_middle();
  const auto path = segment();
  EXPECT_EQ(run_log_quarantine(options(), "bad disk", true), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::exists(path.string() + ".quarantined"));
  EXPECT_THAT(content_of(path.string() + ".quarantined.txt"), HasSubstr("bad disk"));
  log::Options options;
  options.directory = directory();
  EXPECT_TRUE(log::BranchLog::open(options, posix_files()).has_value());
}

TEST_F(Quarantine, LeavesTheSegmentWhereItIsWhenTheOperatorSaysNo) {
  damage_the_middle();
  Terminal terminal("n\n");
  EXPECT_EQ(run_log_quarantine(options(), "bad disk", false), 1);
  EXPECT_THAT(terminal.screen(), HasSubstr("nothing was changed"));
  EXPECT_FALSE(was_touched(segment()));
}

TEST_F(Quarantine, RefusesAWholeSegment) {
  EXPECT_EQ(run_log_quarantine(options(), "by mistake", true), 1);
  EXPECT_TRUE(std::filesystem::exists(segment()));
}

TEST_F(Quarantine, RefusesASegmentInUse) {
  damage_the_middle();
  auto file = posix_files().open(segment(), false);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(*(*file)->try_lock());
  EXPECT_EQ(run_log_quarantine(options(), "in use", true), 1);
  EXPECT_TRUE(std::filesystem::exists(segment()));
}

TEST_F(Quarantine, RefusesAFileThatIsNoSegment) {
  const auto path = scratch_.write("passwd", "root:x:0:0:root:/root:/bin/sh\n");
  EXPECT_EQ(quarantine(path), 2);
  EXPECT_THAT(error_, HasSubstr(path.string() + ": not a branch log segment"));
  EXPECT_FALSE(was_touched(path));
}

TEST_F(Quarantine, RefusesACopyThatHasNotTheNameOfASegment) {
  damage_the_middle();
  const auto copy = directory() / "copy";
  fs::copy_file(segment(), copy);
  EXPECT_EQ(quarantine(copy), 2);
  EXPECT_FALSE(was_touched(copy));
  EXPECT_EQ(verify(copy), 1);
  EXPECT_THAT(error_, Not(HasSubstr("quarantine")));
}

TEST_F(Quarantine, IsNotAdvisedForAFileThatIsNoSegment) {
  const auto path = scratch_.write("passwd", "root:x:0:0:root:/root:/bin/sh\n");
  EXPECT_EQ(verify(path), 2);
  EXPECT_THAT(error_, HasSubstr("not a branch log segment"));
  EXPECT_THAT(error_, Not(HasSubstr("quarantine")));
}

TEST_F(Quarantine, SetsASegmentAsideThatLostItsMagic) {
  overwrite(0, '?');
  const auto path = segment();
  EXPECT_EQ(quarantine(path), 0) << error_;
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Quarantine, RefusesASegmentOfANewerVersion) {
  make_newer();
  EXPECT_EQ(quarantine(segment()), 2);
  EXPECT_THAT(error_, HasSubstr("newer version of xaodbc"));
  EXPECT_FALSE(was_touched(segment()));
}

TEST_F(Quarantine, IsNotAdvisedForASegmentOfANewerVersion) {
  make_newer();
  EXPECT_EQ(verify(segment()), 2);
  EXPECT_THAT(error_, HasSubstr(segment().string()));
  EXPECT_THAT(error_, HasSubstr("newer version of xaodbc"));
  EXPECT_THAT(error_, Not(HasSubstr("quarantine")));
}

TEST_F(Quarantine, SetsASegmentAsideWhoseVersionIsDamaged) {
  overwrite(log::kMagic.size(), 2);
  EXPECT_EQ(verify(segment()), 1);
  EXPECT_THAT(error_, HasSubstr("xaodbc log quarantine"));
  EXPECT_EQ(quarantine(segment()), 0) << error_;
}

TEST_F(Quarantine, TakesTheBareNameOfASegmentInThisDirectory) {
  damage_the_middle();
  const auto path = segment();
  fs::current_path(directory());
  EXPECT_EQ(quarantine(path.filename()), 0) << error_;
  EXPECT_TRUE(fs::exists(path.string() + ".quarantined"));
}

TEST_F(Quarantine, NoteOfRootBelongsToTheOwnerOfTheDirectory) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can act as somebody else";
  constexpr uid_t kOwner = 65534;
  damage_the_middle();
  const auto path = segment();
  fs::permissions(scratch_.path(), fs::perms::others_exec, fs::perm_options::add);
  for (const auto& owned : {directory(), path}) {
    ASSERT_EQ(::chown(owned.c_str(), kOwner, kOwner), 0);
  }
  fs::current_path(directory());
  EXPECT_EQ(quarantine(path.filename()), 0) << error_;
  struct stat facts {};
  ASSERT_EQ(::stat((path.string() + ".quarantined.txt").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, kOwner);
}

TEST_F(Quarantine, IsCompletedAfterACrashBetweenNoteAndRename) {
  damage_the_middle();
  const auto path = segment();
  std::ofstream(path.string() + ".quarantined.txt") << "the first reason";
  std::ofstream(path.string() + ".quarantined.txt.new") << "the sec";
  EXPECT_EQ(quarantine(path, "the third reason"), 0) << error_;
  EXPECT_FALSE(fs::exists(path));
  EXPECT_FALSE(fs::exists(path.string() + ".quarantined.txt.new"));
  EXPECT_THAT(content_of(path.string() + ".quarantined.txt"), HasSubstr("the third reason"));
}

TEST_F(Quarantine, DoesNotReplaceWhatWasSetAsideBefore) {
  damage_the_middle();
  const auto path = segment();
  std::ofstream(path.string() + ".quarantined") << "before";
  EXPECT_EQ(quarantine(path), 1);
  EXPECT_THAT(error_, HasSubstr(path.string() + ".quarantined"));
  EXPECT_TRUE(fs::exists(path));
  EXPECT_FALSE(fs::exists(path.string() + ".quarantined.txt"));
  EXPECT_EQ(content_of(path.string() + ".quarantined"), "before");
}

}  // namespace
}  // namespace xaodbc::recovery
