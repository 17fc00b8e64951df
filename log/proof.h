#pragma once

#include "base/status.h"
#include "log/history.h"

namespace xaodbc::log {

/// What the server proved about a branch that it does not list any more.
enum class ServerWord { kCommitted, kRolledBack, kInProgress, kNothing };

/// What became of a branch that vanished from its server, as far as server and log prove it (I3).
/// kNone: the server is still at it. kHazard: not provable.
///
/// Where the server knows nothing (MariaDB), the log's own word counts: a branch for which only
/// COMMIT was ever sent and which is not listed was committed. A branch whose log ends with
/// "preparing" and whose session is gone was never prepared, as long as nobody wants it committed:
/// a transaction manager that does was told XA_OK, so later records were lost with the power.
Outcome outcome_of_vanished(const BranchHistory& history, ServerWord word, bool commit_wanted);

/// The heuristic code that says how a branch ended; kRetry for kNone.
StatusCode heuristic_code(Outcome outcome);

/// The answer that a transaction manager who decided to commit (or to roll back) gets for a branch
/// with that outcome: kOk when it is what it wanted, else the heuristic code that is true.
StatusCode answer_for(Outcome outcome, bool commit_wanted);

}  // namespace xaodbc::log
