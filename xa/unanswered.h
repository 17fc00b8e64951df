#pragma once

#include "base/deadline.h"
#include "base/status.h"
#include "branch/branch.h"
#include "xa/resource.h"

namespace xaodbc::xa {

/// Rolls back a branch whose PREPARE was not answered and which nobody has asked about since: it
/// was promised to nobody, and a transaction manager that has seen its prepare fail need not call
/// xa_rollback (Enduro/X with NOSTARTXID does not). Left alone when another process has confirmed
/// the vote meanwhile. A later xa_prepare answers XA_RB*, a later xa_rollback XA_OK.
///
/// The caller holds the branch's lock, in state kMaybePrepared. Not kOk: the server cannot be asked
/// now; try again later.
Status roll_back_unanswered(Resource& resource, Branch& branch, Deadline deadline);

}  // namespace xaodbc::xa
