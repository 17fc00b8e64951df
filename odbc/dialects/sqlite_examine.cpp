#include "odbc/dialects/examine.h"
#include "odbc/dialects/sqlite.h"

namespace xaodbc::odbc {
namespace {

Finding examine_settings(Connection& connection, Deadline deadline) {
  const Answer answer = connection.execute("SELECT xaodbc_check()", deadline);
  if (answer.ok) return fine("journal_mode and synchronous keep what was promised");
  return problem("the file cannot hold branches: " + answer.diagnostics.to_string(),
                 "change the setting that is named");
}

}  // namespace

std::vector<Finding> SqliteDialect::examine(Connection& connection, Deadline deadline) const {
  const std::string version = ask(connection, "SELECT sqlite_version()", deadline);
  const std::string extension = ask(connection, "SELECT xaodbc_version()", deadline);
  return {fine("SQLite " + version + ", extension " + extension),
          examine_settings(connection, deadline), examine_recovery(*this, connection, deadline),
          examine_latch(connection)};
}

}  // namespace xaodbc::odbc
