#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/conformance_kit.h"
#include "tests/support/scratch_config.h"
#include "tests/support/shared_server.h"

// xaodbc's own switches, held against the standard.

namespace xaodbc {
namespace {

using support::exited;
using support::PrivateServer;
using support::ServerKind;
using testing::IsEmpty;

class BridgeTest : public testing::TestWithParam<ServerKind> {
 protected:
  BridgeTest() : server_(support::shared_server(GetParam())) {
    config_.add_resource("accounts", server_);
    config_.add_resource("orders", server_);
    server_.execute("CREATE TABLE IF NOT EXISTS work (n BIGINT PRIMARY KEY)");
  }

  static Arguments arguments(const std::string& symbol) {
    return {"--library",        XAODBC_LIBRARY_PATH,
            "--switch",         symbol,
            "--open-info",      "accounts",
            "--open-info",      "orders",
            "--sql-connection", "xaodbc_connection",
            "--work",           "INSERT INTO work VALUES ({n})",
            "--read",           "SELECT n FROM work WHERE n = {n}",
            "--failing-work",   "INSERT INTO work VALUES ({n})",
            "--heuristic",      XAODBC_TOOL_PATH " commit accounts {xid} --reason test --yes"};
  }

  PrivateServer& server_;
  support::ScratchConfig config_;
};
INSTANTIATE_TEST_SUITE_P(All, BridgeTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(BridgeTest, StaticSwitchHasNoWrongCell) {
  const auto run = run_for_json(arguments("xaodbc_switch"));
  EXPECT_EQ(run.finished.ending, exited(0)) << run.finished.output;
  EXPECT_THAT(run.cells("wrong"), IsEmpty());
  EXPECT_GT(run.report["summary"]["as_the_standard_says"], 900);
}

}  // namespace
}  // namespace xaodbc
