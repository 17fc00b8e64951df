#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/conformance/conformance_kit.h"
#include "tests/support/private_server.h"
#include "tests/support/scratch_config.h"

// xaodbc's own switches, held against the standard on every database.

namespace xaodbc {

using support::exited;
using support::PrivateServer;
using support::ServerKind;

/// A run of a thousand cells: nothing of it needs to survive the server.
inline PrivateServer& server(ServerKind kind, const std::string& resource) {
  static std::map<std::pair<ServerKind, std::string>, std::unique_ptr<PrivateServer>> servers;
  // Two resources in one file would wait for each other.
  auto& place = servers[{kind, kind == ServerKind::kSqlite ? resource : ""}];
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
      config_.add_resource(name, server(GetParam(), name), {{"connections_max", "150"}});
    }
  }

  static bool on_sqlite() { return GetParam() == ServerKind::kSqlite; }

  static Arguments arguments(const std::string& symbol) {
    // clang-format off
    Arguments all = {"--library", XAODBC_LIBRARY_PATH, "--switch", symbol,
            "--open-info", "accounts", "--open-info", "orders",
            "--sql-connection", "xaodbc_connection",
            "--work", "INSERT INTO work VALUES ({n})",
            "--read", "SELECT n FROM work WHERE n = {n}",
            "--failing-work", "INSERT INTO work VALUES ({n})",
            "--heuristic", XAODBC_TOOL_PATH " commit accounts {xid} --reason test --yes"};
    // clang-format on
    if (on_sqlite()) all.emplace_back("--one-writer");
    return all;
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
