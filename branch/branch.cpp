#include "branch/branch.h"

#include <algorithm>
#include <cassert>
#include <exception>

namespace xaodbc {

bool Branch::has_active() const {
  return std::ranges::any_of(associations, [](const auto& a) { return !a.suspended; });
}

bool Branch::has_suspended() const {
  return std::ranges::any_of(associations, [](const auto& a) { return a.suspended; });
}

bool Branch::has_migratable() const {
  return std::ranges::any_of(associations, [](const auto& a) { return a.migratable; });
}

Association* Branch::find(const Party& party) {
  const auto found = std::ranges::find(associations, party, &Association::party);
  return found == associations.end() ? nullptr : &*found;
}

void Branch::dissociate(const Party& party) {
  std::erase_if(associations, [&](const auto& a) { return a.party == party; });
}

void Branch::enter(BranchState next) {
  state = next;
  since = Deadline::Clock::now();
}

void Branch::mark_rollback_only(RollbackReason reason, std::string_view why) noexcept {
  if (rollback_only) return;
  try {
    rollback_only = Status::rolled_back(reason, std::string(why));
  } catch (const std::exception&) {
    rollback_only = Status::rolled_back(reason, "no memory");  // short enough to need none
  }
}

void check_branch([[maybe_unused]] const Branch& branch) {
  assert(branch.gone || branch.state != BranchState::kWorking || branch.lease ||
         branch.rollback_only);
  assert(branch.state == BranchState::kWorking || branch.associations.empty());
  assert(branch.state == BranchState::kWorking || branch.birth != 0);
  assert(branch.gone || branch.state != BranchState::kAsked || (branch.lease && branch.noted));
  assert(branch.state == BranchState::kWorking || !branch.rollback_only);
  assert((branch.state == BranchState::kHeuristic) == (branch.heuristic != StatusCode::kOk));
  assert(std::ranges::all_of(branch.associations,
                             [](const auto& a) { return a.suspended || !a.migratable; }));
}

}  // namespace xaodbc
