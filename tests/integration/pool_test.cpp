#include "odbc/pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "odbc/environment.h"
#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

class PoolTest : public OnADatabase {
 protected:
  Kit kit_{server()};
  std::atomic<int> opened_ = 0;

  std::shared_ptr<ConnectionPool> pool_of(unsigned connections_max) {
    return ConnectionPool::create(connections_max,
                                  [this](Deadline) -> Result<std::unique_ptr<Connection>> {
                                    ++opened_;
                                    return kit_.connect();
                                  });
  }
  static void* handle_of(const Result<Lease>& lease) { return (*lease)->handle(); }
};
XAODBC_ON_BOTH_DATABASES(PoolTest);

TEST_P(PoolTest, ThreadGetsTheSameHandleAgain) {
  const auto pool = pool_of(4);
  void* mine = nullptr;
  {
    const auto lease = pool->lease(soon());
    mine = handle_of(lease);
    // Another thread's connection comes back first and so waits longer.
    std::thread([&] { EXPECT_TRUE(pool->lease(soon())); }).join();
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(handle_of(pool->lease(soon())), mine);
  }
  EXPECT_EQ(opened_, 2);
}

TEST_P(PoolTest, ThreadGetsTheSameHandleAgainThoughAnotherGaveItBack) {
  const auto pool = pool_of(4);
  auto lease = pool->lease(soon());
  void* const mine = handle_of(lease);
  std::thread([&] {
    const auto own = pool->lease(soon());
    lease->give_back();
  }).join();
  EXPECT_EQ(handle_of(pool->lease(soon())), mine);
}

TEST_P(PoolTest, AnswerToAQuestionBesideAnotherDoesNotTakeTheHandlesPlace) {
  const auto pool = pool_of(4);
  auto lease = pool->lease(soon());
  void* const mine = handle_of(lease);
  EXPECT_TRUE(pool->lease_fresh(soon()));
  lease->give_back();
  EXPECT_EQ(handle_of(pool->lease(soon())), mine);
}

TEST_P(PoolTest, IdleConnectionOfAnotherThreadIsTakenBeforeOneIsOpened) {
  const auto pool = pool_of(4);
  std::thread([&] { EXPECT_TRUE(pool->lease(soon())); }).join();
  EXPECT_TRUE(pool->lease(soon()));
  EXPECT_EQ(opened_, 1);
}

TEST_P(PoolTest, AtMostTheMaximumIsOpenAndTheRestIsRefusedWithAdvice) {
  const auto pool = pool_of(2);
  const auto first = pool->lease(soon());
  const auto second = pool->lease(soon());
  const auto now = pool->lease_now(soon());
  ASSERT_FALSE(now);
  EXPECT_TRUE(now.error().is(StatusCode::kRetry));
  EXPECT_NE(now.error().message().find("connections_max = 2"), std::string::npos);
  const auto start = Deadline::Clock::now();
  const auto later = pool->lease(Deadline::after(std::chrono::milliseconds(50)));
  ASSERT_FALSE(later);
  EXPECT_TRUE(later.error().is(StatusCode::kRetry));
  EXPECT_GE(Deadline::Clock::now() - start, std::chrono::milliseconds(50));
  EXPECT_EQ(opened_, 2);
}

TEST_P(PoolTest, WaiterGetsTheConnectionThatComesBack) {
  const auto pool = pool_of(1);
  auto lease = pool->lease(soon());
  void* const handle = handle_of(lease);
  std::thread waiter([&] { EXPECT_EQ(handle_of(pool->lease(soon())), handle); });
  lease->give_back();
  waiter.join();
  EXPECT_EQ(opened_, 1);
}

TEST_P(PoolTest, WaiterOpensANewOneWhenTheOtherWasUnfit) {
  const auto pool = pool_of(1);
  auto lease = pool->lease(soon());
  std::thread waiter([&] { EXPECT_TRUE(pool->lease(soon())); });
  lease->discard();
  waiter.join();
  EXPECT_EQ(opened_, 2);
}

TEST_P(PoolTest, UnfitConnectionIsClosed) {
  const auto pool = pool_of(2);
  std::string session;
  {
    const auto lease = pool->lease(soon());
    session = (*lease)->identity().session;
    (*lease)->mark_unfit();
  }
  EXPECT_NE((*pool->lease(soon()))->identity().session, session);
  // KILLs nobody when it is gone already; the point is that it does go.
  const auto other = kit_.connect();
  EXPECT_TRUE(kit_.dialect().end_session(*other, session, soon()).is_ok());
}

TEST_P(PoolTest, DropIdleClosesWhatIsIdleAndNothingElse) {
  const auto pool = pool_of(2);
  const auto kept = pool->lease(soon());
  void* const handle = handle_of(kept);
  EXPECT_TRUE(pool->lease(soon()));
  pool->drop_idle();
  EXPECT_TRUE(pool->lease(soon()));
  EXPECT_EQ(opened_, 3);
  EXPECT_EQ(handle_of(kept), handle);
  EXPECT_TRUE((*kept)->execute("SELECT 1", soon()).ok);
}

