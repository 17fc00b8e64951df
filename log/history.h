#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/record.h"

namespace xaodbc::log {

/// Everything the log knows of one life of one branch, merged from the segments of all processes.
/// The merge does not depend on the order in which segments are read.
struct BranchHistory {
  Xid xid;
  std::string resource;
  std::uint64_t birth = 0;
  std::vector<Record> records;  ///< in order of time

  [[nodiscard]] bool has(RecordType type) const { return find(type) != nullptr; }
  /// The newest record of that type, or nullptr.
  [[nodiscard]] const Record* find(RecordType type) const;
  /// The server's id of the transaction, by which it tells how it ended: of the newest *prepared*
  /// that has one. Whoever confirms a vote does not know it.
  [[nodiscard]] std::string transaction_id() const;
  /// The heuristic decision that still has to be told to the TM: recorded, not forgotten, and not
  /// overtaken by the TM's own completion (a kDone of Decider::kTransactionManager). Or nullptr.
  [[nodiscard]] const Record* heuristic() const;
  /// True while the log must keep the branch: not done, or a heuristic decision not forgotten. A
  /// forgotten branch that was never done is live: somebody still has to find out and write kDone.
  [[nodiscard]] bool is_live() const;
};

}  // namespace xaodbc::log
