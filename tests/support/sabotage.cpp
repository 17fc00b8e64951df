#include "tests/support/sabotage.h"

#include <stdexcept>

namespace xaodbc::support {
namespace {

bool is_mariadb(const PrivateServer& server) { return server.kind() == ServerKind::kMariadb; }

void end_all(SqlSession& admin, bool mariadb) {
  if (!mariadb) {
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    return;
  }
  const Rows sessions =
      admin.execute("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'app'");
  for (const auto& row : sessions) {
    try {
      admin.execute("KILL CONNECTION " + row.at(0).value());
    } catch (const SqlError&) {  // NOLINT(bugprone-empty-catch): it left by itself meanwhile
    }
  }
}

bool is_file(const PrivateServer& server) { return server.kind() == ServerKind::kSqlite; }

void finish_all_in_file(PrivateServer& server, const std::string& decision) {
  auto session = server.connect();
  for (const auto& gid : prepared_in_file(session)) {
    session.execute("SELECT xaodbc_" + decision + "('" + gid + "')");  // case is the same to SQLite
  }
}

void finish_all(PrivateServer& server, const std::string& decision) {
  if (is_file(server)) return finish_all_in_file(server, decision);
  const bool mariadb = is_mariadb(server);
  if (mariadb) end_sessions(server);
  auto admin = server.connect(Account::kAdmin);
  const Rows prepared = admin.execute(mariadb ? "BEGIN NOT ATOMIC XA RECOVER FORMAT='SQL'; END"
                                              : "SELECT gid FROM pg_prepared_xacts");
  for (const auto& row : prepared) {
    admin.execute(mariadb ? "XA " + decision + " " + row.at(3).value()
                          : decision + " PREPARED '" + row.at(0).value() + "'");
  }
}

}  // namespace

void end_sessions(PrivateServer& server) {
  if (is_file(server)) throw std::logic_error("sessions of a file");
  auto admin = server.connect(Account::kAdmin);
  const bool mariadb = is_mariadb(server);
  const std::string count =
      mariadb ? "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'app'"
              : "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";
  do {
    end_all(admin, mariadb);
  } while (admin.scalar(count) != "0");
}

void end_sessions_once(PrivateServer& server) {
  auto admin = server.connect(Account::kAdmin);
  end_all(admin, is_mariadb(server));
}

std::vector<std::string> prepared_in_file(SqlSession& session) {
  std::vector<std::string> gids;
  if (session.scalar("SELECT count(*) FROM sqlite_master WHERE name = 'xaodbc_branch'") == "0") {
    return gids;
  }
  for (const auto& row : session.execute("SELECT gid FROM xaodbc_branch")) {
    gids.push_back(row.at(0).value());
  }
  return gids;
}

void commit_behind_our_back(PrivateServer& server) { finish_all(server, "COMMIT"); }
void roll_back_behind_our_back(PrivateServer& server) { finish_all(server, "ROLLBACK"); }

}  // namespace xaodbc::support
