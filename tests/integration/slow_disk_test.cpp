#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/integration/tm_kit.h"
#include "tests/integration/worker.h"

namespace {
std::atomic<bool> disk_is_stuck{false};
/// The first voter that gives its turn to others stands in sched_yield until it is told to go on.
enum class Turn { kNotGiven, kGiven, kTakenBack };
thread_local bool votes = false;
std::atomic<Turn> turn{Turn::kNotGiven};

void release_disk() {
  disk_is_stuck = false;
  disk_is_stuck.notify_all();
}
}  // namespace

/// In the place of the C library's, for the bridge and its branch log too.
extern "C" __attribute__((visibility("default"))) int sched_yield() noexcept {
  auto before = Turn::kNotGiven;
  if (votes && turn.compare_exchange_strong(before, Turn::kGiven)) turn.wait(Turn::kGiven);
  return static_cast<int>(syscall(SYS_sched_yield));
}
extern "C" __attribute__((visibility("default"))) int fdatasync(int file) {
  disk_is_stuck.wait(true);
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace xaodbc {
namespace {

using support::XaAnswer;

/// The segment has to be there before the disk stands still.
void make_segment(Tm& tm, const XID& xid, const std::string& row) {
  ASSERT_EQ(tm.open(), XA_OK);
  prepare(tm, xid, row);
  ASSERT_EQ(tm.rollback(xid), XA_OK);
}

/// A disk that does not answer while the server does.
class SlowDiskTest : public TmTest {
 protected:
  void SetUp() override {
    config_.set("verb_timeout", "2");
    make_segment(tm_, xid_, row_);
  }
  void TearDown() override {
    release_disk();
    TmTest::TearDown();
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

/// Threads whose votes wait for the disk, one more after the other.
class CrowdTest : public TmTest {
 protected:
  struct Voter {
    Tm tm{"accounts", new_rmid()};
    XID xid = new_xid();
    Worker thread;
    std::future<XaAnswer> answer;
  };

  void SetUp() override { make_segment(tm_, xid_, row_); }
  void TearDown() override {
    release_disk();
    TmTest::TearDown();
    turn = Turn::kNotGiven;
  }
  static void begin(Voter& voter) {
    voter.thread.run([&voter] {
      ASSERT_EQ(voter.tm.open(), XA_OK);
      begin_and_end(voter.tm, voter.xid, new_row());
    });
  }
  static void vote(Voter& voter) {
    voter.answer = voter.thread.begin([&voter] {
      votes = true;
      return voter.tm.prepare(voter.xid);
    });
  }
  static void finish(Voter& voter) {
    EXPECT_EQ(voter.answer.get(), XA_OK);
    voter.thread.run([&voter] {
      EXPECT_EQ(voter.tm.rollback(voter.xid), XA_OK);
      EXPECT_EQ(voter.tm.close(), XA_OK);
    });
  }
  [[nodiscard]] std::size_t prepared() const { return prepared_on(server()).size(); }
  static void take_turn_back() {
    turn = Turn::kTakenBack;
    turn.notify_all();
  }
};
XAODBC_ON_BOTH_DATABASES(CrowdTest);

TEST_P(CrowdTest, FourthVoteAtATimeLetsOthersRunFirst) {
  std::array<Voter, 4> voters;
  std::ranges::for_each(voters, begin);
  disk_is_stuck = true;
  for (std::size_t i = 0; i < 3; ++i) {
    vote(voters.at(i));
    EXPECT_TRUE(odbc::wait_until([&] { return prepared() == i + 1; }));
  }
  vote(voters[3]);
  EXPECT_TRUE(odbc::wait_until([] { return turn == Turn::kGiven; }));
  EXPECT_EQ(prepared(), 3U);
  take_turn_back();
  EXPECT_TRUE(odbc::wait_until([&] { return prepared() == 4; }));
  release_disk();
  std::ranges::for_each(voters, finish);
}

}  // namespace
}  // namespace xaodbc
