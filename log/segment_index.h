#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/file.h"
#include "base/spare_nodes.h"
#include "base/status.h"
#include "log/record.h"

namespace xaodbc::log {

/// What is known of the records of one segment. Unfinished branches are kept in memory, so that a
/// segment whose file no longer takes writes can still be carried over; of finished ones only where
/// their records stand, so that memory does not grow with history. Not thread-safe.
class SegmentIndex {
 public:
  SegmentIndex(std::shared_ptr<File> file, std::uint64_t segment_id)
      : file_(std::move(file)), segment_id_(segment_id) {}

  /// `record` stands at `offset`. Fails only when earlier records of the branch must be read again
  /// and cannot be.
  Status add(const Record& record, std::uint64_t offset);
  /// The same for the payload that encode_record made of it, of a branch with that key (lives.h).
  Status add(std::uint64_t key, std::string_view payload, std::uint64_t offset);

  /// Appends the records of all branches with that key to `out`.
  Status collect(std::uint64_t key, std::vector<Record>& out) const;

  /// Branches that this segment alone knows no end of. A branch that is live at all is pending in
  /// at least one segment: an end written anywhere is missing everywhere.
  [[nodiscard]] const std::unordered_set<std::uint64_t>& pending() const { return pending_; }
  [[nodiscard]] bool contains(std::uint64_t key) const { return branches_.contains(key); }
  [[nodiscard]] std::vector<std::uint64_t> keys() const;

 private:
  struct Branch {
    std::vector<std::uint32_t> offsets;
    std::string payloads;  ///< of all its records, each behind its size; none once it is finished
  };

  Status load(Branch& branch);
  [[nodiscard]] bool all_finished(const Branch& branch);
  void finish(std::uint64_t key, Branch& branch);

  std::shared_ptr<File> file_;
  std::uint64_t segment_id_;
  std::unordered_map<std::uint64_t, Branch> branches_;
  std::unordered_set<std::uint64_t> pending_;
  SpareNodes<std::unordered_set<std::uint64_t>> spare_pending_;
  std::vector<std::string> spare_payloads_;  ///< empty, with room
  std::vector<RecordHead> heads_;            ///< of the branch that is looked at
};

}  // namespace xaodbc::log
