#include "tests/conformance/bridge_kit.h"

namespace xaodbc {
namespace {

INSTANTIATE_TEST_SUITE_P(All, BridgeTest, testing::ValuesIn(support::kDatabaseKinds),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(BridgeTest, StaticSwitchHasNoWrongCell) {
  expect_nothing_wrong(arguments("xaodbc_switch"), on_sqlite() ? 940 : 980);
}

class OneWriterTest : public BridgeTest {};
INSTANTIATE_TEST_SUITE_P(Sqlite, OneWriterTest, testing::Values(ServerKind::kSqlite));

TEST_P(OneWriterTest, CellThatEndsBetweenAPreparedAndAWorkingBranchLeavesNothingInTheFile) {
  const auto run = run_for_json({"--library", XAODBC_LIBRARY_PATH, "--switch", "xaodbc_switch",
                                 "--open-info", "accounts", "--sql-connection", "xaodbc_connection",
                                 "--work", "INSERT INTO work VALUES ({n})", "--one-writer",
                                 "--only", "8.1/threads/completion/by-a-working-thread"});
  EXPECT_EQ(run.report["summary"]["not_driven"], 1) << run.finished.output;
  EXPECT_EQ(server(GetParam(), "accounts").connect().scalar("SELECT count(*) FROM xaodbc_branch"),
            "0");
}

}  // namespace
}  // namespace xaodbc
