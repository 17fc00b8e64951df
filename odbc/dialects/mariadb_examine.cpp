#include "odbc/dialects/examine.h"
#include "odbc/dialects/mariadb.h"
#include "odbc/dialects/mariadb_block.h"
#include "odbc/dialects/mariadb_detachment.h"

namespace xaodbc::odbc {
namespace {

std::string ask_in_block(Connection& connection, std::string_view sql, Deadline deadline) {
  return ask(connection, in_block(sql), deadline);
}

Finding examine_durability(Connection& connection, Deadline deadline) {
  const std::string flush =
      ask_in_block(connection, "SELECT @@innodb_flush_log_at_trx_commit", deadline);
  const std::string what = "innodb_flush_log_at_trx_commit = " + flush;
  if (flush == "1" || flush == "3") return fine(what);
  return problem(what,
                 "set innodb_flush_log_at_trx_commit = 1: otherwise a prepared branch can be lost"
                 " with the server's power although xa_prepare answered XA_OK");
}

/// Without PROCESS nothing but time tells when InnoDB lets go of a branch whose session has ended
/// (mariadb_detachment.h), and sessions of other users are not seen at all.
Finding examine_process_right(Connection& connection, Deadline deadline) {
  if (may_see_innodb(connection, deadline)) return fine("the user has the PROCESS privilege");
  return note("the user lacks the PROCESS privilege",
              "GRANT PROCESS ON *.* TO the user: without it the bridge cannot ask whether the"
              " server has let go of a branch whose session ended. It waits 100 ms instead"
              " whenever another session finishes the branch, and a server that needs longer"
              " reports a commit that did not happen");
}

Finding examine_binary_log(Connection& connection, Deadline deadline) {
  const std::string sync =
      ask_in_block(connection, "SELECT IF(@@log_bin, @@sync_binlog, 'no binary log')", deadline);
  if (sync == "no binary log") return fine(sync);
  if (sync == "1") return fine("binary log with sync_binlog = 1");
  return problem("binary log with sync_binlog = " + sync,
                 "set sync_binlog = 1: otherwise a branch can be lost with the server's power"
                 " although it was prepared or committed");
}

Finding examine_engine(Connection& connection, Deadline deadline) {
  const std::string engine = ask_in_block(connection, "SELECT @@default_storage_engine", deadline);
  if (engine == "InnoDB") return fine("default storage engine InnoDB");
  return note("default storage engine " + engine,
              "tables written in a branch must be InnoDB: other engines do not roll back");
}

}  // namespace

std::vector<Finding> MariadbDialect::examine(Connection& connection, Deadline deadline) const {
  const std::string version = ask_in_block(connection, "SELECT VERSION()", deadline);
  return {fine("MariaDB " + version),
          examine_durability(connection, deadline),
          examine_binary_log(connection, deadline),
          examine_engine(connection, deadline),
          examine_recovery(*this, connection, deadline),
          examine_process_right(connection, deadline),
          examine_latch(connection)};
}

}  // namespace xaodbc::odbc
