#include "bench/place.h"

#include <fmt/format.h>

#include <stdexcept>

namespace xaodbc::bench {
namespace {

using support::PrivateServer;
using support::ServerKind;
using support::ServerOptions;

/// Sizes that a server has which does some work; nothing that makes it less durable. Without them
/// a test server's tiny log makes checkpoints all the time.
ServerOptions options_of(ServerKind kind) {
  if (kind == ServerKind::kSqlite) return {};
  if (kind == ServerKind::kMariadb) {
    return {.variables = {"max-connections=600", "innodb-log-file-size=256M",
                          "innodb-buffer-pool-size=128M"}};
  }
  return {.variables = {"max_connections=600", "max_prepared_transactions=600",
                        "shared_buffers=128MB", "max_wal_size=2GB", "checkpoint_timeout=30min"}};
}

void make_accounts(PrivateServer& server) {
  const bool postgresql = server.kind() == ServerKind::kPostgresql;
  auto session = server.connect();
  // Room in every page: PostgreSQL then keeps the versions of a row in its page and cleans up
  // there.
  session.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance BIGINT NOT NULL)" +
                  std::string(postgresql ? " WITH (fillfactor = 30)" : ""));
  std::string rows;
  for (unsigned id = 0; id < kAccounts; ++id) {
    rows += fmt::format("{}({}, 0)", id == 0 ? "" : ",", id);
  }
  session.execute("INSERT INTO accounts VALUES " + rows);
}

ServerKind kind_of(const std::string& name) {
  if (name == "pg1" || name == "pg2") return ServerKind::kPostgresql;
  if (name == "mariadb") return ServerKind::kMariadb;
  if (name == "sqlite") return ServerKind::kSqlite;
  throw std::invalid_argument("no such server: " + name);
}

}  // namespace

PrivateServer& Servers::server(const std::string& name) {
  const auto kind = kind_of(name);
  auto& server = servers_[name];
  if (server != nullptr) return *server;
  server = std::make_unique<PrivateServer>(kind, options_of(kind));
  make_accounts(*server);
  return *server;
}

Place Servers::place(const std::string& name) {
  auto& found = server(name);
  return {.name = name, .server = &found, .connection = found.connection()};
}

Place Servers::place(const std::string& name, std::chrono::microseconds round_trip) {
  if (round_trip.count() == 0) return place(name);
  Place place = this->place(name);
  place.network = std::make_shared<DelayProxy>(place.server->port(), round_trip);
  place.name += fmt::format("-{}us", round_trip.count());
  place.connection = place.server->connection_through(place.network->port());
  return place;
}

std::vector<PrivateServer*> Servers::started() const {
  std::vector<PrivateServer*> started;
  for (const auto& [name, server] : servers_) started.push_back(server.get());
  return started;
}

}  // namespace xaodbc::bench
