#include <algorithm>

#include "tests/integration/odbc_kit.h"

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

}  // namespace
}  // namespace xaodbc::odbc
