#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "odbc/database.h"
#include "odbc/dialect.h"
#include "odbc/statement.h"
#include "tests/support/sabotage.h"
#include "tests/support/shared_server.h"

namespace xaodbc::odbc {

using support::Account;
using support::PrivateServer;
using support::ServerKind;
using support::Transport;

/// Long enough for anything that a loaded machine does, short enough for a test that hangs.
inline Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

/// False when it did not come true soon.
template <class Condition>
bool wait_until(const Condition& condition) {
  for (const auto give_up = soon(); !give_up.expired(); std::this_thread::yield()) {
    if (condition()) return true;
  }
  return condition();
}

/// A resource on that server, as the ordinary user app.
inline config::ResourceSettings settings_for(PrivateServer& server,
                                             Transport transport = Transport::kSocket) {
  config::ResourceSettings settings;
  settings.name = "accounts";
  settings.connection = Secret(server.connection(transport));
  if (server.kind() == ServerKind::kSqlite) {
    settings.dialect = "sqlite";
    return settings;
  }
  settings.user = server.user();
  settings.password = Secret(server.password());
  return settings;
}

/// An XID that no other test of this process uses.
inline Xid new_xid() {
  static std::atomic<int> next{1};
  return Xid::create(7, "g" + std::to_string(next++), "b").value();
}

/// Key of a row that no other test of this process uses.
inline std::string new_row() {
  static std::atomic<int> next{1};
  return std::to_string(next++);
}

inline void make_ledger(PrivateServer& server) {
  const std::string engine = server.kind() == ServerKind::kMariadb ? " ENGINE=InnoDB" : "";
  server.execute("CREATE TABLE IF NOT EXISTS ledger (id INTEGER PRIMARY KEY, v INTEGER)" + engine);
}

inline bool has_row(PrivateServer& server, const std::string& row) {
  return server.connect().scalar("SELECT count(*) FROM ledger WHERE id = " + row) == "1";
}

/// What the server itself lists as prepared; nothing of odbc/ takes part. On MariaDB as text like
/// 'gtrid','bqual',formatID.
inline std::set<std::string> prepared_on(PrivateServer& server) {
  if (server.kind() == ServerKind::kSqlite) {
    auto session = server.connect();
    const auto gids = support::prepared_in_file(session);
    return {gids.begin(), gids.end()};
  }
  const bool mariadb = server.kind() == ServerKind::kMariadb;
  const auto rows = server.execute(mariadb ? "BEGIN NOT ATOMIC XA RECOVER FORMAT='SQL'; END"
                                           : "SELECT gid FROM pg_prepared_xacts");
  std::set<std::string> names;
  for (const auto& row : rows) names.insert(row.at(mariadb ? 3 : 0).value_or("NULL"));
  return names;
}

/// A dialect and connections of one resource, used directly, without pool and Database.
class Kit {
 public:
  explicit Kit(config::ResourceSettings settings) : settings_(std::move(settings)) {
    dialect_ = std::move(make_dialect(settings_, *bare_connection()).value());
  }
  explicit Kit(PrivateServer& server) : Kit(settings_for(server)) {}

  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }
  [[nodiscard]] const config::ResourceSettings& settings() const { return settings_; }

  /// Introduced; throws when that fails.
  [[nodiscard]] std::unique_ptr<Connection> connect() const {
    auto connection = bare_connection();
    const Status status = dialect_->introduce(*connection, soon());
    if (!status.is_ok()) throw std::runtime_error(status.message());
    return connection;
  }
  [[nodiscard]] BranchName name(const Connection& connection, const Xid& xid) const {
    return dialect_->name_branch(xid, connection.identity().tag);
  }

  /// A branch begun on the connection, with one row written in it.
  BranchName begin(Connection& connection, const std::string& row) const {
    const BranchName branch = name(connection, new_xid());
    must(dialect_->start(connection, branch, soon()), "start");
    run(connection, "INSERT INTO ledger VALUES (" + row + ", 1)");
    return branch;
  }
  BranchName prepare(Connection& connection, const std::string& row) const {
    const BranchName branch = begin(connection, row);
    const auto vote = dialect_->prepare(connection, branch, soon());
    must(vote ? Status::ok() : vote.error(), "prepare");
    return branch;
  }

  /// A statement of the application; throws when it fails.
  static void run(Connection& connection, std::string_view sql) {
    const Answer answer = execute_on(connection.handle(), sql);
    if (!answer.ok) throw std::runtime_error(answer.diagnostics.to_string());
  }
  static void must(const Status& status, const std::string& verb) {
    if (!status.is_ok()) throw std::runtime_error(verb + ": " + status.message());
  }

 private:
  [[nodiscard]] std::unique_ptr<Connection> bare_connection() const {
    auto connection = Connection::connect(complete_connection_string(settings_), soon());
    if (!connection) throw std::runtime_error(connection.error().message());
    return std::move(*connection);
  }

  config::ResourceSettings settings_;
  std::unique_ptr<Dialect> dialect_;
};

/// For the cases that are the same on every database.
class OnADatabase : public testing::TestWithParam<ServerKind> {
 protected:
  static void SetUpTestSuite() {
    support::start_shared_servers();
    for (const auto kind : support::kDatabaseKinds) {
      make_ledger(support::shared_server(kind));
    }
  }
  static PrivateServer& server() { return support::shared_server(GetParam()); }
  static bool on_mariadb() { return GetParam() == ServerKind::kMariadb; }
  static bool on_sqlite() { return GetParam() == ServerKind::kSqlite; }
  static bool has_proof() { return GetParam() == ServerKind::kPostgresql; }
};

#define XAODBC_ON_BOTH_DATABASES(suite)                                                    \
  INSTANTIATE_TEST_SUITE_P(All, suite,                                                     \
                           testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb), \
                           [](const auto& instance) { return support::name_of(instance.param); })

#define XAODBC_ON_ALL_DATABASES(suite)                                             \
  INSTANTIATE_TEST_SUITE_P(All, suite, testing::ValuesIn(support::kDatabaseKinds), \
                           [](const auto& instance) { return support::name_of(instance.param); })

}  // namespace xaodbc::odbc
