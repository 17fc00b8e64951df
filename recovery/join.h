#pragma once

#include <vector>

#include "recovery/facts.h"

namespace xaodbc::recovery {

/// One look at a resource: the server's list first, the log after it. A branch is logged before it
/// is prepared and its completion is logged after it, so that this order leaves the fewest branches
/// that only one of the two seems to know.
struct Look {
  bool server_asked = false;
  bool log_read = false;
  std::vector<odbc::ListedBranch> listed;
  std::vector<log::BranchHistory> logged;  ///< live ones
};

/// One entry for every branch that either side has, in the order of the list, then of the log.
std::vector<BranchFacts> join(const std::string& resource, const Look& look);

/// True when each branch is known to both sides, so that a second look could tell nothing new.
bool is_settled(const Look& look);

/// Drops from the second look's branches what only one side knew in it and the first look did not
/// show at all: branches that began or ended between the two, not branches in doubt.
std::vector<BranchFacts> confirmed(std::vector<BranchFacts> second, const Look& first);

}  // namespace xaodbc::recovery
