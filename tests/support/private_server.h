#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sql_session.h"

namespace xaodbc::support {

enum class ServerKind { kPostgresql, kMariadb, kSqlite };
enum class Transport { kSocket, kTcp };
enum class Account { kApp, kAdmin };

struct ServerOptions {
  bool durable = true;                   ///< false: --fast
  std::vector<std::string> variables{};  ///< "name=value" of the server's own variables
};

/// A database server of the test's own, run by private_server.sh: unprivileged, on a Unix socket
/// and a loopback port, with a database `app`, an ordinary user `app` that owns it and an
/// administrator `admin`. It ends, and its directory goes, with this object or with the process,
/// however that dies. Every failure throws std::runtime_error with the script's own words.
///
/// With kSqlite it is a file: no server that could be stopped or paused, no port, no users, no
/// options. Every connection has the extension.
///
/// Belongs to the process that made it: a forked child may use the accessors, but its copy neither
/// commands nor ends the server.
class PrivateServer {
 public:
  /// Returns at once: the first use of anything else waits until the server answers. So two
  /// servers start side by side.
  explicit PrivateServer(ServerKind kind, const ServerOptions& options = {});
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;
  ~PrivateServer();

  void wait_until_ready();

  void stop() { command("stop"); }
  void start() { command("start"); }
  void restart() { command("restart"); }
  /// SIGKILL of every process of the server.
  void kill() { command("kill"); }
  /// SIGSTOP of every process of the server: connected clients wait.
  void pause() { command("pause"); }
  void resume() { command("resume"); }

  [[nodiscard]] ServerKind kind() const { return kind_; }
  [[nodiscard]] pid_t pid();
  [[nodiscard]] std::filesystem::path directory() const { return directory_; }
  [[nodiscard]] unsigned short port();
  [[nodiscard]] std::string user(Account account = Account::kApp);
  [[nodiscard]] std::string password(Account account = Account::kApp);
  [[nodiscard]] std::filesystem::path password_file(Account account = Account::kApp);

  /// For SQLDriverConnect, the driver named by its file; no user and no password.
  [[nodiscard]] std::string connection(Transport transport = Transport::kSocket,
                                       std::string_view database = "app");
  /// By TCP as above, with what listens on another loopback port in front of the server.
  [[nodiscard]] std::string connection_through(unsigned short other_port);
  /// As connection(), with user and password.
  [[nodiscard]] std::string connection_string(Account account = Account::kApp,
                                              Transport transport = Transport::kSocket,
                                              std::string_view database = "app");
  /// A new connection, autocommit on.
  [[nodiscard]] SqlSession connect(Account account = Account::kApp);
  /// Shorthand for connect().execute(sql).
  Rows execute(std::string_view sql, Account account = Account::kApp);

 private:
  void launch(const ServerOptions& options);
  void command(std::string_view verb);
  std::string read_line();
  std::string value(const std::string& key);

  ServerKind kind_;
  pid_t owner_;
  std::filesystem::path directory_;
  int conversation_ = -1;  ///< both ways with the script; its end of file ends the server
  std::map<std::string, std::string> facts_;  ///< of the script's "ready" line
};

inline constexpr std::array kDatabaseKinds = {ServerKind::kPostgresql, ServerKind::kMariadb,
                                              ServerKind::kSqlite};

/// For the names of parameterised tests: "Postgresql", "Mariadb", "Sqlite".
std::string name_of(ServerKind kind);

}  // namespace xaodbc::support