TEST_P(PoolTest, FreshLeaseIsNeverIdleAndMayExceedTheMaximum) {
  const auto pool = pool_of(1);
  void* const idle = handle_of(pool->lease(soon()));
  {
    const auto fresh = pool->lease_fresh(soon());
    ASSERT_TRUE(fresh);
    EXPECT_NE(handle_of(fresh), idle);
    EXPECT_EQ(handle_of(pool->lease(soon())), idle);
  }
  EXPECT_EQ(opened_, 2);
}

TEST_P(PoolTest, ManyFreshLeasesLeaveOneConnectionBehind) {
  const auto pool = pool_of(8);
  std::set<std::string> sessions;
  for (int i = 0; i < 5; ++i) {
    const auto fresh = pool->lease_fresh(soon());
    sessions.insert((*fresh)->identity().session);
  }
  EXPECT_EQ(sessions.size(), 5U);
  std::vector<Result<Lease>> all;
  for (int i = 0; i < 8; ++i) all.push_back(pool->lease(soon()));
  EXPECT_EQ(opened_, 5 + 7);
  EXPECT_FALSE(pool->lease_now(soon()));
}

TEST_P(PoolTest, FreshLeaseBeyondTheMaximumFreesItsPlaceAgain) {
  const auto pool = pool_of(1);
  {
    auto lease = pool->lease(soon());
    EXPECT_TRUE(pool->lease_fresh(soon()));
    EXPECT_FALSE(pool->lease_now(soon()));
    lease->discard();
  }
  const auto again = pool->lease_now(soon());
  EXPECT_TRUE(again);
  EXPECT_FALSE(pool->lease_now(soon()));
}

TEST_P(PoolTest, FailedConnectFreesItsPlaceAndIsReported) {
  int attempts = 0;
  const auto pool = ConnectionPool::create(1, [&](Deadline) -> Result<std::unique_ptr<Connection>> {
    if (++attempts <= 2) return failure(StatusCode::kUnavailable, "no");
    return kit_.connect();
  });
  EXPECT_TRUE(pool->lease(soon()).error().is(StatusCode::kUnavailable));
  EXPECT_TRUE(pool->lease_fresh(soon()).error().is(StatusCode::kUnavailable));
  EXPECT_TRUE(pool->lease_now(soon()));
}

TEST_P(PoolTest, ConnectThatThrowsFreesItsPlace) {
  int attempts = 0;
  const auto pool = ConnectionPool::create(1, [&](Deadline) -> Result<std::unique_ptr<Connection>> {
    if (++attempts <= 2) throw std::bad_alloc();
    return kit_.connect();
  });
  EXPECT_THROW(static_cast<void>(pool->lease(soon())), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(pool->lease_fresh(soon())), std::bad_alloc);
  EXPECT_TRUE(pool->lease_now(soon()));
}

TEST_P(PoolTest, AdoptedConnectionIsLeased) {
  const auto pool = pool_of(1);
  auto connection = kit_.connect();
  void* const handle = connection->handle();
  pool->adopt(std::move(connection));
  EXPECT_EQ(handle_of(pool->lease(soon())), handle);
  EXPECT_EQ(opened_, 0);
}

TEST_P(PoolTest, SixteenThreadsShareFourConnections) {
  const auto pool = pool_of(4);
  std::atomic<int> out = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        auto lease = pool->lease(soon());
        ASSERT_TRUE(lease) << lease.error().message();
        const int now = ++out;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        const Answer answer = (*lease)->execute("SELECT 1", soon());
        EXPECT_TRUE(answer.ok) << answer.diagnostics.to_string();
        --out;
        if (round % 10 == 9) lease->discard();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 4);
}

/// Runs `body` in a forked child; true when it returned true there.
bool in_child(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_P(PoolTest, ForkedChildHasAnEnvironmentOfItsOwn) {
  void* const parents = environment();
  EXPECT_TRUE(in_child([&] {
    void* const own = environment();
    return own != nullptr && own != parents && own == environment();
  }));
  EXPECT_EQ(environment(), parents);
}

TEST_P(PoolTest, ForkedChildConnectsAndIsWatched) {
  EXPECT_TRUE(in_child([&] {
    const auto connection = kit_.connect();
    if (!connection->execute("SELECT 1", soon()).ok) return false;
    return connection
        ->execute(on_mariadb() ? "SELECT SLEEP(20)" : "SELECT pg_sleep(20)",
                  Deadline::after(std::chrono::milliseconds(100)))
        .lost;
  }));
}

TEST_P(PoolTest, ConnectionsDestroyedInAForkedChildStayWithTheParent) {
  auto pool = pool_of(2);
  EXPECT_TRUE(pool->lease(soon()));
  auto lease = pool->lease(soon());
  const BranchName branch = kit_.begin(**lease, new_row());
  EXPECT_TRUE(in_child([&] {
    lease->discard();
    pool.reset();
    return true;
  }));
  EXPECT_TRUE(kit_.dialect().commit_one_phase(**lease, branch, soon()).is_ok());
}

}  // namespace
}  // namespace xaodbc::odbc
