#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/conformance/conformance_kit.h"
#include "tests/support/private_server.h"
#include "tests/support/scratch_config.h"

// xaodbc's own switches, held against the standard on both databases.

namespace xaodbc {

using support::exited;
using support::PrivateServer;
using support::ServerKind;

/// A run of a thousand cells: nothing of it needs to survive the server.
inline PrivateServer& server(ServerKind kind) {
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
    EXPECT_THAT(run.cells("wrong"), testing::IsEmpty());
    EXPECT_GE(run.report["summary"]["as_the_standard_says"], at_least);
  }

  support::ScratchConfig config_;
};

}  // namespace xaodbc
