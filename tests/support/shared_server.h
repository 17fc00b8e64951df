#pragma once

#include "tests/support/private_server.h"

namespace xaodbc::support {

/// The servers that all tests of one binary share. Each starts when it is first asked for and is
/// ended with the process.
PrivateServer& shared_server(ServerKind kind);

/// Starts both side by side, for suites that need both; does not wait.
void start_shared_servers();

}  // namespace xaodbc::support
