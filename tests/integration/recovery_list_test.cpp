#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "branch/gid.h"
#include "odbc/dialects/mariadb_session.h"
#include "recovery/duration.h"
#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

constexpr int kMany = 300;

/// Servers of this suite's own, because their settings and restarts would disturb others.
PrivateServer& roomy(ServerKind kind) {
  static PrivateServer postgresql(
      ServerKind::kPostgresql,
      {.variables = {"max_prepared_transactions=" + std::to_string(kMany + 10)}});
  static PrivateServer mariadb(ServerKind::kMariadb);
  return kind == ServerKind::kPostgresql ? postgresql : mariadb;
}

class PreparedListTest : public testing::TestWithParam<ServerKind> {
 protected:
  static PrivateServer& server() { return roomy(GetParam()); }
  void SetUp() override { make_ledger(server()); }
};
XAODBC_ON_ALL_DATABASES(PreparedListTest);

TEST_P(PreparedListTest, HundredsOfBranchesSurviveARestartAndAreAllListed) {
  const Kit kit(server());
  std::set<std::string> wanted;
  std::vector<BranchName> branches;
  std::unique_ptr<Connection> connection;
  for (int i = 0; i < kMany; ++i) {
    if (i == 0 || kit.dialect().keeps_connection_when_prepared()) connection = kit.connect();
    branches.push_back(kit.prepare(*connection, new_row()));
    wanted.insert(branches.back().xid.to_string());
  }
  server().kill();
  server().start();
  connection = kit.connect();
  const auto listed = kit.dialect().list(*connection, soon());
  ASSERT_TRUE(listed) << listed.error().message();
  EXPECT_EQ(listed->size(), wanted.size());
  std::set<std::string> found;
  for (const auto& branch : *listed) found.insert(branch.xid.to_string());
  EXPECT_EQ(found, wanted);
  for (const auto& branch : branches) {
    const Status status =
        kit.dialect().finish_prepared(*connection, branch, Decision::kCommit, soon());
    EXPECT_TRUE(status.is_ok()) << status.message();
  }
}

/// MariaDB sessions are told apart by the second in which their server started.
void restart_into_another_life(support::PrivateServer& server, const Kit& kit) {
  const auto began = [&kit] {
    const auto session = MariadbSession::parse(kit.connect()->identity().session);
    return session ? session->server_start : 0;
  };
  const auto before = began();
  do {
    server.restart();
  } while (server.kind() == ServerKind::kMariadb && began() == before);
}

TEST_P(PreparedListTest, SessionOfAnEarlierServerLifeIsGoneAndNobodyElseIsEnded) {
  const Kit kit(server());
  std::vector<std::unique_ptr<Connection>> before;
  for (int i = 0; i < 20; ++i) before.push_back(kit.connect());
  restart_into_another_life(server(), kit);
  // MariaDB counts from the beginning again, so these have the same numbers.
  std::vector<std::unique_ptr<Connection>> after;
  for (int i = 0; i < 40; ++i) after.push_back(kit.connect());
  for (const auto& old : before) {
    EXPECT_TRUE(kit.dialect().end_session(*after[0], old->identity().session, soon()).is_ok());
  }
  for (const auto& connection : after) {
    EXPECT_TRUE(connection->execute("SELECT 1", soon()).ok);
  }
}

TEST_P(PreparedListTest, DatabaseReconnectsByItselfAfterARestart) {
  const auto database = Database::open(settings_for(server()), soon());
  ASSERT_TRUE(database);
  server().restart();
  const Status status = (*database)->prove_reachable(soon());
  EXPECT_TRUE(status.is_ok()) << status.message();
  server().stop();
  EXPECT_FALSE((*database)->prove_reachable(Deadline::after(std::chrono::seconds(1))).is_ok());
  const auto listed = (*database)->list(soon());
  ASSERT_FALSE(listed);
  EXPECT_TRUE(listed.error().is(StatusCode::kUnavailable)) << listed.error().message();
  server().start();
  EXPECT_TRUE((*database)->prove_reachable(soon()).is_ok());
}

/// PostgreSQL only: names of others in the same list.
class ForeignGidTest : public testing::Test {
 protected:
  void SetUp() override { make_ledger(server()); }
  static PrivateServer& server() { return roomy(ServerKind::kPostgresql); }
};

