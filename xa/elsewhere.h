#pragma once

#include "odbc/dialect.h"
#include "xa/call.h"

/// Branches that this process has not in its table: prepared by another process, by an earlier
/// one, by xa_end with prepare = at_end, or unknown. Log and server are asked, nothing is guessed.
namespace xaodbc::xa {

/// xa_commit and xa_rollback. kUnknownBranch when neither log nor server knows the branch; a
/// rollback has then left a mark for whoever may still be at work on it (3.1.4).
Status finish_elsewhere(const BranchCall& call, odbc::Decision decision);

/// xa_prepare: confirms what was prepared before (kOk) or had written nothing (kReadOnly, 3.1.5).
/// kRolledBack: it was rolled back. kUnknownBranch: nobody has prepared it. kOutcomeUnknown: the
/// server or the log cannot be asked, or the branch was prepared and is gone; a rollback tells how
/// it ended.
Status confirm_elsewhere(const BranchCall& call);

/// Verbs that need an association: kProtocol when log knows the branch, else kUnknownBranch.
Status refuse_elsewhere(const BranchCall& call);

}  // namespace xaodbc::xa
