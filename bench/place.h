#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/delay_proxy.h"
#include "tests/support/private_server.h"

namespace xaodbc::bench {

/// A database of a server, and the way to it.
struct Place {
  std::string name;  ///< "pg1"; with the delay when there is one
  support::PrivateServer* server = nullptr;
  std::string connection;  ///< without user and password
  std::shared_ptr<DelayProxy> network{};

  [[nodiscard]] bool on_postgresql() const {
    return server->kind() == support::ServerKind::kPostgresql;
  }
  [[nodiscard]] bool on_mariadb() const { return server->kind() == support::ServerKind::kMariadb; }
  [[nodiscard]] bool on_sqlite() const { return server->kind() == support::ServerKind::kSqlite; }
  [[nodiscard]] std::string connection_string() const {
    if (on_sqlite()) return server->connection_string();
    return connection + ";Uid=" + server->user() + ";Pwd=" + server->password();
  }
};

constexpr unsigned kAccounts = 1000;

/// The servers of a run: durable, started when first asked for, each with a table
/// `accounts (id, balance)` of kAccounts rows.
class Servers {
 public:
  /// By name: pg1, pg2, mariadb, sqlite. Throws std::invalid_argument for another one.
  Place place(const std::string& name);
  /// The same through TCP and a network that adds `round_trip` to every round trip.
  Place place(const std::string& name, std::chrono::microseconds round_trip);
  /// Those that were started.
  [[nodiscard]] std::vector<support::PrivateServer*> started() const;

 private:
  support::PrivateServer& server(const std::string& name);

  std::map<std::string, std::unique_ptr<support::PrivateServer>> servers_;
};

}  // namespace xaodbc::bench
