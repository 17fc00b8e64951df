#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <regex>
#include <string>

#include "tests/conformance/conformance_kit.h"
#include "tests/support/scratch_config.h"
#include "tests/support/shared_server.h"

// xaodbc's own switches, held against the standard on both databases.

namespace xaodbc {
namespace {

using support::exited;
using support::PrivateServer;
using support::ServerKind;
using testing::Each;
using testing::Ge;
using testing::IsEmpty;
using testing::ResultOf;
using testing::SizeIs;

/// A run of a thousand cells: nothing of it needs to survive the server.
PrivateServer& server(ServerKind kind) {
  static std::map<ServerKind, std::unique_ptr<PrivateServer>> servers;
  auto& place = servers[kind];
  if (place == nullptr) {
    place = std::make_unique<PrivateServer>(kind, support::ServerOptions{.durable = false});
    const std::string engine = kind == ServerKind::kMariadb ? " ENGINE=InnoDB" : "";
    place->execute("CREATE TABLE work (n BIGINT PRIMARY KEY)" + engine);
  }
  return *place;
}

class BridgeTest : public testing::TestWithParam<ServerKind> {
 protected:
  BridgeTest() {
    // MariaDB ties each of a hundred prepared branches to a session.
    for (const auto* name : {"accounts", "orders"}) {
      config_.add_resource(name, server(GetParam()), {{"connections_max", "150"}});
    }
  }

  static Arguments arguments(const std::string& symbol) {
    // clang-format off
    return {"--library", XAODBC_LIBRARY_PATH, "--switch", symbol,
            "--open-info", "accounts", "--open-info", "orders",
            "--sql-connection", "xaodbc_connection",
            "--work", "INSERT INTO work VALUES ({n})",
            "--read", "SELECT n FROM work WHERE n = {n}",
            "--failing-work", "INSERT INTO work VALUES ({n})",
            "--heuristic", XAODBC_TOOL_PATH " commit accounts {xid} --reason test --yes"};
    // clang-format on
  }

  static void expect_nothing_wrong(const Arguments& arguments, long at_least) {
    const auto run = run_for_json(arguments);
    EXPECT_EQ(run.finished.ending, exited(0)) << run.finished.output;
    ASSERT_FALSE(run.report.is_null());
    EXPECT_THAT(run.cells("wrong"), IsEmpty());
    EXPECT_GE(run.report["summary"]["as_the_standard_says"], at_least);
  }

  support::ScratchConfig config_;
};
INSTANTIATE_TEST_SUITE_P(All, BridgeTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(BridgeTest, StaticSwitchHasNoWrongCell) {
  expect_nothing_wrong(arguments("xaodbc_switch"), 980);
}

TEST_P(BridgeTest, DynamicSwitchHasNoWrongCellAndRegisters) {
  auto some = arguments("xaodbc_switch_dynamic");
  for (const auto* glob : {"3/*", "6.3/*", "7.*", "8.*", "1/*", "5.2/*"}) {
    some.insert(some.end(), {"--only", glob});
  }
  expect_nothing_wrong(some, 500);
}

/// What `prepare = at_end` gives up for transaction managers whose xa_prepare comes from another
/// process: after xa_end(TMSUCCESS) a branch is in doubt already and cannot be worked on any more,
/// xa_prepare only confirms it, and after xa_end has answered XA_RB the branch is gone.
bool follows_from_at_end(const std::string& cell) {
  static const std::regex cells(
      "7\\.1/xa_start/TMJOIN.*/T0-S2|7\\.[123]/.*S4|7\\.3/xa_(prepare|commit)/.*/S[23]|"
      "7\\.3/xa_recover/lists/S2|2\\.1/equality/.*|8\\.5/work/join-idle");
  return std::regex_match(cell, cells);
}

TEST_P(BridgeTest, PreparingAtEndIsWrongOnlyWhereABranchIsPreparedTooEarly) {
  for (const auto* name : {"accounts", "orders"}) {
    config_.add_resource(name, {{"prepare", "at_end"}});
  }
  auto some = arguments("xaodbc_switch");
  for (const auto* glob : {"7.*", "8.*", "2.1/*", "10.1/*", "5.2/*"}) {
    some.insert(some.end(), {"--only", glob});
  }
  const auto run = run_for_json(some);
  EXPECT_EQ(run.finished.ending, exited(1)) << run.finished.output;
  EXPECT_THAT(run.names("wrong"), Each(ResultOf(follows_from_at_end, true)));
  EXPECT_THAT(run.names("as the standard says"), SizeIs(Ge(480)));
}

}  // namespace
}  // namespace xaodbc
