#pragma once

#include <string>

namespace xaodbc::bench {

/// What a recovering process does, for a process that was started just now: xa_open and a whole
/// xa_recover. Prints microseconds of both and the number of branches. Returns an exit status.
int recover_once(std::string resource);

/// The least: a connection and one SELECT of the prepared transactions' names. Prints likewise.
int recover_once_by_hand(const std::string& connection_string);

}  // namespace xaodbc::bench
