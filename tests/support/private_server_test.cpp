#include "tests/support/private_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/shared_server.h"

namespace xaodbc::support {
namespace {

class PrivateServerTest : public testing::TestWithParam<ServerKind> {
 protected:
  static void SetUpTestSuite() { start_shared_servers(); }
};

INSTANTIATE_TEST_SUITE_P(All, PrivateServerTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return name_of(instance.param); });

/// Whether something comes true before half a minute is over.
bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

bool gone(pid_t process) { return kill(process, 0) != 0; }

TEST_P(PrivateServerTest, AppOwnsItsDatabaseOverSocketAndTcp) {
  PrivateServer& server = shared_server(GetParam());
  for (const auto transport : {Transport::kSocket, Transport::kTcp}) {
    SqlSession session(server.connection_string(Account::kApp, transport));
    session.execute("CREATE TABLE reached (id INTEGER)");
    session.execute("INSERT INTO reached VALUES (42)");
    EXPECT_EQ(session.scalar("SELECT id FROM reached"), "42");
    session.execute("DROP TABLE reached");
  }
}

TEST_P(PrivateServerTest, AppIsNoAdministrator) {
  PrivateServer& server = shared_server(GetParam());
  EXPECT_THROW(server.execute("CREATE DATABASE forbidden"), SqlError);
  server.execute("CREATE DATABASE allowed", Account::kAdmin);
  server.execute("DROP DATABASE allowed", Account::kAdmin);
}

TEST_P(PrivateServerTest, WrongPasswordIsRefusedWithoutShowingIt) {
  PrivateServer& server = shared_server(GetParam());
  try {
    SqlSession session(server.connection() + ";Uid=app;Pwd=mistaken");
    FAIL() << "connected with a wrong password";
  } catch (const SqlError& error) {
    EXPECT_EQ(std::string(error.what()).find("mistaken"), std::string::npos);
  }
}

TEST_P(PrivateServerTest, CommittedRowsSurviveRestartAndKill) {
  PrivateServer server(GetParam());
  server.execute("CREATE TABLE kept (id INTEGER)");
  server.restart();
  server.execute("INSERT INTO kept VALUES (7)");
  const pid_t killed = server.pid();
  server.kill();
  EXPECT_THROW(static_cast<void>(server.connect()), SqlError);
  server.start();
  EXPECT_NE(server.pid(), killed);
  EXPECT_EQ(server.connect().scalar("SELECT id FROM kept"), "7");
}

TEST_P(PrivateServerTest, PausedServerAnswersOnlyWhenResumed) {
  PrivateServer server(GetParam());
  SqlSession session = server.connect();
  server.pause();
  std::atomic<bool> answered = false;
  std::thread client([&] {
    session.execute("SELECT 1");
    answered = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(answered);
  server.resume();
  client.join();
}

TEST_P(PrivateServerTest, VariablesOfTheServerAreTakenOver) {
  PrivateServer server(GetParam(), {.durable = false, .variables = {"max_connections=33"}});
  const bool postgresql = GetParam() == ServerKind::kPostgresql;
  EXPECT_EQ(
      server.connect().scalar(postgresql ? "SHOW max_connections" : "SELECT @@max_connections"),
      "33");
}

TEST_P(PrivateServerTest, EndsWithItsObject) {
  pid_t process = 0;
  std::filesystem::path directory;
  {
    PrivateServer server(GetParam(), {.durable = false});
    process = server.pid();
    directory = server.directory();
    EXPECT_TRUE(std::filesystem::exists(directory));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_TRUE(eventually([&] { return gone(process); })) << "not even reaped by init";
}

TEST_P(PrivateServerTest, IsGoneAfterItsOwnerWasKilled) {
  struct Report {
    pid_t server;
    std::array<char, 128> directory;
  } report{};
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    PrivateServer server(GetParam(), {.durable = false});
    report.server = server.pid();
    server.directory().native().copy(report.directory.data(), report.directory.size() - 1);
    _exit(write(ends[1], &report, sizeof report) == sizeof report && pause() == 0 ? 0 : 1);
  }
  ASSERT_EQ(read(ends[0], &report, sizeof report), static_cast<ssize_t>(sizeof report));
  EXPECT_FALSE(gone(report.server));
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return gone(report.server); }));
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(report.directory.data()); }));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace xaodbc::support
