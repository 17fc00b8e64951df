#pragma once

#include <string_view>

#include "base/deadline.h"
#include "base/status.h"
#include "odbc/connection.h"
#include "odbc/dialects/mariadb_session.h"

namespace xaodbc::odbc {

/// Waits until InnoDB has let go of what a session had prepared, after that session has left the
/// process list.
///
/// A session that ends gives its prepared branch free in two steps, with its disappearance from
/// the process list between them: first the server's list of XIDs, last InnoDB. Between the two,
/// XA COMMIT of another session answers OK, commits nothing, and the server does not list the
/// branch again before its next start (MariaDB 10.11.19; the interval is microseconds long, and
/// milliseconds where the machine is busy). InnoDB's own status names every session that still
/// holds a transaction; reading it takes the PROCESS privilege. Without that there is only time:
/// kSettlingTime after the session was found gone.
///
/// kOk; kRetry: still held at the deadline; kUnavailable: the connection is lost.
Status await_detachment(Connection& connection, const MariadbSession& session, Deadline deadline);

/// True when the server tells this session InnoDB's status: it has the PROCESS privilege, by its
/// user or by a role.
bool may_see_innodb(Connection& connection, Deadline deadline);

/// What a text of SHOW ENGINE INNODB STATUS says of a session's transaction.
enum class Attachment { kAttached, kDetached, kNotTold };
Attachment attachment_in(std::string_view status, std::string_view session_id);

}  // namespace xaodbc::odbc
