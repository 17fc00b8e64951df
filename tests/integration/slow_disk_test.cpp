#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/integration/tm_kit.h"

namespace {
std::atomic<bool> disk_is_stuck{false};
}

/// In the place of the C library's, for the branch log too.
extern "C" __attribute__((visibility("default"))) int fdatasync(int file) {
  disk_is_stuck.wait(true);
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace xaodbc {
namespace {

using support::XaAnswer;

/// A disk that does not answer while the server does.
class SlowDiskTest : public TmTest {
 protected:
  void SetUp() override {
    config_.set("verb_timeout", "2");
    ASSERT_EQ(tm_.open(), XA_OK);
    // The segment is there before the disk stands still.
    prepare(tm_, xid_, row_);
    ASSERT_EQ(tm_.rollback(xid_), XA_OK);
  }
  void TearDown() override {
    release_disk();
    TmTest::TearDown();
  }
  static void release_disk() {
    disk_is_stuck = false;
    disk_is_stuck.notify_all();
  }
  XaAnswer prepare_on_stuck_disk(const XID& xid) {
    begin_and_end(tm_, xid, row_);
    disk_is_stuck = true;
    const XaAnswer answer = tm_.prepare(xid);
    release_disk();
    return answer;
  }
};
XAODBC_ON_BOTH_DATABASES(SlowDiskTest);

/// Enduro/X with NOSTARTXID calls nothing more for a branch whose prepare failed.
TEST_P(SlowDiskTest, BranchThatCouldNotBePromisedIsRolledBackThoughNobodyAsks) {
  const XID xid = new_xid();
  ASSERT_THAT(prepare_on_stuck_disk(xid), AnyOf(XAER_RMFAIL, IsRolledBack()));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!live_in_log(config_.log_directory()).empty() &&
         std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(prepared_on(server()), IsEmpty());
  EXPECT_FALSE(has_row(row_));
}

TEST_P(SlowDiskTest, BranchThatCouldNotBePromisedIsNotPromisedLater) {
  const XID xid = new_xid();
  ASSERT_THAT(prepare_on_stuck_disk(xid), AnyOf(XAER_RMFAIL, IsRolledBack()));
  EXPECT_THAT(tm_.prepare(xid), AnyOf(XAER_NOTA, IsRolledBack()));
  EXPECT_THAT(prepared_on(server()), IsEmpty());
  EXPECT_FALSE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc
