#pragma once

#include <sys/types.h>

#include <functional>

namespace xaodbc::torture {

/// Runs `body` in a child, which dies with its parent: status 0, or 1 and a line on stderr when it
/// threw.
pid_t fork_and_run(const std::function<void()>& body);

}  // namespace xaodbc::torture
