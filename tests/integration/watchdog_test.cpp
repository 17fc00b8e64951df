#include "odbc/watchdog.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPatience{300};
constexpr seconds kGrace{1};

/// A server that can be stopped in the middle of anything, one for each database, apart from the
/// shared ones that stay healthy.
class StoppableServers {
 public:
  static PrivateServer& of(ServerKind kind) {
    static StoppableServers servers;
    return kind == ServerKind::kMariadb ? servers.mariadb_ : servers.postgresql_;
  }

 private:
  StoppableServers() {
    make_ledger(postgresql_);
    make_ledger(mariadb_);
  }
  PrivateServer postgresql_{ServerKind::kPostgresql, {.durable = false}};
  PrivateServer mariadb_{ServerKind::kMariadb, {.durable = false}};
};

/// Stops the server for as long as it lives.
class Stopped {
 public:
  explicit Stopped(PrivateServer& server) : server_(server) { server_.pause(); }
  ~Stopped() { server_.resume(); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  PrivateServer& server_;
};

class StoppedServerTest : public testing::TestWithParam<std::tuple<ServerKind, Transport>> {
 protected:
  static PrivateServer& server() { return StoppableServers::of(std::get<0>(GetParam())); }
  static bool on_mariadb() { return std::get<0>(GetParam()) == ServerKind::kMariadb; }
  static config::ResourceSettings settings() {
    return settings_for(server(), std::get<1>(GetParam()));
  }

