#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/odbc_kit.h"

namespace xaodbc::odbc {
namespace {

using testing::HasSubstr;

PrivateServer& postgresql() { return support::shared_server(ServerKind::kPostgresql); }

config::ResourceSettings with(config::Guard guard, bool filter) {
  auto settings = settings_for(postgresql());
  settings.guard = guard;
  settings.filter = filter;
  return settings;
}

struct Mode {
  std::string name;
  config::Guard guard = config::Guard::kFull;
  bool filter = true;
};

/// What the witness of a branch on PostgreSQL must not be deceived by.
class WitnessTest : public testing::TestWithParam<Mode> {
 protected:
  static void SetUpTestSuite() { make_ledger(postgresql()); }

  [[nodiscard]] const Dialect& dialect() const { return kit_.dialect(); }
  void run(std::string_view sql) { Kit::run(*connection_, sql); }
  BranchName start() {
    const BranchName branch = kit_.name(*connection_, new_xid());
    Kit::must(dialect().start(*connection_, branch, soon()), "start");
    return branch;
  }
  /// A table on which each row of a transaction runs `body` when it ends.
  void make_table_with_deferred(const std::string& name, const std::string& body) const {
    postgresql().execute("CREATE TABLE IF NOT EXISTS " + name + " (id INTEGER)");
    postgresql().execute("CREATE OR REPLACE FUNCTION " + name +
                         "_check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body +
                         "; RETURN NULL; END $$");
    postgresql().execute("DROP TRIGGER IF EXISTS later ON " + name);
    postgresql().execute("CREATE CONSTRAINT TRIGGER later AFTER INSERT ON " + name +
                         " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION " + name +
                         "_check()");
  }

  Kit kit_{with(GetParam().guard, GetParam().filter)};
  std::unique_ptr<Connection> connection_ = kit_.connect();
  const std::string row_ = new_row();
};

INSTANTIATE_TEST_SUITE_P(All, WitnessTest,
                         testing::Values(Mode{.name = "Full"},
                                         Mode{.name = "WithoutFilter", .filter = false},
                                         Mode{.name = "Light", .guard = config::Guard::kLight}),
                         [](const auto& instance) { return instance.param.name; });

/// PREPARE TRANSACTION runs the triggers: their errors come with the same message as the witness's.
TEST_P(WitnessTest, ErrorOfADeferredTriggerIsNeverTakenForItsTestimony) {
  const std::string table = "errors_" + GetParam().name;
  for (const std::string error : {"PERFORM 1/0", "PERFORM chr(0)", "PERFORM 'x'::integer"}) {
    make_table_with_deferred(table, error);
    for (const bool one_phase : {false, true}) {
      const BranchName branch = start();
      run("INSERT INTO " + table + " VALUES (1)");
      Status status;
      if (one_phase) {
        status = dialect().commit_one_phase(*connection_, branch, soon());
      } else {
        const auto vote = dialect().prepare(*connection_, branch, soon());
        ASSERT_FALSE(vote) << error;
        status = vote.error();
      }
      EXPECT_TRUE(status.is(StatusCode::kRolledBack)) << error << ": " << status.message();
      EXPECT_EQ(postgresql().connect().scalar("SELECT count(*) FROM " + table), "0");
    }
  }
}

/// The foreign server's transaction cannot be prepared, and takes no transaction id on this one.
TEST_P(WitnessTest, BranchThatWroteThroughAForeignTableIsRefused) {
  const std::string port = std::to_string(postgresql().port());
  const std::string name = "far_" + GetParam().name;
  const auto admin = [](const std::string& sql) { postgresql().execute(sql, Account::kAdmin); };
  admin("CREATE EXTENSION IF NOT EXISTS postgres_fdw");
  admin("CREATE SERVER " + name +
        " FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'app', port '" +
        port + "')");
  admin("GRANT USAGE ON FOREIGN SERVER " + name + " TO app");
  postgresql().execute("CREATE USER MAPPING FOR app SERVER " + name + " OPTIONS (user '" +
                       postgresql().user() + "', password '" + postgresql().password() + "')");
  postgresql().execute("CREATE FOREIGN TABLE " + name + " (id INTEGER, v INTEGER) SERVER " + name +
                       " OPTIONS (table_name 'ledger')");
  const BranchName branch = start();
  run("INSERT INTO " + name + " VALUES (" + row_ + ", 1)");
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_FALSE(vote);
  EXPECT_TRUE(vote.error().is(StatusCode::kRolledBack)) << vote.error().message();
  EXPECT_THAT(vote.error().message(), HasSubstr("postgres_fdw"));
  EXPECT_FALSE(has_row(postgresql(), row_));
}

TEST_P(WitnessTest, UpdateThatMeetsNoRowIsReadOnly) {
  const BranchName branch = start();
  run("UPDATE ledger SET v = 2 WHERE id = -1");
  const auto vote = dialect().prepare(*connection_, branch, soon());
  ASSERT_TRUE(vote) << vote.error().message();
  EXPECT_TRUE(vote->read_only);
}

TEST_P(WitnessTest, BranchPreparedInAnotherRoleIsFinishedByAnyConnection) {
  const auto admin = [](const std::string& sql) { postgresql().execute(sql, Account::kAdmin); };
  const std::string role = "clerk_" + GetParam().name;
  admin("CREATE ROLE " + role);
  admin("GRANT " + role + " TO app");
  admin("GRANT ALL ON ledger TO " + role);
  for (const std::string set : {"SET LOCAL ROLE ", "SET ROLE "}) {
    const std::string row = new_row();
    const BranchName branch = start();
    run(set + role);
    run("INSERT INTO ledger VALUES (" + row + ", 1)");
    const auto vote = dialect().prepare(*connection_, branch, soon());
    ASSERT_TRUE(vote) << vote.error().message();
    const auto other = kit_.connect();
    const Status done = dialect().finish_prepared(*other, branch, Decision::kCommit, soon());
    EXPECT_TRUE(done.is_ok()) << set << done.message();
    EXPECT_TRUE(has_row(postgresql(), row));
  }
  EXPECT_EQ(
      execute_on(connection_->handle(), "SELECT '" + role + "'::regrole = current_user::regrole")
          .rows.at(0)
          .at(0),
      "1")
      << "what the application set for the session stays";
}

/// The role that the application left it in may finish nothing, but the next connection can.
TEST_P(WitnessTest, ConnectionLeftInAnotherRoleIsNotUsedAgainForADecision) {
  const BranchName branch = kit_.prepare(*connection_, row_);
  const auto other = kit_.connect();
  postgresql().execute("GRANT pg_read_all_settings TO app", Account::kAdmin);
  Kit::run(*other, "SET ROLE pg_read_all_settings");
  const Status refused = dialect().finish_prepared(*other, branch, Decision::kCommit, soon());
  EXPECT_TRUE(refused.is(StatusCode::kRefused)) << refused.message();
  EXPECT_FALSE(other->fit());
  EXPECT_TRUE(dialect().finish_prepared(*connection_, branch, Decision::kCommit, soon()).is_ok());
}

}  // namespace
}  // namespace xaodbc::odbc
