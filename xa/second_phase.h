#pragma once

#include "log/history.h"
#include "odbc/dialect.h"
#include "xa/call.h"

namespace xaodbc::xa {

/// Second phase of a branch of this process: S3 → S0, or S5 when it turns out to be finished
/// otherwise. Only kOk, the heuristic codes and "try again" codes come back (I2).
Status finish_branch(const BranchCall& call, Branch& branch, odbc::Decision decision);

/// Second phase of a branch that this process has not in its table and the log knows as unfinished,
/// likewise.
Status finish_logged(const BranchCall& call, const log::BranchHistory& history,
                     odbc::Decision decision);

/// Everything that is not known to be finished is "try again" (transaction-managers.md 3).
Status still_in_doubt(const Status& status);

}  // namespace xaodbc::xa