TEST_F(ForeignGidTest, AreNotListed) {
  const Kit kit(server());
  auto connection = kit.connect();
  const auto prepared = kit.prepare(*connection, new_row());
  auto others = settings_for(server());
  others.name = "another resource";
  const Kit other(others);
  const auto their_connection = other.connect();
  const auto theirs = other.prepare(*their_connection, new_row());
  auto session = server().connect();
  const std::vector<std::string> foreign = {
      "foreign",    "xa1", "xa1.", prepared.gid + "x", "xa1.!." + prepared.gid.substr(4),
      "1_Zzg=_Zzg="};
  for (const auto& gid : foreign) {
    session.execute("BEGIN");
    session.execute("PREPARE TRANSACTION '" + gid + "'");
  }
  const auto listed = kit.dialect().list(*connection, soon());
  ASSERT_TRUE(listed) << listed.error().message();
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().xid, prepared.xid);
  EXPECT_EQ(listed->front().gid, prepared.gid);
  EXPECT_EQ(listed->front().owner, "app");
  EXPECT_TRUE(recovery::parse_server_time(listed->front().prepared_at).has_value())
      << listed->front().prepared_at;
  for (const auto& gid : foreign) session.execute("ROLLBACK PREPARED '" + gid + "'");
  for (const auto& gid : {prepared.gid, theirs.gid}) {
    session.execute("ROLLBACK PREPARED '" + gid + "'");
  }
}

TEST_F(ForeignGidTest, BranchesOfAnotherDatabaseAreNotListed) {
  server().execute("CREATE DATABASE neighbour OWNER app", Account::kAdmin);
  auto settings = settings_for(server());
  settings.connection = Secret(server().connection(Transport::kSocket, "neighbour"));
  const Kit neighbour(settings);
  const auto theirs = neighbour.connect();
  const auto branch = neighbour.name(*theirs, new_xid());
  ASSERT_TRUE(neighbour.dialect().start(*theirs, branch, soon()).is_ok());
  Kit::run(*theirs, "CREATE TABLE t (id INTEGER)");
  ASSERT_TRUE(neighbour.dialect().prepare(*theirs, branch, soon()));
  const Kit kit(server());
  const auto own = kit.connect();
  EXPECT_NE(own->identity().tag, theirs->identity().tag);
  EXPECT_EQ(kit.dialect().list(*own, soon())->size(), 0U);
  const Status status = kit.dialect().finish_prepared(*own, branch, Decision::kCommit, soon());
  EXPECT_TRUE(status.is(StatusCode::kRefused)) << status.message();
  EXPECT_TRUE(
      neighbour.dialect().finish_prepared(*theirs, branch, Decision::kRollback, soon()).is_ok());
}

TEST_F(ForeignGidTest, BranchOfAnotherUserIsRefused) {
  server().execute("CREATE ROLE guest LOGIN PASSWORD 'guest'", Account::kAdmin);
  const Kit kit(server());
  const auto own = kit.connect();
  const auto branch = kit.prepare(*own, new_row());
  auto settings = settings_for(server());
  settings.user = "guest";
  settings.password = Secret("guest");
  const Kit guest(settings);
  const auto connection = guest.connect();
  const Status status =
      guest.dialect().finish_prepared(*connection, branch, Decision::kCommit, soon());
  EXPECT_TRUE(status.is(StatusCode::kRefused)) << status.message();
  EXPECT_TRUE(connection->fit());
  EXPECT_EQ(guest.dialect().list(*connection, soon())->size(), 1U);
  EXPECT_TRUE(kit.dialect().finish_prepared(*own, branch, Decision::kRollback, soon()).is_ok());
}

TEST(PreparedSlotsTest, ExhaustedSlotsRollBackWithAdvice) {
  PrivateServer server(ServerKind::kPostgresql,
                       {.durable = false, .variables = {"max_prepared_transactions=1"}});
  make_ledger(server);
  const Kit kit(server);
  const auto first = kit.connect();
  const auto kept = kit.prepare(*first, new_row());
  const auto second = kit.connect();
  const std::string row = new_row();
  const auto branch = kit.begin(*second, row);
  const auto vote = kit.dialect().prepare(*second, branch, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_EQ(vote.error().reason(), RollbackReason::kTransient);
  EXPECT_NE(vote.error().message().find("max_prepared_transactions"), std::string::npos);
  EXPECT_EQ(prepared_on(server), std::set{kept.gid});
  EXPECT_FALSE(has_row(server, row));
  EXPECT_TRUE(second->fit());
}

TEST(PreparedSlotsTest, ServerWithoutSlotsIsMisconfigured) {
  PrivateServer server(ServerKind::kPostgresql,
                       {.durable = false, .variables = {"max_prepared_transactions=0"}});
  const auto database = Database::open(settings_for(server), soon());
  ASSERT_FALSE(database);
  EXPECT_TRUE(database.error().is(StatusCode::kMisconfigured)) << database.error().message();
  EXPECT_NE(database.error().message().find("max_prepared_transactions"), std::string::npos);
}

}  // namespace
}  // namespace xaodbc::odbc
