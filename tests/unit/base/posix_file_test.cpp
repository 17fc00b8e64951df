#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "tests/support/child.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

/// Makes writes behind `bytes` fail, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    struct rlimit small = before_;
    small.rlim_cur = bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  struct rlimit before_ {};
  void (*handler_)(int);
};

class PosixFileTest : public ::testing::Test {
 protected:
  support::ScratchDirectory scratch_;
  FileSystem& files_ = posix_files();
  const fs::path path_ = scratch_.path() / "file";
};

TEST_F(PosixFileTest, CreatedFileHasItsSizeInZerosReallyAllocated) {
  constexpr std::uint64_t kSize = (std::uint64_t{200} << 10) + 17;
  const auto file = files_.create(path_, kSize);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ((*file)->size(), kSize);
  EXPECT_EQ(*(*file)->read_at(0, kSize), std::string(kSize, '\0'));
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_GE(static_cast<std::uint64_t>(info.st_blocks) * 512, kSize);
}

TEST_F(PosixFileTest, ModesAreOursAndTheUmaskStaysTheHosts) {
  for (const mode_t mask : {mode_t{0}, mode_t{0277}, mode_t{0777}}) {
    const auto before = ::umask(mask);
    const auto directory = scratch_.path() / ("d" + std::to_string(mask));
    EXPECT_TRUE(files_.create_directories(directory / "a" / "b").is_ok());
    EXPECT_TRUE(files_.create(directory / "a" / "b" / "file", 10).has_value());
    EXPECT_EQ(::umask(before), mask);
    EXPECT_EQ(mode_of(directory), 0700U);
    EXPECT_EQ(mode_of(directory / "a" / "b"), 0700U);
    EXPECT_EQ(mode_of(directory / "a" / "b" / "file"), 0600U);
  }
}

TEST_F(PosixFileTest, DirectoriesThatExistKeepTheirMode) {
  ASSERT_EQ(::chmod(scratch_.path().c_str(), 0755), 0);
  EXPECT_TRUE(files_.create_directories(scratch_.path() / "x/").is_ok());
  EXPECT_TRUE(files_.create_directories(scratch_.path() / "x").is_ok());
  EXPECT_EQ(mode_of(scratch_.path()), 0755U);
}

TEST_F(PosixFileTest, DirectoryInPlaceOfAFileIsAnErrorWithItsName) {
  (void)scratch_.write("file", "x");
  const auto status = files_.create_directories(path_ / "below");
  ASSERT_FALSE(status.is_ok());
  EXPECT_NE(status.message().find(path_.string()), std::string::npos) << status.message();
}

TEST_F(PosixFileTest, ExistingFileIsNotCreatedAgain) {
  ASSERT_TRUE(files_.create(path_, 1).has_value());
  const auto again = files_.create(path_, 1);
  ASSERT_FALSE(again.has_value());
  EXPECT_TRUE(again.error().is(StatusCode::kInternal));
  EXPECT_NE(again.error().message().find("File exists"), std::string::npos);
  EXPECT_TRUE(fs::exists(path_)) << "the one that was there is not ours to remove";
}

TEST_F(PosixFileTest, WrittenBytesAreReadUpToTheEndOfTheFile) {
  const auto file = *files_.create(path_, 100);
  ASSERT_TRUE(file->write_at(90, "0123456789ab").is_ok());
  EXPECT_EQ(*file->read_at(92, 4), "2345");
  EXPECT_EQ(*file->read_at(98, 100), "89ab");
  EXPECT_EQ(*file->read_at(500, 10), "");
  EXPECT_EQ(*file->size(), 102U);
  EXPECT_TRUE(file->sync().is_ok());
}

TEST_F(PosixFileTest, ReadOnlyFileTakesNoWrites) {
  (void)files_.create(path_, 1).has_value();
  const auto file = *files_.open(path_, false);
  EXPECT_FALSE(file->write_at(0, "x").is_ok());
  EXPECT_FALSE(files_.open(scratch_.path() / "missing", false).has_value());
}

TEST_F(PosixFileTest, DescriptorsAreNotInherited) {
  const auto file = *files_.create(path_, 1);
  int open = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (fs::read_symlink(entry.path(), ignored) != fs::canonical(path_)) continue;
    ++open;
    const int fd = std::stoi(entry.path().filename());
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(open, 1);
}

TEST_F(PosixFileTest, LockIsExclusiveUntilItsFileIsClosed) {
  auto first = *files_.create(path_, 1);
  const auto second = *files_.open(path_, false);
  EXPECT_TRUE(*first->try_lock());
  EXPECT_FALSE(*second->try_lock());
  first.reset();
  EXPECT_TRUE(*second->try_lock());
}

TEST_F(PosixFileTest, LockGoesWithTheProcessThatHeldIt) {
  (void)files_.create(path_, 1).has_value();
  int ready[2];
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto file = *files_.open(path_, true);
    const char locked = *file->try_lock() ? 'y' : 'n';
    (void)!::write(ready[1], &locked, 1);
    for (;;) ::pause();
  }
  char locked = 0;
  ASSERT_EQ(::read(ready[0], &locked, 1), 1);
  EXPECT_EQ(locked, 'y');
  const auto file = *files_.open(path_, true);
  EXPECT_FALSE(*file->try_lock());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(*file->try_lock());
  ::close(ready[0]);
  ::close(ready[1]);
}

