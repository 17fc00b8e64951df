#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "log/branch_log.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/log/samples.h"

namespace xaodbc::log {
namespace {

std::uintmax_t bytes_in(const std::filesystem::path& directory) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    bytes += entry.file_size();
  }
  return bytes;
}

/// The busy day of one process, on the real file system.
TEST(VolumeTest, MillionRecordsLeaveABoundedDirectoryAndEveryLiveBranch) {
  constexpr int kBranches = 250'000;
  constexpr int kEach = 1'000;  // of so many branches one stays in doubt
  constexpr std::uintmax_t kBound = std::uintmax_t{16} << 20;
  const support::ScratchDirectory scratch;
  const auto directory = scratch.path() / "log";
  const auto log = BranchLog::open({directory}, posix_files()).value();
  std::uintmax_t most = 0;
  for (int i = 0; i < kBranches; ++i) {
    const auto birth = log->new_birth();
    for (const auto type : {RecordType::kPreparing, RecordType::kPrepared, RecordType::kCommitting,
                            RecordType::kDone}) {
      if (i % kEach == 0 && type == RecordType::kDone) continue;
      ASSERT_TRUE(log->append(sample(type, i, birth)).has_value()) << i;
    }
    if (i % 10'000 == 0) most = std::max(most, bytes_in(directory));
  }
  EXPECT_LT(most, kBound);
  const auto reader =
      BranchLog::open({.directory = directory, .adopt_dead_segments = false}, posix_files());
  const auto live = reader.value()->live("accounts");
  EXPECT_EQ(live.value().size(), static_cast<std::size_t>(kBranches / kEach));
  EXPECT_TRUE(reader.value()->find("accounts", xid_of(kEach)).value().has_value());
}

}  // namespace
}  // namespace xaodbc::log
