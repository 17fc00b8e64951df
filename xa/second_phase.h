#pragma once

#include "odbc/dialect.h"
#include "xa/call.h"

namespace xaodbc::xa {

/// Second phase of a branch of this process: S3 → S0, or S5 when it turns out to be finished
/// otherwise. Only kOk, the heuristic codes and "try again" codes come back (I2).
Status finish_branch(const BranchCall& call, Branch& branch, odbc::Decision decision);

/// Second phase of a branch that this process has not in its table: prepared by another process, by
/// an earlier one, or unknown. Log and server are asked. kUnknownBranch when neither knows it.
Status finish_unknown(const BranchCall& call, odbc::Decision decision);

}  // namespace xaodbc::xa
