#pragma once

#include "tests/sim/run.h"

namespace xaodbc::sim {

/// Holds what the databases, their lists of prepared branches and the branch log contain after a
/// run against what was answered: atomicity over both databases, no branch forgotten, no lie. What
/// must not be goes to the board as a violation.
void judge(Run& run);

}  // namespace xaodbc::sim
