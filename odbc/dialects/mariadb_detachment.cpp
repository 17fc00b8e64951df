#include "odbc/dialects/mariadb_detachment.h"

#include <chrono>

#include "odbc/dialects/mariadb_block.h"
#include "odbc/polling.h"

namespace xaodbc::odbc {
namespace {

/// The thread that ends a session needs microseconds for the rest once it runs; this is many times
/// what a busy machine keeps it from running.
constexpr std::chrono::milliseconds kSettlingTime{100};

/// Sessions of an earlier life of the server hold nothing.
bool of_this_life(const Connection& connection, const MariadbSession& session) {
  const auto own = MariadbSession::parse(connection.identity().session);
  return !own || own->server_start == session.server_start;
}

Answer ask_innodb(Connection& connection, Deadline deadline) {
  return connection.execute(in_block("SHOW ENGINE INNODB STATUS"), deadline);
}

Attachment attachment_of(const Answer& answer, std::string_view session_id) {
  if (!answer.ok || answer.rows.size() != 1 || answer.rows[0].size() != 3) {
    return Attachment::kNotTold;
  }
  return attachment_in(answer.rows[0][2].value_or(""), session_id);
}

}  // namespace

Attachment attachment_in(std::string_view status, std::string_view session_id) {
  // The server leaves out the middle of its list of transactions when that is too long.
  constexpr std::string_view kList = "LIST OF TRANSACTIONS FOR EACH SESSION:";
  const auto list = status.find(kList);
  if (list == std::string_view::npos || status.find("... truncated...") != std::string_view::npos) {
    return Attachment::kNotTold;
  }
  const std::string line = "\nMariaDB thread id " + std::string(session_id) + ",";
  const bool named = status.find(line, list) != std::string_view::npos;
  return named ? Attachment::kAttached : Attachment::kDetached;
}

bool may_see_innodb(Connection& connection, Deadline deadline) {
  return ask_innodb(connection, deadline).ok;
}

Status await_detachment(Connection& connection, const MariadbSession& session, Deadline deadline) {
  if (!of_this_life(connection, session)) return Status::ok();
  const auto settled = Deadline::after(kSettlingTime);
  for (Polling polling(deadline);;) {
    const Answer answer = ask_innodb(connection, deadline);
    if (answer.lost) return {StatusCode::kUnavailable, answer.diagnostics.to_string()};
    const Attachment attachment = attachment_of(answer, session.id);
    if (attachment == Attachment::kDetached) return Status::ok();
    if (attachment == Attachment::kNotTold && settled.expired()) return Status::ok();
    if (!polling.again()) {
      return {StatusCode::kRetry, "InnoDB still holds the branch for session " + session.id +
                                      ", which has left the process list"};
    }
  }
}

}  // namespace xaodbc::odbc
