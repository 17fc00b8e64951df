#include "odbc/dialects/mariadb_redo.h"

#include <cstdint>
#include <optional>

#include "odbc/dialects/mariadb_block.h"
#include "odbc/dialects/row_number.h"
#include "odbc/polling.h"

namespace xaodbc::odbc {
namespace {

constexpr std::string_view kHowFar =
    "SELECT @@innodb_flush_log_at_trx_commit,"
    " (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
    " WHERE VARIABLE_NAME = 'INNODB_LSN_CURRENT'),"
    " (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
    " WHERE VARIABLE_NAME = 'INNODB_LSN_FLUSHED')";

struct Redo {
  std::uint64_t flush_mode = 0;
  std::uint64_t current = 0;
  std::uint64_t flushed = 0;
};

Result<Redo> how_far(Connection& connection, Deadline deadline) {
  const Answer answer = connection.execute(in_block(kHowFar), deadline);
  Redo redo;
  const bool told = answer.ok && answer.rows.size() == 1 && answer.rows[0].size() == 3 &&
                    read_number(answer.rows[0][0], redo.flush_mode) &&
                    read_number(answer.rows[0][1], redo.current) &&
                    read_number(answer.rows[0][2], redo.flushed);
  if (told) return redo;
  return failure(StatusCode::kUnavailable,
                 "how far InnoDB has flushed: " + answer.diagnostics.to_string());
}

}  // namespace

Status await_redo(Connection& connection, Deadline deadline) {
  std::optional<std::uint64_t> wanted;
  for (Polling polling(deadline);;) {
    const auto redo = how_far(connection, deadline);
    if (!redo) return redo.error();
    if (!wanted) wanted = redo->current;
    if (redo->flush_mode == 0 || redo->flushed >= *wanted) return Status::ok();
    if (!polling.again())
      return {StatusCode::kRetry, "InnoDB has not written the rollback to disk"};
  }
}

}  // namespace xaodbc::odbc
