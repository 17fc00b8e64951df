#pragma once

#include <string>
#include <vector>

#include "tests/support/private_server.h"

namespace xaodbc::support {

/// Ends every session of the user app, as an administrator, a firewall or a failing network would.
/// Returns when the last one has left the server. Nobody can do that to a file.
void end_sessions(PrivateServer& server);

/// The same once, without waiting: what connects meanwhile lives on.
void end_sessions_once(PrivateServer& server);

/// Commits, or rolls back, everything that is prepared on the server as an administrator would:
/// with the database's own statements and without telling anybody. Where a session holds a prepared
/// branch (MariaDB) all sessions are ended first.
void commit_behind_our_back(PrivateServer& server);
void roll_back_behind_our_back(PrivateServer& server);

/// The gids of the branches that are prepared in a file of SQLite.
std::vector<std::string> prepared_in_file(SqlSession& session);

}  // namespace xaodbc::support
