#pragma once

#include <memory>
#include <vector>

#include "base/status.h"
#include "recovery/as_owner.h"
#include "recovery/branch_commands.h"
#include "recovery/report.h"
#include "recovery/sources.h"

namespace xaodbc::recovery {

/// One branch of a resource, and what is needed to act on it.
struct Found {
  std::unique_ptr<AsOwner> owner;  ///< first, so that it outlives what is open
  Sources sources;
  Line line;
  std::vector<ScanError> errors;  ///< what one side could not tell
};

/// Looks the resource over for the branch. kUnknownBranch: certainly not there. Other codes: the
/// resource cannot be loaded, the name is malformed, or so much could not be looked at that nothing
/// is certain.
Result<Found> find_branch(const BranchOptions& options, FileSystem& files);

/// Looks again, after time has passed or the log was opened anew.
Status look_again(Found& found);

}  // namespace xaodbc::recovery
