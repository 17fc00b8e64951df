#include <algorithm>

#include "tests/integration/odbc_kit.h"
#include "tests/integration/password_user.h"

namespace xaodbc::odbc {
namespace {

/// What `xaodbc doctor` says of a server that does not keep what it has answered.
bool finds_problem(PrivateServer& server, const std::string& what) {
  const Kit kit(server);
  const auto findings = kit.dialect().examine(*kit.connect(), soon());
  return std::ranges::any_of(findings, [&what](const Finding& finding) {
    return finding.level == Finding::Level::kProblem && finding.what.ends_with(what) &&
           !finding.todo.empty();
  });
}

TEST(ExamineTest, PagesThatAreNotWrittenWholeAreAProblem) {
  PrivateServer server(ServerKind::kPostgresql, {.variables = {"full_page_writes=off"}});
  EXPECT_TRUE(finds_problem(server, "full_page_writes = off, synchronous_commit = on"));
}

TEST(ExamineTest, BinaryLogThatIsNotSyncedIsAProblem) {
  PrivateServer server(ServerKind::kMariadb,
                       {.variables = {"log_bin=binlog", "sync_binlog=0", "server_id=1"}});
  EXPECT_TRUE(finds_problem(server, "sync_binlog = 0"));
}

/// True when doctor is content with that user's right to see when InnoDB lets go of a branch.
bool has_process_right(PrivateServer& server, const std::string& user) {
  auto settings = settings_for(server);
  settings.user = user;
  settings.password = Secret("secret");
  const Kit kit(settings);
  const auto findings = kit.dialect().examine(*kit.connect(), soon());
  return std::ranges::any_of(findings, [](const Finding& finding) {
    return finding.level == Finding::Level::kFine && finding.what.ends_with("PROCESS privilege");
  });
}

TEST(ExamineTest, ProcessPrivilegeMayComeFromARole) {
  PrivateServer server(ServerKind::kMariadb);
  for (const std::string user : {"plain", "granted", "by_role"}) {
    make_password_user(server, user, "secret");
  }
  const auto run = [&](const std::string& sql) { server.execute(sql, Account::kAdmin); };
  run("GRANT PROCESS ON *.* TO granted@'%'");
  run("CREATE ROLE watchers");
  run("GRANT PROCESS ON *.* TO watchers");
  run("GRANT watchers TO by_role@'%'");
  EXPECT_FALSE(has_process_right(server, "by_role"));
  run("SET DEFAULT ROLE watchers FOR by_role@'%'");
  EXPECT_TRUE(has_process_right(server, "by_role"));
  EXPECT_TRUE(has_process_right(server, "granted"));
  EXPECT_FALSE(has_process_right(server, "plain"));
}

}  // namespace
}  // namespace xaodbc::odbc
