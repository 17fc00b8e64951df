#pragma once

#include <vector>

#include "log/history.h"
#include "xa/resource.h"

namespace xaodbc::xa {

/// Branches of which the log only says that they were about to be prepared, and whose session is
/// gone: unless the server lists them afterwards they never were (3.1.2), and no transaction
/// manager will ever ask. To be called before the server's list is taken.
Result<std::vector<log::BranchHistory>> abandoned_before_prepare(
    Resource& resource, const std::vector<log::BranchHistory>& live, Deadline deadline);

/// Lets go of those of them that the server does not list, unless the log knows more by now.
void close_abandoned(Resource& resource, const std::vector<log::BranchHistory>& abandoned,
                     const std::vector<odbc::ListedBranch>& listed);

}  // namespace xaodbc::xa
