#include "odbc/dialects/examine.h"
#include "odbc/dialects/postgresql.h"

namespace xaodbc::odbc {
namespace {

Finding examine_slots(Connection& connection, Deadline deadline) {
  const std::string slots =
      ask(connection, "SELECT current_setting('max_prepared_transactions')", deadline);
  const std::string sessions =
      ask(connection, "SELECT current_setting('max_connections')", deadline);
  const std::string what =
      "max_prepared_transactions = " + slots + ", max_connections = " + sessions;
  const std::string roomy = ask(connection,
                                "SELECT current_setting('max_prepared_transactions')::int >="
                                " current_setting('max_connections')::int",
                                deadline);
  if (roomy == "1") return fine(what);
  return note(what,
              "raise max_prepared_transactions to at least max_connections, so that no branch is"
              " refused for want of a slot");
}

Finding examine_durability(Connection& connection, Deadline deadline) {
  const std::string fsync = ask(connection, "SELECT current_setting('fsync')", deadline);
  const std::string commit =
      ask(connection, "SELECT current_setting('synchronous_commit')", deadline);
  const std::string pages = ask(connection, "SELECT current_setting('full_page_writes')", deadline);
  const std::string what =
      "fsync = " + fsync + ", full_page_writes = " + pages + ", synchronous_commit = " + commit;
  if (fsync == "on" && pages == "on" && commit != "off") return fine(what);
  return problem(what,
                 "set fsync = on, full_page_writes = on (unless the storage writes whole pages) and"
                 " synchronous_commit = on: otherwise a prepared branch can be lost with the"
                 " server's power although xa_prepare answered XA_OK");
}

Finding examine_session_rights(const Dialect& dialect, Connection& connection, Deadline deadline) {
  const auto alive = dialect.session_alive(connection, connection.identity().session, deadline);
  if (alive && *alive) return fine("own sessions are visible in pg_stat_activity");
  return problem("own sessions are not visible in pg_stat_activity",
                 "grant the user pg_read_all_stats");
}

}  // namespace

std::vector<Finding> PostgresqlDialect::examine(Connection& connection, Deadline deadline) const {
  const std::string version = ask(connection, "SHOW server_version", deadline);
  return {fine("PostgreSQL " + version),
          examine_slots(connection, deadline),
          examine_durability(connection, deadline),
          examine_recovery(*this, connection, deadline),
          examine_session_rights(*this, connection, deadline),
          examine_latch(connection)};
}

}  // namespace xaodbc::odbc