  /// Runs `call` against a stopped server; it must return no sooner than its deadline and at most
  /// a second later.
  static void within_grace(const std::function<void(Deadline)>& call) {
    const Stopped stopped(server());
    const auto start = Deadline::Clock::now();
    call(Deadline::at(start + kPatience));
    const auto took = Deadline::Clock::now() - start;
    EXPECT_GE(took, kPatience);
    EXPECT_LT(took, kPatience + kGrace);
  }
};

INSTANTIATE_TEST_SUITE_P(All, StoppedServerTest,
                         testing::Combine(testing::Values(ServerKind::kPostgresql,
                                                          ServerKind::kMariadb),
                                          testing::Values(Transport::kSocket, Transport::kTcp)),
                         [](const auto& instance) {
                           return support::name_of(std::get<0>(instance.param)) +
                                  (std::get<1>(instance.param) == Transport::kSocket ? "Socket"
                                                                                     : "Tcp");
                         });

TEST_P(StoppedServerTest, ConnectGivesUp) {
  within_grace([](Deadline deadline) {
    const auto connection = Connection::connect(complete_connection_string(settings()), deadline);
    ASSERT_FALSE(connection);
    EXPECT_TRUE(connection.error().is(StatusCode::kUnavailable));
    EXPECT_NE(connection.error().message().find("verb_timeout"), std::string::npos)
        << connection.error().message();
  });
}

TEST_P(StoppedServerTest, OpeningADatabaseGivesUp) {
  within_grace([](Deadline deadline) {
    const auto database = Database::open(settings(), deadline);
    ASSERT_FALSE(database);
    EXPECT_TRUE(database.error().is(StatusCode::kUnavailable)) << database.error().message();
  });
}

TEST_P(StoppedServerTest, StatementIsLost) {
  const auto connection = Kit(settings()).connect();
  within_grace([&](Deadline deadline) {
    const Answer answer = connection->execute("SELECT 1", deadline);
    EXPECT_FALSE(answer.ok);
    EXPECT_TRUE(answer.lost);
    EXPECT_NE(answer.diagnostics.to_string().find("verb_timeout"), std::string::npos);
  });
  EXPECT_FALSE(connection->fit());
}

TEST_P(StoppedServerTest, StartAsksForAnotherConnection) {
  const Kit kit(settings());
  const auto connection = kit.connect();
  const auto branch = kit.name(*connection, new_xid());
  // PostgreSQL's start sends nothing on a connection that was heard of just now.
  while (connection->answered_just_now()) std::this_thread::yield();
  within_grace([&](Deadline deadline) {
    const Status status = kit.dialect().start(*connection, branch, deadline);
    EXPECT_TRUE(status.is(StatusCode::kConnectionLost)) << status.message();
  });
  EXPECT_FALSE(connection->fit());
}

TEST_P(StoppedServerTest, PrepareIsOutcomeUnknown) {
  const Kit kit(settings());
  const auto connection = kit.connect();
  const BranchName branch = kit.begin(*connection, new_row());
  within_grace([&](Deadline deadline) {
    const auto vote = kit.dialect().prepare(*connection, branch, deadline);
    ASSERT_FALSE(vote);
    EXPECT_TRUE(vote.error().is(StatusCode::kOutcomeUnknown)) << vote.error().message();
  });
  EXPECT_FALSE(connection->fit());
}

TEST_P(StoppedServerTest, OnePhaseCommitIsOutcomeUnknown) {
  const Kit kit(settings());
  const auto connection = kit.connect();
  const BranchName branch = kit.begin(*connection, new_row());
  within_grace([&](Deadline deadline) {
    const Status status = kit.dialect().commit_one_phase(*connection, branch, deadline);
    EXPECT_TRUE(status.is(StatusCode::kOutcomeUnknown)) << status.message();
  });
}

TEST_P(StoppedServerTest, CommitOfAPreparedBranchIsOutcomeUnknownAndSettlesLater) {
  const Kit kit(settings());
  auto connection = kit.connect();
  const std::string row = new_row();
  const BranchName branch = kit.prepare(*connection, row);
  within_grace([&](Deadline deadline) {
    const Status status =
        kit.dialect().finish_prepared(*connection, branch, Decision::kCommit, deadline);
    EXPECT_TRUE(status.is(StatusCode::kOutcomeUnknown)) << status.message();
  });
  const Claim claim{branch, connection->identity().session, ""};
  connection.reset();
  // The server may have executed the COMMIT as soon as it ran again, so "not there" is an answer
  // too; but then the row must be there.
  const auto database = Database::open(settings(), soon());
  ASSERT_TRUE(database) << database.error().message();
  const auto settlement = (*database)->settle(claim, Decision::kCommit, soon());
  ASSERT_TRUE(settlement) << settlement.error().message();
  EXPECT_TRUE(has_row(server(), row));
}

TEST_P(StoppedServerTest, RollbackOfAnActiveBranchGivesUp) {
  const Kit kit(settings());
  const auto connection = kit.connect();
  const BranchName branch = kit.begin(*connection, new_row());
  within_grace(
      [&](Deadline deadline) { kit.dialect().roll_back_active(*connection, branch, deadline); });
  EXPECT_FALSE(connection->fit());
}

TEST_P(StoppedServerTest, ListAndSessionQuestionsGiveUp) {
  const Kit kit(settings());
  auto connection = kit.connect();
  within_grace([&](Deadline deadline) {
    const auto list = kit.dialect().list(*connection, deadline);
    ASSERT_FALSE(list);
    EXPECT_TRUE(list.error().is(StatusCode::kUnavailable)) << list.error().message();
  });
  connection = kit.connect();
  within_grace([&](Deadline deadline) {
    const Status status =
        kit.dialect().end_session(*connection, connection->identity().session, deadline);
    EXPECT_TRUE(status.is(StatusCode::kUnavailable)) << status.message();
  });
}

/// Prepared statements of the application and a closed latch are in the way of the disconnect.
TEST_P(StoppedServerTest, ClosingAConnectionInABranchGivesUp) {
  const Kit kit(settings());
  auto connection = kit.connect();
  kit.begin(*connection, new_row());
  connection->close_latch();
  const Stopped stopped(server());
  const auto start = Deadline::Clock::now();
  connection.reset();
  EXPECT_LT(Deadline::Clock::now() - start, kPatience + kGrace);
}

TEST_P(StoppedServerTest, SettlingGivesUp) {
  auto database = Database::open(settings(), soon());
  ASSERT_TRUE(database);
  const Claim claim{(*database)->name_branch(new_xid()), "", ""};
  within_grace([&](Deadline deadline) {
    const auto settlement = (*database)->settle(claim, Decision::kCommit, deadline);
    ASSERT_FALSE(settlement);
    EXPECT_TRUE(settlement.error().is(StatusCode::kUnavailable)) << settlement.error().message();
  });
  within_grace([&](Deadline deadline) { EXPECT_FALSE((*database)->list(deadline)); });
  within_grace(
      [&](Deadline deadline) { EXPECT_FALSE((*database)->prove_reachable(deadline).is_ok()); });
  EXPECT_TRUE((*database)->prove_reachable(soon()).is_ok());
}

class HealthyServerTest : public OnADatabase {};
XAODBC_ON_BOTH_DATABASES(HealthyServerTest);

TEST_P(HealthyServerTest, CallsGoOnWhileCallsToAStoppedServerAreCut) {
  const Kit healthy(server());
  const Kit sick(StoppableServers::of(GetParam()));
  std::vector<std::unique_ptr<Connection>> lost;
  for (int i = 0; i < 4; ++i) lost.push_back(sick.connect());
  const auto connection = healthy.connect();
  std::atomic<bool> done = false;
  std::atomic<int> calls = 0;
  std::thread caller([&] {
    while (!done || calls < 100) {
      const Answer answer = connection->execute("SELECT 1", soon());
      ASSERT_TRUE(answer.ok) << answer.diagnostics.to_string();
      ++calls;
    }
  });
  {
    const Stopped stopped(StoppableServers::of(GetParam()));
    std::vector<std::thread> waiting;
    for (auto& one : lost) {
      waiting.emplace_back(
          [&] { EXPECT_TRUE(one->execute("SELECT 1", Deadline::after(milliseconds(100))).lost); });
    }
    for (auto& thread : waiting) thread.join();
  }
  done = true;
  caller.join();
}

TEST_P(HealthyServerTest, FastCallsOfManyThreadsAreNeverCut) {
  const Kit kit(server());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto connection = kit.connect();
      for (int call = 0; call < 1000; ++call) {
        const Answer answer = connection->execute("SELECT 1", Deadline::after(seconds(10)));
        ASSERT_TRUE(answer.ok) << answer.diagnostics.to_string();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_P(HealthyServerTest, LongStatementWithinItsDeadlineIsNotCut) {
  const auto connection = Kit(server()).connect();
  const Answer answer =
      connection->execute(on_mariadb() ? "SELECT SLEEP(0.4)" : "SELECT pg_sleep(0.4)", soon());
  EXPECT_TRUE(answer.ok) << answer.diagnostics.to_string();
  EXPECT_TRUE(connection->fit());
}

TEST_P(HealthyServerTest, LongStatementIsCutAtItsDeadline) {
  const auto connection = Kit(server()).connect();
  const auto start = Deadline::Clock::now();
  const Answer answer = connection->execute(
      on_mariadb() ? "SELECT SLEEP(20)" : "SELECT pg_sleep(20)", Deadline::after(kPatience));
  EXPECT_TRUE(answer.lost);
  EXPECT_LT(Deadline::Clock::now() - start, kPatience + kGrace);
}

TEST(WatchTest, EndTellsOnlyOfCutsOfItsOwnCall) {
  std::vector<std::thread> threads;
  std::atomic<int> cuts = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Watch watch;
      for (int call = 0; call < 100'000; ++call) {
        watch.begin(Deadline::after(seconds(10)));
        if (watch.end()) ++cuts;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cuts, 0);
}

TEST(WatchTest, CallAfterALongPauseIsStillWatched) {
  Watch watch;
  // The thread that watches has gone to sleep by then.
  std::this_thread::sleep_for(milliseconds(2500));
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  watch.begin(Deadline::after(milliseconds(50)));
  char byte = 0;
  EXPECT_EQ(recv(ends[0], &byte, 1, 0), 0);
  EXPECT_TRUE(watch.end());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace xaodbc::odbc
