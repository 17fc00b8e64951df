#include "branch/branch_table.h"

namespace xaodbc {

std::shared_ptr<Branch> BranchTable::find(const Xid& xid) const {
  const std::lock_guard lock(mutex_);
  const auto found = branches_.find(xid);
  return found == branches_.end() ? nullptr : found->second;
}

bool BranchTable::insert(const std::shared_ptr<Branch>& branch) {
  const std::lock_guard lock(mutex_);
  return spare_.insert(branches_, branch->name.xid, branch);
}

void BranchTable::erase(Branch& branch) {
  branch.gone = true;
  const std::lock_guard lock(mutex_);
  spare_.erase(branches_, branch.name.xid);
}

std::vector<std::shared_ptr<Branch>> BranchTable::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Branch>> branches;
  branches.reserve(branches_.size());
  for (const auto& [xid, branch] : branches_) branches.push_back(branch);
  return branches;
}

std::size_t BranchTable::size() const {
  const std::lock_guard lock(mutex_);
  return branches_.size();
}

}  // namespace xaodbc
