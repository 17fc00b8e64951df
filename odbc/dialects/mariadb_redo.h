#pragma once

#include "base/deadline.h"
#include "base/status.h"
#include "odbc/connection.h"

namespace xaodbc::odbc {

/// Waits until what InnoDB has done so far is on disk. XA ROLLBACK is answered before that, also
/// with innodb_flush_log_at_trx_commit = 1 (MariaDB 10.11.19): a server that is killed within the
/// next second (innodb_flush_log_at_timeout) comes up with the branch prepared again, of which
/// nobody knows any more. XA PREPARE and XA COMMIT flush by themselves.
///
/// With innodb_flush_log_at_trx_commit = 0, which flushes nothing, there is nothing to wait for.
/// kOk; kRetry: not on disk at the deadline; kUnavailable: the connection is lost, or the server
/// does not tell.
Status await_redo(Connection& connection, Deadline deadline);

}  // namespace xaodbc::odbc