/// In the child of a fork the parent's lock would otherwise outlive the parent.
TEST_F(PosixFileTest, AbandonedCopyOfALockedFileDoesNotHoldTheLock) {
  auto file = *files_.create(path_, 1);
  ASSERT_TRUE(*file->try_lock());
  int stop[2];
  int ready[2];
  ASSERT_EQ(::pipe2(stop, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    file->abandon();
    ::close(stop[1]);
    (void)!::write(ready[1], "r", 1);
    char ignored = 0;
    (void)!::read(stop[0], &ignored, 1);
    ::_exit(0);
  }
  char ignored = 0;
  ASSERT_EQ(::read(ready[0], &ignored, 1), 1);
  const auto other = *files_.open(path_, false);
  EXPECT_FALSE(*other->try_lock()) << "abandoning must not unlock the parent's file";
  file.reset();
  EXPECT_TRUE(*other->try_lock());
  for (const int fd : {stop[0], stop[1], ready[0], ready[1]}) ::close(fd);
  ::waitpid(child, nullptr, 0);
}

TEST_F(PosixFileTest, LinkCountTellsARemovedFile) {
  const auto file = *files_.create(path_, 1);
  EXPECT_EQ(*file->link_count(), 1U);
  ASSERT_TRUE(files_.remove(path_).is_ok());
  EXPECT_EQ(*file->link_count(), 0U);
  EXPECT_FALSE(files_.remove(path_).is_ok());
}

TEST_F(PosixFileTest, RenamedFileIsListedUnderItsNewName) {
  (void)files_.create(path_, 1).has_value();
  ASSERT_TRUE(files_.rename(path_, scratch_.path() / "other").is_ok());
  EXPECT_TRUE(files_.sync_directory(scratch_.path()).is_ok());
  EXPECT_EQ(*files_.list(scratch_.path()), std::vector<std::string>{"other"});
  EXPECT_FALSE(files_.list(scratch_.path() / "missing").has_value());
  EXPECT_FALSE(files_.sync_directory(scratch_.path() / "missing").is_ok());
}

TEST_F(PosixFileTest, StampOfNamesChangesWithThemAndIsNotToldTooEarly) {
  const auto set_age = [this](std::chrono::seconds age) {
    fs::last_write_time(scratch_.path(), fs::file_time_type::clock::now() - age);
  };
  set_age(std::chrono::hours(1));
  const auto before = files_.names_stamp(scratch_.path());
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(files_.names_stamp(scratch_.path()), before);
  (void)files_.create(path_, 1).has_value();
  EXPECT_NE(files_.names_stamp(scratch_.path()), before);
  set_age(std::chrono::seconds(-10));
  EXPECT_EQ(files_.names_stamp(scratch_.path()), std::nullopt) << "the clock was set back";
  EXPECT_EQ(files_.names_stamp(scratch_.path() / "missing"), std::nullopt);
}

// Of such a file system it may be another time that looks the same: a change a moment later would
// not show.
TEST_F(PosixFileTest, StampOfNamesInWholeSecondsIsNotToldForTwoSeconds) {
  using Clock = fs::file_time_type::clock;
  const auto last_second = [] {
    return std::chrono::floor<std::chrono::seconds>(Clock::now()) - std::chrono::seconds(1);
  };
  const auto stamp_of = [this](fs::file_time_type time) {
    fs::last_write_time(scratch_.path(), time);
    return files_.names_stamp(scratch_.path());
  };
  fs::file_time_type second;
  std::optional<std::uint64_t> stamp;
  do {  // again, where the machine held us up
    second = last_second();
    stamp = stamp_of(second);
  } while (Clock::now() - second > std::chrono::seconds(2));
  EXPECT_EQ(stamp, std::nullopt);
  EXPECT_NE(stamp_of(second + std::chrono::nanoseconds(1)), std::nullopt) << "it keeps fractions";
  EXPECT_NE(stamp_of(second - std::chrono::seconds(3)), std::nullopt);
}

TEST_F(PosixFileTest, FifoThatNobodyWritesIsRefusedAtOnceWithItsName) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto open_it = [this] {
    for (const bool writable : {false, true}) {
      const auto file = files_.open(path_, writable);
      ASSERT_FALSE(file.has_value());
      EXPECT_TRUE(file.error().is(StatusCode::kInvalidArgument));
      EXPECT_NE(file.error().message().find(path_.string() + ": not a regular file"),
                std::string::npos)
          << file.error().message();
    }
  };
  EXPECT_EQ(support::run_in_child(open_it), support::exited(0)) << "killed when it hangs";
}

TEST_F(PosixFileTest, DirectoryIsNoFileToOpen) {
  EXPECT_FALSE(files_.open(scratch_.path(), false).has_value());
}

TEST_F(PosixFileTest, FailedCreationLeavesNoFile) {
  const FileSizeLimit limit(100000);
  EXPECT_FALSE(files_.create(path_, std::uint64_t{1} << 20).has_value());
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(PosixFileTest, BootIdIsKnownAndStable) {
  EXPECT_EQ(files_.boot_id().size(), 16U);
  EXPECT_EQ(files_.boot_id(), files_.boot_id());
}

}  // namespace
}  // namespace xaodbc
