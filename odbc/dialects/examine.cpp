#include "odbc/dialects/examine.h"

#include <sql.h>

namespace xaodbc::odbc {

std::string ask(Connection& connection, std::string_view sql, Deadline deadline) {
  const Answer answer = connection.execute(sql, deadline);
  if (!answer.ok || answer.rows.empty() || answer.rows[0].empty()) return "";
  return answer.rows[0][0].value_or("");
}

Finding fine(std::string what) { return {Finding::Level::kFine, std::move(what), ""}; }
Finding note(std::string what, std::string todo) {
  return {Finding::Level::kNote, std::move(what), std::move(todo)};
}
Finding problem(std::string what, std::string todo) {
  return {Finding::Level::kProblem, std::move(what), std::move(todo)};
}

Finding examine_recovery(const Dialect& dialect, Connection& connection, Deadline deadline) {
  const auto branches = dialect.list(connection, deadline);
  if (branches) {
    return fine("recovery query works, " + std::to_string(branches->size()) + " prepared branches");
  }
  return problem("recovery query fails: " + branches.error().message(),
                 "grant the user the right to list prepared transactions");
}

Finding examine_latch(Connection& connection) {
  if (!connection.close_latch()) {
    return problem("the driver manager cannot be made to refuse SQLEndTran in a branch",
                   "use unixODBC 2.3 as the driver manager");
  }
  const bool refused = SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_COMMIT) == SQL_ERROR;
  connection.open_latch();
  if (refused) return fine("SQLEndTran is refused inside a branch");
  return problem("SQLEndTran is not refused inside a branch",
                 "use unixODBC 2.3 as the driver manager, and keep guard = full");
}

}  // namespace xaodbc::odbc
