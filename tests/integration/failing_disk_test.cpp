#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "tests/integration/tm_kit.h"

namespace {
std::atomic<bool> disk_fails{false};
}

/// In the place of the C library's, for the branch log, too.
extern "C" __attribute__((visibility("default"))) ssize_t pwrite(int file, const void* bytes,
                                                                 size_t size, off_t offset) {
  if (!disk_fails) return syscall(SYS_pwrite64, file, bytes, size, offset);
  errno = EIO;
  return -1;
}

namespace xaodbc {
namespace {

/// A disk that takes no writes for a while.
class FailingDiskTest : public TmTest {
 protected:
  FailingDiskTest() { config_.add_resource("accounts", {{"connections_max", "1"}}); }
  void SetUp() override { ASSERT_EQ(tm_.open(), XA_OK); }
  void TearDown() override {
    disk_fails = false;
    TmTest::TearDown();
  }
};
XAODBC_ON_ALL_DATABASES(FailingDiskTest);

TEST_P(FailingDiskTest, DecisionThatCannotBeRecordedIsTakenLaterAndHoldsNoConnectionUp) {
  ASSERT_NO_FATAL_FAILURE(prepare(tm_, xid_, row_));
  disk_fails = true;
  EXPECT_EQ(tm_.commit(xid_), XAER_RMFAIL);
  disk_fails = false;
  if (!on_mariadb()) {
    const XID other = new_xid();
    EXPECT_EQ(tm_.start(other), XA_OK);
    EXPECT_EQ(tm_.end(other), XA_OK);
    EXPECT_EQ(tm_.rollback(other), XA_OK);
  }
  EXPECT_EQ(tm_.commit(xid_), XA_OK);
  EXPECT_TRUE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc
