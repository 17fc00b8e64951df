#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/spare_nodes.h"
#include "branch/branch.h"
#include "branch/xid.h"

namespace xaodbc {

/// The branches of one resource in this process. Thread-safe; its lock is never held during I/O,
/// nor while a branch's own lock is waited for.
class BranchTable {
 public:
  /// nullptr when the table has no such branch.
  std::shared_ptr<Branch> find(const Xid& xid) const;
  /// False when the XID is taken.
  bool insert(const std::shared_ptr<Branch>& branch);
  /// Marks the branch gone; the caller holds its lock.
  void erase(Branch& branch);
  [[nodiscard]] std::size_t size() const;
  /// All of them as of now.
  [[nodiscard]] std::vector<std::shared_ptr<Branch>> all() const;

 private:
  mutable std::mutex mutex_;
  using Branches = std::unordered_map<Xid, std::shared_ptr<Branch>, XidHash>;
  Branches branches_;
  SpareNodes<Branches> spare_;
};

}  // namespace xaodbc
