#pragma once

#include "branch/branch.h"
#include "log/history.h"
#include "xa/resource.h"

namespace xaodbc::xa {

/// True when a process that did not know the branch has rolled it back: a mark younger than it.
bool is_marked_rolled_back(const log::BranchHistory& history, const Branch& branch);

/// Makes a working branch rollback-only when another process has rolled it back meanwhile (3.1.4).
/// When the log cannot be read, likewise: nothing may be prepared that was perhaps rolled back.
/// The caller holds the branch's lock. Costs one small read when nobody has rolled anything back.
void notice_rollback_elsewhere(const Resource& resource, Branch& branch);

}  // namespace xaodbc::xa
