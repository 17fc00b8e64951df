#pragma once

#include "tests/support/private_server.h"

namespace xaodbc::support {

/// The servers that all tests of one binary share. Each starts when it is first asked for and is
/// ended with the process.
PrivateServer& shared_server(ServerKind kind);

/// They flush nothing, unless this is called before any of them is used: for tests that kill them.
/// The value means nothing; it lets a namespace-scope constant call it in time.
bool share_durable_servers();

/// Starts both side by side, for suites that need both; does not wait.
void start_shared_servers();

}  // namespace xaodbc::support
